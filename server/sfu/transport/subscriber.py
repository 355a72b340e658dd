"""All that goes to one participant: its tracks, and how much its line carries."""

import secrets
import time
from collections.abc import Iterable
from functools import partial

from server.sfu.forwarding import layers, rtcp
from server.sfu.forwarding.allocation import Demand, allocate
from server.sfu.forwarding.downtrack import DownTrack
from server.sfu.forwarding.rtp_header import SendParameters
from server.sfu.forwarding.send_side_bwe import SendSideBwe
from server.sfu.room.members import Settings
from server.sfu.transport.peer import Peer
from server.sfu.transport.publisher import Publication, Watcher, aim

#: bit/s of a line of which nothing is known and nothing will be.
_ANY = 1e12
#: Of what a line carries; the rest is for retransmissions.
_USED = 0.95
#: What is left of redundant audio without its redundancy, roughly.
_BARE = 0.6
#: So much more must fit before it comes back.
_SPARE = 1.5


class Subscriber:
    """Args: sid, of the participant; peer, the connection on which it receives.

    Attributes:
        watching: by track sid.
        bwe: what its line carries.
    """

    def __init__(self, sid: str, peer: Peer) -> None:
        self.watching: dict[str, Watcher] = {}
        self._sid = sid
        self._peer = peer
        self.bwe = SendSideBwe()
        self._by_ssrc: dict[int, Watcher] = {}
        self._thrifty = False
        peer.listen(self._told)

    def watch(self, publication: Publication, settings: Settings) -> Watcher:
        """The track's way to this participant, made when there is none; nothing is sent before `bind`."""
        sid = publication.track.sid
        found = self.watching.get(sid)
        if found is None:
            chance = secrets.randbits(31) | 1, secrets.randbits(31) << 1 | 0x80000000, secrets.randbits(15)
            down = DownTrack(publication.mime, *chance, self.bwe.send_history)
            if down.video and self.bwe.proven(time.monotonic()) is not None:
                down.allocated_quality = 0  # until the line is known
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

    def bind(self, track_sid: str, terms: SendParameters) -> None:
        """Its media section is agreed upon."""
        watcher = self.watching.get(track_sid)
        if watcher is not None and watcher.down.terms != terms:
            watcher.down.bind(terms)
            aim(watcher, time.monotonic())

    def settle(self, track_sid: str, settings: Settings) -> None:
        """How the participant wants a track."""
        watcher = self.watching.get(track_sid)
        if watcher is None:
            return
        watcher.down.enabled = not settings.disabled
        watcher.down.max_quality = min(settings.quality, 2)
        if settings.width and settings.height:
            known = [(one.quality, one.width, one.height) for one in watcher.publication.track.info.layers]
            watcher.down.max_quality = layers.ceiling_for(settings.width, settings.height, known)
        aim(watcher, time.monotonic())

    def allocate(self, now: float) -> None:
        """Divides the line among what is looked at."""
        demands = [self._demand(sid, one, now) for sid, one in self._seen()]
        limit, proven = self.bwe.limit(now), self.bwe.proven(now)
        sound = self._sound(limit, sum(demand.least for demand in demands), now)
        self.bwe.needed = sound + sum(demand.wish for demand in demands)
        given: dict[str, int | None] = {}
        if limit is not None or proven is not None:
            budget = _ANY if limit is None else limit * _USED - sound
            given = allocate(demands, budget, _ANY if proven is None else proven * _USED - sound)
        for demand in demands:
            watcher = self.watching[demand.key]
            granted = given.get(demand.key, 2 if proven is None else 0)
            if watcher.down.allocated_quality != granted:
                watcher.down.allocated_quality = granted
                aim(watcher, now)

    def resumed(self) -> None:
        """The participant may not have heard which pictures are paused."""
        for one in self.watching.values():
            one.paused = None

    def changes(self) -> dict[str, bool]:
        """Pictures that from now on are paused although looked at (True), or not any more (False)."""
        found = {}
        for sid, one in self.watching.items():
            paused = one.down.bound and one.down.enabled and one.down.target_quality is None
            if paused is not one.paused:
                found[sid] = one.paused = paused
        return found

    def _seen(self) -> list[tuple[str, Watcher]]:
        return [
            (sid, one)
            for sid, one in self.watching.items()
            if one.down.video and one.down.bound and one.down.enabled and one.down.admitted
        ]

    def _demand(self, sid: str, watcher: Watcher, now: float) -> Demand:
        down, publication = watcher.down, watcher.publication
        may_come = partial(publication.dynacast.may_come, now=now)
        muted = publication.track.info.muted
        costs = {} if muted else layers.costs(publication.streams, down.max_quality, may_come, now)
        current = down.current.quality if down.current is not None else None
        return Demand(sid, costs, watcher.priority, current)

    def _sound(self, limit: float | None, pictures: float, now: float) -> float:
        """bit/s of all that is heard; redundancy is given up before a picture is."""
        heard = [one for one in self.watching.values() if not one.down.video]
        whole = bare = 0.0
        for one in heard:
            stream = one.down.current
            if stream is not None and stream.alive(now):
                whole += stream.rate
                bare += stream.rate * (_BARE if one.publication.codec.red is not None else 1.0)
        spare = _SPARE if self._thrifty else 1.0
        self._thrifty = limit is not None and (whole + pictures) * spare > limit
        for one in heard:
            one.down.strip_red = self._thrifty
        return bare if self._thrifty else whole

    def tick(self, now: float) -> None:
        """Tries the line when it is time to."""
        octets = self.bwe.tick(now)
        if not octets:
            return
        carrier = next((one.down for _, one in self._seen() if one.down.terms and one.down.terms.rtx), None)
        self.bwe.untriable = carrier is None
        while octets > 0 and carrier is not None:
            packet = carrier.probe(now)
            if packet is None:
                return
            self._peer.send_rtp(packet)
            octets -= len(packet)

    def _told(self, said: Iterable[rtcp.Feedback], now: float) -> None:
        for one in said:
            if isinstance(one, rtcp.TransportFeedback | rtcp.Remb):
                self.bwe.told(one, now)
            elif isinstance(one, rtcp.Nack | rtcp.KeyframeRequest):
                watcher = self._by_ssrc.get(one.ssrc)
                if watcher is not None:
                    self._mend(watcher, one, now)

    def _mend(self, watcher: Watcher, said: rtcp.Nack | rtcp.KeyframeRequest, now: float) -> None:
        if isinstance(said, rtcp.Nack):
            allowed = partial(self.bwe.may_repeat, now=now)
            for packet in watcher.down.repeat(said.sequences, now, allowed):
                self._peer.send_rtp(packet)
            return
        stream = watcher.down.current or watcher.down.pending_layer
        if stream is not None:
            watcher.publication.publisher.request_keyframe(watcher.publication, stream, now)
