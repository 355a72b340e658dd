"""One participant's end in this process: its WebSocket, its two peer connections, what it sends and sees."""

import asyncio
import secrets
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

import structlog
from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc

from server.sfu.config import Limits
from server.sfu.errors import SfuError
from server.sfu.forwarding.bucket import Bucket
from server.sfu.room.members import Participant, Settings, Track
from server.sfu.room.room import Room
from server.sfu.signal import sdp
from server.sfu.signal.formats import PayloadTypes
from server.sfu.signal.negotiation import Negotiation, Wanted
from server.sfu.signal.terms import terms
from server.sfu.transport.peer import Peer
from server.sfu.transport.port import MediaPort
from server.sfu.transport.publisher import Publication, Publisher
from server.sfu.transport.subscriber import Subscriber

#: Messages that may wait for a slow client.
_QUEUE = 1000

log = structlog.get_logger(__name__)


class Neighbours(Protocol):
    """What a session needs of its room's other sessions."""

    room: Room

    def session(self, sid: str) -> "Session | None": ...
    def publication(self, track_sid: str) -> "tuple[Session, Publication] | None": ...
    def apply(self) -> None: ...
    def send_data(self, packet: models.DataPacket, label: str, to: Iterable[str]) -> None: ...


class Session:
    """Attributes: outgoing, messages for the WebSocket, None ends it; heard_at, of the last message."""

    def __init__(self, who: Participant, rooms: Neighbours, port: MediaPort, limits: Limits) -> None:
        self.who = who
        self.outgoing: asyncio.Queue[rtc.SignalResponse | None] = asyncio.Queue(_QUEUE)
        self.attached = True
        self.heard_at = time.monotonic()
        self._rooms = rooms
        self._room = rooms.room
        self._limits = limits
        self._messages = Bucket(limits.messages_per_second, 4.0 * limits.messages_per_second)
        self._data = Bucket(limits.bitrate / 8, limits.bitrate / 8)
        self._sending = Peer(port, opens_channels=False, max_message=limits.data_packet)
        self.receiving = Peer(port, opens_channels=True, max_message=limits.data_packet)
        self.publisher = Publisher(self._sending, limits.bitrate)
        self.subscriber = Subscriber(who.sid, self.receiving)
        self._negotiation = Negotiation()
        self._payload_types = PayloadTypes()
        self._description_id = secrets.randbits(40)
        self._versions = 1
        self._sending.on_data = self._data_packet

    @property
    def failed(self) -> bool:
        return self._sending.failed or self.receiving.failed

    def send(self, message: rtc.SignalResponse) -> None:
        try:
            self.outgoing.put_nowait(message)
        except asyncio.QueueFull:
            log.info("signalling_too_slow", participant=self.who.sid)
            self.attached = False

    def end(self) -> None:
        """The WebSocket closes once it has said what waits."""
        self.attached = False
        try:
            self.outgoing.put_nowait(None)
        except asyncio.QueueFull:
            log.info("signalling_too_slow", participant=self.who.sid)

    async def close(self) -> None:
        self.subscriber.close()
        await asyncio.gather(self._sending.close(), self.receiving.close())

    def resumed(self) -> None:
        """The same participant on a new WebSocket."""
        self.outgoing = asyncio.Queue(_QUEUE)
        self.attached = True
        self.heard_at = time.monotonic()
        self._negotiation.restart()
        self.receiving.restart()

    # Signalling

    def receive(self, data: bytes) -> bool:
        """One message of the client; False when it says goodbye, or floods."""
        now = time.monotonic()
        self.heard_at = now
        # Whoever was sent away may still have something on the way.
        if self.who.sid not in self._room.participants or not self._messages.take(1, now):
            return False
        try:
            request = rtc.SignalRequest.FromString(data)
        except DecodeError:
            log.info("signal_unreadable", participant=self.who.sid)
            return True
        kind = request.WhichOneof("message")
        if kind == "leave":
            return False
        try:
            self._handle(kind or "", request)
        except (SfuError, sdp.BadSdp) as error:
            log.info("signal_refused", participant=self.who.sid, kind=kind, why=str(error))
            self._refuse(request, str(error))
        self._rooms.apply()
        return True

    def _handle(self, kind: str, request: rtc.SignalRequest) -> None:
        # trickle: a lite agent learns addresses from checks; sync_state: nothing here was forgotten.
        sid, room = self.who.sid, self._room
        match kind:
            case "offer":
                self._take_offer(request.offer)
            case "answer":
                self._take_answer(request.answer)
            case "add_track":
                room.add_track(sid, request.add_track, f"TR_{secrets.token_hex(6)}")
            case "mute":
                room.mute(sid, request.mute.sid, muted=request.mute.muted)
            case "subscription":
                room.update_subscription(sid, request.subscription)
            case "track_setting":
                for track_sid in room.update_settings(sid, request.track_setting):
                    self.subscriber.settle(track_sid, self.who.subscriptions[track_sid])
            case "ping" | "ping_req":
                self._pong(request)
            case _:
                self._update(kind, request)

    def _update(self, kind: str, request: rtc.SignalRequest) -> None:
        """What participants change about themselves and their tracks."""
        sid, room = self.who.sid, self._room
        match kind:
            case "update_layers":
                room.update_layers(sid, request.update_layers)
            case "update_audio_track" | "update_video_track":
                room.update_features(sid, getattr(request, kind))
            case "subscription_permission":
                room.set_permission(sid, request.subscription_permission)
            case "update_metadata":
                room.update_metadata(sid, request.update_metadata)
                if request.update_metadata.request_id:
                    self._respond(request.update_metadata.request_id)

    def _pong(self, request: rtc.SignalRequest) -> None:
        now = int(time.time() * 1000)
        if request.WhichOneof("message") == "ping":
            self.send(rtc.SignalResponse(pong=now))
        else:
            last = request.ping_req.timestamp
            self.send(rtc.SignalResponse(pong_resp=rtc.Pong(last_ping_timestamp=last, timestamp=now)))

    def _respond(self, request_id: int) -> None:
        answer = rtc.RequestResponse(request_id=request_id, reason=rtc.RequestResponse.OK)
        self.send(rtc.SignalResponse(request_response=answer))

    def _refuse(self, request: rtc.SignalRequest, why: str) -> None:
        kind = request.WhichOneof("message")
        answer = rtc.RequestResponse(reason=rtc.RequestResponse.NOT_ALLOWED, message=why)
        if kind == "update_metadata":
            answer.request_id = request.update_metadata.request_id
            answer.update_metadata.CopyFrom(request.update_metadata)
        elif kind == "add_track":
            answer.add_track.CopyFrom(request.add_track)
        self.send(rtc.SignalResponse(request_response=answer))

    # The connection on which the participant sends

    def _take_offer(self, message: rtc.SessionDescription) -> None:
        offer = sdp.parse(message.sdp)
        data = any(section.kind == "application" and not section.rejected for section in offer.sections)
        self._sending.configure(offer.security, data=data)
        self._versions += 1
        text = sdp.answer(
            offer, self._sending.local(), self._description_id, self._versions, self._limits.data_packet,
            plain=self._without_red(offer),
        )  # fmt: skip
        self._bind(offer)
        answer = rtc.SessionDescription(type="answer", sdp=text, id=message.id)
        self.send(rtc.SignalResponse(answer=answer))

    def _track_of(self, section: sdp.Section) -> Track | None:
        return self._room.find_track(self.who.sid, section.track_id, section.mid, section.kind)

    def _without_red(self, offer: sdp.Description) -> set[str]:
        """The sections whose publisher wants no redundant audio, such as those encrypted end to end."""
        tracks = ((section, self._track_of(section)) for section in offer.sections)
        return {section.mid for section, track in tracks if track is None or track.info.disable_red}

    def _bind(self, offer: sdp.Description) -> None:
        sid = self.who.sid
        for section in offer.sections:
            if section.codec is None:
                continue
            sends = section.direction in ("sendrecv", "sendonly") and not section.rejected
            track = self._track_of(section)
            if track is None:
                continue
            if sends:
                mime = f"{section.kind}/{section.codec.name}"
                red = None if track.info.disable_red else section.codec.red
                self.publisher.publish(track, section, replace(section.codec, red=red), mime)
                self._room.bind(sid, track, section.mid, mime)
            elif track.live:
                self._room.unpublish(sid, track.sid)
        known = self._room.participants[sid].tracks
        for track_sid in [one for one in self.publisher.publications if one not in known]:
            self.publisher.forget(track_sid)

    # The connection on which the participant receives

    def prune(self) -> None:
        """Ends at once what the participant may no longer see or send, whatever is being negotiated."""
        for track_sid in list(self.subscriber.watching):
            if track_sid not in self.who.subscriptions:
                self.subscriber.unwatch(track_sid)
        for track_sid in list(self.publisher.publications):
            if track_sid not in self.who.tracks:
                self.publisher.forget(track_sid)

    def negotiate(self) -> None:
        """Offers what the participant is subscribed to by now."""
        if not self._negotiation.request():
            return
        wanted = []
        for track_sid, settings in self.who.subscriptions.items():
            found = self._rooms.publication(track_sid)
            if found is not None:
                wanted.append(self._watch(found[1], settings))
        sections = self._negotiation.offer(wanted)
        self._versions += 1
        text = sdp.offer(
            sections, self.receiving.local(), self._description_id, self._versions, self._limits.data_packet
        )
        offer = rtc.SessionDescription(
            type="offer", sdp=text, id=self._negotiation.offer_id, mid_to_track_id=self._negotiation.mids()
        )
        self.send(rtc.SignalResponse(offer=offer))

    def _watch(self, publication: Publication, settings: Settings) -> Wanted:
        down = self.subscriber.watch(publication, settings).down
        track = publication.track
        codec = self._payload_types.towards(publication.codec, red=publication.codec.red is not None)
        stream_id = f"{track.publisher.sid}|{track.sid}"
        return Wanted(track.sid, track.kind, codec, down.ssrc, stream_id, down.repair_ssrc)

    def _take_answer(self, message: rtc.SessionDescription) -> None:
        answer = sdp.parse(message.sdp)
        self.receiving.configure(answer.security, data=True)
        accepted = {
            section.mid: section
            for section in answer.sections
            if not section.rejected and section.direction in ("recvonly", "sendrecv")
        }
        ready, again = self._negotiation.answered(message.id, set(accepted))
        for track_sid, mid in ready.items():
            watcher = self.subscriber.watching.get(track_sid)
            agreed = terms(accepted[mid], watcher.publication.codec.name) if watcher else None
            if agreed is not None:
                self.subscriber.bind(track_sid, agreed)
        if again:
            self.negotiate()

    # Data

    def _data_packet(self, label: str, raw: bytes) -> None:
        """Passes a data packet on, with the sender's name written by us."""
        if self.who.sid not in self._room.participants:
            return
        if not self.who.grant.can_publish_data or not self._data.take(len(raw), time.monotonic()):
            return
        try:
            packet = models.DataPacket.FromString(raw)
        except DecodeError:
            return
        if packet.WhichOneof("value") in (None, "speaker"):
            return
        packet.participant_identity, packet.participant_sid = self.who.identity, self.who.sid
        named = list(packet.destination_identities)
        if packet.WhichOneof("value") == "user":
            packet.user.participant_identity, packet.user.participant_sid = self.who.identity, self.who.sid
            named += [*packet.user.destination_identities, *packet.user.destination_sids]
        self._rooms.send_data(packet, label, self._room.receivers(self.who.sid, named))
