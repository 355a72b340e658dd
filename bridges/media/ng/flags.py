"""An offer or answer in the words of the ng protocol, as the engine understands it. Pure.

What rewrites parts of a description in rtpengine (`replace`, `trust-address`, `symmetric`) needs nothing
here: the engine writes each description anew, and always learns from packets (`bridges.media.latch`).
"""

from dataclasses import dataclass
from ipaddress import ip_address

from bridges.media.gateway import NoCommonCodec, Peer, Profile
from bridges.media.options import CodecOptions, OfferOptions
from bridges.sdp.audio import profile_word
from bridges.sdp.description import parse
from bridges.sdp.direction import Direction
from wire import ng
from wire.ng import Body

#: What the words of `transport-protocol` mean; feedback profiles are carried as those without.
PROFILES = {
    "RTP/AVP": Profile.RTP,
    "RTP/AVPF": Profile.RTP,
    "RTP/SAVP": Profile.SDES,
    "RTP/SAVPF": Profile.SDES,
    "UDP/TLS/RTP/SAVP": Profile.WEBRTC,
    "UDP/TLS/RTP/SAVPF": Profile.WEBRTC,
}
_PTIMES = range(10, 121, 10)


class BadRequest(ValueError):
    """The dictionary lacks what its command needs."""


@dataclass(frozen=True, slots=True)
class Negotiation:
    """An offer or an answer.

    Attributes:
        call_id: as the signalling has it.
        from_tag: the party that made the *offer*, in offer and answer alike, as rtpengine has it.
        to_tag: the other party; None in an offer of a client that does not know it yet.
        branch: the `via-branch`, which stands for the other party until it is known; "" without one.
        sdp: the description.
        peers: who is where, by tag.
    """

    call_id: str
    from_tag: str
    to_tag: str | None
    branch: str
    sdp: str
    peers: dict[str, Peer]

    @property
    def far(self) -> str:
        """The leg that is offered something: its tag, or what stands for it until that is known."""
        return self.to_tag or f"branch {self.branch}"


def negotiation(body: Body) -> Negotiation:
    """Raises BadRequest."""
    sdp = ng.text(body, "sdp")
    if sdp is None:
        raise BadRequest("no sdp")
    return Negotiation(
        required(body, "call-id"),
        required(body, "from-tag"),
        ng.text(body, "to-tag") or None,
        ng.text(body, "via-branch") or "",
        sdp,
        peers(body),
    )


def required(body: Body, key: str) -> str:
    """The text that must be there. Raises BadRequest."""
    value = ng.text(body, key)
    if not value:
        raise BadRequest(f"no {key}")
    return value


def near_profile(sdp: str) -> Profile:
    """Which transport an offer comes with, by its audio section.

    Raises:
        MalformedSdp: it cannot be read.
        NoCommonCodec: no audio, or with a transport that is not carried.
    """
    word = profile_word(parse(sdp))
    profile = PROFILES.get(word or "")
    if profile is None:
        raise NoCommonCodec(f"no audio over a transport that is carried, but {word}")
    return profile


def far_profile(body: Body, near: Profile) -> Profile:
    """`transport-protocol`, else the near side's. Raises BadRequest."""
    word = ng.text(body, "transport-protocol")
    if word is None:
        return near
    profile = PROFILES.get(word.upper())
    if profile is None:
        raise BadRequest(f"unknown transport-protocol {word[:40]}")
    return profile


def options(body: Body, interfaces: dict[str, str]) -> OfferOptions:
    """The rest of an offer.

    Args:
        body: the message.
        interfaces: address that peers are told by the name of an interface.

    Raises:
        BadRequest: an address is none, or there is no such interface.
    """
    muxing = {word.lower() for word in ng.words(body, "rtcp-mux")}
    ptime = ng.number(body, "ptime")
    return OfferOptions(
        codecs=codec_options(body),
        ptime=ptime if ptime in _PTIMES else None,
        rtcp_mux=True if muxing & {"offer", "require"} else False if "demux" in muxing else None,
        told_host=_told_host(body, interfaces),
        emergency="emergency" in ng.words(body, "flags"),
        detect_tones="detect-DTMF" in ng.words(body, "flags"),
        direction=told(body),
    )


def told(body: Body) -> Direction | None:
    """Our own `told`: the direction that whoever gets the description is told. Raises BadRequest."""
    word = ng.text(body, "told")
    if word is None:
        return None
    try:
        return Direction(word)
    except ValueError:
        raise BadRequest("told is no direction") from None


def codec_options(body: Body) -> CodecOptions:
    """The `codec` dictionary, and the same as flags ("codec-strip-opus")."""
    found: dict[str, list[str]] = {}
    for action, names in ng.part(body, "codec").items():
        found[action] = [*ng.words({action: names}, action)]
    for flag in ng.words(body, "flags"):
        word, _, rest = flag.partition("-")
        action, _, name = rest.partition("-")
        if word == "codec" and name:
            found.setdefault(action, []).append(name)

    def of(*actions: str) -> list[str]:
        return [name.partition("/")[0].lower() for action in actions for name in found.get(action, ())]

    return CodecOptions(
        strip=frozenset(of("strip")),
        kept=frozenset(of("except", "offer", "accept")),
        mask=frozenset(of("mask", "consume")),
        transcode=tuple(of("transcode", "set")),
    )


def _told_host(body: Body, interfaces: dict[str, str]) -> str | None:
    host = ng.text(body, "media-address")
    if host is not None:
        try:
            ip_address(host)
        except ValueError:
            raise BadRequest("media-address is no address") from None
        return host
    ways = ng.words(body, "direction")
    if len(ways) < 2:
        return None
    if ways[1] not in interfaces:
        raise BadRequest(f"unknown interface {ways[1][:40]}")
    return interfaces[ways[1]]


def peers(body: Body) -> dict[str, Peer]:
    """Who is where: our own `peers`, and rtpengine's `received-from` of the offering party."""
    found: dict[str, Peer] = {}
    received, tag = ng.words(body, "received-from"), ng.text(body, "from-tag")
    if len(received) == 2 and tag:
        found[tag] = Peer(received[1])
    for name in ng.part(body, "peers"):
        said = ng.part(ng.part(body, "peers"), name)
        host = ng.text(said, "address")
        if host:
            proven = ng.number(said, "proven") != 0
            found[name] = Peer(host, authenticated=ng.number(said, "authenticated") == 1, proven=proven)
    return found


def written(peer: Peer) -> Body:
    """One of the `peers`, as `peers` reads it."""
    return {"address": peer.host, "authenticated": int(peer.authenticated), "proven": int(peer.proven)}
