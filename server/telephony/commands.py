"""Commands about calls in progress: who may give them is looked at here, the bridge carries them out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.telephony.dialplan import Refusal
from server.telephony.refusals import (
    REFUSED_COMMAND,
    CallNotFound,
    CannotMeet,
    NotAllowed,
    NotPossibleNow,
    TooManyCommands,
)
from wire.commands import Command, CommandAnswer, CommandRequest, Meet, PickUp, PickUpRequest
from wire.route import GHOST_PREFIX, CallMeeting, Party, PickUpRinging
from wire.state import LiveCall

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


class CallMeetings(Protocol):
    """Makes meetings of calls. Raises `CannotMeet`."""

    async def make(self, user_id: str, people: Sequence[str]) -> CallMeeting:
        """One of this person, with these colleagues."""

    async def discard(self, user_id: str, meeting: CallMeeting) -> None:
        """Nobody came: it is no more."""


class NoMeetings:
    """`CallMeetings` of a house without any."""

    async def make(self, user_id: str, people: Sequence[str]) -> CallMeeting:
        raise CannotMeet

    async def discard(self, user_id: str, meeting: CallMeeting) -> None:
        """There is none."""


class PickUpRights(Protocol):
    """`telephony.pick_ups.PickUps`, as commands need it."""

    async def allowed(self, what: PickUp, user_id: str) -> PickUpRinging | Refusal: ...


class Commands:
    """Every method raises a `TelephonyError` for what is not done."""

    def __init__(
        self,
        bridge: CallBridge,
        pace: Pace,
        rights: PickUpRights,
        live_calls: Callable[[str], Sequence[LiveCall]],
    ) -> None:
        self._bridge, self._pace, self._rights = bridge, pace, rights
        self._live_calls = live_calls
        #: Set where there are meetings.
        self.meetings: CallMeetings = NoMeetings()

    async def command(self, by: Commander, call_id: str, command: Command) -> CommandAnswer:
        """Do it with a call of this person."""
        self._not_too_often(by.user_id)
        if isinstance(command, Meet):
            return await self._meet(by, call_id)
        request = CommandRequest(by.user_id, command, by.device_id)
        return _done(await self._bridge.command(call_id, request))

    async def _meet(self, by: Commander, call_id: str) -> CommandAnswer:
        """The meeting is made first: whoever is in the call comes to one that there is."""
        mine = self._live_calls(by.user_id)
        call = next((one for one in mine if call_id == one.call_id or call_id in one.earlier), None)
        if call is None:
            raise CallNotFound
        if call.meeting is not None:
            # Somebody else was faster.
            return CommandAnswer(call.call_id, meeting=call.meeting)
        if len(call.members) < 2 or any(one.state == "calling" for one in call.members):
            raise NotPossibleNow
        people = [one.party.user_id for one in call.members if is_colleague(one.party)]
        meeting = await self.meetings.make(by.user_id, [one for one in people if one is not None])
        request = CommandRequest(by.user_id, Meet(), by.device_id, meeting)
        answer = await self._bridge.command(call.call_id, request)
        if answer is None and any(one.meeting == meeting for one in self._live_calls(by.user_id)):
            # It was slow to say so, or died meanwhile: they are there.
            return CommandAnswer(call.call_id, meeting=meeting)
        if answer is None or answer.refused is not None:
            await self.meetings.discard(by.user_id, meeting)
        return _done(answer)

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


def is_colleague(party: Party) -> bool:
    """Whether they are of the house."""
    return party.user_id is not None and not party.user_id.startswith(GHOST_PREFIX)


def _done(answer: CommandAnswer | None) -> CommandAnswer:
    if answer is None:
        raise NotPossibleNow
    if answer.refused is not None:
        raise REFUSED_COMMAND[answer.refused]
    return answer
