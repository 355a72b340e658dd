"""What is recorded of a call, seen from the call: who is in it, and what a later process knows of it."""

from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import (
    CallInput,
    RecordAsked,
    RecordingAnnounced,
    RecordingRuled,
    RecordingTerms,
)
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.recorded import CallRecording, Hearer
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


class Other:
    """Another call of the conference, which is recorded."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.posted: list[RecordAsked | RecordingRuled] = []

    def post(self, event: RecordAsked | RecordingRuled) -> None:
        self.posted.append(event)


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
        self.several: str | None = None
        self.room: list[Hearer] = []
        self.elsewhere: Other | None = None
        self.looked: list[str] = []
        self._beside: list[Coroutine[Any, Any, None]] = []
        self._posted: list[CallInput] = []
        self.recording = self.fresh()

    def talking(self) -> list[Leg]:
        return self.legs

    def hearers(self) -> list[Hearer]:
        if self.several is not None:
            return self.room
        parties = self.journal.record.caller, self.journal.record.callee
        return [
            Hearer("c", "c", leg.name, party, party, leg.answered_on == "outside")
            for leg, party in zip(self.legs, parties, strict=False)
        ]

    def recorded_elsewhere(self) -> "Other | None":
        return self.elsewhere

    def conference_changed(self, conference: str) -> None:
        self.looked.append(conference)

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


def hearer(key: str, user_id: str, leg: str = "caller") -> Hearer:
    party = Party(user_id, user_id)
    return Hearer(key, key, leg, party, party, outside=False)


def of_several() -> Call:
    """Anna's part in a conference with Bruno."""
    call = Call("conference")
    call.several = "room"
    call.room = [hearer("c", ANNA), hearer("b", BRUNO)]
    for one in call.room:
        call.house.gateway.legs.setdefault(one.media_id, set()).add(one.leg)
    return call


async def test_a_call_of_several_is_recorded_in_one_of_its_calls_and_all_are_told() -> None:
    call, answers = of_several(), list[Refused | None]()
    call.keeper.rule = False
    await call.recording.take(wanted("start", answers))
    await call.asks()
    assert answers == [None]
    # Who wanted it knows.
    assert call.house.gateway.played == [("b", "caller")]
    (note,) = call.keeper.begun
    await call.recording.take(RecordingAnnounced(note.id))
    recorded = call.journal.record.recorded
    assert recorded is not None and recorded.state == "runs"
    await call.recording.take(wanted("stop", answers))
    (ended,) = call.keeper.ended
    assert [one.user_id for one in ended.others] == []
    assert call.looked == ["room"]


async def test_who_comes_later_is_told_before_they_are_recorded() -> None:
    call = of_several()
    recording_id = await running(call)
    call.house.gateway.played.clear()
    call.room.append(hearer("d", "@chiara:localhost"))
    call.house.gateway.legs["d"] = {"caller"}
    await call.recording.look()
    assert call.keeper.done == ["pause"] and call.house.gateway.played == [("d", "caller")]
    # The next process tells them again.
    call.dies()
    await call.recording.go_on()
    assert call.house.gateway.played == [("d", "caller")] * 2
    await call.recording.take(RecordingAnnounced(recording_id))
    await call.recording.look()
    assert call.keeper.done == ["pause", "pause", "run"]
    recorded = call.journal.record.recorded
    assert recorded is not None and recorded.state == "runs" and len(recorded.pauses) == 1
    await call.recording.close()
    (ended,) = call.keeper.ended
    assert [one.user_id for one in ended.others] == ["@chiara:localhost"]


async def test_who_comes_while_it_is_paused_is_told_before_it_goes_on() -> None:
    call, answers = of_several(), list[Refused | None]()
    recording_id = await running(call)
    await call.recording.take(wanted("pause", answers))
    call.room.append(hearer("d", "@chiara:localhost"))
    call.house.gateway.legs["d"] = {"caller"}
    await call.recording.look()
    assert call.keeper.done == ["pause"]
    await call.recording.take(wanted("resume", answers))
    assert call.keeper.done == ["pause"]
    await call.recording.take(RecordingAnnounced(recording_id))
    assert call.keeper.done == ["pause", "run"] and answers == [None, None]
    call.recording.leave()


async def test_what_another_call_of_the_conference_records_is_not_recorded_twice() -> None:
    call, answers = of_several(), list[Refused | None]()
    call.elsewhere = other = Other(call.journal)
    await call.recording.look()
    await call.asks()
    asked = wanted("pause", answers)
    await call.recording.take(asked)
    # A rule is about this one, too: nobody ends the other's, and this one goes on when it is over.
    assert other.posted == [RecordingRuled(), asked] and not call.keeper.begun
    call.dies()
    await call.recording.look()
    assert not call.keeper.begun
    call.elsewhere = None
    await call.recording.look()
    assert [note.why for note in call.keeper.begun] == ["rule"]
    call.recording.leave()


@pytest.mark.parametrize("rule", [True, False])
async def test_of_two_calls_of_a_conference_that_begin_at_once_one_is_recorded(rule: bool) -> None:
    call, answers = of_several(), list[Refused | None]()
    call.keeper.rule, other = rule, Other(call.journal)
    begin = call.keeper.begin

    async def slow(media_id: str, note: Note, left: str, right: str) -> None:
        await begin(media_id, note, left, right)
        call.elsewhere = other

    call.keeper.begin = slow  # type: ignore[method-assign]
    await call.recording.take(wanted("start", answers))
    await call.asks()
    assert [note.id for note in call.keeper.ended] == [note.id for note in call.keeper.begun]
    assert answers == [None] and call.journal.record.recorded is None
    assert other.posted == ([RecordingRuled()] if rule else [])
    await call.recording.take(wanted("pause", answers))
    assert len(other.posted) == (2 if rule else 1)


async def test_a_rule_about_the_call_before_records_nothing_of_the_next() -> None:
    call = of_several()
    call.elsewhere = Other(call.journal)
    await call.recording.look()
    await call.asks()
    record = CallRecord(id="n", via="sip", started_at=NOW, answered_at=NOW, caller=Party(BRUNO))
    call.journal, call.elsewhere, call.keeper.rule = Journal(record, call.services), None, False
    await call.recording.look()
    await call.asks()
    assert not call.keeper.begun


async def test_what_was_over_before_a_restart_is_told_to_all_of_the_conference() -> None:
    call = of_several()
    recording_id = await running(call)
    call.dies()
    call.keeper.over[recording_id] = NOW
    call.dies()
    await call.recording.go_on()
    assert call.journal.record.recorded is None and call.looked == [call.several]


async def test_a_rule_about_another_call_of_the_conference_keeps_it_from_being_stopped() -> None:
    call, answers = of_several(), list[Refused | None]()
    call.keeper.rule = False
    await call.recording.take(wanted("start", answers))
    await call.asks()
    await call.recording.take(RecordingRuled())
    await call.recording.take(wanted("stop", answers))
    assert answers == [None, "not_allowed"]
    call.recording.leave()
