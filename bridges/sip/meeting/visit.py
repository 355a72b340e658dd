"""One telephone on its way into a meeting and inside of it: the shell around `Ivr`.

Its clock is the floor's: `tick` is called every 20 ms from the answer to the end.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from time import time
from typing import Any, Protocol

import msgspec

from bridges.sip.meeting import ivr_commands
from bridges.sip.meeting.ivr import Ivr
from bridges.sip.meeting.ivr_commands import Command, Over
from bridges.sip.meeting.ivr_states import State
from bridges.sip.meeting.web import MeetingsWeb, Opened, Ticket, VisitorNow
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import Player
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.sounds import music, spoken
from logs import log
from wire.route import Party

_log = log.get(__name__)

#: Seconds from the answer until the voice begins: telephones open their ear a moment after it.
_BREATH = 0.4
#: Seconds between two questions to the web at the least, and while it does not answer.
_AT_LEAST, _AWAY = 0.2, 1.0
#: Seconds until the room is tried again after it was lost, by the number of tries.
_AGAIN = (0.1, 0.4, 0.5, 0.5, 1.0)


class Rooms(Protocol):
    """The way into the rooms of the SFU, as a visit sees it."""

    def enter(self, visit: "Visit", ticket: Ticket) -> None: ...

    def leave(self, visit: "Visit") -> None: ...

    def set_muted(self, visit: "Visit", on: bool) -> None: ...

    def set_hand(self, visit: "Visit", at_ms: int) -> None:
        """Raised at that time (milliseconds since 1970), or lowered (0)."""

    def company(self, visit: "Visit") -> bool:
        """Whether another one is there who was brought to the same meeting."""

    def ended(self, visit: "Visit", reason: str) -> None:
        """The visit is over: nothing of it may be left behind."""


class Visit:
    """Args: on_over, told once when the call is to be ended; on_opened, told the meeting of the PIN;
    on_changed, told when `snapshot` says something new.

    Attributes:
        visitor_id: the web's name of the telephone once its meeting is known.
        meeting_id: the meeting that the telephone was brought to out of a call; None for whoever came by
            itself, or was called.
        arrival: done when the telephone was in the room (True), or never will be (False).
    """

    def __init__(
        self,
        call_id: str,
        caller: Party,
        via: str,
        language: Language,
        port: AudioPort,
        web: MeetingsWeb,
        rooms: Rooms,
        on_over: Callable[[], None],
        on_opened: Callable[[Opened], None] | None = None,
        on_changed: Callable[[], None] = lambda: None,
        *,
        meeting_id: str | None = None,
    ) -> None:
        self.call_id, self.port = call_id, port
        self.visitor_id: str | None = None
        self.meeting_id = meeting_id
        self.arrival: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._caller, self._via, self._web, self._rooms = caller, via, web, rooms
        self._on_over, self._on_opened, self._on_changed = on_over, on_opened, on_changed
        self._ivr = Ivr(language)
        self._player = Player(music())
        self._loop = asyncio.get_running_loop()
        self._begin_at: float | None = None
        self._begun = False
        self._begin: Callable[[float], list[Command]] = self._ivr.dialled_in
        self._ticket: Ticket | None = None
        self._encrypted = False
        self._tries = 0
        #: How often the web has told of the visitor.
        self._heard = 0
        #: Since when the hand is up: milliseconds since 1970, 0 when it is not.
        self._hand_since = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False
        self._told: Mapping[str, Any] = {}
        #: What is to be said of a recording, and what is being said of it; done when it has been heard.
        self._untold = self._telling = b""
        self._heard_it: asyncio.Future[None] | None = None
        #: The words of a recording are on their way.
        self._hushed = False
        port.on_key = self._key

    # --- the call ---

    def dialled_in(self) -> None:
        """Our answer is on its way to the telephone."""
        self._begin_at = self._loop.time() + _BREATH

    def dialled_out(self, visitor_id: str) -> None:
        """The telephone that we called for this visitor has answered."""
        self.visitor_id = visitor_id
        self._begin = self._ivr.dialled_out
        self._begin_at = self._loop.time() + _BREATH

    def brought(self, visitor_id: str) -> None:
        """Whoever talks in a call is this visitor: it enters at once, and hears no voice of ours."""
        self.visitor_id = visitor_id
        self._begin, self._begin_at = self._ivr.brought, self._loop.time()

    def end(self, reason: str) -> None:
        """The telephone has gone, or never came: whatever is going on for it ends."""
        if self._over:
            return
        self._over = True
        self._arrived(False)
        self._has_heard()
        self._ivr.hung_up()
        said, heard = self.port.playout, self._player.meeting
        _log.info(
            "visit_ended", call_id=self.call_id, visitor_id=self.visitor_id, reason=reason, late=said.late,
            underruns=said.underruns, trimmed=said.trimmed, gaps=heard.gaps, cut=heard.cut,
        )  # fmt: skip
        for task in self._tasks:
            task.cancel()
        self.port.close()
        self._rooms.ended(self, reason)

    def fail(self) -> None:
        """Something of ours went wrong: the call is to end."""
        self.end("failed")
        self._on_over()

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore` in a later process."""
        return {
            "visitor_id": self.visitor_id,
            "meeting_id": self.meeting_id,
            "call_id": self.call_id,
            "caller": msgspec.to_builtins(self._caller),
            "via": self._via,
            "begun": self._begun or self._begin_at is not None,
            "encrypted": self._encrypted,
            "hand_since": self._hand_since,
            "ivr": self._ivr.snapshot(),
            "port": self.port.snapshot(),
        }

    def adopt(self, kept: Mapping[str, Any]) -> None:
        """Be what `snapshot` was taken of in an earlier process; one that had begun goes on by itself.

        Raises KeyError, TypeError, ValueError for what is none.
        """
        self._ivr = Ivr.restore(kept["ivr"])
        self.visitor_id, self._encrypted = kept["visitor_id"], bool(kept["encrypted"])
        self._hand_since, self.meeting_id = int(kept["hand_since"]), kept.get("meeting_id")
        if kept["begun"]:
            self._begin, self._begin_at = self._ivr.resumed, self._loop.time()

    def leave(self) -> None:
        """It is another process's from now on: nobody is told of an end."""
        self._over = True
        for task in self._tasks:
            task.cancel()
        self.port.close()

    @property
    def state(self) -> str:
        """For inspection."""
        return self._ivr.state.value

    # --- every 20 ms ---

    def tick(self, now: float) -> bytes | None:
        """Let the telephone hear the next 20 ms; what it says meanwhile to the meeting, if it is inside."""
        if not self._begun:
            # Before a telephone has shown that it is there, not even silence is sent.
            if self._begin_at is None or now < self._begin_at:
                return None
            self._begin_at, self._begun = None, True
            self._do(self._begin(now))
            if self.visitor_id is not None:
                self._run(self._follow())
        due = self._ivr.get_timer()
        if due is not None and now >= due:
            self._do(self._ivr.handle_timer(now))
        if self._over:
            return None
        self._speak(now)
        said = self.port.playout.pop()
        # Nobody is recorded who was not told.
        silent = self.port.held or self._hushed or self._untold or self._telling
        return said if self._ivr.state is State.INSIDE and not silent else None

    def _speak(self, now: float) -> None:
        held = self.port.held
        if held and self._telling:
            # Nobody listens there: it is said again, from its beginning, to whoever comes back.
            self._untold, self._telling = self._telling, b""
            self._player.say([])
        if self._untold and not (held or self._player.speaking) and self._ivr.state is State.INSIDE:
            self._untold, self._telling = b"", self._untold
            self._player.say([self._telling])
        speaking = self._player.speaking
        self.port.send(self._player.frame())
        if speaking and not self._player.speaking:
            if self._telling:
                self._telling = b""
                self._has_heard()
            else:
                self._do(self._ivr.said(now))

    @property
    def number(self) -> str | None:
        """The telephone's."""
        return self._caller.number

    def hush(self, on: bool) -> None:
        """Whether the meeting hears it while the words of `announce` are on their way."""
        self._hushed = on

    def announce(self, words: bytes) -> asyncio.Future[None]:
        """That the meeting is recorded, a byte a sample: said once the telephone is inside, after what is
        being said; the meeting does not hear it before. Done when it was heard, or the telephone is gone."""
        if self._heard_it is None:
            self._untold, self._heard_it = words, self._loop.create_future()
        heard, self._hushed = self._heard_it, False
        if self._over:
            self._has_heard()
        return heard

    def _has_heard(self) -> None:
        heard, self._heard_it = self._heard_it, None
        self._untold = self._telling = b""
        if heard is not None and not heard.done():
            heard.set_result(None)

    def hear(self, frame: bytes) -> None:
        """The meeting's next 20 ms."""
        self._player.hear(frame)

    # --- the room ---

    def entered(self) -> None:
        """The telephone is in the room."""
        self._tries = 0
        _log.info("telephone_in_meeting", call_id=self.call_id, visitor_id=self.visitor_id)
        self._do(self._ivr.inside(self._loop.time()))
        self._arrived(True)

    def _arrived(self, there: bool) -> None:
        if not self.arrival.done():
            self.arrival.set_result(there)

    def lost(self, why: str) -> None:
        """It is not, any more or at all."""
        _log.info("telephone_not_in_meeting", call_id=self.call_id, visitor_id=self.visitor_id, why=why)
        if why in {Over.REMOVED.value, Over.ENDED.value}:
            self._do(self._ivr.put_out(Over(why), self._loop.time()))
            self._run(self._ask_again(0))
            return
        self._do(self._ivr.lost(self._loop.time()))
        pause = _AGAIN[min(self._tries, len(_AGAIN) - 1)]
        self._tries += 1
        self._run(self._ask_again(pause))

    def muted_by_other(self, on: bool) -> None:
        """A moderator muted the telephone, or unmuted it."""
        self._do(self._ivr.muted_by_other(on))

    def look_again(self) -> None:
        """A moderator decided. A telephone that still rings is simply called no longer."""
        if self._begun:
            self._run(self._ask_again(0))
        else:
            self.end(Over.REMOVED.value)
            self._on_over()

    # --- inside ---

    def _key(self, key: str) -> None:
        self._do(self._ivr.key(key, self._loop.time()))

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case ivr_commands.Say(prompts=prompts, language=language, aside=aside):
                    # What is said of a recording is said again afterwards, from its beginning.
                    self._untold, self._telling = self._untold or self._telling, b""
                    clips = [spoken(prompt, language) for prompt in prompts]
                    self._player.say([*clips, *(spoken(prompt, language.other) for prompt in aside)])
                case ivr_commands.Underlay(what=what):
                    self._player.beneath = what
                case ivr_commands.CheckPin(pin=pin):
                    self._run(self._check(pin))
                case ivr_commands.Join():
                    self._enter()
                case ivr_commands.Quit():
                    self._rooms.leave(self)
                case ivr_commands.Mute(on=on):
                    self._rooms.set_muted(self, on)
                case ivr_commands.Hand(up=up):
                    self._raise(up)
                case ivr_commands.HangUp(why=why):
                    self.end(why.value)
                    self._on_over()
        if commands and (kept := self._ivr.snapshot()) != self._told:
            self._told = kept
            self._on_changed()

    def _raise(self, up: bool) -> None:
        """A hand keeps its place among the others' in another room."""
        self._hand_since = (self._hand_since or int(time() * 1000)) if up else 0
        self._rooms.set_hand(self, self._hand_since)

    def _enter(self) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            self._rooms.enter(self, ticket)

    async def _check(self, pin: str) -> None:
        try:
            opened = await self._web.open(pin, self.call_id, self._caller, self._via)
        except WebRefused as error:
            _log.info("pin_refused", call_id=self.call_id, status=error.status)
            self._do(self._refused(error.status))
        except WebUnavailable as error:
            _log.warning("pin_not_checked", call_id=self.call_id, why=str(error))
            self._do(self._ivr.over(Over.UNAVAILABLE, self._loop.time()))
        else:
            self._opened(opened)

    def _refused(self, status: int) -> list[Command]:
        now = self._loop.time()
        if status == 404:
            return self._ivr.pin_unknown(now)
        return self._ivr.over(Over.TOO_MANY if status == 429 else Over.UNAVAILABLE, now)

    def _opened(self, opened: Opened) -> None:
        self.visitor_id, self._encrypted = opened.visitor_id, opened.encrypted
        _log.info("pin_accepted", call_id=self.call_id, visitor_id=opened.visitor_id, state=opened.state)
        if self._on_opened is not None:
            self._on_opened(opened)
        now = VisitorNow(state=opened.state, started=opened.started)
        self._do(self._ivr.pin_accepted(self._seen(now), self._loop.time()))
        self._run(self._follow())

    async def _follow(self) -> None:
        """Hear of every change of the visitor until the end of the call."""
        known: VisitorNow | None = None
        while self._ivr.state not in {State.LEAVING, State.GONE}:
            asked_at = self._loop.time()
            try:
                found = await self._web.visitor(self.visitor_id or "", self.call_id, known)
            except WebRefused:
                self._do(self._ivr.over(Over.ENDED, self._loop.time()))
                return
            except WebUnavailable as error:
                _log.info("visitor_not_asked", call_id=self.call_id, why=str(error))
                await asyncio.sleep(_AWAY)
                continue
            known = found
            self._visited(found)
            await asyncio.sleep(asked_at + _AT_LEAST - self._loop.time())

    async def _ask_again(self, pause: float) -> None:
        await asyncio.sleep(pause)
        heard = self._heard
        try:
            found = await self._web.visitor(self.visitor_id or "", self.call_id, None)
        except WebRefused:
            self._do(self._ivr.over(Over.ENDED, self._loop.time()))
        except WebUnavailable:
            # The ticket may still be good, and `_follow` brings another one when the web is back.
            await asyncio.sleep(_AWAY)
            self._run(self._ask_again(0))
        else:
            # What `_follow` heard meanwhile is newer.
            if heard == self._heard:
                self._visited(found)

    def _visited(self, found: VisitorNow) -> None:
        self._heard += 1
        self._ticket = found.sfu
        self._do(self._ivr.visited(self._seen(found), self._loop.time()))

    def _seen(self, found: VisitorNow) -> ivr_commands.Visit:
        # Those who were in one call stay when they are left alone with each other.
        started = found.started or self._rooms.company(self)
        visit = ivr_commands.Visit(found.state, started, found.sfu is not None, self._encrypted)
        room, place = found.sfu.room if found.sfu else "", found.place
        if place is None:
            return replace(visit, room=room)
        closes_at = (
            self._loop.time() + place.closes_at / 1000 - time() if place.closes_at is not None else None
        )
        return replace(visit, room=room, place=place.number, closes_at=closes_at)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        if self._over:
            work.close()
            return
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("visit_task_failed", call_id=self.call_id, exc_info=error)
            self.fail()
