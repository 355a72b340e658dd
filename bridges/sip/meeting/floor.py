"""All telephones in meetings or on their way there: their one clock, and what binds them to the SFU."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

import msgspec

from bridges.sip.b2bua.events import Post
from bridges.sip.meeting import link
from bridges.sip.meeting.leg import MeetingCaller, MeetingFork
from bridges.sip.meeting.process import RoomProcess
from bridges.sip.meeting.visit import Visit
from bridges.sip.meeting.web import MeetingsWeb, Ticket
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.clock import FrameClock
from bridges.sip.voice.player import QUIET
from bridges.sip.voice.prompts import Language, language_of
from logs import log
from wire.route import CallMeeting, Party

_log = log.get(__name__)

#: Seconds without telephones after which the process in the rooms is ended.
_IDLE = 60.0
#: Pauses between the tries to tell the web that a visitor has gone.
_TELL_AGAIN = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class RoomsDoor(Protocol):
    """`RoomProcess`, seen from here."""

    def start(self) -> None: ...

    def send(self, order: link.Order) -> None: ...

    async def stop(self) -> None: ...


OpenRooms = Callable[[Callable[[link.Report], None], Callable[[], None]], RoomsDoor]


class Inside(Protocol):
    """What is in a room, or on its way there: a `Visit`, or what records the meeting."""

    def hear(self, frame: bytes) -> None:
        """The next 20 ms of the meeting (mu-law)."""

    def entered(self) -> None: ...

    def lost(self, why: str) -> None: ...

    def muted_by_other(self, on: bool) -> None: ...


class Floor:
    """Args: host, where audio is received from the gateway; region, the organisation's country; open_rooms,
    makes the way to the SFU."""

    def __init__(self, web: MeetingsWeb, host: str, region: str, open_rooms: OpenRooms = RoomProcess) -> None:
        self._web, self._host, self._region = web, host, region
        self.rooms = open_rooms(self._reported, self._process_gone)
        self._visits: list[Visit] = []
        #: Those that are entering or inside, by their number of the try.
        self._inside: dict[int, Inside] = {}
        self._numbers: dict[Inside, int] = {}
        #: The room of the SFU that each of them is in, or on its way to.
        self._rooms_of: dict[Inside, str] = {}
        self._recorders: set[Inside] = set()
        #: Told of a telephone that came into a room.
        self.on_entered: Callable[[Visit, str], None] = lambda _visit, _room: None
        self._last = 0
        self._clock = FrameClock(self._tick)
        self._idle: asyncio.TimerHandle | None = None
        self._telling: set[asyncio.Task[None]] = set()

    # --- calls ---

    async def answer(
        self, name: str, call_id: str, sdp: str, caller: Party, via: str, post: Post
    ) -> MeetingFork:
        """Answer the offer of a telephone. Raises OSError, MalformedSdp, NoCommonCodec."""
        leg = MeetingFork(name, post)
        port = await AudioPort.open(self._host)
        try:
            answer = port.answer(sdp)
        except Exception:
            port.close()
            raise
        language = language_of(caller.number, self._region)
        told = leg.over, leg.opened, leg.changed
        visit = Visit(call_id, caller, via, language, port, self._web, self, *told)
        self._add(visit)
        leg.begin(visit, answer)
        return leg

    async def caller(self, visitor_id: str, call_id: str, number: str, post: Post) -> MeetingCaller:
        """The caller's side of a call to `number` (as it was typed). Raises OSError."""
        leg = MeetingCaller(post, visitor_id)
        port = await AudioPort.open(self._host)
        language = language_of(number, self._region)
        who, told = Party(number=number), (leg.over, None, leg.changed)
        visit = Visit(call_id, who, "meeting", language, port, self._web, self, *told)
        self._add(visit)
        leg.begin(visit)
        return leg

    async def bring(
        self, name: str, call_id: str, meeting: CallMeeting, who: Party, post: Post
    ) -> MeetingFork:
        """Somebody who talks already is a visitor of this meeting, too; to be offered a session by `reoffer`.
        Raises OSError."""
        try:
            visitor_id = await self._web.bring(meeting, call_id, who)
        except (WebRefused, WebUnavailable) as error:
            raise OSError(f"the meeting takes nobody: {error}") from error
        leg = MeetingFork(name, post)
        try:
            port = await AudioPort.open(self._host)
        except OSError:
            self._tell(visitor_id, call_id, "failed")
            raise
        language = language_of(who.number, self._region)
        told = leg.over, leg.opened, leg.changed
        visit = Visit(call_id, who, "", language, port, self._web, self, *told, meeting_id=meeting.id)
        self._add(visit)
        leg.bring(visit, visitor_id)
        return leg

    def restore(self, kept: Mapping[str, Any], age: float, post: Post) -> MeetingFork:
        """The leg of an earlier process's telephone that dialled in, `age` seconds after `kept` was taken of
        it; the telephone is back where it was soon after `resume`.

        Raises KeyError, TypeError, ValueError, MalformedSdp, NoCommonCodec.
        """
        leg = MeetingFork(str(kept["name"]), post)
        self._adopt(leg, kept, age)
        return leg

    def restore_caller(self, kept: Mapping[str, Any], age: float, post: Post) -> MeetingCaller:
        """The same of a telephone that a meeting called."""
        leg = MeetingCaller(post, str(kept["meeting"]["visitor_id"]))
        self._adopt(leg, kept, age)
        return leg

    def _adopt(self, leg: MeetingFork | MeetingCaller, kept: Mapping[str, Any], age: float) -> None:
        of = kept["meeting"]
        port = AudioPort.restore(of["port"], str(kept["given"]), age)
        who = msgspec.convert(of["caller"], Party)
        told = leg.over, leg.opened, leg.changed
        visit = Visit(str(of["call_id"]), who, str(of["via"]), Language.EN, port, self._web, self, *told)
        visit.adopt(of)
        leg.adopt(kept, visit, lambda: self._go_on(visit))

    def _go_on(self, visit: Visit) -> None:
        self._add(visit)
        self._later(self._reopen(visit))

    async def _reopen(self, visit: Visit) -> None:
        try:
            await visit.port.reopen()
        except OSError as error:
            _log.error("telephone_not_heard_again", call_id=visit.call_id, why=str(error))
            visit.fail()

    def look_again(self, visitor_id: str) -> bool:
        """A moderator decided on a visitor; whether it is one of ours."""
        found = [visit for visit in self._visits if visit.visitor_id == visitor_id]
        for visit in found:
            visit.look_again()
        return bool(found)

    def forget(self, visitor_id: str) -> None:
        """A visitor of an earlier process has gone."""
        self._tell(visitor_id, None, "interrupted")

    async def stop(self, *, leave: bool = False) -> None:
        """After the calls have ended: leave every room. With `leave` the next process goes on with the
        telephones that are there."""
        for visit in list(self._visits):
            if leave:
                visit.leave()
            else:
                visit.end("interrupted")
        if self._telling:
            await asyncio.wait(self._telling, timeout=1)
        for task in self._telling:
            task.cancel()
        self._clock.stop()
        if self._idle is not None:
            self._idle.cancel()
        await self.rooms.stop()

    # --- what visits want (bridges.sip.meeting.visit.Rooms) ---

    def enter(self, visit: Visit, ticket: Ticket) -> None:
        self._enter(visit, ticket, speaks=True)

    def _enter(self, visit: Inside, ticket: Ticket, *, speaks: bool) -> None:
        self.leave(visit)
        self._last += 1
        self._numbers[visit], self._inside[self._last] = self._last, visit
        self._rooms_of[visit] = ticket.room
        self.rooms.start()
        self.rooms.send(link.Enter(self._last, ticket.url, ticket.token, ticket.room, ticket.secret, speaks))

    def leave(self, visit: Inside) -> None:
        if (number := self._numbers.pop(visit, None)) is not None:
            del self._inside[number], self._rooms_of[visit]
            self.rooms.send(link.Leave(number))

    def set_muted(self, visit: Visit, on: bool) -> None:
        if (number := self._numbers.get(visit)) is not None:
            self.rooms.send(link.SetMuted(number, on))

    def company(self, visit: Visit) -> bool:
        return any(
            one is not visit and one.meeting_id is not None and one.meeting_id == visit.meeting_id
            for one in self._visits
        )

    def set_hand(self, visit: Visit, at_ms: int) -> None:
        if (number := self._numbers.get(visit)) is not None:
            self.rooms.send(link.SetHand(number, at_ms))

    # --- what records a meeting (bridges.sip.meeting.recorder.Rooms) ---

    def listen(self, recorder: Inside, ticket: Ticket) -> None:
        """Bring it into the room; `hear` follows, every 20 ms."""
        self._recorders.add(recorder)
        self._keep_time()
        self._enter(recorder, ticket, speaks=False)

    def stop_listening(self, recorder: Inside) -> None:
        """It is over."""
        self.leave(recorder)
        self._recorders.discard(recorder)

    def set_recording(self, recorder: Inside, state: str) -> None:
        """Tell everybody in the room."""
        if (number := self._numbers.get(recorder)) is not None:
            self.rooms.send(link.SetRecording(number, state))

    def telephones(self, room: str) -> list[Visit]:
        """Those in a room, or on their way there."""
        return [one for one in self._visits if self._rooms_of.get(one) == room]

    def ended(self, visit: Visit, reason: str) -> None:
        self.leave(visit)
        self._visits.remove(visit)
        if visit.visitor_id is not None:
            self._tell(visit.visitor_id, visit.call_id, reason)

    # --- the rooms ---

    def _reported(self, report: link.Report) -> None:
        match report:
            case link.Mixed(heard=heard):
                for number, inside in self._inside.items():
                    inside.hear(heard.get(number, QUIET))
            case link.Entered(phone=phone):
                if visit := self._inside.get(phone):
                    visit.entered()
                    if isinstance(visit, Visit):
                        self.on_entered(visit, self._rooms_of[visit])
            case link.Lost(phone=phone, why=why):
                if visit := self._inside.pop(phone, None):
                    del self._numbers[visit], self._rooms_of[visit]
                    visit.lost(why)
            case link.Muted(phone=phone, on=on):
                if visit := self._inside.get(phone):
                    visit.muted_by_other(on)

    def _process_gone(self) -> None:
        gone, self._inside = list(self._inside.values()), {}
        self._numbers.clear()
        self._rooms_of.clear()
        for visit in gone:
            visit.lost("process_gone")

    # --- the clock ---

    def _add(self, visit: Visit) -> None:
        self._visits.append(visit)
        self._keep_time()

    def _keep_time(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        # It takes a second to start: as long as a PIN takes to be typed.
        self.rooms.start()
        self._clock.start()

    def _tick(self, now: float) -> bool:
        said: dict[int, bytes] = {}
        for visit in list(self._visits):
            frame = visit.tick(now)
            if frame is not None and (number := self._numbers.get(visit)) is not None:
                said[number] = frame
        if self._inside:
            self.rooms.send(link.Tick(said))
        if not self._visits and not self._recorders:
            self._idle = asyncio.get_running_loop().call_later(_IDLE, self._send_home)
        return bool(self._visits or self._recorders)

    def _send_home(self) -> None:
        self._idle = None
        self._later(self.rooms.stop())

    # --- the web ---

    def _tell(self, visitor_id: str, call_id: str | None, reason: str) -> None:
        self._later(self._told(visitor_id, call_id, reason))

    async def _told(self, visitor_id: str, call_id: str | None, reason: str) -> None:
        for pause in _TELL_AGAIN:
            try:
                await self._web.leave(visitor_id, call_id, reason)
            except WebUnavailable:
                await asyncio.sleep(pause)
            except WebRefused as error:
                _log.info("visitor_not_ended", visitor_id=visitor_id, why=str(error))
                return
            else:
                return
        _log.warning("visitor_not_ended", visitor_id=visitor_id, why="the web does not answer")

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
