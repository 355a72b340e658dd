"""Session descriptions (RFC 8866, 8829) as a selective forwarder needs them: read strictly, written by hand.

aiortc's own do not know simulcast (RFC 8853), which is why they are not used.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from types import MappingProxyType

from server.sfu.signal import formats
from server.sfu.signal.formats import Codec
from server.sfu.signal.ingress import MAX_SDP

MAX_SECTIONS = 256
#: Lines of a section: browsers write some 150 for a picture. Characters of a line.
_MAX_LINES, _MAX_LINE = 512, 4096
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#: Header extensions that are read; everything else is refused.
EXTENSIONS = (MID, AUDIO_LEVEL, RID, REPAIRED_RID, TRANSPORT_CC)
#: What subscribers are offered: `forwarding.packet` writes them.
_OFFERED = {1: MID, 2: TRANSPORT_CC}
_TOKEN = re.compile(r"[A-Za-z0-9_.+\-]{1,32}")
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
#: Attributes that are read, as they begin.
_READ = frozenset(
    f"a={name}"
    for name in (
        "extmap", "fingerprint", "fmtp", "ice-pwd", "ice-ufrag", "mid", "msid", "rtpmap", "setup",
        "simulcast", "ssrc", "ssrc-group",
    )
)  # fmt: skip
_FLAGS = frozenset(f"a={name}" for name in ("bundle-only", *_DIRECTIONS))
_EXTMAP = re.compile(r"(\d{1,3})(?:/\w+)? (\S+)")
_FID = re.compile(r"FID (\d{1,10}) (\d{1,10})")
_SIMULCAST = re.compile(r".*\bsend (\S+)")
_SSRC = re.compile(r"(\d{1,10}) ")
_FEEDBACK = {"audio": (), "video": ("goog-remb", "ccm fir", "nack", "nack pli")}


class BadSdp(Exception):
    """A description that breaks the rules or lacks what WebRTC needs."""


@dataclass(frozen=True)
class Security:
    """`fingerprint` is (algorithm, value)."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    setup: str


@dataclass(frozen=True)
class Section:
    """One m= section of the other side.

    Attributes:
        codecs: all that we can forward, in the other side's order; `codec` is the first.
        ssrcs: of the media, without those that repair; `repairs` has the media's by the repair's.
    """

    kind: str
    mid: str
    direction: str
    codecs: tuple[Codec, ...] = ()
    extensions: dict[int, str] = field(default_factory=dict)
    rids: tuple[str, ...] = ()
    ssrcs: tuple[int, ...] = ()
    track_id: str = ""
    rejected: bool = False
    protocol: str = ""
    repairs: dict[int, int] = field(default_factory=dict)

    @property
    def codec(self) -> Codec | None:
        return self.codecs[0] if self.codecs else None


@dataclass(frozen=True)
class Description:
    security: Security
    sections: tuple[Section, ...]


def parse(text: str) -> Description:
    """Raises BadSdp."""
    if len(text) > MAX_SDP:
        raise BadSdp("too long")
    blocks = _blocks(text.replace("\r\n", "\n").split("\n"))
    if not blocks[0][0].startswith("v=0") or not 1 < len(blocks) <= MAX_SECTIONS + 1:
        raise BadSdp("no description, or too many sections")
    if any(len(block) > _MAX_LINES for block in blocks):
        raise BadSdp("too many lines")
    session, *media = (_Block(block) for block in blocks)
    sections = tuple(_section(block) for block in media)
    if len({section.mid for section in sections}) != len(sections):
        raise BadSdp("two sections of one mid")
    live = next((block for block in media if block.value("fingerprint")), media[0])
    return Description(_security(session, live), sections)


def _blocks(lines: list[str]) -> list[list[str]]:
    """The lines of the session, and those of each section."""
    starts = [0, *(number for number, line in enumerate(lines) if number and line.startswith("m="))]
    return [lines[start:end] for start, end in pairwise([*starts, len(lines)])]


