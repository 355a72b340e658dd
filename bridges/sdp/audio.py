"""What a description says about its one audio stream, over plain RTP or WebRTC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address

from bridges.sdp.codecs import COMFORT_NOISE, Codec, read_codecs
from bridges.sdp.crypto import Crypto
from bridges.sdp.crypto import read as read_crypto
from bridges.sdp.description import (
    Section,
    SessionDescription,
    family_of,
    is_number,
    read_host,
    read_port,
)
from bridges.sdp.direction import Direction, direction
from bridges.sdp.errors import MalformedSdp

#: Protocol words of the `m=` line that each side accepts; the first is the one to offer with.
PLAIN_PROTOCOLS = ("RTP/AVP", "RTP/AVPF")
SDES_PROTOCOLS = ("RTP/SAVP", "RTP/SAVPF")
WEBRTC_PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "RTP/SAVPF")

# RFC 8839, Section 5.4, and what HMAC and our own memory can bear.
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
# Firefox puts "{…}" around nothing any more, but others write ids of any visible characters.
_TOKEN = re.compile(r"[!-~]{1,64}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}")

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Slot:
    """A section's place: every later description of the session has to keep it (RFC 3264, Section 8).

    Attributes:
        kind, protocol, formats: as the `m=` line had them; used to refuse what is not audio.
        mid: its `a=mid`, or None (plain RTP).
    """

    kind: str
    protocol: str
    formats: tuple[str, ...]
    mid: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The sections of a session, and which of them carries the audio.

    Attributes:
        slots: all sections in their order.
        audio: index of the audio among them.
        bundle: whether `a=group:BUNDLE` is used.
    """

    slots: tuple[Slot, ...]
    audio: int
    bundle: bool = False


@dataclass(frozen=True, slots=True)
class Security:
    """ICE credentials and the DTLS certificate of one side (RFC 8839, RFC 8122).

    Attributes:
        ufrag, password: ICE user name fragment and password.
        fingerprints: pairs of hash name ("sha-256") and value ("AB:CD:…").
        setup: DTLS role: "active", "passive" or "actpass" (RFC 5763, Section 5).
    """

    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    setup: str


@dataclass(frozen=True, slots=True)
class RemoteAudio:
    """The far side's wishes for its audio.

    Attributes:
        layout: the sections of the description.
        codecs: those that can be carried, in its order of preference; may be empty.
        direction: from its own point of view. The old hold (address 0.0.0.0) is already translated.
        target: where it wants RTP, None when it wants none, or (WebRTC) ICE decides.
        rtcp_target: where it wants RTCP, as `target`.
        rtcp_mux: RTP and RTCP on one port.
        ptime: the packet length it asks for, in milliseconds, or None.
        security: only for WebRTC.
        crypto: only for SRTP with keys in the description: what it can be sent with, best first.
    """

    layout: Layout
    codecs: tuple[Codec, ...]
    direction: Direction
    target: Address | None = None
    rtcp_target: Address | None = None
    rtcp_mux: bool = False
    ptime: int | None = None
    security: Security | None = None
    crypto: tuple[Crypto, ...] = ()


def read_sdes(description: SessionDescription) -> RemoteAudio | None:
    """The audio of a phone or trunk over SRTP, with its keys; None if it has no such audio or no known suite.

    Raises:
        MalformedSdp: there is no address to send to.
    """
    remote = _read_addressed(description, SDES_PROTOCOLS)
    if remote is None:
        return None
    section = description.sections[remote.layout.audio]
    crypto = read_crypto(value for name, value in section.attributes if name == "crypto")
    return replace(remote, crypto=crypto) if crypto else None


def read_plain(description: SessionDescription) -> RemoteAudio | None:
    """The audio of a phone or trunk; None if there is none, it is refused (port 0), or it is encrypted.

    Raises:
        MalformedSdp: there is no address to send to.
    """
    return _read_addressed(description, PLAIN_PROTOCOLS)


def _read_addressed(description: SessionDescription, protocols: tuple[str, ...]) -> RemoteAudio | None:
    """The audio that names its address itself."""
    layout = _layout(description, protocols)
    if layout is None:
        return None
    section = description.sections[layout.audio]
    host = description.host if section.host is None else section.host
    if not host:
        raise MalformedSdp("no address in a c= line")
    mux = section.has("rtcp-mux")
    way = _direction(description, section)
    target = rtcp_target = None
    address = ip_address(host)
    if address.is_multicast or host == "255.255.255.255":
        raise MalformedSdp("not the address of one machine")
    if address.is_unspecified:  # the hold of RFC 2543: "send me nothing"
        way = direction(sends=way.sends, receives=False)
    else:
        target = host, section.port
        rtcp_target = target if mux else _rtcp_target(section, host)
    return RemoteAudio(
        layout, read_codecs(section), way, target, rtcp_target, mux, _packet_time(description, section)
    )


