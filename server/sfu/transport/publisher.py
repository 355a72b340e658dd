"""Media of one publisher: which stream is which track, and from there to all who watch."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from server.sfu.forwarding import layers, rtcp, rtx
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.downtrack import DownTrack
from server.sfu.forwarding.dynacast import Dynacast
from server.sfu.forwarding.keyframes import inspect
from server.sfu.forwarding.packet import BadPacket, Packet, parse
from server.sfu.forwarding.remb_controller import RembController
from server.sfu.forwarding.speakers import Loudness
from server.sfu.forwarding.stream import Stream
from server.sfu.forwarding.twcc import Arrivals
from server.sfu.room.members import Track
from server.sfu.signal.formats import Codec
from server.sfu.signal.sdp import AUDIO_LEVEL, MID, REPAIRED_RID, RID, TRANSPORT_CC, Section
from server.sfu.transport.peer import Peer

#: Between two requests for a keyframe of one stream. Seconds.
KEYFRAME_EVERY = 0.5
#: Between two looks at which layers are there. Seconds.
SELECT_EVERY = 0.2
_MAX_STREAMS = 36


@dataclass(eq=False)
class Watcher:
    """One subscriber of a track."""

    down: DownTrack
    peer: Peer
    publication: "Publication"
    #: Greater is served first.
    priority: tuple[float, ...] = ()
    #: The subscriber was told that it is not sent, though it looks; None: it may not know.
    paused: bool | None = False


@dataclass(eq=False)
class Publication:
    """A live track with its incoming layers and its watchers by the subscriber's sid."""

    track: Track
    codec: Codec
    mime: str
    publisher: "Publisher"
    streams: dict[int, Stream] = field(default_factory=dict)
    watchers: dict[str, Watcher] = field(default_factory=dict)
    loudness: Loudness = field(default_factory=Loudness)
    asked: dict[int, float] = field(default_factory=dict)
    dynacast: Dynacast = field(default_factory=Dynacast)
    selected_at: float = -1.0

    @property
    def video(self) -> bool:
        return self.track.kind == "video"

    @property
    def publisher_sid(self) -> str:
        return self.track.publisher.sid


