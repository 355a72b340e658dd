"""The SIP bridge's control address, asked and told by this process."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
import msgspec

from logs import log
from server.trunks.service import TrunkState
from wire.commands import (
    CallBackRequest,
    CommandAnswer,
    CommandRequest,
    ListenChange,
    ListenMode,
    ListenRequest,
    PickUpRequest,
    RingMeAnswer,
    RingMeRequest,
    RingNoMore,
)
from wire.presence import PersonPresence, PresenceState
from wire.queue import SendOn
from wire.voicemail import Waiting

_log = log.get(__name__)
#: Seconds; a bridge that is starting is asked again by whoever needs it.
_PATIENCE = 3.0
#: A server may be silent for some seconds, and one that registers is asked twice more.
_TRIAL = 30.0
#: Whom a call goes to has this long to be found.
_COMMAND = 10.0


class BridgeControl:
    """`trunks.service.Bridge`, `administration.service.Phones`, `voicemail.service.MailboxLamps`,
    `queues.service.QueueBridge` and `telephony.commands.CallBridge`; `url` is None where no bridge runs.

    No method raises: the bridge asks for what it missed when it is back.
    """

    def __init__(self, url: str | None, secret: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {secret}"}

    async def forget_phone(self, extension: str) -> None:
        await self._ask("DELETE", f"/v1/registrations/{extension}")

    async def mailbox_changed(self, user_id: str, waiting: Waiting) -> None:
        path = f"/v1/mailboxes/{quote(user_id, safe='')}"
        await self._ask("PUT", path, body=msgspec.to_builtins(waiting))

    async def presence_changed(self, people: Mapping[str, PersonPresence]) -> bool:
        """Whether the bridge has heard how these are now."""
        if self._url is None:
            return True
        body = msgspec.to_builtins(PresenceState(dict(people)))
        return bool(await self._ask("PUT", "/v1/presence", body=body))

    async def reload_trunks(self) -> None:
        await self._ask("POST", "/v1/trunks/reload")

    async def trunk_states(self) -> dict[str, TrunkState]:
        answer = await self._ask("GET", "/v1/trunks")
        return {one["name"]: TrunkState(one["up"], one["why"]) for one in answer.get("trunks", [])}

    async def try_trunk(self, name: str) -> dict[str, Any] | None:
        """What the provider of a line answers when it is tried, as the bridge describes it."""
        return await self._ask("POST", f"/v1/trunks/{quote(name, safe='')}/test", _TRIAL) or None

    async def call_messages(self, call_id: str) -> dict[str, Any] | None:
        """What was said so far for a call that lives; None for any other."""
        return await self._ask("GET", f"/v1/calls/{quote(call_id, safe='')}/messages") or None

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer | None:
        """What became of a command about a call in progress; None when the bridge does not say."""
        return await self._commanded(f"/v1/calls/{quote(call_id, safe='')}/commands", request)

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer | None:
        """The same for a call that is for others."""
        return await self._commanded("/v1/calls/pick-up", request)

    async def ring_no_more(self, user_id: str, callee: str) -> None:
        """What rings for `callee` rings for this delegate of theirs no more."""
        body = msgspec.to_builtins(RingNoMore(user_id, callee))
        await self._ask("POST", "/v1/calls/ring-no-more", body=body)

    async def call_back(self, request: CallBackRequest) -> CommandAnswer | None:
        """Whether somebody is called back now; None when the bridge does not say."""
        return await self._commanded("/v1/call-backs", request)

    async def listen(self, request: ListenRequest) -> CommandAnswer | None:
        """Whether a supervisor is rung, to hear a call; None when the bridge does not say."""
        return await self._commanded("/v1/listenings", request)

    async def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer | None:
        """Whether they are heard by others from now on; None when the bridge does not say."""
        path = f"/v1/listenings/{quote(call_id, safe='')}"
        return await self._commanded(path, ListenChange(mode), "PUT")

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer | None:
        """Ring somebody's devices as a call would now; None when the bridge does not."""
        return _rung(await self._ask("POST", "/v1/ring-me", _COMMAND, msgspec.to_builtins(request)))

    async def rung(self, call_id: str) -> RingMeAnswer | None:
        """How far that is."""
        return _rung(await self._ask("GET", f"/v1/ring-me/{quote(call_id, safe='')}"))

    async def _commanded(
        self, path: str, request: msgspec.Struct, method: str = "POST"
    ) -> CommandAnswer | None:
        answer = await self._ask(method, path, _COMMAND, msgspec.to_builtins(request))
        try:
            return msgspec.convert(answer, CommandAnswer) if answer else None
        except msgspec.ValidationError as error:
            _log.error("command_answer_malformed", why=str(error))
            return None

    async def send_on(self, call_id: str, to: Literal["agents", "elsewhere", "away"]) -> bool:
        """A caller leaves the queue in which they wait; False if that cannot be now."""
        path = f"/v1/queues/calls/{quote(call_id, safe='')}"
        return bool(await self._ask("POST", path, body=msgspec.to_builtins(SendOn(to))))

    async def registrations(self) -> list[dict[str, Any]]:
        """The desk phones that are registered now, as the bridge describes them."""
        found: list[dict[str, Any]] = (await self._ask("GET", "/v1/registrations")).get("registrations", [])
        return found

    async def _ask(
        self, method: str, path: str, patience: float = _PATIENCE, body: object = None
    ) -> dict[str, Any]:
        if self._url is None:
            return {}
        timeout = aiohttp.ClientTimeout(total=patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session,
                session.request(method, self._url + path, json=body) as response,
            ):
                answer = await response.json(content_type=None) if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            _log.warning("bridge_not_told", path=path.rpartition("/")[0], why=type(error).__name__)
            return {}
        return answer if isinstance(answer, dict) else {}


def _rung(answer: dict[str, Any]) -> RingMeAnswer | None:
    try:
        return msgspec.convert(answer, RingMeAnswer) if answer else None
    except msgspec.ValidationError as error:
        _log.error("ring_me_answer_malformed", why=str(error))
        return None
