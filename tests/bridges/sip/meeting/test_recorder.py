"""The recording of a meeting, without a room: begun, announced, paused, ended, and what the web is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from bridges.sip.meeting import recorder as recorders
from bridges.sip.meeting.recorder import MeetingRecorder, MeetingRecordings
from bridges.sip.meeting.sound_file import MeetingSounds
from bridges.sip.meeting.visit import Visit
from bridges.sip.meeting.web import Ticket
from bridges.sip.recording.keeper import Recordings
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.sounds import recorded_words
from tests.support.patience import PATIENCE
from wire.meeting_recording import MeetingNow, MeetingRecord, MeetingRecorded, RecorderTicket, What
from wire.recording import Announcement, Note, Terms, TermsAsked
from wire.route import Party

ID, HOST = "a" * 32, "@anna:example.org"
SFU = RecorderTicket(
    url="ws://sfu", token="t", identity="@_tel_recording_a:example.org:RECORDER", room="room"
)


class Web:
    """The web, of which nothing is refused."""

    def __init__(self) -> None:
        self.now = MeetingNow(goes_on=True, title="Weekly", people=(Party("@bruno:example.org"),))
        self.told: list[MeetingRecorded] = []
        self.notes: list[Note] = []
        self.happened = asyncio.Event()
        self.given, self.away = Terms(), False
        #: Its answers come once this is set.
        self.answers = asyncio.Event()
        self.answers.set()
        #: What the organisation says itself; None: the web is slow to give it.
        self.words: bytes | None = b"no sound"

    async def recorded(self, meeting_id: str, told: MeetingRecorded) -> MeetingNow:
        self.happened.set()
        if self.away:
            raise WebUnavailable("away")
        self.told.append(told)
        await self.answers.wait()
        return MeetingNow(
            goes_on=self.now.goes_on, empty=self.now.empty, title=self.now.title, people=self.now.people,
            sfu=SFU if told.outside else None,
        )  # fmt: skip

    async def terms(self, asked: TermsAsked) -> Terms:
        return self.given

    async def announcement(self, sound_id: str) -> bytes:
        if self.words is None:
            await asyncio.Event().wait()
            raise WebRefused(404, "none")
        return self.words

    async def put_part(self, recording_id: str, number: int, part: bytes) -> None: ...

    async def put(self, note: Note) -> None:
        self.notes.append(note)
        self.happened.set()

    async def until(self, holds: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.happened.clear()
                await self.happened.wait()

    def said(self, state: str) -> bool:
        return bool(self.told) and self.told[-1].recorded.state == state


class Phone:
    """A telephone in the room."""

    number = "+390612345678"

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asked = asyncio.Event()
        self.hushed = False

    def hush(self, on: bool) -> None:
        self.hushed = on

    def announce(self, words: bytes) -> asyncio.Future[None]:
        self.hushed = False
        self.words.append(words)
        self.asked.set()
        return self.heard


class Rooms:
    def __init__(self) -> None:
        self.on_entered: Callable[[Visit, str], None] = lambda _visit, _room: None
        self.inside: list[MeetingRecorder] = []
        self.shown: list[str] = []
        self.phones: list[Phone] = []

    def listen(self, recorder: MeetingRecorder, ticket: Ticket) -> None:
        self.inside.append(recorder)
        recorder.entered()

    def stop_listening(self, recorder: MeetingRecorder) -> None:
        self.inside = [one for one in self.inside if one is not recorder]

    def set_recording(self, recorder: MeetingRecorder, state: str) -> None:
        self.shown.append(state)

    def telephones(self, room: str) -> list[Visit]:
        return cast("list[Visit]", self.phones)


class House:
    """One process's recordings of meetings."""

    def __init__(self, folder: Path) -> None:
        self.web, self.rooms, self.sounds = Web(), Rooms(), MeetingSounds()
        self.kept = Recordings(folder, self.web, self.sounds, lambda number: recorded_words("IT", number))
        self.clock = 1_000_000
        self.all = MeetingRecordings(
            self.kept, self.sounds, self.rooms, cast("Any", self.web), lambda: self.clock
        )
        self.folder = folder

    async def want(self, what: What, recording_id: str = ID) -> str | None:
        asked = MeetingRecord(what=what, by=HOST, id=recording_id, title="Weekly")
        return await self.all.want("meeting", asked)


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path / "kept")
    yield made
    await made.all.stop(leave=False)


