"""What a participant sends and receives, over two peer connections (`/rtc`) or one (`/rtc/v1`)."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from livekit.protocol import rtc

from server.sfu.config import Limits
from server.sfu.forwarding import rtcp
from server.sfu.room.members import Participant, Track
from server.sfu.room.room import Room
from server.sfu.signal import sdp
from server.sfu.signal.formats import PayloadTypes
from server.sfu.signal.negotiation import Gap, Negotiation, Wanted
from server.sfu.signal.placement import Placement
from server.sfu.signal.terms import sending, terms
from server.sfu.transport.peer import Peer
from server.sfu.transport.port import MediaPort
from server.sfu.transport.publisher import Publication, Publisher
from server.sfu.transport.subscriber import Subscriber

Say = Callable[[rtc.SignalResponse], None]


class RoomContext(Protocol):
    """What media needs of its room: it resolves a track sid to its publication."""

    room: Room

    def publication(self, track_sid: str) -> tuple[Any, Publication] | None: ...


class Media:
    """What both forms share: publishing, and what is wanted.

    Args:
        say: sends a message to the client.
        incoming, outgoing: the connection on which the participant sends, and that on which it receives.

    Attributes:
        sending, receiving: connections, as the participant sees them.
    """

    def __init__(
        self, who: Participant, rooms: RoomContext, limits: Limits, say: Say, incoming: Peer, outgoing: Peer
    ) -> None:
        self.who = who
        self.sending, self.receiving = incoming, outgoing
        self.publisher = Publisher(incoming, limits.bitrate)
        self.subscriber = Subscriber(who.sid, outgoing)
        self._rooms = rooms
        self._room = rooms.room
        self._limits = limits
        self._say = say
        self._payload_types = PayloadTypes()
        self._description_id = secrets.randbits(40)
        self._versions = 1
        self._waits_since: float | None = None
        self._lost = 0.0
        self._gap = Gap()
        outgoing.listen(self._told)

    @property
    def failed(self) -> bool:
        return self.sending.failed or self.receiving.failed

    @property
    def refused(self) -> int:
        """Bytes of the participant that were too many."""
        return sum(peer.refused for peer in {self.sending, self.receiving})

    def stalled(self, now: float) -> str:
        """Why this cannot go on, empty when it can: no answer, or no packet that proves that they hear us."""
        if self._waits_since is not None and now - self._waits_since > self._limits.answer_seconds:
            return "no answer to an offer"
        if any(peer.silence(now) > self._limits.connect_seconds for peer in (self.sending, self.receiving)):
            return "no connectivity checks"
        return ""

    def lost_on_the_way(self) -> float:
        """The largest share of a track's packets that was lost to the participant since the last look."""
        found, self._lost = self._lost, 0.0
        return found

    def _told(self, said: list[rtcp.Feedback], _now: float) -> None:
        shares = [one.lost / 256 for one in said if isinstance(one, rtcp.ReportBlock)]
        self._lost = max([self._lost, *shares])

    async def close(self) -> None:
        self.subscriber.close()
        await asyncio.gather(*(peer.close() for peer in {self.sending, self.receiving}))

    def resumed(self) -> None:
        """The participant has another WebSocket: what was under way may be lost."""
        self._waits_since = None
        self.publisher.resumed()
        self.subscriber.resumed()

    def negotiate(self) -> None:
        """Agrees with the client upon what it is subscribed to by now, or in a moment."""
        if self._gap.ask(time.monotonic()):
            self._negotiate()

    def tick(self, now: float) -> None:
        """What had to wait; to be called often."""
        if self._gap.due(now):
            self.negotiate()

    def _negotiate(self) -> None:
        raise NotImplementedError

    def take_answer(self, message: rtc.SessionDescription) -> None:
        """Raises BadSdp."""

    def take_offer(self, message: rtc.SessionDescription) -> None:
        """Raises BadSdp."""
        offer = sdp.parse(message.sdp)
        data = any(section.kind == "application" and not section.rejected for section in offer.sections)
        self.sending.configure(offer.security, data=data)
        self._versions += 1
        self._answer(offer, message.id)

    def _answer(self, offer: sdp.Description, offer_id: int) -> None:
        self._say_answer(offer, offer_id, {})
        self._bind(offer)

    def _say_answer(self, offer: sdp.Description, offer_id: int, sections: Mapping[str, sdp.Sending]) -> None:
        text = sdp.answer(
            offer, self.sending.local(), self._description_id, self._versions, self._limits.data_packet,
            plain=self._without_red(offer), sending=sections,
        )  # fmt: skip
        mids = {mid: one.track_id for mid, one in sections.items()}
        answer = rtc.SessionDescription(type="answer", sdp=text, id=offer_id, mid_to_track_id=mids)
        self._say(rtc.SignalResponse(answer=answer))

    def _track_of(self, section: sdp.Section) -> Track | None:
        return self._room.find_track(self.who.sid, section.track_id, section.mid, section.kind)

    def _without_red(self, offer: sdp.Description) -> set[str]:
        """The sections whose publisher wants no redundant audio, such as those encrypted end to end."""
        tracks = ((section, self._track_of(section)) for section in offer.sections)
        return {section.mid for section, track in tracks if track is None or track.info.disable_red}

    def _bind(self, offer: sdp.Description) -> None:
        for section in offer.sections:
            track = self._track_of(section) if section.codec is not None else None
            if track is None or section.codec is None:
                continue
            if section.direction in ("sendrecv", "sendonly") and not section.rejected:
                mime = f"{section.kind}/{section.codec.name}"
                red = None if track.info.disable_red else section.codec.red
                self.publisher.publish(track, section, replace(section.codec, red=red), mime)
                self._room.bind(self.who.sid, track, section.mid, mime)
            elif track.live:
                self._room.unpublish(self.who.sid, track.sid)
        self._forget_unpublished()

    def _forget_unpublished(self) -> None:
        for track_sid in [one for one in self.publisher.publications if one not in self.who.tracks]:
            self.publisher.forget(track_sid)

    def prune(self) -> None:
        """Ends at once what the participant may no longer see or send, whatever is being negotiated."""
        for track_sid in list(self.subscriber.watching):
            if track_sid not in self.who.subscriptions:
                self.subscriber.unwatch(track_sid)
        self._forget_unpublished()

    def _wanted(self) -> dict[str, Publication]:
        """What the participant is subscribed to, by sid."""
        found = {sid: self._rooms.publication(sid) for sid in self.who.subscriptions}
        return {sid: one[1] for sid, one in found.items() if one is not None}

    def _watch(self, publication: Publication) -> Wanted:
        track = publication.track
        down = self.subscriber.watch(publication, self.who.subscriptions[track.sid]).down
        codec = self._payload_types.towards(publication.codec, red=publication.codec.red is not None)
        stream_id = f"{track.publisher.sid}|{track.sid}"
        return Wanted(track.sid, track.kind, codec, down.ssrc, stream_id, down.repair_ssrc)


