"""What is recorded of a call, seen from the call: who is in it, and what a later process knows of it."""

from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import CallInput, RecordingTerms
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.recorded import CallRecording
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import BRUNO, NOW, House
from wire.record import AnsweredOn, CallRecord
from wire.recording import Note, Terms, TermsAsked
from wire.route import Party

RULE = Terms(rule=True)


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

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None:
        self.asked.append(asked)
        return RULE if self.knows else None

    async def announcement(self, terms: Terms, number: str | None) -> tuple[Path, float]:
        return Path("words.ogg"), 60.0

    async def begin(self, media_id: str, note: Note, left: str, right: str) -> None:
        self.begun.append(note)

    async def run(self, media_id: str, note: Note, left: str, right: str) -> None:
        raise NotImplementedError

    async def pause(self, media_id: str, note: Note) -> None:
        raise NotImplementedError

    async def end(self, media_id: str, note: Note) -> None:
        self.ended.append(note)

    def lives(self, recording_id: str) -> None:
        self.living.add(recording_id)


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
