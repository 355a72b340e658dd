"""Which pictures go to whom: as many as configured, of those who speak, as good as each line carries."""

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Protocol

from livekit.protocol import models, rtc

from server.sfu.room.members import Participant
from server.sfu.room.quality import stream_states, wanted_layers
from server.sfu.transport.publisher import Publication, Publisher, Watcher, aim
from server.sfu.transport.subscriber import Subscriber

#: How often lines are divided anew. Seconds.
ALLOCATE_EVERY = 0.2
_SCREENS = (models.SCREEN_SHARE,)


class SessionView(Protocol):
    """What is steered of a session."""

    @property
    def who(self) -> Participant: ...
    @property
    def publisher(self) -> Publisher: ...
    @property
    def subscriber(self) -> Subscriber: ...
    def send(self, message: rtc.SignalResponse) -> None: ...


class StreamAllocator:
    """Of one room. Args: videos: how many one participant is sent at most."""

    def __init__(self, videos: int) -> None:
        self._videos = videos
        self._spoke_at: dict[str, float] = {}
        self._allocated_at = -1.0

    def allocate(self, sessions: Collection[SessionView], speaking: Iterable[str], now: float) -> None:
        """To be called often; `speaking`: participant sids."""
        self._spoke_at.update(dict.fromkeys(speaking, now))
        due = now - self._allocated_at >= ALLOCATE_EVERY
        for session in sessions:
            if due:
                self._allocate(session, now)
            session.subscriber.tick(now)
        if due:
            self._allocated_at = now
            here = {session.who.sid for session in sessions}
            self._spoke_at = {sid: at for sid, at in self._spoke_at.items() if sid in here}
            for session in sessions:
                _cast(session, now)

    def _allocate(self, session: SessionView, now: float) -> None:
        watchers = [one for one in session.subscriber.watching.values() if one.publication.video]
        for watcher in watchers:
            watcher.priority = self._priority(watcher)
        looked_at = sorted((one for one in watchers if one.down.enabled), key=attrgetter("priority"))
        left_out = len(looked_at) - self._videos
        for rank, watcher in enumerate(looked_at):
            if watcher.down.admitted is not (rank >= left_out):
                watcher.down.admitted = rank >= left_out
                aim(watcher, now)
        session.subscriber.allocate(now)
        changed = session.subscriber.changes()
        if changed:
            publishers = {sid: session.subscriber.watching[sid].publication.publisher_sid for sid in changed}
            session.send(stream_states(publishers, changed))

    def _priority(self, watcher: Watcher) -> tuple[float, ...]:
        """Screens first, then large pictures, then whoever spoke last; as it was among equals."""
        track = watcher.publication.track
        spoke = self._spoke_at.get(watcher.publication.publisher_sid, 0.0)
        return float(track.info.source in _SCREENS), float(watcher.down.max_quality), spoke


def _cast(session: SessionView, now: float) -> None:
    """Tells a publisher what of its pictures somebody looks at."""
    for publication in session.publisher.publications.values():
        if not publication.video:
            continue
        coming = any(stream.alive(now) for stream in publication.streams.values())
        coming = coming or publication.track.info.muted
        if publication.dynacast.update(_wanted(publication), now, coming=coming):
            session.send(wanted_layers(publication.track, publication.dynacast.told))


def _wanted(publication: Publication) -> int | None:
    wishes = [one.down.target_quality for one in publication.watchers.values()]
    return max((wish for wish in wishes if wish is not None), default=None)
