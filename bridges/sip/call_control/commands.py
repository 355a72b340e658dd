"""Carries out the commands that browsers give about calls in progress."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import (
    AddAsked,
    CallInput,
    HoldAsked,
    JoinAsked,
    MergeAsked,
    RecordAsked,
    TakeAsked,
    TransferAsked,
    TransferReport,
)
from logs import log
from wire.commands import (
    Add,
    CallBackRequest,
    Command,
    CommandAnswer,
    CommandRequest,
    HangUp,
    Hold,
    ListenMode,
    ListenRequest,
    Meet,
    Merge,
    Move,
    Park,
    PickUpRequest,
    Record,
    RecordingStep,
    Refused,
    Resume,
    RingMeAnswer,
    RingMeRequest,
    RingNoMore,
    Transfer,
)
from wire.record import CallRecord
from wire.route import (
    OWN_ANY,
    OWN_CLIENTS,
    OWN_DESK_PHONE,
    OWN_MOBILE,
    PARK_ANYWHERE,
    CallMeeting,
    PickUpRinging,
)

_log = log.get(__name__)

#: Seconds that somebody who gives a command waits to hear whether anybody is there: then it is under way.
PATIENCE = 8.0
_NOT_ALLOWED = frozenset(
    {
        Cause.FORBIDDEN,
        Cause.CLASS_OF_SERVICE,
        Cause.COUNTRY_NOT_ALLOWED,
        Cause.PREMIUM_NUMBER,
        Cause.TOO_MANY_CALLS,
        Cause.MINUTES_USED,
    }
)


class LiveCall(Protocol):
    """`bridges.sip.b2bua.call.BridgedCall`, seen from here."""

    @property
    def talks(self) -> bool: ...

    @property
    def ringing(self) -> CallRecord | None: ...

    def leg_of(self, user_id: str | None) -> str | None: ...

    def post(self, event: CallInput) -> None: ...

    @property
    def journal(self) -> "OfCall": ...


class OfCall(Protocol):
    """`bridges.sip.b2bua.journal.Journal`, seen from here."""

    @property
    def record(self) -> CallRecord: ...


class LiveCalls(Protocol):
    """`bridges.sip.b2bua.exchange.Exchange`, seen from here."""

    def record(self, call_id: str) -> CallRecord | None:
        """The open record of a call that lives."""

    def goes_on(self, call_id: str, user_id: str) -> CallRecord | None:
        """The open record under which a call of this person goes on, that had this one."""

    def end(self, call_id: str, cause: Cause) -> bool:
        """End a call, or our part in it; False for one that is not ours to end."""

    def bridged(self, call_id: str) -> LiveCall | None:
        """The call, if it is not one between Matrix clients alone."""

    def parked_at(self, slot: str) -> tuple[LiveCall, str] | None:
        """The call in a slot, and the leg that stands for the slot."""

    def ringing(self, wanted: PickUpRinging, by: str | None) -> LiveCall | None:
        """What rings for others and is to be taken by this person."""

    async def ring_me(self, wanted: RingMeRequest) -> None:
        """Ring what a call would ring now. Raises OSError."""

    def rung(self, call_id: str) -> RingMeAnswer:
        """How far that is."""

    def meet(self, call_id: str, meeting: CallMeeting, report: Callable[[], TransferReport]) -> bool:
        """All who take part where this call does go over to a meeting; a report each. False: not now."""

    def ring_no_more(self, user_id: str, callee: str) -> None:
        """What rings for somebody rings for this delegate of theirs no more."""

    async def call_back(self, wanted: CallBackRequest) -> None:
        """Ring somebody, and give them to whom they wanted to reach. Raises OSError."""

    async def listen(self, wanted: ListenRequest) -> bool:
        """Ring a supervisor, who hears a call then; False: it is none that they may hear. Raises OSError."""

    def listen_otherwise(self, call_id: str, mode: ListenMode) -> bool:
        """A supervisor is heard by others than before; False where that cannot be."""

    def record_after(self, call_id: str) -> CallRecord | None:
        """The open record of the call that this one went over into."""


class Report:
    """How a call is given on (`events.TransferReport`): `known` says why that cannot be, or None."""

    def __init__(self) -> None:
        self.known: asyncio.Future[Cause | None] = asyncio.get_running_loop().create_future()
        #: Whether it was tried.
        self.tried = False

    def accepted(self) -> None:
        self.tried = True

    def rings(self) -> None:
        self._say(None)

    def done(self) -> None:
        self._say(None)

    def failed(self, cause: Cause) -> None:
        self._say(cause)

    def _say(self, cause: Cause | None) -> None:
        if not self.known.done():
            self.known.set_result(cause)


class CallCommands:
    """Refuses what is not about a call of the person, and does the rest."""

    def __init__(self, calls: LiveCalls) -> None:
        self._calls = calls

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer:
        """Do it, or say why not."""
        # It may have gone over to another record while the command was on its way.
        record = self._calls.goes_on(call_id, request.user_id) or self._calls.record(call_id)
        if record is None:
            return CommandAnswer(call_id, refused="call_not_found")
        if request.user_id not in (record.caller.user_id, record.callee.user_id):
            return CommandAnswer(call_id, refused="not_your_call")
        if isinstance(request.command, Meet):
            answer = await self._meet(record, request.meeting)
        else:
            answer = await self._do(record, request.user_id, _placed(request))
        _log.info(
            "call_command",
            call_id=record.id,
            user_id=request.user_id,
            action=type(request.command).__name__,
            refused=answer.refused,
        )
        return answer

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer:
        """Connect the person with a call that is for others."""
        slot = request.pick_up.slot
        if slot is None:
            return await self._take(request)
        found = self._calls.parked_at(slot)
        if found is None:
            return CommandAnswer(refused="call_not_found")
        call, leg = found
        record = call.journal.record
        # It is transferred to them, to the page that asks or to devices that ring as for any call.
        to = OWN_ANY if record.callee.user_id == request.user_id else request.user_id
        report = Report()
        call.post(TransferAsked(leg, to, report, _here(request)))
        refused = await _fate(report)
        _log.info("parked_call_wanted", slot=slot, user_id=request.user_id, refused=refused)
        return CommandAnswer(record.id, slot=slot, refused=refused)

    async def call_back(self, request: CallBackRequest) -> CommandAnswer:
        """Ring who wanted to reach somebody that is free now."""
        try:
            await self._calls.call_back(request)
        except OSError as error:
            _log.warning("nobody_called_back", call_id=request.call_id, why=str(error))
            return CommandAnswer(request.call_id, refused="not_possible_now")
        return CommandAnswer(request.call_id)

    def ring_no_more(self, request: RingNoMore) -> None:
        """A delegate has lost the right to answer."""
        self._calls.ring_no_more(request.user_id, request.callee)

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer:
        """Ring those devices of a person that a call would ring now."""
        try:
            await self._calls.ring_me(request)
        except OSError as error:
            _log.warning("nobody_rung", call_id=request.call_id, why=str(error))
        return self.rung(request.call_id)

    def rung(self, call_id: str) -> RingMeAnswer:
        """How far that is."""
        return self._calls.rung(call_id)

    async def listen(self, request: ListenRequest) -> CommandAnswer:
        """Ring a supervisor, who hears a call of an agent when they have answered."""
        refused: Refused | None = None
        try:
            refused = None if await self._calls.listen(request) else "call_not_found"
        except OSError as error:
            _log.warning("nobody_listens", call_id=request.call_id, why=str(error))
            refused = "not_possible_now"
        return CommandAnswer(request.call_id, refused=refused)

    def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer:
        """They listen, whisper, or join."""
        done = self._calls.listen_otherwise(call_id, mode)
        return CommandAnswer(call_id, refused=None if done else "not_possible_now")

    async def _take(self, request: PickUpRequest) -> CommandAnswer:
        """What rings for others rings at the devices of this person, too."""
        wanted, user_id = request.ringing, request.user_id
        call = self._calls.ringing(wanted, user_id) if wanted is not None else None
        record = call.ringing if call is not None else None
        if call is None or record is None:
            return CommandAnswer(request.pick_up.call_id or "", refused="call_not_found")
        if record.callee.user_id == user_id:
            return CommandAnswer(record.id, refused="not_possible_now")  # there it rings already
        report = Report()
        call.post(TakeAsked(user_id, report, _here(request)))
        refused = await _fate(report)
        _log.info("ringing_call_wanted", call_id=record.id, user_id=user_id, refused=refused)
        return CommandAnswer(record.id, refused=refused)

    async def _do(self, record: CallRecord, user_id: str, command: Command) -> CommandAnswer:
        refused: Refused | None = "not_possible_now"
        match command:
            case HangUp():
                if self._calls.end(record.id, _ending(record, user_id)):
                    refused = None
            case Transfer(consult=str(other)):
                named = self._named(other, user_id)
                refused = await self._ask(
                    record, user_id, lambda leg, report: JoinAsked(leg, report, call_id=named)
                )
            case Transfer(to=str(to)):
                refused = await self._give_on(record, user_id, to)
            case Move(to="desk_phone"):
                refused = await self._give_on(record, user_id, OWN_DESK_PHONE)
            case Move(to="mobile"):
                refused = await self._give_on(record, user_id, OWN_MOBILE)
            case Move(to=device):
                refused = await self._give_on(record, user_id, OWN_CLIENTS, device)
            case Hold() | Resume():
                refused = await self._hold(record, user_id, on=isinstance(command, Hold))
            case Add(to=to):
                refused = await self._ask(record, user_id, lambda leg, report: AddAsked(leg, to, report))
            case Merge(call_id=other):
                refused = await self._merge(record, user_id, other)
            case Record(what=what):
                refused = await self._record(record, user_id, what)
            case Park(slot=slot):
                return await self._park(record, user_id, slot or PARK_ANYWHERE)
        return CommandAnswer(record.id, refused=refused)

    async def _meet(self, record: CallRecord, meeting: CallMeeting | None) -> CommandAnswer:
        """All who take part go over to the meeting that was made."""
        reports: list[Report] = []

        def report() -> Report:
            reports.append(Report())
            return reports[-1]

        if meeting is None or not self._calls.meet(record.id, meeting, report):
            return CommandAnswer(record.id, refused="not_possible_now")
        causes = await asyncio.gather(*(one.known for one in reports))
        # Who hung up on the way was one of them.
        if all(cause is not None for cause in causes):
            tried = any(one.tried for one in reports)
            return CommandAnswer(record.id, refused="meeting_not_possible" if tried else "not_possible_now")
        return CommandAnswer(record.id, meeting=meeting)

    async def _merge(self, record: CallRecord, user_id: str, other: str) -> Refused | None:
        named = self._named(other, user_id)
        refused = await self._ask(record, user_id, lambda leg, report: MergeAsked(leg, named, report))
        return "not_possible_now" if refused == "target_not_reachable" else refused

    async def _park(self, record: CallRecord, user_id: str, slot: str) -> CommandAnswer:
        refused = await self._give_on(record, user_id, slot)
        parked = self._calls.record_after(record.id)
        if refused is not None or parked is None or parked.answered_on != "parked":
            return CommandAnswer(record.id, refused=refused or "not_possible_now")
        return CommandAnswer(parked.id, slot=parked.callee.number)

    async def _hold(self, record: CallRecord, user_id: str, *, on: bool) -> Refused | None:
        """The other side waits, or is talked with again."""
        call, leg = self._leg_of(record, user_id)
        if call is None or leg is None:
            return "not_possible_now"
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        call.post(HoldAsked(leg, on, lambda held: None if done.done() else done.set_result(held)))
        try:
            async with asyncio.timeout(PATIENCE):
                return None if await done else "not_possible_now"
        except TimeoutError:
            return "not_possible_now"

    async def _record(self, record: CallRecord, user_id: str, what: RecordingStep) -> Refused | None:
        call, leg = self._leg_of(record, user_id)
        if call is None or leg is None:
            return "not_possible_now"
        done: asyncio.Future[Refused | None] = asyncio.get_running_loop().create_future()
        call.post(RecordAsked(user_id, what, lambda why: None if done.done() else done.set_result(why)))
        try:
            async with asyncio.timeout(PATIENCE):
                return await done
        except TimeoutError:
            return "not_possible_now"

    def _named(self, call_id: str, user_id: str) -> str:
        """The id of the record that the call has now."""
        later = self._calls.goes_on(call_id, user_id)
        return later.id if later is not None else call_id

    def _leg_of(self, record: CallRecord, user_id: str) -> tuple[LiveCall | None, str | None]:
        call = self._calls.bridged(record.id)
        return (call, call.leg_of(user_id)) if call is not None and call.talks else (None, None)

    async def _give_on(
        self, record: CallRecord, user_id: str, to: str, device: str | None = None
    ) -> Refused | None:
        """The other side goes to whoever is reached by `to`, on their `device` alone if it is given, in place
        of this person."""
        return await self._ask(record, user_id, lambda leg, report: TransferAsked(leg, to, report, device))

    async def _ask(
        self, record: CallRecord, user_id: str, ask: Callable[[str, Report], CallInput]
    ) -> Refused | None:
        """Ask the call for something in the name of a leg; why it is not done."""
        call, leg = self._leg_of(record, user_id)
        if call is None or leg is None:
            return "not_possible_now"
        report = Report()
        call.post(ask(leg, report))
        return await _fate(report)


def _here(request: PickUpRequest) -> str | None:
    """The one device on which the call is wanted; None: any."""
    return request.device if request.pick_up.to == "here" else None


def _placed(request: CommandRequest) -> Command:
    """The command, with "here" called by its name."""
    if request.command == Move("here") and request.device is not None:
        return Move(request.device)
    return request.command


async def _fate(report: Report) -> Refused | None:
    """Why nobody takes a call that is given on; None while somebody is called, or has taken it."""
    try:
        async with asyncio.timeout(PATIENCE):
            cause = await report.known
    except TimeoutError:
        return None
    if cause is None:
        return None
    if cause is Cause.NO_SUCH_CALL:
        return "call_not_found"
    if cause is Cause.UNAVAILABLE and not report.tried:
        return "not_possible_now"
    return "not_allowed" if cause in _NOT_ALLOWED else "target_not_reachable"


def _ending(record: CallRecord, user_id: str) -> Cause:
    """With which cause a call ends that this person ends."""
    if record.answered_at is not None:
        return Cause.NORMAL
    return Cause.CANCELLED if record.caller.user_id == user_id else Cause.REJECTED
