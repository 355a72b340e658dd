"""Who takes part in each call of several, over all calls."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from bridges.sip.b2bua.call import BridgedCall
from bridges.sip.b2bua.call_actor import CallActor
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conferring import Unheard
from bridges.sip.b2bua.events import (
    Abort,
    ConferAsked,
    ConferenceChanged,
    MeetAsked,
    Noted,
    TransferReport,
    UniteAsked,
)
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.recorded import Hearer
from bridges.sip.b2bua.services import Conferences
from bridges.sip.b2bua.together import Together
from wire.record import Recorded
from wire.route import CallMeeting, Party
from wire.state import Member


class ConferenceCalls:
    """`calls` are all that there are, whatever their names."""

    def __init__(self, calls: Mapping[str, BridgedCall], conferences: Conferences | None) -> None:
        self._calls, self._conferences = calls, conferences

    # --- bridges.sip.conference.focus.Calls ---

    def talking(self) -> set[Leg]:
        """The legs of all who talk, and are not being replaced."""
        return {leg for one in self._calls.values() for leg in one.talking()}

    def unite(self, one: Leg, other: Leg) -> None:
        """Whoever talk with these two are to talk with each other."""
        first, second = self._of(one), self._of(other)
        if first is not None and second is not None:
            first.post(UniteAsked(one.name, second.journal.record.id))

    def end_of(self, leg: Leg) -> None:
        """The call of this leg is over."""
        if (call := self._of(leg)) is not None:
            call.post(Abort(Cause.NORMAL))

    def entitle(self, conference: str) -> None:
        """Others take part than before: the records of all say so."""
        for call in self._in(conference):
            record, seat = call.journal.record, call.seat
            if record.answered_on == "conference" and seat is not None:
                title = self.title(conference, record.caller)
                if title != record.callee.name:
                    call.post(Noted(seat, title))

    def heard(self, conference: str) -> frozenset[str]:
        """The records of the calls by which somebody is heard in it."""
        return frozenset(one.key for one in self.hearers(conference))

    def changed(self, conference: str) -> None:
        """Others are heard in it, or it is recorded no longer."""
        for call in self._in(conference):
            call.post(ConferenceChanged())

    # --- its recording, which is of one of its calls ---

    def hearers(self, conference: str) -> list[Hearer]:
        """Whoever is heard in it."""
        calls = (one for one in self._in(conference) if one.seat is not None)
        return list(chain.from_iterable(one.heard_here() for one in calls))

    def recorded(self, conference: str, besides: CallActor | None = None) -> BridgedCall | None:
        """The call of it that is recorded."""
        calls = (one for one in self._in(conference) if one is not besides)
        return next((one for one in calls if one.journal.record.recorded is not None), None)

    def recording(self, call: BridgedCall | None) -> Recorded | None:
        """What is recorded of the conference that a call takes part in."""
        if self._conferences is None or self._conferences.idle or call is None or call.several is None:
            return None
        found = self.recorded(call.several)
        return found.journal.record.recorded if found is not None else None

    # --- for calls and records ---

    def title(self, conference: str, besides: Party, more: Sequence[Party] = ()) -> str:
        """The names of all but one of them, and of `more`."""
        parties = [*more, *(one.party for one in self._members(conference) if one.state != "calling")]
        besides_key = besides.user_id, besides.number
        names = [one.name or one.number or "" for one in parties if (one.user_id, one.number) != besides_key]
        return ", ".join(name for name in dict.fromkeys(names) if name)

    def takes_part(self, conference: str, user_id: str | None) -> bool:
        """Whether somebody of the house is in it."""
        return any(one.talks and one.leg_of(user_id) is not None for one in self._in(conference))

    def meet(self, call: BridgedCall, meeting: CallMeeting, report: Callable[[], TransferReport]) -> bool:
        """All who take part where this call does go over to a meeting; a report each. False: not now, as
        somebody is just coming or leaving."""
        conference = call.conference if call.seat is not None else None
        found = list(self._in(conference)) if conference is not None else []
        if not found or not all(one.talks and one.seat is not None for one in found):
            return False
        together = Together(len(found))
        for one in found:
            one.post(MeetAsked(meeting, together, report()))
        return True

    def put_out(self, conference: str, number: str) -> bool:
        """Whoever has this number is in it no longer, or is called no more; False: nobody had."""
        found = next((one for one in self._in(conference) if number in _numbers(one)), None)
        if found is not None:
            found.post(Abort(Cause.NORMAL))
        return found is not None

    def members(self, call: BridgedCall | None) -> tuple[Member, ...]:
        """All who take part where this call does, or is to; none, if it is a call of two."""
        if self._conferences is None or self._conferences.idle or call is None:
            return ()
        conference = call.conference
        return tuple(self._members(conference)) if conference is not None else ()

    def gather(self, call: BridgedCall) -> str | None:
        """All calls of its caller become one of several, in which they take part by this call; its name. None
        if they have less than two, or several such already."""
        me = call.journal.record.caller.user_id
        found = (
            (one, one.leg_of(me))
            for one in self._calls.values()
            if one is not call and one.talks and not one.apart
        )
        mine = [(one, leg) for one, leg in found if leg is not None]
        known = {one.conference or "" for one, _ in mine if one.seat is not None}
        if self._conferences is None or len(mine) < 2 or len(known) > 1:
            return None
        conference = next(iter(known), "") or self._conferences.fresh()
        for one, leg in mine:
            here = one.seat is not None
            one.post(Abort(Cause.NORMAL) if here else ConferAsked(conference, Unheard(), leaving=leg))
        return conference

    def _of(self, leg: Leg) -> BridgedCall | None:
        return next((one for one in self._calls.values() if leg in one.talking()), None)

    def _in(self, conference: str) -> Iterator[BridgedCall]:
        return (one for one in self._calls.values() if one.conference == conference)

    def _members(self, conference: str) -> Iterator[Member]:
        return chain.from_iterable(one.taking_part() for one in self._in(conference))


def _numbers(call: BridgedCall) -> set[str]:
    """Of whoever is in a conference by this call."""
    record, seat = call.journal.record, call.seat
    both = {record.caller.number, record.callee.number} if seat is None else {call.across(seat).number}
    return {number for number in both if number}
