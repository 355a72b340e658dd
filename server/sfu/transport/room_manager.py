"""All rooms of this process, with their sessions; the clock that drives them."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from livekit.protocol import models, rtc

from logs.plain import Log
from server.sfu.config import Limits
from server.sfu.errors import Full, Unknown
from server.sfu.forwarding import speakers
from server.sfu.room.barred import Barred
from server.sfu.room.line import rating
from server.sfu.room.messages import goodbye
from server.sfu.room.room import PING_TIMEOUT, Room
from server.sfu.signal import webhook
from server.sfu.signal.pace import TELLING, Pace, Paces
from server.sfu.signal.token import Claims, renewal, token_of
from server.sfu.signal.webhook import Happening
from server.sfu.transport.data import Data
from server.sfu.transport.port import MediaPort
from server.sfu.transport.publisher import Publication
from server.sfu.transport.session import Session
from server.sfu.transport.stream_allocator import StreamAllocator

#: How often losses are looked for and layers chosen. Seconds.
TICK = 0.05
_SPEAKERS_EVERY, _REPORT_EVERY, _QUALITY_EVERY = 8, 20, 100
#: Why somebody is put out, in the word that clients are told.
FLOOD = "flood"
#: A room that nobody came to. Seconds.
EMPTY = 300.0

log = Log(__name__)
Tell = Callable[[Happening], None]


def nobody(_happening: Happening) -> None:
    """When no webhook is configured."""


class RoomRuntime:
    """A room at work: the machine, its sessions, and carrying out what the machine asks for.

    `closing` gets the tasks that end connections: they may outlive the room. `barred` knows who was put out.
    `keys` are secrets by issuer, with which tokens are renewed.
    """

    def __init__(
        self,
        room: Room,
        port: MediaPort,
        limits: Limits,
        tell: Tell = nobody,
        closing: set[asyncio.Task[None]] | None = None,
        barred: Barred | None = None,
        keys: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.room = room
        self._tell = tell
        self.sessions: dict[str, Session] = {}
        self.empty_since: float | None = time.monotonic()
        self._port = port
        self._limits = limits
        self._speaking: dict[str, float] = {}
        self._allocator = StreamAllocator(limits.videos)
        self._closing = set() if closing is None else closing
        self._barred = Barred() if barred is None else barred
        self._rated: dict[str, int] = {}
        self._keys = keys
        self.data = Data(room, self.sessions, limits.bitrate / 8)

    def session(self, sid: str) -> Session | None:
        return self.sessions.get(sid)

    def publication(self, track_sid: str) -> tuple[Session, Publication] | None:
        for session in self.sessions.values():
            found = session.publisher.publications.get(track_sid)
            if found is not None:
                return session, found
        return None

    def join(
        self, claims: Claims, *, auto_subscribe: bool, single: bool = False, pace: Pace | None = None
    ) -> Session:
        """`single`: over one peer connection; `pace`: of this identity. Raises Full, Revoked."""
        began = time.thread_time()
        sid = f"PA_{secrets.token_hex(6)}"
        who = self.room.join(
            sid, claims, int(time.time()), auto_subscribe=auto_subscribe, subscriber_primary=not single
        )
        session = Session(who, self, self._port, self._limits, single=single, pace=pace)
        self.sessions[sid] = session
        self.empty_since = None
        told = self.apply()
        session.pace.spent(time.thread_time() - began + told * TELLING, time.monotonic())
        log.info(
            "participant_joined", room=self.room.name, participant=sid, identity=who.identity, single=single
        )
        return session

    def resume(self, session: Session, claims: Claims) -> None:
        """The same participant on a new WebSocket: what waited for the old one is said anew.

        `claims` are those of the token that it came with: a newer one may have been lost with the old one.
        """
        session.end()
        session.resumed()
        session.token = claims
        self._rated.pop(session.who.sid, None)
        self.room.resume(session.who.sid)
        self.apply()

    def leave(self, session: Session, reason: int, *, tell: bool = False) -> None:
        if self.sessions.get(session.who.sid) is session:
            self.room.leave(session.who.sid, reason, tell=tell)
            self.apply()

    def apply(self) -> int:
        """Does what the machine asks for: messages first, then offers, then goodbyes; how many were told."""
        effects = self.room.take()
        for happening in effects.happened:
            self._tell(happening)
        for sid, message in effects.outbox:
            session = self.sessions.get(sid)
            if session is not None:
                session.send(message)
        for sid in effects.renegotiate - set(effects.gone):
            session = self.sessions.get(sid)
            if session is not None:
                session.prune()
                session.negotiate()
        for sid in effects.gone:
            session = self.sessions.pop(sid, None)
            if session is not None:
                session.end()
                task = asyncio.get_running_loop().create_task(session.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
                log.info("participant_left", room=self.room.name, participant=sid)
        if not self.sessions and self.empty_since is None:
            self.empty_since = time.monotonic()
        return len(effects.outbox) + len(effects.renegotiate)

    async def closed(self) -> None:
        await asyncio.gather(*self._closing, return_exceptions=True)

    def tick(self, count: int, now: float) -> None:
        for session in list(self.sessions.values()):
            session.publisher.repair(now)
            session.media.tick(now)
            if count % _REPORT_EVERY == 0:
                session.publisher.report(now)
                self._check(session, now)
        for sid in self.data.look(now):
            self._let_go(self.sessions[sid], "data channel too slow or too fast")
        self.room.catch_up(now)
        self.apply()
        if count % _SPEAKERS_EVERY == 0:
            self._tell_speakers(now)
        if count % _QUALITY_EVERY == 0:
            self._tell_quality(now)
        if count % _REPORT_EVERY == 0:
            self.renew(time.time())
        self._allocator.allocate(self.sessions.values(), self._speaking, now)

    def renew(self, now: float) -> None:
        """Gives a new token to whoever has one that ends soon; `now` in seconds since 1970."""
        for session in self.sessions.values():
            secret = self._keys.get(session.token.iss)
            renewed = renewal(session.token, session.who.grant, now) if session.attached else None
            if secret is not None and renewed is not None:
                session.token = renewed
                session.send(rtc.SignalResponse(refresh_token=token_of(renewed, secret)))

    def _check(self, session: Session, now: float) -> None:
        silent = now - session.heard_at
        if session.floods(now):
            self._put_out(session, now)
        elif session.failed:
            self.leave(session, models.MEDIA_FAILURE, tell=True)
        elif silent > (PING_TIMEOUT if session.attached else self._limits.grace_seconds):
            self.leave(session, models.CONNECTION_TIMEOUT, tell=True)
        elif session.attached:
            why = session.media.stalled(now)
            if why:
                self._let_go(session, why)

    def _put_out(self, session: Session, now: float) -> None:
        """It would go on at once: it has to stay away for a while, and its token is void, too."""
        identity = session.who.identity
        seconds = self._barred.put_out(self.room.name, identity, now)
        log.warning(
            "participant_put_out", room=self.room.name, participant=session.who.sid, identity=identity,
            why=FLOOD, refused=session.media.refused, seconds=seconds,
        )  # fmt: skip
        # Tokens say whole seconds: one of this second is older than the removal.
        self.room.put_out(identity, time.time() + 1, FLOOD)
        self.apply()

    def _let_go(self, session: Session, why: str) -> None:
        """Something of it does not work: it may come back anew."""
        log.info("participant_let_go", room=self.room.name, participant=session.who.sid, why=why)
        session.send(goodbye(models.STATE_MISMATCH, again=True))
        self.leave(session, models.MEDIA_FAILURE)

    def _tell_speakers(self, now: float) -> None:
        levels = {}
        for sid, session in self.sessions.items():
            publications = session.publisher.publications.values()
            level = max((one.loudness.measure(now) for one in publications), default=0.0)
            if level:
                levels[sid] = round(level, 2)
        told = speakers.changes(self._speaking, levels)
        self._speaking = levels
        if told:
            infos = [models.SpeakerInfo(sid=one.sid, level=one.level, active=one.active) for one in told]
            message = rtc.SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=infos))
            for session in self.sessions.values():
                session.send(message)

    def _tell_quality(self, now: float) -> None:
        """Newcomers hear of all, the others of what changed."""
        ratings = {sid: rating(session.line(now)) for sid, session in self.sessions.items()}
        changed = [sid for sid, (quality, _) in ratings.items() if self._rated.get(sid) != quality]
        for sid, session in self.sessions.items():
            told = changed if sid in self._rated else list(ratings)
            if told:
                session.send(rtc.SignalResponse(connection_quality=_qualities(told, ratings)))
        self._rated = {sid: quality for sid, (quality, _) in ratings.items()}


def _qualities(sids: Iterable[str], ratings: Mapping[str, tuple[int, float]]) -> rtc.ConnectionQualityUpdate:
    infos = [
        rtc.ConnectionQualityInfo(participant_sid=sid, quality=ratings[sid][0], score=ratings[sid][1])  # type: ignore[arg-type]
        for sid in sids
    ]
    return rtc.ConnectionQualityUpdate(updates=infos)


class RoomManager:
    """Args: port, of all media; limits, of the process; tell, whom to tell what happens in the rooms.

    `keys` are secrets by issuer, with which tokens are renewed.
    """

    def __init__(
        self,
        port: MediaPort,
        limits: Limits,
        tell: Tell = nobody,
        keys: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.meetings: dict[str, RoomRuntime] = {}
        #: Kept here, not in the room: a ban outlives the room.
        self._barred = Barred()
        self._paces = Paces()
        self._tell = tell
        self._keys = keys
        self._closing: set[asyncio.Task[None]] = set()
        self._port = port
        self.limits = limits
        self._busy = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Says goodbye to everybody."""
        if self._task:
            self._task.cancel()
        closing = list(self.meetings.values())
        for meeting in closing:
            meeting.room.close(models.SERVER_SHUTDOWN)
            meeting.apply()
        for meeting in closing:
            self._drop(meeting)
        await asyncio.gather(*self._closing, return_exceptions=True)

    @property
    def closing(self) -> int:
        """Participants who left and whose connections are being ended."""
        return len(self._closing)

    def open(self, name: str) -> RoomRuntime:
        """The room of this name, made when there is none. Raises Full."""
        found = self.meetings.get(name)
        if found is None:
            if len(self.meetings) >= self.limits.rooms:
                raise Full("too many rooms")
            room = Room(name, f"RM_{secrets.token_hex(6)}", int(time.time()), self.limits)
            found = self.meetings[name] = RoomRuntime(
                room, self._port, self.limits, self._tell, self._closing, self._barred, self._keys
            )
            self._tell(Happening(webhook.ROOM_STARTED, room.info()))
            self._busy.set()
        return found

    def wait(self, name: str, identity: str) -> float:
        """Seconds for which somebody has to stay out of the room of this name."""
        return self._barred.wait(name, identity, time.monotonic())

    def pace(self, name: str, identity: str) -> Pace:
        """How much of the time somebody may take in the room of this name."""
        return self._paces.of((name, identity))

    def get(self, name: str) -> RoomRuntime:
        """Raises Unknown."""
        try:
            return self.meetings[name]
        except KeyError:
            raise Unknown("no such room") from None

    def close_room(self, name: str) -> None:
        """Everybody has to leave. Raises Unknown."""
        meeting = self.get(name)
        meeting.room.close(models.ROOM_DELETED)
        meeting.apply()
        self._drop(meeting)

    def drop_if_left(self, meeting: RoomRuntime) -> None:
        """A room ends with its last participant."""
        if not meeting.sessions:
            self._drop(meeting)

    def _drop(self, meeting: RoomRuntime) -> None:
        if self.meetings.get(meeting.room.name) is meeting:
            del self.meetings[meeting.room.name]
            self._tell(Happening(webhook.ROOM_FINISHED, meeting.room.info()))

    async def _run(self) -> None:
        count = 0
        while True:
            if not self.meetings:
                self._busy.clear()
                await self._busy.wait()
            await asyncio.sleep(TICK)
            count += 1
            now = time.monotonic()
            for meeting in list(self.meetings.values()):
                self._tick(meeting, count, now)

    def _tick(self, meeting: RoomRuntime, count: int, now: float) -> None:
        had = bool(meeting.sessions)
        try:
            meeting.tick(count, now)
        except Exception:
            # One room's fault must not stop the others.
            log.exception("room_tick_failed", room=meeting.room.name)
        if had:
            self.drop_if_left(meeting)
        elif meeting.empty_since is not None and now - meeting.empty_since > EMPTY:
            self._drop(meeting)