async def delivered(house: House) -> Note:
    """What the server gets of it."""
    running = asyncio.create_task(house.kept.outbox.run())
    try:
        await house.web.until(lambda: house.web.notes)
    finally:
        running.cancel()
    return house.web.notes[0]


async def test_it_runs_is_paused_and_ends_and_everybody_is_told(house: House) -> None:
    assert await house.want("pause") == "not_possible_now"
    assert await house.want("stop") is None
    assert await house.want("start") is None
    assert await house.want("start") is None
    await house.web.until(lambda: house.web.said("runs"))
    (recorder,) = house.rooms.inside
    for _ in range(5):
        recorder.hear(b"\x01" * 160)
    assert await house.want("pause") is None
    assert await house.want("pause") is None
    house.clock += 7000
    assert await house.want("resume") is None
    assert await house.want("resume") is None
    assert await house.want("stop") is None
    assert await house.want("stop") is None
    await house.web.until(lambda: house.web.said("over"))
    assert house.rooms.inside == [] and house.rooms.shown == ["announced", "runs", "paused", "runs"]
    note = await delivered(house)
    assert (note.call_id, note.title, note.by) == ("meeting", "Weekly", HOST)
    assert note.others == (Party("@bruno:example.org"),)
    assert note.whole and note.pauses[0].until == note.pauses[0].since + 7000


async def test_nothing_is_recorded_before_telephones_have_heard_that(house: House) -> None:
    phone = Phone()
    house.rooms.phones.append(phone)
    await house.want("start")
    await phone.asked.wait()
    assert await house.want("pause") == "not_possible_now"
    assert house.rooms.shown == ["announced"] and len(phone.words[0]) > 8000
    phone.heard.set_result(None)
    await house.web.until(lambda: house.web.said("runs"))
    # Who comes later hears it, and who has come back as well, but not who was there.
    later = Phone()
    house.rooms.on_entered(cast("Visit", later), "elsewhere")
    house.rooms.on_entered(cast("Visit", later), "room")
    house.rooms.on_entered(cast("Visit", phone), "room")
    await later.asked.wait()
    assert len(phone.words) == len(later.words) == 1


async def test_it_comes_back_to_a_room_that_was_lost(house: House) -> None:
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    (recorder,) = house.rooms.inside
    recorder.lost("process_gone")
    asked = sum(told.outside for told in house.web.told)
    await house.web.until(lambda: sum(told.outside for told in house.web.told) > asked)
    assert house.rooms.shown[-1] == "runs" and len(house.rooms.shown) == 3


@pytest.mark.parametrize("why", ["encrypted", "empty"])
async def test_it_ends_with_the_meeting(house: House, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorders, "_TELL", 0.01)
    monkeypatch.setattr(recorders, "EMPTY", 0.0)
    house.web.now = MeetingNow(goes_on=why != "encrypted", empty=why == "empty")
    await house.want("start")
    await house.web.until(lambda: house.web.said("over"))
    assert await house.want("start", "b" * 32) is None


async def test_a_full_disk_ends_it_and_what_was_said_is_kept(house: House) -> None:
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    (recorder,) = house.rooms.inside
    recorder.hear(b"\x01" * 160)
    assert await house.want("pause") is None  # it is on the disk
    assert house.sounds.on_recording_failed is not None
    house.sounds.on_recording_failed(ID)
    await house.web.until(lambda: house.web.said("failed"))
    assert not (await delivered(house)).whole


