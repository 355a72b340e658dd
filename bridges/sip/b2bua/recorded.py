"""What is recorded of one call: by rule once people talk, on demand when one of them wants it.

A recording is of one record: when somebody in the call is replaced, or more people come into it, it ends with
that record, and the call that comes of it is recorded anew if a rule says so.

A call of several is recorded in one of its calls, whose other leg is a seat: what one of them says and hears
is what all say. The others see that, pause it and are told when they come.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import uuid4

import msgspec

from bridges.media.gateway import MediaError
from bridges.media.recorder import CannotRecord
from bridges.sip.b2bua.events import (
    Post,
    RecordAsked,
    RecordingAnnounced,
    RecordingEvent,
    RecordingFailed,
    RecordingRuled,
    RecordingTerms,
)
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.services import Services
from bridges.sip.machine import LocalMisuse
from bridges.sip.recording.keeper import CannotKeep
from bridges.sip.recording.machine import RecordingMachine, State
from logs import log
from wire.commands import RecordingStep, Refused
from wire.recording import OTHERS, Note, Terms, TermsAsked
from wire.route import Party, Said

_log = log.get(__name__)

#: How two sides are in a call that can be recorded: people, not machines.
_PEOPLE = frozenset({"matrix", "desk_phone", "mobile", "outside"})
#: Seconds that whoever dials a code waits to hear what came of it.
PATIENCE = 3.0
#: Seconds of quiet after the announcement.
_BREATH = 0.3


@dataclass(frozen=True, slots=True)
class Hearer:
    """Who is heard: `key` is the record of their call, `media_id` and `leg` are what carries it; `shown` is
    the `party` as all in a call of several may know it."""

    key: str
    media_id: str
    leg: str
    party: Party
    shown: Party
    outside: bool


class RecordedCall(Protocol):
    """`call_actor.CallActor`, seen from here."""

    call_id: str
    journal: Journal

    def talking(self) -> list[Leg]:
        """Caller and callee, while they talk."""

    @property
    def pair(self) -> tuple[str, str] | None:
        """Their names, also while one of them is being replaced."""

    @property
    def trunk(self) -> str | None:
        """The line that one of them is reached by."""

    @property
    def several(self) -> str | None:
        """The conference that it takes part in."""

    def hearers(self) -> list[Hearer]:
        """Whoever is heard now; in a conference all who take part in it."""

    def recorded_elsewhere(self) -> "Postable | None":
        """Another call of its conference, if that is recorded."""

    def conference_changed(self, conference: str) -> None:
        """All calls of a conference are to look."""


Aside = Callable[[Coroutine[Any, Any, None]], object]


class Postable(Protocol):
    """Another call, seen from here."""

    journal: Journal

    def post(self, event: RecordAsked | RecordingRuled) -> None: ...


async def record_other(
    call: RecordedCall, other: Postable | None, recordings: "Announcing | None"
) -> tuple[Said, Literal["it", "en"]]:
    """Have the caller's `other` call recorded, or that paused, or go on; what is to be said of it."""
    if recordings is None:
        return "not_set", "en"
    me = call.journal.record.caller.user_id
    if other is None or me is None:
        return "not_set", recordings.language
    now = other.journal.record.recorded
    what: RecordingStep = "start" if now is None else "resume" if now.state == "paused" else "pause"
    done: asyncio.Future[Refused | None] = asyncio.get_running_loop().create_future()
    other.post(RecordAsked(me, what, lambda why: None if done.done() else done.set_result(why)))
    try:
        async with asyncio.timeout(PATIENCE):
            refused = await done
    except TimeoutError:
        refused = "not_possible_now"
    said: Said = "not_set" if refused else "recording_paused" if what == "pause" else "recording_on"
    return said, recordings.language


class Announcing(Protocol):
    """`recording.keeper.Recordings`, seen from here."""

    @property
    def language(self) -> Literal["it", "en"]:
        """The house's own."""


