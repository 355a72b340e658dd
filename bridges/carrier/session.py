"""The carrier's session descriptions (RFC 3264): G.711 and RFC 4733 digits, one audio stream. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridges.sdp.codecs import PCMA, PCMU, TELEPHONE_EVENT, Codec, read_codecs
from bridges.sdp.description import Attribute, Section, SessionDescription, parse
from bridges.sdp.direction import Direction

_OURS = (PCMA, PCMU)  # a carrier in Europe prefers A-law


class NotAcceptable(Exception):
    """A description without audio that the carrier understands: 488."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the other end wants its audio and how.

    :ivar section: the place of the audio among the media sections.
    :ivar direction: from its point of view.
    """

    section: int
    host: str
    port: int
    codec: Codec
    events: Codec | None
    direction: Direction


def read(sdp: str) -> Remote:
    """The other end's wishes, its first codec that the carrier has.

    :raises NotAcceptable: when there is none.
    :raises MalformedSdp: when it cannot be read.
    """
    description = parse(sdp)
    for place, section in enumerate(description.sections):
        host = section.host or description.host
        codecs = read_codecs(section)
        audio = next((codec for codec in codecs if codec.key in {PCMU.key, PCMA.key}), None)
        if section.kind == "audio" and section.port and section.protocol == "RTP/AVP" and host and audio:
            events = next((codec for codec in codecs if codec.key == TELEPHONE_EVENT.key), None)
            return Remote(place, host, section.port, audio, events, _direction(description, section))
    raise NotAcceptable("no RTP audio with G.711")


def _direction(description: SessionDescription, section: Section) -> Direction:
    held = {"0.0.0.0", "::"}  # the way of RFC 2543 to say "on hold"
    for direction in Direction:
        if section.has(direction.value):
            return direction
    for direction in Direction:
        if description.has(direction.value):
            return direction
    return Direction.SENDONLY if (section.host or description.host) in held else Direction.SENDRECV


def offer(host: str, port: int, session_id: int) -> str:
    """An offer of all that the carrier can do."""
    return str(_describe(host, port, session_id, (*_OURS, TELEPHONE_EVENT), Direction.SENDRECV, 1))


def answer(sdp: str, host: str, port: int, session_id: int, version: int) -> str:
    """The answer to an offer that :func:`read` accepted; every other media section is refused."""
    remote = read(sdp)
    codecs = (remote.codec, remote.events) if remote.events else (remote.codec,)
    ours = _describe(host, port, session_id, codecs, remote.direction.reverse, version)
    sections = tuple(
        ours.sections[0] if place == remote.section else replace(section, port=0, attributes=())
        for place, section in enumerate(parse(sdp).sections)
    )
    return str(SessionDescription(ours.origin, ours.host, ours.attributes, sections))


def _describe(
    host: str, port: int, session_id: int, codecs: tuple[Codec, ...], direction: Direction, version: int
) -> SessionDescription:
    attributes: list[Attribute] = []
    for codec in codecs:
        attributes.append(("rtpmap", f"{codec.payload_type} {codec.name}/{codec.clock_rate}"))
        if codec.key == TELEPHONE_EVENT.key:
            attributes.append(("fmtp", f"{codec.payload_type} 0-16"))
    attributes += [("ptime", "20"), (direction.value, None)]
    formats = tuple(str(codec.payload_type) for codec in codecs)
    family = "IP6" if ":" in host else "IP4"
    origin = ("carrier", str(session_id), str(version), "IN", family, host)
    section = Section("audio", port, "RTP/AVP", formats, None, tuple(attributes))
    return SessionDescription(origin, host, (), (section,))