def read_webrtc(description: SessionDescription) -> RemoteAudio | None:
    """The audio of a browser; None if there is none, it is refused, or it is not DTLS-SRTP with rtcp-mux.

    Raises:
        MalformedSdp: the section cannot be read, or lacks ICE credentials or a fingerprint.
    """
    layout = _layout(description, WEBRTC_PROTOCOLS)
    if layout is None:
        return None
    section = description.sections[layout.audio]
    if not section.has("rtcp-mux"):
        return None
    return RemoteAudio(
        layout,
        # Browsers list comfort noise, and take what their detector does not know as speech for silence.
        tuple(codec for codec in read_codecs(section) if codec.key != COMFORT_NOISE.key),
        _direction(description, section),
        rtcp_mux=True,
        ptime=_packet_time(description, section),
        security=_security(description, section),
    )


def profile_word(description: SessionDescription) -> str | None:
    """The protocol in the `m=` line of the first audio section that is not refused; None without one.

    Some write DTLS-SRTP as `RTP/SAVPF`, too: it is told by its fingerprint, and named by its right word here.
    """
    for section in description.sections:
        if section.kind == "audio" and section.port:
            dtls = section.value("fingerprint") or description.value("fingerprint")
            return WEBRTC_PROTOCOLS[0] if dtls and section.protocol in SDES_PROTOCOLS else section.protocol
    return None


def _layout(description: SessionDescription, protocols: tuple[str, ...]) -> Layout | None:
    sections = description.sections
    usable = (
        index
        for index, section in enumerate(sections)
        if section.kind == "audio" and section.port and section.protocol in protocols
    )
    audio = next(usable, None)
    if audio is None:
        return None
    slots = tuple(Slot(s.kind, s.protocol, s.formats, _mid(s)) for s in sections)
    group = description.value("group") or ""
    return Layout(slots, audio, bundle=group.split(" ")[0] == "BUNDLE")


def _mid(section: Section) -> str | None:
    mid = section.value("mid")
    return mid if mid is not None and _TOKEN.fullmatch(mid) else None


def _direction(description: SessionDescription, section: Section) -> Direction:
    words = {way.value for way in Direction}
    for attributes in (section.attributes, description.attributes):
        found = next((name.lower() for name, _ in attributes if name.lower() in words), None)
        if found:
            return Direction(found)
    return Direction.SENDRECV


def _rtcp_target(section: Section, host: str) -> Address:
    """RFC 3605: `a=rtcp:53020 IN IP4 126.16.64.4`; without one that can be used, the next port."""
    port, *rest = (section.value("rtcp") or "").split() or [""]
    try:
        own = read_host(rest[2]) if len(rest) > 2 else host
        if family_of(own) == family_of(host) and port != "0":
            return own, read_port(port)
    except MalformedSdp:
        pass
    return host, min(section.port + 1, 65_535)


def _packet_time(description: SessionDescription, section: Section) -> int | None:
    value = section.value("ptime") or description.value("ptime") or ""
    whole = value.partition(".")[0].strip()
    return int(whole) if is_number(whole, 120) and int(whole) >= 10 else None


def _security(description: SessionDescription, section: Section) -> Security:
    ufrag = _checked(description, section, "ice-ufrag", _UFRAG)
    password = _checked(description, section, "ice-pwd", _PASSWORD)
    setup = section.value("setup") or description.value("setup") or "actpass"
    if setup not in {"active", "passive", "actpass"}:
        raise MalformedSdp(f"not a setup role: {setup[:20]!r}")
    fingerprints = tuple(_fingerprints(description, section))
    if not any(algorithm in {"sha-256", "sha-384", "sha-512"} for algorithm, _ in fingerprints):
        raise MalformedSdp("no fingerprint of a hash that can be trusted")
    return Security(ufrag, password, fingerprints, setup)


def _checked(description: SessionDescription, section: Section, name: str, pattern: re.Pattern[str]) -> str:
    value = section.value(name) or description.value(name) or ""
    if not pattern.fullmatch(value):
        raise MalformedSdp(f"{name} is missing or wrong")
    return value


def _fingerprints(description: SessionDescription, section: Section) -> Iterator[tuple[str, str]]:
    """The section's fingerprints, or else the session's (RFC 8122, Section 5)."""
    own = [value for name, value in section.attributes if name == "fingerprint"]
    for value in own or [value for name, value in description.attributes if name == "fingerprint"]:
        algorithm, _, digits = (value or "").partition(" ")
        if not _HEX.fullmatch(digits):
            raise MalformedSdp("not a fingerprint")
        yield algorithm.lower(), digits.upper()
