"""Commands about calls in progress: who may give them is looked at here, the bridge carries them out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from server.telephony.dialplan import Refusal
from server.telephony.refusals import (
    REFUSED_COMMAND,
    CallNotFound,
    NotAllowed,
    NotPossibleNow,
    TooManyCommands,
)
from wire.commands import Command, CommandAnswer, CommandRequest, PickUp, PickUpRequest
from wire.route import PickUpRinging

#: Whether somebody (a user id) may give one more command now.
Pace = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Commander:
    """A person, at the browser whose Matrix device this is."""

    user_id: str
    device_id: str


class CallBridge(Protocol):
    """Knows the calls. None: it does not answer."""

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer | None: ...

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer | None: ...


class PickUpRights(Protocol):
    """`telephony.pick_ups.PickUps`, as commands need it."""

    async def allowed(self, what: PickUp, user_id: str) -> PickUpRinging | Refusal: ...


class Commands:
    """Every method raises a `TelephonyError` for what is not done."""

    def __init__(self, bridge: CallBridge, pace: Pace, rights: PickUpRights) -> None:
        self._bridge, self._pace, self._rights = bridge, pace, rights

    async def command(self, by: Commander, call_id: str, command: Command) -> CommandAnswer:
        """Do it with a call of this person."""
        self._not_too_often(by.user_id)
        request = CommandRequest(by.user_id, command, by.device_id)
        return _done(await self._bridge.command(call_id, request))

    async def pick_up(self, by: Commander, what: PickUp) -> CommandAnswer:
        """Connect this person with a call that is for others."""
        self._not_too_often(by.user_id)
        ringing = await self._rights.allowed(what, by.user_id) if what.slot is None else None
        if isinstance(ringing, Refusal):
            raise NotAllowed if ringing is Refusal.FORBIDDEN else CallNotFound
        request = PickUpRequest(by.user_id, what, by.device_id, ringing)
        return _done(await self._bridge.pick_up(request))

    def _not_too_often(self, user_id: str) -> None:
        if not self._pace(user_id):
            raise TooManyCommands


def _done(answer: CommandAnswer | None) -> CommandAnswer:
    if answer is None:
        raise NotPossibleNow
    if answer.refused is not None:
        raise REFUSED_COMMAND[answer.refused]
    return answer
