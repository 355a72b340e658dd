"""The descriptions of one call: who offered what to whom, and the joining of two legs."""

import secrets
from dataclasses import dataclass, field, replace

from bridges.sip.media.gateway import MediaReport, NoCommonCodec, Peer, Profile, UnknownLeg
from bridges.sip.media.leg import Leg
from bridges.sip.sdp.audio import Layout, RemoteAudio, read_plain, read_webrtc
from bridges.sip.sdp.codecs import Codec, Key, has_audio, routes, to_answer, to_offer
from bridges.sip.sdp.description import family_of, parse
from bridges.sip.sdp.direction import Direction, direction
from bridges.sip.sdp.writing import PLAIN_LAYOUT, WEBRTC_LAYOUT, LocalAudio, write


@dataclass(slots=True)
class Party:
    """A leg with its side of the negotiation.

    Attributes:
        leg: its media.
        layout: the sections of its session.
        offered: its own latest offer, None if it made none.
        asked: the codecs and the direction of our latest offer to it, None if there was none.
        wish: the direction that it would like, as far as our offers let it say so.
        fresh: whether our latest offer was made for its asking, so that its answer is to be carried on.
        payload_types: what each codec is called on this leg; once said, it stays.
        session, version, written: of our descriptions to it (`o=` line).
    """

    leg: Leg
    layout: Layout
    offered: RemoteAudio | None = None
    asked: tuple[tuple[Codec, ...], Direction] | None = None
    wish: Direction = Direction.SENDRECV
    fresh: bool = False
    payload_types: dict[Key, int] = field(default_factory=dict)
    session: int = field(default_factory=lambda: secrets.randbits(62))
    version: int = 0
    written: LocalAudio | None = None

    def read(self, sdp: str) -> RemoteAudio:
        """Reads a description of this leg and keeps its layout.

        Raises:
            MalformedSdp, NoCommonCodec: see `MediaGateway`.
        """
        read = read_webrtc if self.leg.profile is Profile.WEBRTC else read_plain
        remote = read(parse(sdp))
        if remote is None or not has_audio(remote.codecs):
            raise NoCommonCodec(f"leg {self.leg.name} has no audio that can be carried")
        if remote.target and family_of(remote.target[0]) != family_of(self.leg.transport.address[0]):
            raise NoCommonCodec(f"leg {self.leg.name} is in another address family")
        self.layout = remote.layout
        return remote

    def learn_wish(self, answered: Direction) -> None:
        """From an answer, which says nothing of what our offer left out: that stays as it was."""
        allowed = self.asked[1] if self.asked else Direction.SENDRECV
        self.wish = direction(
            sends=answered.sends if allowed.receives else self.wish.sends,
            receives=answered.receives if allowed.sends else self.wish.receives,
        )

    def describe(
        self, codecs: tuple[Codec, ...], way: Direction, ptime: int | None, *, offering: bool
    ) -> str:
        """Writes our description to this leg; the version grows only when something changed."""
        transport = self.leg.transport
        self.payload_types |= {codec.key: codec.payload_type for codec in codecs}
        local = LocalAudio(
            session=(self.session, self.version),
            address=transport.address,
            rtcp_port=transport.rtcp_port,
            codecs=codecs,
            direction=way,
            ptime=ptime,
            ssrc=self.leg.outgoing.ssrc,
            name=self.leg.stream_name,
            security=transport.security(offering=offering),
        )
        if local != self.written:
            self.version += 1
            local = replace(local, session=(self.session, self.version))
            self.written = local
        return write(local, self.layout)


