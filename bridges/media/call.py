"""The descriptions of one call: who offered what to whom, and the joining of two legs."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from bridges.media.call_state import CallState, PartyState
from bridges.media.gateway import MediaReport, NoCommonCodec, Peer, Profile, UnknownLeg
from bridges.media.leg import Leg
from bridges.media.options import CodecOptions, OfferOptions
from bridges.media.reading import audio_of
from bridges.sdp.audio import Layout, RemoteAudio
from bridges.sdp.codecs import Codec, Key, distinct, has_audio, routes, to_answer, to_offer
from bridges.sdp.description import family_of, parse
from bridges.sdp.direction import Direction, direction
from bridges.sdp.writing import PLAIN_LAYOUT, SDES_LAYOUT, WEBRTC_LAYOUT, LocalAudio, write

_LAYOUTS = {Profile.RTP: PLAIN_LAYOUT, Profile.SDES: SDES_LAYOUT, Profile.WEBRTC: WEBRTC_LAYOUT}


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

    def state(self) -> PartyState:
        """For `resume`."""
        return PartyState(
            leg=self.leg.state(),
            layout=self.layout,
            offered=self.offered,
            asked=self.asked,
            wish=self.wish,
            fresh=self.fresh,
            payload_types=dict(self.payload_types),
            session=self.session,
            version=self.version,
            written=self.written,
        )

    @classmethod
    def resume(cls, state: PartyState, leg: Leg) -> Self:
        """Goes on with what another process negotiated."""
        return cls(
            leg=leg,
            layout=state.layout,
            offered=state.offered,
            asked=state.asked,
            wish=state.wish,
            fresh=state.fresh,
            payload_types=dict(state.payload_types),
            session=state.session,
            version=state.version,
            written=state.written,
        )

    def read(self, sdp: str, wanted: CodecOptions | None = None) -> RemoteAudio:
        """Reads a description of this leg and keeps its layout; of its codecs what is `wanted`.

        Raises:
            MalformedSdp, NoCommonCodec: see `MediaGateway`.
        """
        remote = audio_of(self.leg.profile, parse(sdp))
        if remote is not None and wanted is not None:
            remote = wanted.stripped(remote)
        if remote is None or not has_audio(remote.codecs):
            raise NoCommonCodec(f"leg {self.leg.name} has no audio that can be carried")
        if remote.target and family_of(remote.target[0]) != family_of(self.leg.transport.address[0]):
            raise NoCommonCodec(f"leg {self.leg.name} is in another address family")
        self.layout, self.leg.ptime = remote.layout, remote.ptime
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
            crypto=transport.crypto(offering=offering),
        )
        if local != self.written:
            self.version += 1
            local = replace(local, session=(self.session, self.version))
            self.written = local
        return write(local, self.layout)


class Call:
    """The legs of one call, made at `made_at` (monotonic seconds)."""

    def __init__(self, made_at: float = 0.0) -> None:
        self.made_at = made_at
        self.parties: dict[str, Party] = {}
        self.joined: dict[str, str] = {}
        self.peers: dict[str, Peer] = {}
        #: Legs that only listen, and whom they hear.
        self.subscribed: dict[str, str] = {}

    def state(self, call_id: str) -> CallState:
        """For `resume`."""
        parties = tuple(party.state() for party in self.parties.values())
        kept = dict(self.joined), dict(self.peers)
        return CallState(call_id, self.made_at, parties, *kept, subscribed=dict(self.subscribed))

    @classmethod
    def resume(cls, state: CallState, legs: Iterable[Leg]) -> Self:
        """Goes on with another process' call; `legs` are those of its parties, in their order."""
        call = cls(state.made_at)
        for known, leg in zip(state.parties, legs, strict=True):
            call.parties[leg.name] = Party.resume(known, leg)
        call.joined, call.peers = dict(state.joined), dict(state.peers)
        call.subscribed = dict(state.subscribed)
        for name, other in call.joined.items():
            one, far = call.parties[name].leg, call.parties[other].leg
            one.forward_to(far, routes(one.received, far.understood))
        call._copy()
        return call

    @property
    def talkers(self) -> list[str]:
        """The legs that do not only listen."""
        return [name for name in self.parties if name not in self.subscribed]

    def meet(self, name: str, peer: Peer) -> None:
        """Who is at the other end of a leg, which may not be there yet."""
        self.peers[name] = peer
        if name in self.parties:
            self.parties[name].leg.transport.meet(peer)

    def add(self, leg: Leg) -> Party:
        party = self.parties[leg.name] = Party(leg, _LAYOUTS[leg.profile])
        return party

    def party(self, name: str) -> Party:
        """Raises:
        UnknownLeg: it is not there.
        """
        try:
            return self.parties[name]
        except KeyError:
            raise UnknownLeg(f"no leg {name}") from None

    def offer(self, near: Party, far: Party, remote: RemoteAudio, options: OfferOptions) -> str:
        """`near` offers `remote`; returns our offer to `far`."""
        if near.fresh:
            near.fresh = False
            near.learn_wish(remote.direction)
        else:
            near.wish = remote.direction
        near.offered = remote
        near.payload_types |= {codec.key: codec.payload_type for codec in remote.codecs}
        codecs = distinct(options.codecs.offered(to_offer(remote.codecs, far.payload_types)))
        way = options.direction or remote.direction
        far.asked = codecs, way
        far.leg.transport.offer_rtcp_mux(options.rtcp_mux)
        return far.describe(codecs, way, options.ptime or remote.ptime, offering=True)

    def fresh_offer(self, other: Party, near: Party, told: Direction | None = None) -> str:
        """Our offer to `near`, which asked for one: all that can be carried to `other`, in the direction that
        `other` would like (RFC 3261, Section 14.2; RFC 6337, Section 5.3). Its answer is given to `offer`."""
        able: tuple[Codec, ...] = other.offered.codecs if other.offered else ()
        if not able and other.asked:
            able = tuple(codec for codec in other.asked[0] if codec.key in other.leg.understood)
        codecs = to_offer(able, near.payload_types)
        way = told or other.wish
        near.asked, near.fresh = (codecs, way), True
        return near.describe(codecs, way, None, offering=True)

    def answer(self, far: Party, near: Party, sdp: str, now: float, told: Direction | None = None) -> str:
        """`far` answers what `near` offered; joins the two and returns the answer to `near`, which is `told`
        another direction than the answer's.

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
        self._agree_far(far, answered, asked, agreed, answered.direction.limited_to(allowed.reverse), now)
        way = (told or answered.direction).limited_to(offered.direction.reverse)
        near.leg.transport.configure(offered, self.peers.get(near.leg.name), offered=True)
        received = {codec.payload_type: codec.key for codec in codecs}
        near.leg.agree(codecs, received, way.reverse, now)
        self._join(near.leg, far.leg)
        return near.describe(codecs, way, answered.ptime, offering=False)

    def subscribe(self, source: Party, far: Party, options: OfferOptions) -> str:
        """`far` is to hear what `source` says, beside whoever that talks with, and to be heard by it alone
        where the `options` say so; our offer to it, which `subscriber_answers`."""
        self.subscribed[far.leg.name] = source.leg.name
        able: tuple[Codec, ...] = source.offered.codecs if source.offered else ()
        if not able and source.asked:
            able = tuple(codec for codec in source.asked[0] if codec.key in source.leg.understood)
        codecs = distinct(options.codecs.offered(to_offer(able, far.payload_types)))
        way = options.direction or Direction.SENDONLY
        far.asked = codecs, way
        far.leg.transport.offer_rtcp_mux(options.rtcp_mux)
        return far.describe(codecs, way, options.ptime, offering=True)

    def subscriber_answers(self, far: Party, sdp: str, now: float) -> None:
        """It hears from now on.

        Raises:
            UnknownLeg, MalformedSdp, NoCommonCodec: it has not subscribed; the answer is none.
        """
        if far.leg.name not in self.subscribed or far.asked is None:
            raise UnknownLeg(f"{far.leg.name} has not subscribed")
        answered, (asked, allowed) = far.read(sdp), far.asked
        known = {codec.key for codec in asked}
        agreed = tuple(codec for codec in answered.codecs if codec.key in known)
        if not has_audio(agreed):
            raise NoCommonCodec(f"{far.leg.name} understands nothing of what is said")
        self._agree_far(far, answered, asked, agreed, answered.direction.limited_to(allowed.reverse), now)
        self._copy()

    def _copy(self) -> None:
        """Who listens hears whom they have subscribed to, as both were agreed with by now."""
        for name, party in self.parties.items():
            listeners = [self.parties[one].leg for one, source in self.subscribed.items() if source == name]
            received = party.leg.received
            party.leg.copy_to({each: routes(received, each.understood) for each in listeners})
            for each in listeners:
                each.speak_to(party.leg if each.direction.sends else None)

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
        self._copy()

    def block(self, name: str, *, media: bool | None = None, keys: bool | None = None) -> None:
        """Whether what a leg sends, or its keys, are passed on; None: as it was.

        Raises:
            UnknownLeg: it is not there.
        """
        leg = self.party(name).leg
        leg.blocked = leg.blocked if media is None else media
        leg.keys_blocked = leg.keys_blocked if keys is None else keys
        if partner := self.joined.get(name):
            other = self.parties[partner].leg
            leg.forward_to(other, routes(leg.received, other.understood))
        self._copy()

    def _part(self, name: str) -> None:
        partner = self.joined.pop(name, None)
        if partner is None:
            return
        del self.joined[partner]
        for each in (name, partner):
            self.parties[each].leg.stop_forwarding()

    def idle(self, now: float, seconds: float) -> bool:
        """Whether for so long nothing came from any leg, and nothing was agreed."""
        heard = (max(p.leg.transport.alive_at or 0.0, p.leg.joined_at or 0.0) for p in self.parties.values())
        return now - max([self.made_at, *heard]) > seconds

    def rename(self, name: str, new: str) -> None:
        """A leg's name is known by now.

        Raises:
            UnknownLeg: it is not there.
        """
        party = self.party(name)
        party.leg.name = new
        self.parties[new] = self.parties.pop(name)
        if name in self.peers:
            self.peers[new] = self.peers.pop(name)
        self.subscribed = {one: new if source == name else source for one, source in self.subscribed.items()}

    def give(self, name: str, other: "Call", new: str) -> Leg:
        """Another call goes on with a leg, and calls it `new`.

        Raises:
            UnknownLeg: it is not there.
        """
        party = self.party(name)
        self._part(name)
        del self.parties[name]
        if party.leg.music:
            party.leg.music.cancel()
            party.leg.music = None
        party.leg.name = new
        party.leg.copy_to({})
        party.leg.end_mixing()
        self._forget_listeners(name)
        other.parties[new] = party
        if name in self.peers:
            other.peers[new] = self.peers.pop(name)
        return party.leg

    def connect(self, name: str, other: str, now: float) -> None:
        """Join two legs as each of them was agreed with.

        Raises:
            UnknownLeg: one of them is not there.
        """
        one, two = self.party(name).leg, self.party(other).leg
        self._join(one, two)
        one.joined_at = two.joined_at = now

    def remove(self, name: str) -> Leg | None:
        """Takes a leg out; its transport is still to be closed."""
        self.peers.pop(name, None)
        if name not in self.parties:
            return None
        self._part(name)
        leg = self.parties.pop(name).leg
        self.subscribed.pop(name, None)
        self._forget_listeners(name)
        self._copy()
        if leg.music:
            leg.music.cancel()
        leg.end_mixing()
        return leg

    def _forget_listeners(self, name: str) -> None:
        """Whom they heard is not here any more; they stay, hear nothing and are not heard."""
        for one, source in self.subscribed.items():
            if source == name:
                self.parties[one].leg.speak_to(None)
        self.subscribed = {one: "" if source == name else source for one, source in self.subscribed.items()}

    def report(self) -> MediaReport:
        legs = {name: self.parties[name].leg.report() for name in self.talkers}
        return MediaReport(legs, dict(self.joined))
