"""What is recorded of a call, seen from the call: who is in it, and what a later process knows of it."""

from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import CallInput, RecordAsked, RecordingAnnounced, RecordingTerms
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.recorded import CallRecording
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import BRUNO, NOW, House
from wire.commands import RecordingStep, Refused
from wire.record import AnsweredOn, CallRecord
from wire.recording import Note, Terms, TermsAsked
from wire.route import Party

RULE, DEMAND = Terms(rule=True), Terms(on_demand=(ANNA,))


class Side(HouseLeg):
    """One of the two."""

    def __init__(self, name: str, on: AnsweredOn) -> None:
        super().__init__(name, lambda _event: None)
        self.answered_on = on

    def drop(self, cause: Cause) -> None:
        raise NotImplementedError

    async def reoffer(self, sdp: str) -> str:
        raise NotImplementedError

    def snapshot(self) -> dict[str, Any] | None:
        raise NotImplementedError


class Keeper:
    """`services.Recordings` that knows a rule, or does not answer."""

    language: Literal["it", "en"] = "it"

    def __init__(self) -> None:
        self.knows = True
        self.asked: list[TermsAsked] = []
        self.begun: list[Note] = []
        self.ended: list[Note] = []
        self.living: set[str] = set()
        #: What was done, in order, and which recordings are over by what is on the disk.
        self.done: list[str] = []
        self.over: dict[str, int] = {}
        self.rule = True

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None:
        self.asked.append(asked)
        return (RULE if self.rule else DEMAND) if self.knows else None

    async def announcement(self, terms: Terms, number: str | None) -> tuple[Path, float]:
        return Path("words.ogg"), 60.0

    async def begin(self, media_id: str, note: Note, left: str, right: str) -> None:
        self.begun.append(note)

    async def run(self, media_id: str, note: Note, left: str, right: str) -> None:
        self.done.append("run")

    async def pause(self, media_id: str, note: Note) -> None:
        self.done.append("pause")

    async def keep(self, media_id: str, note: Note) -> None:
        self.done.append(f"keep {note.why}")

    async def end(self, media_id: str, note: Note) -> None:
        self.ended.append(note)

    def lives(self, recording_id: str) -> bool:
        self.living.add(recording_id)
        return recording_id not in self.over

    def over_since(self, recording_id: str) -> int | None:
        return self.over.get(recording_id)


class Call:
    """Anna talks with Bruno, who has answered on something; what is asked beside it waits for `asks`."""

    call_id = "c"
    trunk = None
    pair = ("caller", "callee")

    def __init__(self, on: AnsweredOn = "desk_phone") -> None:
        self.house, self.keeper = House(), Keeper()
        self.services = replace(self.house.services, recordings=self.keeper)
        record = CallRecord(
            id="c", via="sip", started_at=NOW, answered_at=NOW, caller=Party(ANNA), callee=Party(BRUNO)
        )
        self.journal = Journal(record, self.services)
        self.legs: list[Leg] = [Side("caller", "desk_phone"), Side("callee", on)]
        self.house.gateway.legs["c"] = set(self.pair)
        self._beside: list[Coroutine[Any, Any, None]] = []
        self._posted: list[CallInput] = []
        self.recording = self.fresh()

    def talking(self) -> list[Leg]:
        return self.legs

    def fresh(self) -> CallRecording:
        return CallRecording(self, self.services, self._posted.append, self._beside.append)

    async def asks(self) -> None:
        """The web answers, if it does."""
        beside, self._beside[:] = list(self._beside), []
        for work in beside:
            await work
        for event in self._posted:
            assert isinstance(event, RecordingTerms)
            await self.recording.take(event)
        self._posted.clear()

    def dies(self) -> None:
        """Another process goes on with what this one knows."""
        kept = self.recording.snapshot()
        self.recording.leave()
        self.recording = self.fresh()
        self.recording.adopt(kept)


