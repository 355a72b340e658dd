"""Recordings of meetings: a participant that listens beside the telephones, and writes what it hears as calls
are written.

How a recording is, is known here; the web is told, and so is everybody in the room (by an attribute of the
participant).
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from bridges.media.gateway import MediaError
from bridges.sip.machine import LocalMisuse
from bridges.sip.meeting.sound_file import MeetingSounds
from bridges.sip.meeting.visit import Visit
from bridges.sip.meeting.web import MeetingsWeb, Ticket
from bridges.sip.meeting.words import words_of
from bridges.sip.recording.keeper import CannotKeep, Recordings
from bridges.sip.recording.machine import RecordingMachine, State
from bridges.sip.recording.spool import Filed
from bridges.sip.recording.web import RecordingWeb
from bridges.sip.routing.client import WebClient, WebRefused, WebUnavailable
from bridges.sip.voice.sounds import recorded_words
from logs import log
from wire.meeting_recording import MeetingNow, MeetingRecord, MeetingRecorded, Refused
from wire.record import Recorded
from wire.recording import OTHERS, PARTS_MOST, Note, Terms, TermsAsked
from wire.route import Party

_log = log.get(__name__)

#: Seconds between two words to the web while nothing changes, and while it is to give a ticket.
_TELL, _SOON = 5.0, 0.5
#: Seconds for which a meeting may be empty, as when its media server is started anew, before its recording is
#: over.
EMPTY = 30.0
#: Milliseconds of the longest recording, as of calls; and without a bridge, after which one does not go on.
LONGEST, _GAP = PARTS_MOST * 60_000 - 10_000, 60_000
#: Seconds that telephones are given to hear that they are recorded, before the others are recorded without
#: them.
_TOLD_WITHIN = 60.0
#: Seconds for which all are shown that a recording has ended because nothing more could be written.
FAILED_SHOWN = 5.0


class Rooms(Protocol):
    """`floor.Floor`, seen from here."""

    on_entered: Callable[[Visit, str], None]

    def listen(self, recorder: "MeetingRecorder", ticket: Ticket) -> None: ...

    def stop_listening(self, recorder: "MeetingRecorder") -> None: ...

    def set_recording(self, recorder: "MeetingRecorder", state: str) -> None: ...

    def telephones(self, room: str) -> list[Visit]: ...


class MeetingRecordings:
    """One recording of a meeting at a time. `now_ms`: the wall clock."""

    def __init__(
        self,
        recordings: Recordings,
        sounds: MeetingSounds,
        rooms: Rooms,
        web: MeetingsWeb,
        now_ms: Callable[[], int],
    ) -> None:
        self.recordings, self.sounds, self.rooms, self.web, self.now_ms = (
            recordings,
            sounds,
            rooms,
            web,
            now_ms,
        )
        self._by_meeting: dict[str, MeetingRecorder] = {}
        #: Those that make ready, so that of two who begin at once both get the same.
        self._one = asyncio.Lock()
        rooms.on_entered = self._entered
        sounds.on_recording_failed = self._failed

    async def want(self, meeting_id: str, asked: MeetingRecord) -> Refused | None:
        """Do it, or say why not. Who begins what is begun, and ends what is over, has got it."""
        async with self._one:
            found = self._by_meeting.get(meeting_id)
            if asked.what == "start":
                return None if found is not None else await self._begin(meeting_id, asked)
            if found is None:
                return None if asked.what == "stop" else "not_possible_now"
            return await found.want(asked.what)

    async def _begin(self, meeting_id: str, asked: MeetingRecord) -> Refused | None:
        machine = RecordingMachine.begin(asked.id, asked.by, self.now_ms())
        recorder = MeetingRecorder(self, meeting_id, machine, Party(asked.by), asked.title)
        try:
            await self.recordings.begin(asked.id, recorder.note(), "", "")
        except (CannotKeep, MediaError) as error:
            _log.error("meeting_not_recorded", meeting=meeting_id, why=str(error))
            return "recording_not_kept"
        self._add(recorder)
        return None

    def _add(self, recorder: "MeetingRecorder") -> None:
        self._by_meeting[recorder.meeting_id] = recorder
        recorder.start()

    def over(self, recorder: "MeetingRecorder") -> None:
        """It is; another one may begin."""
        if self._by_meeting.get(recorder.meeting_id) is recorder:
            del self._by_meeting[recorder.meeting_id]

    async def take_over(self, ended_at: int) -> None:
        """What an earlier process recorded goes on; what it had ended, or is too old, is finished."""
        for filed in await asyncio.to_thread(self.recordings.unfinished):
            # Of two files of one meeting the other one had not been finished.
            known = filed.call_id in self._by_meeting
            too_old = self.now_ms() - ended_at > _GAP
            if filed.over or known or too_old or not self.recordings.lives(filed.id):
                continue
            self.sounds.goes_on(filed.id, self.now_ms() - filed.started_at - _left_out(filed, self.now_ms()))
            machine = RecordingMachine(_recorded(filed))
            recorder = MeetingRecorder(
                self, filed.call_id, machine, filed.caller, filed.title or "", filed.others
            )
            try:
                await recorder.adopted()
            except MediaError as error:
                _log.error("recording_does_not_go_on", id=filed.id, why=str(error))
                await self.recordings.end(filed.id, recorder.note(whole=False))
                continue
            _log.info("recording_goes_on", id=filed.id, meeting=filed.call_id)
            self._add(recorder)
        await self.recordings.take_over(ended_at)

    async def stop(self, *, leave: bool) -> None:
        """End all; with `leave` the next process goes on with them."""
        for recorder in list(self._by_meeting.values()):
            if leave:
                recorder.leave()
            else:
                await recorder.end()
                recorder.leave()
        await self.sounds.stop()
        await self.recordings.stop()

    def _entered(self, visit: Visit, room: str) -> None:
        for recorder in self._by_meeting.values():
            if recorder.room == room:
                recorder.greet(visit)

    def _failed(self, recording_id: str) -> None:
        for recorder in self._by_meeting.values():
            if recorder.machine.recorded.id == recording_id:
                recorder.fail()


def recorded_meetings(
    folder: Path, web: WebClient, rooms: Rooms, region: str, now_ms: Callable[[], int]
) -> MeetingRecordings:
    """Put together; `folder` is where recordings lie until the server has them."""
    sounds = MeetingSounds()
    recordings = Recordings(folder, RecordingWeb(web), sounds, partial(recorded_words, region))
    return MeetingRecordings(recordings, sounds, rooms, MeetingsWeb(web), now_ms)


class MeetingRecorder:
    """One of them: `floor.Inside`."""

    def __init__(
        self,
        house: MeetingRecordings,
        meeting_id: str,
        machine: RecordingMachine,
        host: Party,
        title: str,
        others: Sequence[Party] = (),
    ) -> None:
        self.meeting_id, self.machine = meeting_id, machine
        #: The room of the SFU that it is in, or on its way to.
        self.room: str | None = None
        self._house, self._host, self._title = house, host, title
        self._others = list(others)
        self._there = self._announcing = False
        #: Telephones that have heard that they are recorded, or are hearing it.
        self._greeted: set[Visit] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._empty_since: float | None = None
        self._terms = Terms()
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what people want ---

    async def want(self, what: str) -> Refused | None:
        machine, id_ = self.machine, self.machine.recorded.id
        before = machine.recorded
        try:
            if what == "stop":
                await self.end()
                return None
            if what == "pause":
                machine.pause(self._house.now_ms())
                await self._house.recordings.pause(id_, self.note())
            else:
                machine.resume(self._house.now_ms())
                await self._house.recordings.run(id_, self.note(), "", "")
        except LocalMisuse:
            # Somebody else has just done it.
            same = (what == "pause") == (machine.state is State.PAUSED)
            return None if same and machine.state is not State.ANNOUNCED else "not_possible_now"
        except MediaError as error:
            _log.warning("recording_not_paused", id=id_, why=str(error))
            self.machine = RecordingMachine(before)
            return "not_possible_now"
        self._tell()
        return None

    # --- from its beginning to its end ---

    def start(self) -> None:
        """Go into the room, and tell the web, until the end."""
        self._run(self._live())

    async def adopted(self) -> None:
        """Go on with the file of an earlier process. Raises MediaError."""
        id_, recordings = self.machine.recorded.id, self._house.recordings
        await recordings.run(id_, self.note(), "", "")
        if self.machine.state is not State.RUNS:
            await recordings.pause(id_, self.note())

    async def end(self) -> None:
        """It is over."""
        if self.machine.stop(self._house.now_ms()):
            await self._over(whole=True)

    def fail(self) -> None:
        """Nothing more can be written: what was said is kept."""
        if self.machine.fail(self._house.now_ms()):
            self._run(self._over(whole=False))

    def leave(self) -> None:
        """It is another process's."""
        self._house.over(self)
        for task in self._tasks:
            task.cancel()

    async def _over(self, *, whole: bool) -> None:
        note = self.note(whole=whole)
        _log.info("meeting_recorded", id=note.id, meeting=self.meeting_id, whole=whole)
        self._house.over(self)
        for visit in self._greeted:
            visit.hush(False)
        rooms = self._house.rooms
        if self.machine.recorded.state == "failed":
            rooms.set_recording(self, "failed")
            asyncio.get_running_loop().call_later(FAILED_SHOWN, rooms.stop_listening, self)
        else:
            rooms.stop_listening(self)
        await self._house.recordings.end(note.id, note)
        self._changed.set()

    async def _live(self) -> None:
        by = Party(self.machine.recorded.by)
        self._terms = (
            await self._house.recordings.terms(TermsAsked(caller=by, callee=Party()), patient=False)
            or Terms()
        )
        while True:
            self._changed.clear()
            over = self.machine.over
            now = await self._told()
            if over:
                # The web is to know that; it forgets by itself, too.
                if now is not None:
                    return
            elif self.machine.over:
                # It has ended while the web was told otherwise.
                self._changed.set()
            elif now is not None:
                await self._see(now)
            elif self._too_long:
                await self.end()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TELL if self._there else _SOON):
                    await self._changed.wait()

    async def _told(self) -> MeetingNow | None:
        """What the web says of the meeting; None where it does not answer."""
        outside = not self._there and not self.machine.over and self.room is None
        told = MeetingRecorded(recorded=self.machine.recorded, outside=outside)
        try:
            return await self._house.web.recorded(self.meeting_id, told)
        except WebUnavailable as error:
            _log.info("recording_not_told", meeting=self.meeting_id, why=str(error))
            return None
        except WebRefused as error:
            _log.warning("recording_refused", meeting=self.meeting_id, why=str(error))
            return MeetingNow(goes_on=False)

    async def _see(self, now: MeetingNow) -> None:
        loop_now = asyncio.get_running_loop().time()
        before = self._title, len(self._others)
        self._title = now.title or self._title
        known = set(self._others)
        self._others += [one for one in now.people if one not in known and one != self._host]
        del self._others[OTHERS:]
        self._empty_since = (self._empty_since or loop_now) if now.empty else None
        empty = self._empty_since is not None and loop_now - self._empty_since >= EMPTY
        too_long = self._too_long
        if not now.goes_on or empty or too_long:
            _log.info("recording_ends", meeting=self.meeting_id, empty=empty, too_long=too_long)
            await self.end()
            return
        if (self._title, len(self._others)) != before:
            # Who has been in it is known to the next process, too.
            await self._house.recordings.keep(self.machine.recorded.id, self.note())
        if now.sfu is not None and self.room is None and not self.machine.over:
            self.room = now.sfu.room
            sfu = now.sfu
            ticket = Ticket(url=sfu.url, token=sfu.token, identity=sfu.identity, room=sfu.room)
            self._house.rooms.listen(self, ticket)

    @property
    def _too_long(self) -> bool:
        return self._house.now_ms() - self.machine.recorded.since > LONGEST

    def note(self, *, whole: bool = True) -> Note:
        """What is known of it by now."""
        recorded = self.machine.recorded
        return Note(
            id=recorded.id,
            call_id=self.meeting_id,
            caller=self._host,
            callee=Party(),
            why="demand",
            by=recorded.by,
            started_at=recorded.since,
            ended_at=recorded.until or self._house.now_ms(),
            pauses=recorded.pauses,
            whole=whole,
            others=tuple(self._others),
            title=self._title,
        )

    # --- the room (floor.Inside) ---

    def hear(self, frame: bytes) -> None:
        self._house.sounds.hear(self.machine.recorded.id, frame)

    def entered(self) -> None:
        self._there = True
        self._house.rooms.set_recording(self, self.machine.recorded.state)
        # Those, too, that came while it was not there.
        for visit in self._house.rooms.telephones(self.room or ""):
            self.greet(visit)
        if self.machine.state is State.ANNOUNCED and not self._announcing:
            self._announcing = True
            self._run(self._announce())

    def lost(self, why: str) -> None:
        """It comes back with another ticket; meanwhile there is silence."""
        _log.info("recorder_not_in_meeting", meeting=self.meeting_id, why=why)
        self._there, self.room = False, None
        asyncio.get_running_loop().call_later(_SOON, self._changed.set)

    def muted_by_other(self, on: bool) -> None:
        """Nothing of it is heard anyway."""

    # --- the announcement ---

    def greet(self, visit: Visit) -> None:
        """A telephone is to hear that it is recorded; what it says before is not heard."""
        if not self.machine.over and visit not in self._greeted:
            self._greeted.add(visit)
            visit.hush(True)
            telling = self._run(self._greet(visit))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _greet(self, visit: Visit) -> None:
        await visit.announce(await self._words(visit.number))

    async def _words(self, number: str | None) -> bytes:
        recordings = self._house.recordings
        path, _ = await recordings.announcement(self._terms, number)
        words, why = b"", "there is nothing in it"
        try:
            words = await words_of(path)
        except (OSError, ValueError) as error:
            why = str(error)
        if words:
            return words
        _log.error("announcement_not_read", path=path.name, why=why)
        path, _ = await recordings.announcement(Terms(), number)
        return await words_of(path)

    async def _announce(self) -> None:
        """Everybody is told: telephones hear it, the others see it."""
        if self._telling:
            # Whoever is on hold until then hears it afterwards, and is not heard before.
            await asyncio.wait(self._telling, timeout=_TOLD_WITHIN)
        if not self.machine.told(self._house.now_ms()):
            return
        try:
            await self._house.recordings.run(self.machine.recorded.id, self.note(), "", "")
        except MediaError as error:
            _log.error("recording_not_begun", meeting=self.meeting_id, why=str(error))
            self.fail()
            return
        self._tell()

    # --- inside ---

    def _tell(self) -> None:
        self._house.rooms.set_recording(self, self.machine.recorded.state)
        self._changed.set()

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("recording_task_failed", meeting=self.meeting_id, exc_info=error)
            self.fail()


def _left_out(filed: Filed, now: int) -> int:
    """Milliseconds of its pauses."""
    return sum((pause.until or now) - pause.since for pause in filed.pauses)


def _recorded(filed: Filed) -> Recorded:
    paused = bool(filed.pauses) and filed.pauses[-1].until is None
    return Recorded(
        filed.id, "paused" if paused else "runs", filed.started_at, by=filed.by, pauses=filed.pauses
    )