class TwoConnections(Media):
    """`/rtc`: the participant offers what it sends, we offer what it receives."""

    def __init__(
        self, who: Participant, rooms: RoomContext, port: MediaPort, limits: Limits, say: Say
    ) -> None:
        incoming = Peer(port, opens_channels=False, max_message=limits.data_packet)
        outgoing = Peer(port, opens_channels=True, max_message=limits.data_packet)
        super().__init__(who, rooms, limits, say, incoming, outgoing)
        self._negotiation = Negotiation()

    def resumed(self) -> None:
        super().resumed()
        self._negotiation.restart()
        self.receiving.restart()

    def _negotiate(self) -> None:
        if not self._negotiation.request():
            return
        wanted = [self._watch(publication) for publication in self._wanted().values()]
        sections = self._negotiation.offer(wanted)
        self._versions += 1
        text = sdp.offer(
            sections, self.receiving.local(), self._description_id, self._versions, self._limits.data_packet
        )
        offer = rtc.SessionDescription(
            type="offer", sdp=text, id=self._negotiation.offer_id, mid_to_track_id=self._negotiation.mids()
        )
        self._say(rtc.SignalResponse(offer=offer))
        self._waits_since = time.monotonic()

    def take_answer(self, message: rtc.SessionDescription) -> None:
        answer = sdp.parse(message.sdp)
        self.receiving.configure(answer.security, data=True)
        accepted = {
            section.mid: section
            for section in answer.sections
            if not section.rejected and section.direction in ("recvonly", "sendrecv")
        }
        ready, again = self._negotiation.answered(message.id, set(accepted))
        self._waits_since = self._waits_since if self._negotiation.pending else None
        for track_sid, mid in ready.items():
            watcher = self.subscriber.watching.get(track_sid)
            agreed = terms(accepted[mid], watcher.publication.codec.name) if watcher else None
            if agreed is not None:
                self.subscriber.bind(track_sid, agreed)
        if again:
            self.negotiate()


class OneConnection(Media):
    """`/rtc/v1`: the participant offers sections both ways, we answer and ask for more."""

    def __init__(
        self, who: Participant, rooms: RoomContext, port: MediaPort, limits: Limits, say: Say
    ) -> None:
        peer = Peer(port, opens_channels=False, max_message=limits.data_packet)
        super().__init__(who, rooms, limits, say, peer, peer)
        self._placement = Placement()

    def resumed(self) -> None:
        super().resumed()
        self._placement.forget_asking()

    def _negotiate(self) -> None:
        asked = self._placement.ask(_forms(self._wanted()))
        if asked is not None:
            need = rtc.MediaSectionsRequirement(num_audios=asked.audios, num_videos=asked.videos)
            self._say(rtc.SignalResponse(media_sections_requirement=need))
            self._waits_since = self._waits_since or time.monotonic()

    def _answer(self, offer: sdp.Description, offer_id: int) -> None:
        self._waits_since = None
        wanted = self._wanted()
        sections = {section.mid: section for section in offer.sections}
        placed = self._placement.place(offer.sections, _forms(wanted))
        ours = {
            mid: sending(sections[mid], self._watch(wanted[sid]), wanted[sid].codec.name)
            for mid, sid in placed.items()
        }
        self._say_answer(offer, offer_id, ours)
        self._bind(offer)
        for mid, sid in placed.items():
            agreed = terms(sections[mid], wanted[sid].codec.name)
            if agreed is not None:
                self.subscriber.bind(sid, agreed)
        self.negotiate()


def _forms(wanted: Mapping[str, Publication]) -> dict[str, tuple[str, str]]:
    return {sid: (one.track.kind, one.codec.name) for sid, one in wanted.items()}
