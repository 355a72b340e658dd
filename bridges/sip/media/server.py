"""One media server with the calls that are on it: how it is, what becomes of its calls."""

import asyncio
import time
from collections.abc import Callable

from bridges.media.gateway import MediaReport, MediaUnavailable
from bridges.media.ng import statistics
from bridges.sip.media import words
from bridges.sip.media.ng_client import Address, NgClient
from bridges.sip.media.servers import Change, ServerState
from logs import log as logs
from wire import ng
from wire.bencode import Value
from wire.ng import Body, Command

log = logs.get(__name__)

#: Seconds between questions, and how long one waits for its answer; a dead process refuses at once.
BEAT = 1.0
_BEAT_PATIENCE = (0.4, 0.6)

#: `on_event(kind, call_id, leg, seconds)`; the kinds are "gone" and "silent".
Event = Callable[[str, str, str, float], None]


class Server:
    """`start`, then commands; `close` at the end.

    Args:
        address: its control port.
        on_lost: called when the process behind it ended: its calls are lost.
        on_event: what became of a call, told by `bridges.media`.
    """

    def __init__(self, address: Address, on_lost: Callable[["Server"], None], on_event: Event) -> None:
        self.name = f"{address[0]}:{address[1]}"
        self.state = ServerState()
        self._client = NgClient(address, self._answered)
        self._on_lost, self._on_event = on_lost, on_event
        self._after = 0
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Asks how it is, and from now on again and again. Raises OSError."""
        await self._client.open()
        await self.look()
        self._beating = asyncio.create_task(self._beats())

    async def close(self) -> None:
        if self._beating:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        self._client.close()

    async def ask(self, body: Body) -> Body:
        """The answer to a command. Raises MediaUnavailable, and what a refusal means."""
        return words.checked(await self._client.ask(body))

    async def calls(self) -> list[str]:
        """The ids of the calls that are on it. Raises MediaUnavailable."""
        answered = await self.ask({"command": Command.LIST.value, "limit": 1000})
        return list(ng.words(answered, "calls"))

    async def report(self, call_id: str) -> MediaReport:
        """Raises UnknownLeg, MediaUnavailable."""
        answered = await self.ask({"command": Command.QUERY.value, "call-id": call_id})
        return statistics.read(answered, time.monotonic(), time.time())

    async def end(self, body: Body) -> MediaReport:
        """Ends a call, or what of it `body` names; how it was. Raises UnknownLeg, MediaUnavailable."""
        answered = await self.ask({"command": Command.DELETE.value, "delete-delay": 0, **body})
        return statistics.read(answered, time.monotonic(), time.time())

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                await self.look()
            except Exception:
                log.exception("media_server_not_asked", server=self.name)

    async def look(self) -> None:
        """Asks how it is, and what happened."""
        try:
            await self._client.ask({"command": Command.PING.value}, _BEAT_PATIENCE)
        except MediaUnavailable:
            self._changed(self.state.missed(refused=self._client.refused))
            return
        self._client.as_json = self.state.own is True
        if self.state.own:
            await self._listen()

    async def _listen(self) -> None:
        """Takes the events since the last."""
        asked: Body = {"command": Command.EVENTS.value, "after": self._after}
        known: dict[str, Value] = {"instance": self.state.instance} if self.state.instance else {}
        try:
            answered = await self._client.ask({**asked, **known}, _BEAT_PATIENCE)
        except MediaUnavailable:
            return
        self._after = ng.number(answered, "number") or 0
        for event in ng.parts(answered, "events"):
            kind, call_id, leg = (ng.text(event, key) for key in ("event", "call-id", "tag"))
            if kind and call_id and leg:
                self._on_event(kind, call_id, leg, ng.number(event, "seconds") or 0)

    def _answered(self, answered: Body) -> None:
        """Any answer may be the first of another process: what it made is not lost with the calls of the one
        before, when the next ping tells."""
        instance = words.instance(answered)
        if instance is not None or ng.text(answered, "result") == "pong":
            self._changed(self.state.answered(instance))

    def _changed(self, change: Change) -> None:
        if change is Change.NONE:
            return
        log.info("media_server_changed", server=self.name, change=change.value)
        if change in {Change.WENT, Change.BEGAN_ANEW}:
            self._after = 0
            self._on_lost(self)