async def test_without_room_none_begins(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    house = House(tmp_path / "kept")
    assert await house.want("start") == "recording_not_kept"


async def test_the_next_process_goes_on_with_the_file(house: House) -> None:
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    (recorder,) = house.rooms.inside
    recorder.hear(b"\x01" * 160)
    await house.all.stop(leave=True)
    following = House(house.folder)
    following.clock = house.clock + 3000
    await following.all.take_over(house.clock + 1000)
    await following.web.until(lambda: following.web.said("runs"))
    assert await following.want("stop") is None
    note = await delivered(following)
    # The three seconds between are silence.
    assert note.size >= 3 * 16_000 and note.title == "Weekly"
    await following.all.stop(leave=False)


async def test_after_too_long_what_was_recorded_is_kept_and_does_not_go_on(house: House) -> None:
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    (recorder,) = house.rooms.inside
    recorder.hear(b"\x01" * 160)
    await house.all.stop(leave=True)
    following = House(house.folder)
    following.clock = house.clock + 3_600_000
    await following.all.take_over(house.clock + 1000)
    assert following.rooms.inside == []
    assert (await delivered(following)).ended_at == house.clock + 1000


OWN = Terms(announcements={"it": Announcement(id="b" * 32, seconds=1.0)})


async def test_a_telephone_that_comes_is_not_heard_while_its_words_are_fetched(house: House) -> None:
    house.web.given, house.web.words = OWN, None
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    phone = Phone()
    house.rooms.on_entered(cast("Visit", phone), "room")
    assert phone.hushed and not phone.words
    # What is over keeps nobody from speaking.
    await house.want("stop")
    assert not phone.hushed


async def test_words_that_cannot_be_read_are_said_by_the_house(house: House) -> None:
    house.web.given = OWN
    phone = Phone()
    house.rooms.phones.append(phone)
    phone.heard.set_result(None)
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    assert len(phone.words[0]) > 8000


async def test_others_are_recorded_without_a_telephone_that_does_not_hear(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "_TOLD_WITHIN", 0.0)
    house.rooms.phones.append(Phone())
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    assert house.rooms.inside


async def test_everybody_is_shown_why_it_has_ended_when_nothing_more_could_be_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "FAILED_SHOWN", 0.0)
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    there: list[bool] = []
    gone = asyncio.Event()

    def stopped(recorder: MeetingRecorder) -> None:
        there.append(house.rooms.shown[-1] == "failed")
        gone.set()

    monkeypatch.setattr(house.rooms, "stop_listening", stopped)
    assert house.sounds.on_recording_failed is not None
    house.sounds.on_recording_failed(ID)
    async with asyncio.timeout(PATIENCE):
        await gone.wait()
    assert there == [True]


async def test_the_next_process_knows_who_was_there_and_has_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "_TELL", 0.01)
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    house.web.now = MeetingNow(goes_on=True, title="Weekly", people=(Party("@chiara:example.org"),))
    note = house.folder / f"{ID}.json"
    await house.web.until(lambda: b"@chiara" in note.read_bytes())
    await house.all.stop(leave=True)
    assert b"@bruno" in note.read_bytes()


async def test_of_two_files_of_a_meeting_one_goes_on(house: House) -> None:
    for one in (ID, "b" * 32):
        house.rooms.inside.clear()
        house.web.told.clear()
        await house.want("start", one)
        await house.web.until(lambda: house.web.said("runs"))
        house.rooms.inside[0].hear(b"\x01" * 160)
        # As one whose end the full disk did not take.
        await house.all.stop(leave=True)
    following = House(house.folder)
    following.clock = house.clock
    await following.all.take_over(house.clock)
    await following.web.until(lambda: following.web.said("runs"))
    assert await following.want("stop") is None
    await following.web.until(lambda: following.web.said("over"))
    assert {told.recorded.id for told in following.web.told} == {ID}
    assert (house.folder / f"{'b' * 32}.whole").exists()
    await following.all.stop(leave=False)


async def test_after_a_day_it_ends_though_the_web_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "_TELL", 0.01)
    await house.want("start")
    await house.web.until(lambda: house.web.said("runs"))
    house.web.away = True
    house.clock += recorders.LONGEST + 1
    await house.web.until(lambda: not house.rooms.inside)


async def test_the_web_hears_of_an_end_that_comes_while_it_is_told_that_it_runs(house: House) -> None:
    house.web.answers.clear()
    await house.want("start")
    await house.web.until(lambda: house.web.said("announced"))
    assert await house.want("stop") is None
    house.web.answers.set()
    await house.web.until(lambda: house.web.said("over"))