class CallRecording:
    """`look` after each step of the call, `close` at its end. `aside` runs what takes long."""

    def __init__(self, call: RecordedCall, services: Services, post: Post, aside: Aside) -> None:
        self._call, self._services, self._post, self._aside = call, services, post, aside
        #: The record whose terms were asked for last.
        self._asked: str | None = None
        #: The record whose terms are known.
        self._answered: str | None = None
        self._terms = Terms()
        self._machine: RecordingMachine | None = None
        self._journal: Journal | None = None
        self._pair: tuple[str, str] = ("", "")
        self._timer: asyncio.TimerHandle | None = None
        #: Whether the recording that was adopted is one still.
        self._lives = True
        #: Its conference; who in it has heard the announcement, by their keys, and who hears it now.
        self._several: str | None = None
        self._told: set[str] = set()
        self._telling: set[str] = set()
        #: Whether it is paused for those who came later, and are told.
        self._greets = False
        #: Everybody who was in it.
        self._others: list[Party] = []
        #: Whether a rule is about this call of a conference that another one records.
        self._waits = False

    # --- what happens to the call ---

    async def look(self) -> None:
        """The call may be another one now, or people may have begun to talk."""
        call = self._call
        if self._machine is not None and (
            call.journal is not self._journal or call.pair is None or call.pair != self._pair
        ):
            await self._end()
        await self._announce_if_due()
        await self._greet()
        if self._asked != call.journal.record.id:
            # The rule was about the call before.
            self._waits = False
        if self._waits and self._machine is None and self._people() and call.recorded_elsewhere() is None:
            self._waits = False
            await self._begin(None)
        if self._asked != call.journal.record.id and self._people():
            self._asked = call.journal.record.id
            self._ask(None, patient=True)

    async def take(self, event: RecordingEvent) -> None:
        """What it asked for is there, or somebody wants something."""
        match event:
            case RecordAsked():
                await self._wanted(event)
            case RecordingTerms(call_id=call_id) if call_id == self._call.journal.record.id:
                await self._known(event)
            case RecordingTerms(asked=RecordAsked() as asked):
                asked.done("not_possible_now")
            case RecordingAnnounced(recording_id=announced):
                await self._run(announced)
            case RecordingFailed():
                await self._failed()
            case RecordingRuled() if self._machine is not None:
                await self._rule_too(self._machine)
            case _:
                pass

    async def close(self) -> None:
        """The call is over."""
        await self._end()

    def leave(self) -> None:
        """The next process goes on with it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any] | None:
        """For `adopt`."""
        # What was asked and not answered the next process asks again.
        if self._answered is None and self._machine is None and not self._waits:
            return None
        return {
            "asked": self._answered,
            "terms": msgspec.to_builtins(self._terms),
            "pair": self._pair if self._machine is not None else None,
            "told": sorted(self._told),
            "greets": self._greets,
            "others": msgspec.to_builtins(self._others),
            "waits": self._waits,
        }

    def adopt(self, snapshot: Mapping[str, Any] | None) -> None:
        """Be what `snapshot` was taken of. Raises `KeyError`, `ValueError` for what is no snapshot."""
        if snapshot is None:
            return
        self._asked = self._answered = snapshot["asked"]
        self._terms = msgspec.convert(snapshot["terms"], Terms)
        self._waits = bool(snapshot.get("waits"))
        recorded = self._call.journal.record.recorded
        if recorded is None or snapshot["pair"] is None or self._services.recordings is None:
            return
        one, other = snapshot["pair"]
        self._journal, self._pair = self._call.journal, (one, other)
        self._machine = RecordingMachine(recorded)
        self._told, self._greets = set(snapshot.get("told", ())), bool(snapshot.get("greets"))
        self._others = msgspec.convert(snapshot.get("others", []), list[Party])
        self._several = self._call.several
        self._lives = self._services.recordings.lives(recorded.id)

    async def go_on(self) -> None:
        """After `adopt`, when the call listens."""
        machine, recordings = self._machine, self._services.recordings
        if machine is None or recordings is None:
            return
        if not self._lives:
            # It was stopped by a process that could not say so any more.
            machine.stop(recordings.over_since(machine.recorded.id) or self._now())
            self._tell()
            self._machine = None
            if self._several is not None:
                self._call.conference_changed(self._several)
            return
        try:
            # That process may have died between what it noted and what it did.
            if machine.state is State.RUNS:
                await recordings.run(self._call.call_id, self._note(machine), *self._pair)
            else:
                await recordings.pause(self._call.call_id, self._note(machine))
        except MediaError as error:
            _log.warning("recording_does_not_go_on", why=str(error) or type(error).__name__)
            await self._failed()
            return
        await self._announce_if_due()
        if self._greets:
            await self._tell_all(self._new())

    # --- what people want ---

    async def _wanted(self, asked: RecordAsked) -> None:
        refused: Refused | None = "not_possible_now"
        machine = self._machine
        if machine is None and (other := self._call.recorded_elsewhere()) is not None:
            other.post(asked)
            return
        try:
            if asked.what == "start":
                if machine is None and self._people():
                    self._ask(asked, patient=False)
                    return
                refused = None if machine is not None else refused
            elif machine is None:
                pass
            elif asked.what == "stop":
                refused = "not_allowed"
                if machine.recorded.by is not None:
                    await self._end()
                    refused = None
            else:
                refused = await self._paused(machine, on=asked.what == "pause")
        except LocalMisuse:
            refused = "not_possible_now"
        _log.info("recording_wanted", what=asked.what, by=asked.user_id, refused=refused)
        asked.done(refused)

    async def _paused(self, machine: RecordingMachine, *, on: bool) -> Refused | None:
        """Raises LocalMisuse."""
        recordings, before = self._services.recordings, machine.recorded
        if recordings is None:
            return "recording_not_possible"
        if self._greets:
            # It goes on by itself when they have heard it, or not.
            self._greets = not on
            return None
        if not on and machine.state is State.PAUSED and (new := self._new()):
            self._greets = True
            await self._tell_all(new)
            return None
        if on:
            machine.pause(self._now())
        else:
            machine.resume(self._now())
        note = self._note(machine)
        try:
            if on:
                await recordings.pause(self._call.call_id, note)
            else:
                await recordings.run(self._call.call_id, note, *self._pair)
        except MediaError as error:
            _log.warning("recording_not_paused", why=str(error) or type(error).__name__)
            self._machine = RecordingMachine(before)
            return "not_possible_now"
        self._tell()
        return None

    # --- its beginning ---

    def _people(self) -> bool:
        """Whether people talk: two, or one with those of a conference."""
        legs = self._call.talking()
        return (
            self._services.recordings is not None
            and len(legs) == 2
            and all(leg.answered_on in _PEOPLE or leg.answered_on == "conference" for leg in legs)
            and any(leg.answered_on in _PEOPLE for leg in legs)
            and not self._call.journal.ended
        )

    def _ask(self, asked: RecordAsked | None, *, patient: bool) -> None:
        record = self._call.journal.record
        wanted = TermsAsked(
            caller=record.caller,
            callee=record.callee,
            trunk=self._call.trunk,
            groups=tuple(one.group.id for one in record.groups),
        )
        self._aside(self._asking(record.id, wanted, asked, patient=patient))

    async def _asking(
        self, call_id: str, wanted: TermsAsked, asked: RecordAsked | None, *, patient: bool
    ) -> None:
        if self._services.recordings is None:
            return
        terms = await self._services.recordings.terms(wanted, patient=patient)
        if terms is None and asked is not None:
            asked.done("not_possible_now")
        elif terms is not None:
            self._post(RecordingTerms(call_id, terms, asked))

    async def _known(self, event: RecordingTerms) -> None:
        self._terms, asked = event.terms, event.asked
        refused: Refused | None = None
        if event.terms.rule:
            refused = await self._ruled()
        elif asked is not None and asked.user_id not in event.terms.on_demand:
            refused = "not_allowed"
        elif asked is not None and self._machine is None:
            refused = await self._begin(asked.user_id)
        if asked is None:
            self._answered = event.call_id
        else:
            _log.info("recording_wanted", what="start", by=asked.user_id, refused=refused)
            asked.done(refused)

    async def _ruled(self) -> Refused | None:
        """A rule is about the call: it is recorded, and what somebody wanted is the rule's from now on."""
        if self._machine is not None:
            await self._rule_too(self._machine)
        elif (other := self._call.recorded_elsewhere()) is not None:
            self._leave_to(other)
        else:
            return await self._begin(None)
        return None

    def _leave_to(self, other: "Postable") -> None:
        """A rule is about this one, too: nobody ends the other's, and this one goes on when it is over."""
        self._waits = True
        other.post(RecordingRuled())

    async def _rule_too(self, machine: RecordingMachine) -> None:
        recordings = self._services.recordings
        if recordings is not None and machine.ruled():
            self._tell()
            await recordings.keep(self._call.call_id, self._note(machine))

    async def _begin(self, by: str | None) -> Refused | None:
        pair, recordings = self._call.pair, self._services.recordings
        if pair is None or recordings is None or not self._people():
            return "not_possible_now"
        machine = RecordingMachine.begin(uuid4().hex, by, self._now())
        self._journal, self._pair = self._call.journal, pair
        self._several, self._greets = self._call.several, False
        self._told, self._telling, self._others = set(), set(), []
        try:
            await recordings.begin(self._call.call_id, self._note(machine), *pair)
        except CannotRecord as error:
            _log.warning("call_not_recorded", why=str(error), rule=by is None)
            return "recording_not_possible"
        except CannotKeep:
            return "recording_not_kept"
        if (other := self._call.recorded_elsewhere()) is not None:
            # It was made ready at the same time, and who pauses one would not pause the other.
            await recordings.end(self._call.call_id, self._note(machine))
            if by is None:
                self._leave_to(other)
            return None
        self._machine = machine
        self._tell()
        await self._announce_if_due()
        return None

    async def _announce_if_due(self) -> None:
        """Whoever hears music is told when they are talked with again, and nobody while one is replaced."""
        waits = self._machine is not None and self._machine.state is State.ANNOUNCED and self._timer is None
        if waits and not self._call.journal.record.held_by and len(self._call.talking()) == 2:
            await self._announce()

    async def _announce(self) -> None:
        """To who is outside; among colleagues, and in a conference, to all but who wants it."""
        hearers = self._call.hearers()
        outside = [one for one in hearers if one.outside]
        told = outside if outside and self._several is None else hearers
        self._telling |= {one.key for one in hearers}
        await self._tell_all(told)

    def _new(self) -> list[Hearer]:
        """Who came to the conference, and has not heard it."""
        known = self._told | self._telling
        return [one for one in self._call.hearers() if one.key not in known] if self._several else []

    async def _greet(self) -> None:
        """Whoever came is told before they are recorded; meanwhile nobody is."""
        machine, recordings = self._machine, self._services.recordings
        if machine is None or recordings is None or machine.state is not State.RUNS:
            return
        if new := self._new():
            machine.pause(self._now())
            try:
                await recordings.pause(self._call.call_id, self._note(machine))
            except MediaError as error:
                _log.warning("recording_not_paused", why=str(error) or type(error).__name__)
                await self._failed()
                return
            self._greets = True
            self._tell()
            await self._tell_all(new)

    async def _tell_all(self, hearers: Iterable[Hearer]) -> None:
        """Play it to them; `RecordingAnnounced` follows, unless somebody could not be told."""
        recordings, machine = self._services.recordings, self._machine
        if recordings is None or machine is None:
            return
        lasts = 0.0
        for one in hearers:
            self._telling.add(one.key)
            if machine.recorded.by is not None and machine.recorded.by == one.party.user_id:
                continue
            number = one.party.number if one.outside else None
            path, seconds = await recordings.announcement(self._terms, number)
            try:
                await self._services.gateway.play(one.media_id, one.leg, path, times=1)
            except MediaError as error:
                if self._several is not None and one not in self._call.hearers():
                    continue
                _log.warning("recording_not_announced", leg=one.leg, why=str(error))
                # Nobody is recorded who was not told.
                await self._failed()
                return
            lasts = max(lasts, seconds)
        announced = RecordingAnnounced(machine.recorded.id)
        self._timer = asyncio.get_running_loop().call_later(lasts + _BREATH, self._post, announced)

    async def _run(self, announced: str) -> None:
        machine, recordings = self._machine, self._services.recordings
        if machine is None or recordings is None or machine.recorded.id != announced:
            return
        self._timer = None
        self._told |= self._telling
        self._telling.clear()
        if new := self._new():
            # Somebody came while the others were told.
            await self._tell_all(new)
            return
        if self._greets:
            self._greets = False
            machine.resume(self._now())
        elif not machine.told(self._now()):
            return
        try:
            await recordings.run(self._call.call_id, self._note(machine), *self._pair)
        except MediaError as error:
            _log.warning("recording_not_begun", why=str(error) or type(error).__name__)
            await self._failed()
            return
        self._tell()

    # --- its end ---

    async def _failed(self) -> None:
        """Nothing more is recorded: what was said is kept, and the call goes on."""
        if self._machine is not None and self._machine.fail(self._now()):
            await self._over(whole=False)

    async def _end(self) -> None:
        if self._machine is not None and self._machine.stop(self._now()):
            await self._over(whole=True)

    async def _over(self, *, whole: bool) -> None:
        machine, recordings = self._machine, self._services.recordings
        if machine is None or recordings is None:
            return
        self._tell()
        self.leave()
        note = self._note(machine, whole=whole)
        self._machine = None
        self._greets = False
        await recordings.end(self._call.call_id, note)
        if self._several is not None:
            # A rule may be about another of its calls.
            self._call.conference_changed(self._several)

    # --- inside ---

    def _tell(self) -> None:
        """To the record, and so to everybody in the call."""
        if self._journal is not None and self._machine is not None:
            self._journal.recorded(self._machine.recorded)

    def _note(self, machine: RecordingMachine, *, whole: bool = True) -> Note:
        record, recorded = (self._journal or self._call.journal).record, machine.recorded
        self._meet()
        both = {_who(record.caller), _who(record.callee)}
        return Note(
            id=recorded.id,
            call_id=record.id,
            caller=record.caller,
            callee=record.callee,
            withheld=record.withheld,
            why="rule" if recorded.by is None else "demand",
            by=recorded.by,
            started_at=recorded.since,
            ended_at=recorded.until or self._now(),
            pauses=recorded.pauses,
            whole=whole,
            others=tuple(one for one in self._others if _who(one) not in both)[:OTHERS],
        )

    def _meet(self) -> None:
        """Note who takes part in the conference by now."""
        known = {_who(one) for one in self._others} | {_who(Party())}
        came = [one.shown for one in self._call.hearers()] if self._several is not None else []
        self._others += [one for one in came if _who(one) not in known]

    def _now(self) -> int:
        return self._services.now_ms()


def _who(party: Party) -> tuple[str | None, str | None]:
    return party.user_id, party.number
