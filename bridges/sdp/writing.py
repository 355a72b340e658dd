"""Writes our own descriptions: the gateway's address, keys and codecs in the other side's sections."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridges.sdp.audio import (
    PLAIN_PROTOCOLS,
    SDES_PROTOCOLS,
    WEBRTC_PROTOCOLS,
    Address,
    Layout,
    Security,
    Slot,
)
from bridges.sdp.codecs import Codec
from bridges.sdp.crypto import Crypto
from bridges.sdp.description import Attribute, Section, SessionDescription, family_of
from bridges.sdp.direction import Direction

#: The sections of a session that we begin.
PLAIN_LAYOUT = Layout((Slot("audio", PLAIN_PROTOCOLS[0], ()),), 0)
SDES_LAYOUT = Layout((Slot("audio", SDES_PROTOCOLS[0], ()),), 0)
WEBRTC_LAYOUT = Layout((Slot("audio", WEBRTC_PROTOCOLS[0], (), "0"),), 0, bundle=True)


@dataclass(frozen=True, slots=True)
class LocalAudio:
    """What the gateway says about its own end of a leg.

    Attributes:
        session: the session id and the version of the `o=` line; the version grows with each change.
        address: where RTP is expected.
        rtcp_port: where RTCP is expected; the same port means `rtcp-mux`.
        codecs: in order of preference, with the payload types of this leg.
        direction: from the gateway's point of view, speaking for the other leg.
        ptime: packet length in milliseconds, or None to say nothing.
        ssrc: source of the packets sent on this leg.
        name: names the stream to a browser (`cname`, `msid`).
        security: only for WebRTC.
        crypto: only for SRTP with keys in the description.
    """

    session: tuple[int, int]
    address: Address
    rtcp_port: int
    codecs: tuple[Codec, ...]
    direction: Direction
    ptime: int | None
    ssrc: int
    name: str
    security: Security | None = None
    crypto: tuple[Crypto, ...] = ()


def write(local: LocalAudio, layout: Layout) -> str:
    """A description with `local`'s audio in its place; all other sections are refused with port 0.

    Used for offers and answers alike; an answer takes the layout of the offer (RFC 3264, Section 6).
    """
    host = local.address[0]
    number, version = local.session
    sections = [_refused(slot) for slot in layout.slots]
    sections[layout.audio] = _audio(local, layout)
    description = SessionDescription(
        ("-", str(number), str(version), "IN", family_of(host), host),
        host,
        tuple(_session_attributes(local, layout)),
        tuple(sections),
    )
    return str(description)


def _session_attributes(local: LocalAudio, layout: Layout) -> Iterator[Attribute]:
    if local.security is None:
        return
    yield "ice-lite", None
    mid = layout.slots[layout.audio].mid
    if layout.bundle and mid is not None:
        yield "group", f"BUNDLE {mid}"
    yield "msid-semantic", f"WMS {local.name}"


def _refused(slot: Slot) -> Section:
    attributes: list[Attribute] = [("inactive", None)]
    if slot.mid is not None:
        attributes.insert(0, ("mid", slot.mid))
    # A format must stand there even in a refused section (RFC 3264, Section 6); one is enough.
    formats = slot.formats[:1]
    return Section(slot.kind, 0, slot.protocol, formats, None, tuple(attributes))


def _audio(local: LocalAudio, layout: Layout) -> Section:
    slot = layout.slots[layout.audio]
    attributes: list[Attribute] = [] if slot.mid is None else [("mid", slot.mid)]
    attributes.append((local.direction.value, None))
    if local.security:
        attributes += _security(local.security)
    attributes += (("crypto", str(line)) for line in local.crypto)
    attributes += _codecs(local.codecs)
    if local.ptime:
        attributes.append(("ptime", str(local.ptime)))
    attributes += _transport(local)
    formats = tuple(str(codec.payload_type) for codec in local.codecs)
    return Section("audio", local.address[1], slot.protocol, formats, local.address[0], tuple(attributes))


def _security(own: Security) -> Iterator[Attribute]:
    yield "ice-ufrag", own.ufrag
    yield "ice-pwd", own.password
    for algorithm, digits in own.fingerprints:
        yield "fingerprint", f"{algorithm} {digits}"
    yield "setup", own.setup


def _codecs(codecs: tuple[Codec, ...]) -> Iterator[Attribute]:
    for codec in codecs:
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        yield "rtpmap", f"{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}"
        if codec.fmtp:
            yield "fmtp", f"{codec.payload_type} {codec.fmtp}"


def _transport(local: LocalAudio) -> Iterator[Attribute]:
    host, port = local.address
    if local.security is None:
        if local.rtcp_port == port:
            yield "rtcp-mux", None
        elif local.rtcp_port != port + 1:
            yield "rtcp", str(local.rtcp_port)
        return
    yield "rtcp-mux", None
    yield "ssrc", f"{local.ssrc} cname:{local.name}"
    yield "ssrc", f"{local.ssrc} msid:{local.name} {local.name}-audio"
    yield "msid", f"{local.name} {local.name}-audio"
    # The only candidate of an ICE-lite agent: host, component 1, the highest priority (RFC 8445, 5.1.2).
    yield "candidate", f"1 1 udp 2130706431 {host} {port} typ host"
    yield "end-of-candidates", None
