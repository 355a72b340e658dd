"""Media of one publisher: which stream is which track, and from there to all who watch."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from server.sfu.forwarding import layers, rtcp
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.downtrack import DownTrack
from server.sfu.forwarding.packet import BadPacket, Packet, parse
from server.sfu.forwarding.speakers import Loudness
from server.sfu.forwarding.stream import Stream
from server.sfu.room.members import Track
from server.sfu.signal.sdp import AUDIO_LEVEL, MID, RID, Codec, Section
from server.sfu.transport.peer import Peer

#: Between two requests for a keyframe of one stream. Seconds.
KEYFRAME_EVERY = 0.5
_MAX_STREAMS = 36
#: What we tell senders that they may send, beside the guard. bit/s.
_REMB = 6_000_000


@dataclass(eq=False)
class Watcher:
    """One subscriber of a track."""

    down: DownTrack
    peer: Peer


@dataclass(eq=False)
class Publication:
    """A live track with its incoming layers and its watchers by the subscriber's sid."""

    track: Track
    codec: Codec
    mime: str
    streams: dict[int, Stream] = field(default_factory=dict)
    watchers: dict[str, Watcher] = field(default_factory=dict)
    loudness: Loudness = field(default_factory=Loudness)
    asked: dict[int, float] = field(default_factory=dict)


class Publisher:
    """Args: peer: the participant's sending connection; bitrate: bit/s it may send."""

    def __init__(self, peer: Peer, bitrate: int) -> None:
        self.publications: dict[str, Publication] = {}
        self.lost = 0
        self._peer = peer
        self._bitrate = bitrate
        self._bucket = Bucket(bitrate / 8, bitrate / 8)
        self._by_mid: dict[str, Publication] = {}
        self._by_ssrc: dict[int, tuple[Publication, Stream]] = {}
        self._announced: dict[int, Publication] = {}
        self._extensions: dict[str, int] = {}
        peer.on_rtp = self._rtp
        peer.on_rtcp = self._rtcp

    def publish(self, track: Track, section: Section, codec: Codec, mime: str) -> Publication:
        found = self.publications.get(track.sid)
        if found is None:
            found = self.publications[track.sid] = Publication(track, codec, mime)
        self._by_mid[section.mid] = found
        self._extensions.update({uri: number for number, uri in section.extensions.items()})
        if not section.rids:
            self._announced.update(dict.fromkeys(section.ssrcs[:1], found))
        return found

    def forget(self, track_sid: str) -> None:
        gone = self.publications.pop(track_sid, None)
        for table in (self._by_mid, self._announced):
            for key in [key for key, one in table.items() if one is gone]:
                del table[key]  # type: ignore[arg-type]
        for ssrc in [ssrc for ssrc, (one, _) in self._by_ssrc.items() if one is gone]:
            del self._by_ssrc[ssrc]

    def _rtp(self, data: bytes, now: float) -> None:
        if not self._bucket.take(len(data), now):
            return
        try:
            packet = parse(data)
        except BadPacket:
            return
        entry = self._by_ssrc.get(packet.ssrc) or self._learn(packet)
        if entry is None:
            return
        publication, stream = entry
        if packet.payload_type != publication.codec.payload_type or not stream.receive(packet, now):
            return
        if publication.track.info.muted:
            return  # by itself or by a moderator: nobody hears it either way
        level = packet.extensions.get(self._extensions.get(AUDIO_LEVEL, 0))
        if level:
            publication.loudness.observe(level[0] & 0x7F)
        payload = packet.payload
        for watcher in publication.watchers.values():
            out = watcher.down.forward(stream, packet, payload, now)
            if out is not None:
                watcher.peer.send_rtp(out)

    def _learn(self, packet: Packet) -> tuple[Publication, Stream] | None:
        """Which track and layer a new SSRC is: by the header extensions, else by what the SDP said."""
        mid = packet.extensions.get(self._extensions.get(MID, 0), b"").decode("ascii", "replace")
        rid = packet.extensions.get(self._extensions.get(RID, 0), b"").decode("ascii", "replace")
        publication = self._by_mid.get(mid) or self._announced.get(packet.ssrc)
        if publication is None or packet.payload_type != publication.codec.payload_type:
            return None
        quality = layers.QUALITY.get(rid)
        if quality is None or len(self._by_ssrc) >= _MAX_STREAMS:
            return None
        video = publication.track.kind == "video"
        stream = Stream(packet.ssrc, publication.codec.clock, quality, repairable=video)
        former = publication.streams.get(quality)
        if former is not None:
            self._by_ssrc.pop(former.ssrc, None)
        publication.streams[quality] = stream
        self._by_ssrc[packet.ssrc] = entry = (publication, stream)
        stream.last_at = time.monotonic()
        select(publication, stream.last_at)
        return entry

    def _rtcp(self, data: bytes, now: float) -> None:
        try:
            said = rtcp.parse(data)
        except BadPacket:
            return
        for one in said:
            entry = self._by_ssrc.get(one.ssrc) if isinstance(one, rtcp.SenderReport) else None
            if entry is None or not isinstance(one, rtcp.SenderReport):
                continue
            publication, stream = entry
            stream.take_report(one, now)
            for watcher in publication.watchers.values():
                report = watcher.down.report(stream, one)
                if report is not None:
                    cname = publication.track.publisher.sid
                    watcher.peer.send_rtcp(rtcp.sender_report(report, cname))

    def request_keyframe(self, publication: Publication, stream: Stream, now: float) -> None:
        """Asks for a keyframe, unless that was done a moment ago."""
        if now - publication.asked.get(stream.ssrc, -1.0) < KEYFRAME_EVERY:
            return
        publication.asked[stream.ssrc] = now
        self._peer.send_rtcp(rtcp.pli(stream.ssrc))

    def repair(self, now: float) -> None:
        """Asks for what is missing; to be called often."""
        for publication in self.publications.values():
            for stream in publication.streams.values():
                missing = stream.missing(now)
                if missing:
                    self._peer.send_rtcp(rtcp.nack(stream.ssrc, missing))
                if stream.hopeless:
                    stream.hopeless = False
                    self.request_keyframe(publication, stream, now)
            select(publication, now)
            for stream in _awaited(publication.watchers.values()):
                self.request_keyframe(publication, stream, now)

    def report(self, now: float) -> None:
        """Tells the sender how its streams arrive and how much it may send; once a second."""
        blocks = [stream.block(now) for _, stream in self._by_ssrc.values() if stream.alive(now)]
        self.lost = max((block.lost for block in blocks), default=0)
        if self._peer.connected:
            ssrcs = list(self._by_ssrc)
            limit = min(_REMB, self._bitrate)
            self._peer.send_rtcp(rtcp.receiver_report(blocks) + rtcp.remb(limit, ssrcs))


def select(publication: Publication, now: float) -> None:
    """Chooses each watcher's layer anew."""
    for watcher in publication.watchers.values():
        down = watcher.down
        usable = down.bound and down.enabled
        down.want(layers.choose(publication.streams, down.ceiling, now) if usable else None)


def _awaited(watchers: Iterable[Watcher]) -> Iterator[Stream]:
    for watcher in watchers:
        if watcher.down.waiting and watcher.down.wanted is not None:
            yield watcher.down.wanted