class Call:
    """The legs of one call."""

    def __init__(self) -> None:
        self.parties: dict[str, Party] = {}
        self.joined: dict[str, str] = {}
        self.peers: dict[str, Peer] = {}

    def meet(self, name: str, peer: Peer) -> None:
        """Who is at the other end of a leg, which may not be there yet."""
        self.peers[name] = peer
        if name in self.parties:
            self.parties[name].leg.transport.meet(peer)

    def add(self, leg: Leg) -> Party:
        layout = WEBRTC_LAYOUT if leg.profile is Profile.WEBRTC else PLAIN_LAYOUT
        party = self.parties[leg.name] = Party(leg, layout)
        return party

    def party(self, name: str) -> Party:
        """Raises:
        UnknownLeg: it is not there.
        """
        try:
            return self.parties[name]
        except KeyError:
            raise UnknownLeg(f"no leg {name}") from None

    def offer(self, near: Party, far: Party, remote: RemoteAudio) -> str:
        """`near` offers `remote`; returns our offer to `far`."""
        if near.fresh:
            near.fresh = False
            near.learn_wish(remote.direction)
        else:
            near.wish = remote.direction
        near.offered = remote
        near.payload_types |= {codec.key: codec.payload_type for codec in remote.codecs}
        codecs = to_offer(remote.codecs, far.payload_types)
        far.asked = codecs, remote.direction
        return far.describe(codecs, remote.direction, remote.ptime, offering=True)

    def fresh_offer(self, other: Party, near: Party) -> str:
        """Our offer to `near`, which asked for one: all that can be carried to `other`, in the direction that
        `other` would like (RFC 3261, Section 14.2; RFC 6337, Section 5.3). Its answer is given to `offer`."""
        able: tuple[Codec, ...] = other.offered.codecs if other.offered else ()
        if not able and other.asked:
            able = tuple(codec for codec in other.asked[0] if codec.key in other.leg.understood)
        codecs = to_offer(able, near.payload_types)
        near.asked, near.fresh = (codecs, other.wish), True
        return near.describe(codecs, other.wish, None, offering=True)

    def answer(self, far: Party, near: Party, sdp: str, now: float) -> str:
        """`far` answers what `near` offered; joins the two and returns the answer to `near`.

        Raises:
            UnknownLeg, MalformedSdp, NoCommonCodec: see `MediaGateway.answer`.
        """
        if near.offered is None or far.asked is None:
            raise UnknownLeg(f"{far.leg.name} was not offered anything by {near.leg.name}")
        offered, (asked, allowed) = near.offered, far.asked
        answered = far.read(sdp)
        far.learn_wish(answered.direction)
        known = {codec.key for codec in asked}
        agreed = tuple(codec for codec in answered.codecs if codec.key in known)
        codecs = to_answer(offered.codecs, agreed)
        if not codecs:
            raise NoCommonCodec(f"{far.leg.name} and {near.leg.name} share no codec")
        way = answered.direction.limited_to(allowed.reverse)
        self._agree_far(far, answered, asked, agreed, way, now)
        near.leg.transport.configure(offered, self.peers.get(near.leg.name), offered=True)
        received = {codec.payload_type: codec.key for codec in codecs}
        near.leg.agree(codecs, received, way.reverse, now)
        self._join(near.leg, far.leg)
        return near.describe(codecs, way, answered.ptime, offering=False)

    def _agree_far(
        self,
        far: Party,
        answered: RemoteAudio,
        asked: tuple[Codec, ...],
        agreed: tuple[Codec, ...],
        way: Direction,
        now: float,
    ) -> None:
        far.leg.transport.configure(answered, self.peers.get(far.leg.name), offered=False)
        keys = {codec.key for codec in agreed}
        # It should send with the payload types of our offer; some send with those of their answer.
        received = {codec.payload_type: codec.key for codec in agreed}
        received |= {codec.payload_type: codec.key for codec in asked if codec.key in keys}
        far.leg.agree(agreed, received, way, now)

    def _join(self, one: Leg, other: Leg) -> None:
        for leg in (one, other):
            partner = self.joined.get(leg.name)
            if partner and partner not in {one.name, other.name}:
                self._part(leg.name)
        self.joined |= {one.name: other.name, other.name: one.name}
        one.forward_to(other, routes(one.received, other.understood))
        other.forward_to(one, routes(other.received, one.understood))

    def _part(self, name: str) -> None:
        partner = self.joined.pop(name, None)
        if partner is None:
            return
        del self.joined[partner]
        for each in (name, partner):
            self.parties[each].leg.stop_forwarding()

    def remove(self, name: str) -> Leg | None:
        """Takes a leg out; its transport is still to be closed."""
        self.peers.pop(name, None)
        if name not in self.parties:
            return None
        self._part(name)
        return self.parties.pop(name).leg

    def report(self) -> MediaReport:
        legs = {name: party.leg.report() for name, party in self.parties.items()}
        return MediaReport(legs, dict(self.joined))
