"""What is recorded of one call: by rule once two people talk, on demand when one of them wants it.

A recording is of one record: when somebody in the call is replaced, or more people come into it, it ends with
that record, and the call that comes of it is recorded anew if a rule says so.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal, Protocol
from uuid import uuid4

import msgspec

from bridges.media.gateway import MediaError
from bridges.media.recorder import CannotRecord
from bridges.sip.b2bua.events import (
    Post,
    RecordAsked,
    RecordingAnnounced,
    RecordingFailed,
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
from wire.recording import Note, Terms, TermsAsked
from wire.route import Said

_log = log.get(__name__)

#: How two sides are in a call that can be recorded: people, not machines.
_PEOPLE = frozenset({"matrix", "desk_phone", "mobile", "outside"})
#: Seconds that whoever dials a code waits to hear what came of it.
PATIENCE = 3.0
#: Seconds of quiet after the announcement.
_BREATH = 0.3


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


Aside = Callable[[Coroutine[Any, Any, None]], object]


class Postable(Protocol):
    """Another call, seen from here."""

    journal: Journal

    def post(self, event: RecordAsked) -> None: ...


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

    # --- what happens to the call ---

    async def look(self) -> None:
        """The call may be another one now, or people may have begun to talk."""
        call = self._call
        if self._machine is not None and (
            call.journal is not self._journal or call.pair is None or call.pair != self._pair
        ):
            await self._end()
        await self._announce_if_due()
        if self._asked != call.journal.record.id and self._people():
            self._asked = call.journal.record.id
            self._ask(None, patient=True)

    async def take(self, event: RecordAsked | RecordingTerms | RecordingAnnounced | RecordingFailed) -> None:
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
        if self._answered is None and self._machine is None:
            return None
        return {
            "asked": self._answered,
            "terms": msgspec.to_builtins(self._terms),
            "pair": self._pair if self._machine is not None else None,
        }

    def adopt(self, snapshot: Mapping[str, Any] | None) -> None:
        """Be what `snapshot` was taken of. Raises `KeyError`, `ValueError` for what is no snapshot."""
        if snapshot is None:
            return
        self._asked = self._answered = snapshot["asked"]
        self._terms = msgspec.convert(snapshot["terms"], Terms)
        recorded = self._call.journal.record.recorded
        if recorded is None or snapshot["pair"] is None or self._services.recordings is None:
            return
        one, other = snapshot["pair"]
        self._journal, self._pair = self._call.journal, (one, other)
        self._machine = RecordingMachine(recorded)
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

    # --- what people want ---

    async def _wanted(self, asked: RecordAsked) -> None:
        refused: Refused | None = "not_possible_now"
        machine = self._machine
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
        """Whether two people talk."""
        legs = self._call.talking()
        return (
            self._services.recordings is not None
            and len(legs) == 2
            and all(leg.answered_on in _PEOPLE for leg in legs)
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
        machine, recordings = self._machine, self._services.recordings
        if machine is None or recordings is None:
            return await self._begin(None)
        if machine.ruled():
            self._tell()
            await recordings.keep(self._call.call_id, self._note(machine))
        return None

    async def _begin(self, by: str | None) -> Refused | None:
        pair, recordings = self._call.pair, self._services.recordings
        if pair is None or recordings is None or not self._people():
            return "not_possible_now"
        machine = RecordingMachine.begin(uuid4().hex, by, self._now())
        self._journal, self._pair = self._call.journal, pair
        try:
            await recordings.begin(self._call.call_id, self._note(machine), *pair)
        except CannotRecord as error:
            _log.warning("call_not_recorded", why=str(error), rule=by is None)
            return "recording_not_possible"
        except CannotKeep:
            return "recording_not_kept"
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
        """To who is outside; among colleagues to all but who wants it."""
        recordings, machine = self._services.recordings, self._machine
        if recordings is None or machine is None:
            return
        record, legs = self._call.journal.record, self._call.talking()
        outside = [leg for leg in legs if leg.answered_on == "outside"]
        party = {leg.name: party for leg, party in zip(legs, (record.caller, record.callee), strict=False)}
        listeners = outside or [leg for leg in legs if machine.recorded.by != party[leg.name].user_id]
        lasts = 0.0
        for leg in listeners:
            who = party[leg.name]
            number = who.number if leg in outside else None
            path, seconds = await recordings.announcement(self._terms, number)
            try:
                await self._services.gateway.play(self._call.call_id, leg.name, path, times=1)
            except MediaError as error:
                _log.warning("recording_not_announced", leg=leg.name, why=str(error))
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
        if not machine.told(self._now()):
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
        await recordings.end(self._call.call_id, note)

    # --- inside ---

    def _tell(self) -> None:
        """To the record, and so to everybody in the call."""
        if self._journal is not None and self._machine is not None:
            self._journal.recorded(self._machine.recorded)

    def _note(self, machine: RecordingMachine, *, whole: bool = True) -> Note:
        record, recorded = (self._journal or self._call.journal).record, machine.recorded
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
        )

    def _now(self) -> int:
        return self._services.now_ms()