class Publisher:
    """Args: peer: the participant's sending connection; bitrate: bit/s it may send."""

    def __init__(self, peer: Peer, bitrate: int) -> None:
        self.publications: dict[str, Publication] = {}
        self.lost = 0
        self._peer = peer
        self._remb_controller = RembController(bitrate)
        self._arrivals = Arrivals()
        self._by_mid: dict[str, Publication] = {}
        self._by_ssrc: dict[int, tuple[Publication, Stream]] = {}
        self._repairs: dict[int, tuple[Publication, Stream]] = {}
        self._announced: dict[int, Publication] = {}
        self._announced_repairs: dict[int, tuple[int, Publication]] = {}
        self._extensions: dict[str, int] = {}
        self._level_id = self._transport_id = 0
        peer.guard = Bucket(bitrate / 8, bitrate / 8)
        peer.on_rtp = self._rtp
        peer.listen(self._told)

    def publish(self, track: Track, section: Section, codec: Codec, mime: str) -> Publication:
        found = self.publications.get(track.sid)
        if found is None:
            found = self.publications[track.sid] = Publication(track, codec, mime, self)
        self._by_mid[section.mid] = found
        self._extensions.update({uri: number for number, uri in section.extensions.items()})
        self._level_id = self._extensions.get(AUDIO_LEVEL, 0)
        self._transport_id = self._extensions.get(TRANSPORT_CC, 0)
        self._withdraw(found)
        if not section.rids:
            self._announced.update(dict.fromkeys(section.ssrcs[:1], found))
            self._announced_repairs.update(
                {repair: (ssrc, found) for repair, ssrc in section.repairs.items()}
            )
        return found

    def _withdraw(self, publication: Publication) -> None:
        """What earlier descriptions said of its SSRCs."""
        self._announced = {ssrc: one for ssrc, one in self._announced.items() if one is not publication}
        self._announced_repairs = {
            repair: pair for repair, pair in self._announced_repairs.items() if pair[1] is not publication
        }

    def forget(self, track_sid: str) -> None:
        gone = self.publications.pop(track_sid, None)
        if gone is None:
            return
        self._withdraw(gone)
        self._by_mid = {mid: one for mid, one in self._by_mid.items() if one is not gone}
        for streams in (self._by_ssrc, self._repairs):
            for ssrc in [ssrc for ssrc, (one, _) in streams.items() if one is gone]:
                del streams[ssrc]

    def resumed(self) -> None:
        """The participant may not have heard what it was told last of its tracks."""
        for publication in self.publications.values():
            publication.dynacast.forget()

    def _rtp(self, data: bytes, now: float) -> None:
        try:
            packet = parse(data)
        except BadPacket:
            return
        if self._transport_id:
            number = packet.extensions.get(self._transport_id)
            if number is not None and len(number) == 2:
                self._arrivals.note(number[0] << 8 | number[1], now)
        entry = self._by_ssrc.get(packet.ssrc)
        if entry is not None:
            self._media(packet, entry[0], entry[1], now)
        else:
            self._other(packet, now)

    def _other(self, packet: Packet, now: float) -> None:
        """A retransmission, or the first packet of a stream."""
        entry = self._repairs.get(packet.ssrc) or self._learn_repair(packet)
        if entry is not None:
            publication, stream = entry
            original = rtx.unwrap(packet, stream.ssrc, publication.codec.payload_type)
            if original is not None and packet.payload_type == publication.codec.rtx:
                self._media(original, publication, stream, now, repeated=True)
            return
        entry = self._learn(packet)
        if entry is not None:
            self._media(packet, entry[0], entry[1], now)

    def _media(
        self, packet: Packet, publication: Publication, stream: Stream, now: float, *, repeated: bool = False
    ) -> None:
        codec = publication.codec
        if packet.payload_type != codec.payload_type:
            if packet.payload_type != codec.red:
                return
            packet.redundant = True
        if not stream.receive(packet, now, repeated=repeated) or publication.track.info.muted:
            return  # muted by itself or by a moderator: nobody hears it either way
        if self._level_id:
            level = packet.extensions.get(self._level_id)
            if level:
                publication.loudness.observe(level[0] & 0x7F)
        if publication.video:
            inspect(publication.mime, packet)
        for watcher in publication.watchers.values():
            out = watcher.down.forward(stream, packet, now)
            if out is not None:
                watcher.peer.send_rtp(out)

    def _text(self, packet: Packet, uri: str) -> str:
        return packet.extensions.get(self._extensions.get(uri, 0), b"").decode("ascii", "replace")

    def _learn(self, packet: Packet) -> tuple[Publication, Stream] | None:
        """Which track and layer a new SSRC is: by the header extensions, else by what the SDP said."""
        publication = self._by_mid.get(self._text(packet, MID)) or self._announced.get(packet.ssrc)
        if publication is None or packet.payload_type not in (
            publication.codec.payload_type, publication.codec.red
        ):  # fmt: skip
            return None
        quality = layers.QUALITY.get(self._text(packet, RID))
        if quality is None or len(self._by_ssrc) >= _MAX_STREAMS:
            return None
        stream = Stream(packet.ssrc, publication.codec.clock, quality, repairable=publication.video)
        former = publication.streams.get(quality)
        if former is not None:
            self._by_ssrc.pop(former.ssrc, None)
        publication.streams[quality] = stream
        self._by_ssrc[packet.ssrc] = entry = (publication, stream)
        stream.last_at = time.monotonic()
        select(publication, stream.last_at)
        return entry

    def _learn_repair(self, packet: Packet) -> tuple[Publication, Stream] | None:
        """Which stream a new SSRC repairs: by the repaired layer's name, else by what the SDP said."""
        publication = self._by_mid.get(self._text(packet, MID))
        quality = layers.QUALITY.get(self._text(packet, REPAIRED_RID) or "none")
        entry = None
        if publication is not None and quality in publication.streams:
            entry = publication, publication.streams[quality]
        elif packet.ssrc in self._announced_repairs:
            entry = self._by_ssrc.get(self._announced_repairs[packet.ssrc][0])
        if entry is None or len(self._repairs) >= _MAX_STREAMS:
            return None
        self._repairs[packet.ssrc] = entry
        return entry

    def _told(self, said: Iterable[rtcp.Feedback], now: float) -> None:
        for one in said:
            entry = self._by_ssrc.get(one.ssrc) if isinstance(one, rtcp.SenderReport) else None
            if entry is None or not isinstance(one, rtcp.SenderReport):
                continue
            publication, stream = entry
            stream.take_report(one, now)
            for watcher in publication.watchers.values():
                report = watcher.down.report(stream, one)
                if report is not None:
                    cname = publication.publisher_sid
                    watcher.peer.send_rtcp(rtcp.sender_report(report, cname))

    def request_keyframe(self, publication: Publication, stream: Stream, now: float) -> None:
        """Asks for a keyframe, unless that was done a moment ago."""
        if now - publication.asked.get(stream.ssrc, -1.0) < KEYFRAME_EVERY:
            return
        publication.asked[stream.ssrc] = now
        self._peer.send_rtcp(rtcp.pli(stream.ssrc))

    def repair(self, now: float) -> None:
        """Tells what arrived and asks for what is missing; to be called often."""
        body = self._arrivals.take()
        ssrc = next(iter(self._by_ssrc), None)
        if body is not None and ssrc is not None:
            self._peer.send_rtcp(rtcp.transport_feedback(ssrc, body))
        for publication in self.publications.values():
            for stream in publication.streams.values():
                missing = stream.missing(now)
                if missing:
                    self._peer.send_rtcp(rtcp.nack(stream.ssrc, missing))
                if stream.hopeless:
                    stream.hopeless = False
                    self.request_keyframe(publication, stream, now)
            if publication.video and now - publication.selected_at >= SELECT_EVERY:
                select(publication, now)

    def report(self, now: float) -> None:
        """Tells the sender how its streams arrive and how much it may send; once a second."""
        blocks = [stream.block(now) for _, stream in self._by_ssrc.values() if stream.alive(now)]
        self.lost = max((block.lost for block in blocks), default=0)
        if self._peer.connected:
            received = sum(stream.octets for _, stream in self._by_ssrc.values())
            self._remb_controller.observe(received, self.lost / 256, now)
            # Who has transport-wide feedback estimates by itself, and takes this as the bound only.
            limit = self._remb_controller.bound if self._transport_id else self._remb_controller.bitrate
            self._peer.send_rtcp(rtcp.receiver_report(blocks) + rtcp.remb(limit, self._by_ssrc))


def select(publication: Publication, now: float) -> None:
    """Chooses each watcher's layer anew: layers come and go."""
    publication.selected_at = now
    for watcher in publication.watchers.values():
        aim(watcher, now)


def aim(watcher: Watcher, now: float) -> None:
    """Chooses the layer that one subscriber gets, and asks for the keyframe that it begins with."""
    down, publication = watcher.down, watcher.publication
    wish = down.target_quality if down.terms is not None else None
    wanted = layers.choose(publication.streams, wish, now) if wish is not None else None
    down.want(wanted)
    if wanted is not None and down.waiting:
        publication.publisher.request_keyframe(publication, wanted, now)
