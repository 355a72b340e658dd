"""One participant's end in this process: what it says over its WebSocket, and what becomes of it."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Protocol

from google.protobuf.message import DecodeError
from livekit.protocol import rtc

from logs.plain import Log
from server.sfu.config import Limits
from server.sfu.errors import Refused, SfuError
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.excess import Excess
from server.sfu.room.line import Line
from server.sfu.room.members import Participant
from server.sfu.signal import ingress, sdp
from server.sfu.signal.pace import TELLING, Pace
from server.sfu.transport.data import Data
from server.sfu.transport.media import Media, OneConnection, RoomContext, TwoConnections
from server.sfu.transport.peer import Peer
from server.sfu.transport.port import MediaPort
from server.sfu.transport.publisher import Publisher
from server.sfu.transport.subscriber import Subscriber

#: Messages that may wait for a slow client.
_QUEUE = 1000

log = Log(__name__)


class SessionContext(RoomContext, Protocol):
    """What a session needs of its room's other sessions."""

    data: Data

    def apply(self) -> int: ...


class Session:
    """`single`: the client wants one peer connection for both ways; `pace`: of this identity.

    Attributes:
        outgoing: messages for the WebSocket, None ends it.
        heard_at: when the last message came.
        rtt: there and back, as the client measured it with its pings, seconds; 0: unknown.
        token: what the last token says that the client is known to have or was sent.
    """

    def __init__(
        self,
        who: Participant,
        rooms: SessionContext,
        port: MediaPort,
        limits: Limits,
        *,
        single: bool = False,
        pace: Pace | None = None,
    ) -> None:
        self.who = who
        self.token = who.claims
        self.outgoing: asyncio.Queue[rtc.SignalResponse | None] = asyncio.Queue(_QUEUE)
        self.attached = True
        self.heard_at = time.monotonic()
        self._rooms = rooms
        self._room = rooms.room
        self._limits = limits
        self._messages = Bucket(limits.messages_per_second, 4.0 * limits.messages_per_second)
        self.pace = pace or Pace()
        form = OneConnection if single else TwoConnections
        self.media: Media = form(who, rooms, port, limits, self.send)
        self.media.sending.on_data = lambda label, raw: rooms.data.received(who, label, raw)
        self.rtt = 0.0
        self._excess = Excess(limits.bitrate / 8, limits.flood_seconds)

    def floods(self, now: float) -> bool:
        """Whether it has sent far too much for too long; to be asked once a second."""
        return self._excess.look(self.media.refused, now)

    @property
    def incoming(self) -> Peer:
        return self.media.sending

    @property
    def receiving(self) -> Peer:
        return self.media.receiving

    @property
    def publisher(self) -> Publisher:
        return self.media.publisher

    @property
    def subscriber(self) -> Subscriber:
        return self.media.subscriber

    @property
    def failed(self) -> bool:
        return self.media.failed

    def send(self, message: rtc.SignalResponse) -> None:
        try:
            self.outgoing.put_nowait(message)
        except asyncio.QueueFull:
            log.seldom("signalling_too_slow", participant=self.who.sid)
            self.attached = False

    def end(self) -> None:
        """The WebSocket closes once it has said what waits."""
        self.attached = False
        try:
            self.outgoing.put_nowait(None)
        except asyncio.QueueFull:
            log.seldom("signalling_too_slow", participant=self.who.sid)

    async def close(self) -> None:
        await self.media.close()

    def resumed(self) -> None:
        """The same participant on a new WebSocket."""
        self.outgoing = asyncio.Queue(_QUEUE)
        self.attached = True
        self.heard_at = time.monotonic()
        self.media.resumed()

    # Signalling

    def receive(self, data: bytes) -> bool:
        """One message of the client; False when it says goodbye, or floods."""
        now = time.monotonic()
        self.heard_at = now
        # Whoever was sent away may still have something on the way.
        if self.who.sid not in self._room.participants or not self._messages.take(1, now):
            return False
        began = time.thread_time()
        request = self._read(data)
        if request is not None and request.WhichOneof("message") == "leave":
            return False
        self._work([] if request is None else [request], began)
        return True

    def _read(self, data: bytes) -> rtc.SignalRequest | None:
        """None for what cannot be read, or holds too much to be read."""
        try:
            ingress.bounded(data, rtc.SignalRequest)
            return rtc.SignalRequest.FromString(data)
        except DecodeError:
            log.seldom("signal_unreadable", participant=self.who.sid)
        except Refused as error:
            log.seldom("signal_refused", "size", participant=self.who.sid, why=str(error))
            self._refuse(rtc.SignalRequest(), str(error))
        return None

    def wait(self) -> float:
        """Seconds until its next message is to be read."""
        return self.pace.wait(time.monotonic())

    def begin(self, request: rtc.JoinRequest) -> None:
        """What a client brings along when it joins: tracks, an offer, what it says of itself."""
        most = self._limits.tracks
        self._work([rtc.SignalRequest(add_track=one) for one in request.add_track_requests[:most]])
        unread = len(request.add_track_requests) - most
        if unread > 0:
            why = "too many tracks"
            log.seldom("signal_refused", "join", participant=self.who.sid, why=why, tracks=unread)
            self._refuse(rtc.SignalRequest(), why)
        first = []
        if request.metadata or request.participant_attributes:
            said = rtc.UpdateParticipantMetadata(
                metadata=request.metadata, attributes=request.participant_attributes
            )
            first.append(rtc.SignalRequest(update_metadata=said))
        if request.publisher_offer.sdp:
            first.append(rtc.SignalRequest(offer=request.publisher_offer))
        for one in first:
            self._work([one])

    def _work(self, requests: Sequence[rtc.SignalRequest], began: float | None = None) -> None:
        """Does what was asked for, and counts what that took, from `began` on (`time.thread_time`)."""
        began = time.thread_time() if began is None else began
        for request in requests:
            self._obey(request)
        told = self._rooms.apply()
        self.pace.spent(time.thread_time() - began + told * TELLING, time.monotonic())

    def _obey(self, request: rtc.SignalRequest) -> None:
        kind = request.WhichOneof("message") or ""
        try:
            ingress.check(request)
        except Refused as error:
            log.seldom("signal_refused", kind, participant=self.who.sid, why=str(error))
            self._refuse(_named(request), str(error))
            return
        try:
            self._handle(kind, request)
        except (SfuError, sdp.BadSdp) as error:
            log.seldom("signal_refused", kind, participant=self.who.sid, why=str(error))
            self._refuse(request, str(error))

    def _handle(self, kind: str, request: rtc.SignalRequest) -> None:
        # trickle: a lite agent learns addresses from checks; sync_state: nothing here was forgotten.
        sid, room = self.who.sid, self._room
        match kind:
            case "offer":
                self.media.take_offer(request.offer)
            case "answer":
                self.media.take_answer(request.answer)
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
            self.rtt = min(max(request.ping_req.rtt, 0), 60_000) / 1000
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

    def line(self, now: float) -> Line:
        """How its connection was of late."""
        silent = 0.0 if self.attached else now - self.heard_at
        return Line(self.publisher.lost / 256, self.media.lost_on_the_way(), self.rtt, silent)

    # Media

    def prune(self) -> None:
        """Ends at once what the participant may no longer see or send, whatever is being negotiated."""
        self.media.prune()

    def negotiate(self) -> None:
        """Agrees with the client upon what it is subscribed to by now."""
        self.media.negotiate()


def _named(request: rtc.SignalRequest) -> rtc.SignalRequest:
    """A request that holds too much, by what its answer is known by alone."""
    short = rtc.SignalRequest()
    if request.WhichOneof("message") == "update_metadata":
        short.update_metadata.request_id = request.update_metadata.request_id
    elif request.WhichOneof("message") == "add_track":
        short.add_track.cid = request.add_track.cid[: ingress.MAX_NAME]
    return short