class _Block:
    """The session's lines or a section's, looked through once.

    Attributes:
        words: of its first line.
        flags: attributes without a value.
    """

    def __init__(self, lines: list[str]) -> None:
        self.words = lines[0][2:_MAX_LINE].split()
        self.flags = _FLAGS.intersection(lines)
        self._said: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(":")
            if name in _READ:
                # What is longer is cut: nothing that we read is, and patterns would walk it again and again.
                self._said.setdefault(name, []).append(value[:_MAX_LINE])

    def all(self, name: str) -> list[str]:
        """What each line of an attribute says."""
        return self._said.get(f"a={name}", [])

    def value(self, name: str) -> str:
        """What the first says; empty when there is none."""
        found = self.all(name)
        return found[0].strip() if found else ""

    def found(self, name: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The lines that begin with a pattern."""
        return (match for match in map(pattern.match, self.all(name)) if match)


def _security(session: _Block, block: _Block) -> Security:
    def need(name: str) -> str:
        found = block.value(name) or session.value(name)
        if not found:
            raise BadSdp(f"no a={name}")
        return found

    algorithm, _, value = need("fingerprint").partition(" ")
    if not re.fullmatch(r"(?i)sha-(256|384|512)", algorithm) or not re.fullmatch(
        r"(?i)([0-9a-f]{2}:)+[0-9a-f]{2}", value.strip()
    ):
        raise BadSdp("a fingerprint that cannot be used")
    ufrag, password = need("ice-ufrag"), need("ice-pwd")
    if not re.fullmatch(r"[A-Za-z0-9+/]{4,256}", ufrag) or not 22 <= len(password) <= 256:
        raise BadSdp("ICE credentials of wrong form")
    return Security(ufrag, password, (algorithm.lower(), value.strip()), need("setup"))


def _section(block: _Block) -> Section:
    line = block.words
    if len(line) < 4 or line[0] not in ("audio", "video", "application"):
        raise BadSdp("an m= line of unknown form")
    mid = block.value("mid")
    if not _TOKEN.fullmatch(mid) or len(mid) > 16:
        raise BadSdp("no usable a=mid")
    direction = next((name for name in _DIRECTIONS if f"a={name}" in block.flags), "sendrecv")
    if line[0] == "application":
        return Section("application", mid, direction, rejected=line[1] == "0", protocol=line[2])
    codecs = formats.read(line[0], line[3:], block.all("rtpmap"), block.all("fmtp"))
    simulcast = next(block.found("simulcast", _SIMULCAST), None)
    rids = tuple(simulcast[1].replace("~", "").split(";")) if simulcast else ()
    if len(rids) > 3 or not all(re.fullmatch(r"[A-Za-z0-9]{1,16}", rid) for rid in rids):
        raise BadSdp("simulcast of unknown form")
    # Chromium repeats the track in each a=ssrc; the last word of a=msid is what LiveKit calls the cid.
    msid = block.value("msid").split()
    repairs = _repairs(block)
    return Section(
        line[0], mid, direction, codecs, _extensions(block), rids, _ssrcs(block, repairs),
        msid[-1] if msid else "", protocol=line[2], repairs=repairs,
        rejected=not codecs or (line[1] == "0" and "a=bundle-only" not in block.flags),
    )  # fmt: skip


def _extensions(block: _Block) -> dict[int, str]:
    found = (match.groups() for match in block.found("extmap", _EXTMAP))
    return {int(number): uri for number, uri in found if uri in EXTENSIONS and 0 < int(number) < 256}


def _ssrcs(block: _Block, repairs: Container[int]) -> tuple[int, ...]:
    """The media's, in order; those that only repair others are left out."""
    found = (int(match[1]) for match in block.found("ssrc", _SSRC))
    return tuple(dict.fromkeys(ssrc for ssrc in found if ssrc < 2**32 and ssrc not in repairs))[:8]


def _repairs(block: _Block) -> dict[int, int]:
    """RFC 5576, Section 4.2; RFC 4588, Section 8.1: FID."""
    pairs = islice(block.found("ssrc-group", _FID), 8)
    return {int(match[2]): int(match[1]) for match in pairs}


@dataclass(frozen=True)
class Local:
    """Our end: credentials, certificate and the one address; `stream_port` is that of ICE-TCP."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    host: str
    port: int
    stream_port: int | None = None


def answer(
    offer: Description,
    local: Local,
    session_id: int,
    version: int,
    max_message: int,
    *,
    plain: Container[str] = (),
    sending: Mapping[str, "Sending"] = MappingProxyType({}),
) -> str:
    """The answer to a publisher: receives whatever it knows, with the DTLS role of the server.

    Args:
        plain: mids of sections in which redundant audio (RFC 2198) is not wanted.
        sending: sections, by mid, in which the other side receives, when one connection serves both ways.
    """
    common = [*_transport(local), "a=setup:passive"]
    blocks = []
    for section in offer.sections:
        if section.rejected:
            numbers = str(section.codec.payload_type) if section.codec else "0"
            protocol = section.protocol
            blocks.append(
                [f"m={section.kind} 0 {protocol} {numbers}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}"]
            )
        elif section.kind == "application":
            blocks.append(_data_section(section.mid, common, max_message))
        elif section.mid in sending:
            blocks.append(_sending(sending[section.mid], common))
        elif section.codec is not None:
            red = None if section.mid in plain else section.codec.red
            blocks.append(_receiving(section, replace(section.codec, red=red), common))
    bundle = [section.mid for section in offer.sections if not section.rejected]
    return _session(session_id, version, bundle, blocks)


def _media_line(kind: str, codec: Codec) -> str:
    return f"m={kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, codec.numbers))}"


def _feedback(kind: str, *, transport_cc: bool) -> tuple[str, ...]:
    """RTCP feedback that is agreed upon (RFC 4585, Section 4.2)."""
    return (*_FEEDBACK[kind], "transport-cc") if transport_cc else _FEEDBACK[kind]


def _receiving(section: Section, codec: Codec, common: list[str]) -> list[str]:
    direction = "recvonly" if section.direction in ("sendrecv", "sendonly") else "inactive"
    lines = [
        _media_line(section.kind, codec),
        *common,
        f"a=mid:{section.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a={direction}",
        *(f"a=extmap:{number} {uri}" for number, uri in section.extensions.items()),
        *formats.lines(
            codec, _feedback(section.kind, transport_cc=TRANSPORT_CC in section.extensions.values())
        ),
    ]
    if section.rids:
        lines += [f"a=rid:{rid} recv" for rid in section.rids]
        lines.append(f"a=simulcast:recv {';'.join(section.rids)}")
    return lines


@dataclass(frozen=True)
class Sending:
    """A section towards a subscriber; inactive without a track."""

    mid: str
    kind: str
    codec: Codec
    ssrc: int = 0
    stream_id: str = ""
    track_id: str = ""
    repair_ssrc: int = 0
    extensions: Mapping[int, str] = field(default_factory=lambda: _OFFERED)

    @property
    def active(self) -> bool:
        return bool(self.track_id)


def offer(sections: Iterable[Sending], local: Local, session_id: int, version: int, max_message: int) -> str:
    """What a subscriber is offered; data channels have the mid "0"."""
    common = [*_transport(local), "a=setup:actpass"]
    listed = list(sections)
    blocks = [_data_section("0", common, max_message)]
    blocks += [_sending(section, common) for section in listed]
    return _session(session_id, version, ["0", *(section.mid for section in listed)], blocks)


def _sending(section: Sending, common: list[str]) -> list[str]:
    lines = [
        _media_line(section.kind, section.codec),
        *common,
        f"a=mid:{section.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a={'sendonly' if section.active else 'inactive'}",
        *(f"a=extmap:{number} {uri}" for number, uri in section.extensions.items()),
        *formats.lines(
            section.codec,
            _feedback(section.kind, transport_cc=TRANSPORT_CC in section.extensions.values()),
        ),
    ]
    return lines + _sources(section) if section.active else lines


def _sources(section: Sending) -> list[str]:
    """The track and its SSRCs, that of retransmissions included (RFC 5576)."""
    track = f"{section.stream_id} {section.track_id}"
    ssrcs = [section.ssrc]
    lines = [f"a=msid:{track}"]
    if section.codec.rtx is not None and section.repair_ssrc:
        ssrcs.append(section.repair_ssrc)
        lines.append(f"a=ssrc-group:FID {section.ssrc} {section.repair_ssrc}")
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{section.stream_id}", f"a=ssrc:{ssrc} msid:{track}"]
    return lines


def _data_section(mid: str, common: list[str], max_message: int) -> list[str]:
    return [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        *common,
        f"a=mid:{mid}",
        "a=sctp-port:5000",
        f"a=max-message-size:{max_message}",
    ]


def _transport(local: Local) -> list[str]:
    family = "IP6" if ":" in local.host else "IP4"
    # RFC 6544, Section 4.5; its priority is below that of UDP (Section 4.2).
    stream = f"a=candidate:2 1 tcp 1671430143 {local.host} {local.stream_port} typ host tcptype passive"
    return [
        f"c=IN {family} {local.host}",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:{local.fingerprint[0]} {local.fingerprint[1]}",
        f"a=candidate:1 1 udp 2130706431 {local.host} {local.port} typ host",
        *([stream] if local.stream_port is not None else []),
        "a=end-of-candidates",
    ]


def _session(session_id: int, version: int, bundle: Sequence[str], blocks: Iterable[list[str]]) -> str:
    head = [
        "v=0",
        f"o=- {session_id} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {' '.join(bundle)}",
        "a=msid-semantic: WMS *",
    ]
    return "\r\n".join([*head, *(line for block in blocks for line in block), ""])