@pytest.mark.parametrize(
    "on", ["matrix", "desk_phone", "mobile", "outside", "voicemail", "queue", "attendant"]
)
async def test_people_are_recorded_and_machines_are_not(on: AnsweredOn) -> None:
    call = Call(on)
    await call.recording.look()
    await call.asks()
    people = on in {"matrix", "desk_phone", "mobile", "outside"}
    assert bool(call.keeper.begun) == people
    assert (call.journal.record.recorded is not None) == people
    call.recording.leave()


async def test_terms_that_have_not_come_are_asked_again_by_the_next_process() -> None:
    call = Call()
    call.keeper.knows = False
    await call.recording.look()
    await call.asks()
    call.dies()
    call.keeper.knows = True
    await call.recording.look()
    await call.asks()
    assert len(call.keeper.asked) == 2
    (note,) = call.keeper.begun
    call.dies()
    await call.recording.look()
    assert call.keeper.living == {note.id}
    assert len(call.keeper.asked) == 2
    call.recording.leave()


async def test_nobody_is_told_while_one_of_the_two_is_replaced() -> None:
    call = Call()
    await call.recording.look()
    call.journal.held({"caller"})
    await call.asks()
    assert call.house.gateway.playing == {}
    both, call.legs = call.legs, []
    call.journal.held(set())
    await call.recording.look()
    assert call.house.gateway.playing == {}
    call.legs = both
    await call.recording.look()
    assert set(call.house.gateway.playing) == {"caller", "callee"}
    call.recording.leave()


async def test_nobody_is_recorded_who_could_not_be_told() -> None:
    call = Call("outside")
    call.house.gateway.legs["c"] = {"caller"}
    await call.recording.look()
    await call.asks()
    assert [note.id for note in call.keeper.ended] == [note.id for note in call.keeper.begun]
    assert [one.state for one in call.journal.record.recordings] == ["failed"]


def wanted(what: RecordingStep, answers: list[Refused | None]) -> RecordAsked:
    return RecordAsked(ANNA, what, answers.append)


async def test_a_rule_that_comes_to_be_known_later_wins_over_who_wanted_it() -> None:
    call, answers = Call(), list[Refused | None]()
    call.keeper.knows = False
    await call.recording.look()
    pending, call._beside[:] = list(call._beside), []
    call.keeper.knows, call.keeper.rule = True, False
    await call.recording.take(wanted("start", answers))
    await call.asks()
    assert answers == [None]
    recorded = call.journal.record.recorded
    assert recorded is not None and recorded.by == ANNA
    call.keeper.rule = True
    call._beside.extend(pending)
    await call.asks()
    recorded = call.journal.record.recorded
    assert recorded is not None and recorded.by is None
    assert call.keeper.done == ["keep rule"]
    await call.recording.take(wanted("stop", answers))
    assert answers == [None, "not_allowed"]
    assert len(call.keeper.begun) == 1 and not call.keeper.ended
    call.recording.leave()


async def test_what_somebody_wants_is_the_rules_where_one_is_known_by_then() -> None:
    call, answers = Call(), list[Refused | None]()
    await call.recording.take(wanted("start", answers))
    await call.asks()
    assert answers == [None] and [note.why for note in call.keeper.begun] == ["rule"]
    call.recording.leave()


async def running(call: Call) -> str:
    """Its recording, which runs."""
    await call.recording.look()
    await call.asks()
    (note,) = call.keeper.begun
    await call.recording.take(RecordingAnnounced(note.id))
    call.keeper.done.clear()
    return note.id


async def test_the_next_process_does_again_what_was_noted_and_perhaps_not_done() -> None:
    call, answers = Call(), list[Refused | None]()
    await running(call)
    call.dies()
    await call.recording.go_on()
    await call.recording.take(wanted("pause", answers))
    call.dies()
    await call.recording.go_on()
    assert call.keeper.done == ["run", "pause", "pause"]
    call.recording.leave()


async def test_what_was_stopped_before_its_record_said_so_is_over() -> None:
    call = Call()
    recording_id = await running(call)
    call.keeper.over[recording_id] = NOW + 1
    call.dies()
    await call.recording.go_on()
    (recorded,) = call.journal.record.recordings
    assert (recorded.state, recorded.until) == ("over", NOW + 1)
    assert call.keeper.done == [] and call.keeper.ended == []
