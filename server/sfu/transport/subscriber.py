"""All that goes to one participant: its tracks, and how much its line carries."""

import secrets
import time
from collections.abc import Iterable

from server.sfu.forwarding import layers, rtcp
from server.sfu.forwarding.downtrack import DownTrack
from server.sfu.forwarding.ledger import Ledger
from server.sfu.forwarding.outlet import Terms
from server.sfu.room.members import Settings
from server.sfu.transport.peer import Peer
from server.sfu.transport.publisher import Publication, Watcher, select


class Subscriber:
    """Args: sid, of the participant; peer, the connection on which it receives.

    Attributes:
        watching: by track sid.
    """

    def __init__(self, sid: str, peer: Peer) -> None:
        self.watching: dict[str, Watcher] = {}
        self._sid = sid
        self._peer = peer
        self._ledger = Ledger()
        self._by_ssrc: dict[int, Watcher] = {}
        peer.listen(self._told)

    def watch(self, publication: Publication, settings: Settings) -> Watcher:
        """The track's way to this participant, made when there is none; nothing is sent before `bind`."""
        sid = publication.track.sid
        found = self.watching.get(sid)
        if found is None:
            chance = secrets.randbits(31) | 1, secrets.randbits(31) << 1 | 0x80000000, secrets.randbits(15)
            down = DownTrack(publication.mime, *chance, self._ledger)
            found = self.watching[sid] = Watcher(down, self._peer, publication)
            self._by_ssrc[down.ssrc] = found
            publication.watchers[self._sid] = found
            self.settle(sid, settings)
        return found

    def unwatch(self, track_sid: str) -> None:
        gone = self.watching.pop(track_sid, None)
        if gone is not None:
            gone.publication.watchers.pop(self._sid, None)
            self._by_ssrc.pop(gone.down.ssrc, None)
            gone.down.unbind()

    def close(self) -> None:
        for track_sid in list(self.watching):
            self.unwatch(track_sid)

    def bind(self, track_sid: str, terms: Terms) -> None:
        """Its media section is agreed upon."""
        watcher = self.watching.get(track_sid)
        if watcher is not None and watcher.down.terms != terms:
            watcher.down.bind(terms)
            select(watcher.publication, time.monotonic())

    def settle(self, track_sid: str, settings: Settings) -> None:
        """How the participant wants a track."""
        watcher = self.watching.get(track_sid)
        if watcher is None:
            return
        watcher.down.enabled = not settings.disabled
        watcher.down.ceiling = min(settings.quality, 2)
        if settings.width and settings.height:
            known = [(one.quality, one.width, one.height) for one in watcher.publication.track.info.layers]
            watcher.down.ceiling = layers.ceiling_for(settings.width, settings.height, known)
        select(watcher.publication, time.monotonic())

    def _told(self, said: Iterable[rtcp.Feedback], now: float) -> None:
        for one in said:
            if isinstance(one, rtcp.TransportFeedback):
                self._ledger.settle(one.base, one.times)
            elif isinstance(one, rtcp.Nack | rtcp.KeyframeRequest):
                watcher = self._by_ssrc.get(one.ssrc)
                if watcher is not None:
                    self._mend(watcher, one, now)

    def _mend(self, watcher: Watcher, said: rtcp.Nack | rtcp.KeyframeRequest, now: float) -> None:
        if isinstance(said, rtcp.Nack):
            for packet in watcher.down.repeat(said.sequences, now):
                self._peer.send_rtp(packet)
            return
        stream = watcher.down.current or watcher.down.wanted
        if stream is not None:
            watcher.publication.publisher.request_keyframe(watcher.publication, stream, now)
