"""Session descriptions (RFC 8866, 8829) as a selective forwarder needs them: read strictly, written by hand.

aiortc's own do not know simulcast (RFC 8853), which is why they are not used.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MAX_SDP = 131_072
MAX_SECTIONS = 64
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
#: Header extensions that are read; everything else is refused.
EXTENSIONS = (MID, AUDIO_LEVEL, RID)
CODECS = {
    "audio": ("opus/48000/2",),
    "video": ("VP8/90000", "H264/90000", "VP9/90000", "AV1/90000"),
}
#: What may stand in a format's parameters: it is written into the descriptions of others.
_FORMAT = re.compile(r"[A-Za-z0-9=;,.+/_\- ]{0,256}")
_TOKEN = re.compile(r"[A-Za-z0-9_.+\-]{1,32}")
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_FEEDBACK = ("goog-remb", "ccm fir", "nack", "nack pli")


class BadSdp(Exception):
    """A description that breaks the rules or lacks what WebRTC needs."""


@dataclass(frozen=True)
class Codec:
    """One payload type: `rtpmap` as in SDP ("VP8/90000"), `fmtp` empty when there is none."""

    payload_type: int
    rtpmap: str
    fmtp: str = ""

    @property
    def name(self) -> str:
        return self.rtpmap.partition("/")[0]

    @property
    def clock(self) -> int:
        return int(self.rtpmap.split("/")[1])


@dataclass(frozen=True)
class Security:
    """`fingerprint` is (algorithm, value)."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    setup: str


@dataclass(frozen=True)
class Section:
    """One m= section of the other side."""

    kind: str
    mid: str
    direction: str
    codec: Codec | None = None
    extensions: dict[int, str] = field(default_factory=dict)
    rids: tuple[str, ...] = ()
    ssrcs: tuple[int, ...] = ()
    track_id: str = ""
    rejected: bool = False
    protocol: str = ""


@dataclass(frozen=True)
class Description:
    security: Security
    sections: tuple[Section, ...]


def parse(text: str) -> Description:
    """Raises BadSdp."""
    if len(text) > MAX_SDP:
        raise BadSdp("too long")
    blocks = re.split(r"(?m)^(?=m=)", text.replace("\r\n", "\n"))
    session, media = blocks[0], blocks[1:]
    if not session.startswith("v=0") or not media or len(media) > MAX_SECTIONS:
        raise BadSdp("no description, or too many sections")
    sections = tuple(_section(block) for block in media)
    if len({section.mid for section in sections}) != len(sections):
        raise BadSdp("two sections of one mid")
    live = next((block for block in media if _value("fingerprint", block)), media[0])
    return Description(_security(session, live), sections)


def _security(session: str, block: str) -> Security:
    def need(name: str) -> str:
        found = _value(name, block) or _value(name, session)
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


def _value(name: str, block: str) -> str:
    found = re.search(rf"(?m)^a={name}:(.*)$", block)
    return found[1].strip() if found else ""


def _section(block: str) -> Section:
    line = block.partition("\n")[0][2:].split()
    if len(line) < 4 or line[0] not in ("audio", "video", "application"):
        raise BadSdp("an m= line of unknown form")
    mid = _value("mid", block)
    if not _TOKEN.fullmatch(mid) or len(mid) > 16:
        raise BadSdp("no usable a=mid")
    direction = next((name for name in _DIRECTIONS if f"\na={name}\n" in block + "\n"), "sendrecv")
    if line[0] == "application":
        return Section("application", mid, direction, rejected=line[1] == "0", protocol=line[2])
    codec = _codec(line[0], line[3:], block)
    simulcast = re.search(r"(?m)^a=simulcast:.*\bsend (\S+)", block)
    rids = tuple(simulcast[1].replace("~", "").split(";")) if simulcast else ()
    if len(rids) > 3 or not all(re.fullmatch(r"[A-Za-z0-9]{1,16}", rid) for rid in rids):
        raise BadSdp("simulcast of unknown form")
    # Chromium repeats the track in each a=ssrc; the last word of a=msid is what LiveKit calls the cid.
    msid = _value("msid", block).split()
    return Section(
        line[0], mid, direction, codec, _extensions(block), rids, _ssrcs(block), msid[-1] if msid else "",
        rejected=codec is None or (line[1] == "0" and "\na=bundle-only" not in block), protocol=line[2],
    )  # fmt: skip


def _extensions(block: str) -> dict[int, str]:
    found = re.findall(r"(?m)^a=extmap:(\d{1,3})(?:/\w+)? (\S+)", block)
    return {int(number): uri for number, uri in found if uri in EXTENSIONS and 0 < int(number) < 256}


def _ssrcs(block: str) -> tuple[int, ...]:
    """The media's, in order; those that only repair others (RFC 5576, FID) are left out."""
    found = [int(number) for number in re.findall(r"(?m)^a=ssrc:(\d{1,10}) ", block)]
    repairs = {int(pair[1]) for pair in re.findall(r"(?m)^a=ssrc-group:FID (\d{1,10}) (\d{1,10})", block)}
    return tuple(dict.fromkeys(ssrc for ssrc in found if ssrc < 2**32 and ssrc not in repairs))[:8]


def _codec(kind: str, numbers: Sequence[str], block: str) -> Codec | None:
    """The first that we forward, in the order of the other side's preference."""
    maps = dict(re.findall(r"(?m)^a=rtpmap:(\d{1,3}) (\S+)", block))
    formats = dict(re.findall(r"(?m)^a=fmtp:(\d{1,3}) (.*)$", block))
    known = {rtpmap.lower(): rtpmap for rtpmap in CODECS[kind]}
    for number in numbers:
        rtpmap = known.get(maps.get(number, "").lower())
        parameters = formats.get(number, "").strip()
        if rtpmap and int(number) < 128 and _FORMAT.fullmatch(parameters):
            return Codec(int(number), rtpmap, parameters)
    return None


@dataclass(frozen=True)
class Local:
    """Our end: credentials, certificate and the one address."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    host: str
    port: int


def answer(offer: Description, local: Local, session_id: int, version: int, max_message: int) -> str:
    """The answer to a publisher: receives whatever it knows, with the DTLS role of the server."""
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
        elif section.codec is not None:
            blocks.append(_receiving(section, section.codec, common))
    bundle = [section.mid for section in offer.sections if not section.rejected]
    return _session(session_id, version, bundle, blocks)


def _receiving(section: Section, codec: Codec, common: list[str]) -> list[str]:
    direction = "recvonly" if section.direction in ("sendrecv", "sendonly") else "inactive"
    lines = [
        f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {codec.payload_type}",
        *common,
        f"a=mid:{section.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a={direction}",
        *(f"a=extmap:{number} {uri}" for number, uri in section.extensions.items()),
        *_codec_lines(codec, section.kind),
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
        f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {section.codec.payload_type}",
        *common,
        f"a=mid:{section.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a={'sendonly' if section.active else 'inactive'}",
        f"a=extmap:1 {MID}",
        *_codec_lines(section.codec, section.kind),
    ]
    if section.active:
        track = f"{section.stream_id} {section.track_id}"
        lines += [
            f"a=msid:{track}",
            f"a=ssrc:{section.ssrc} cname:{section.stream_id}",
            f"a=ssrc:{section.ssrc} msid:{track}",
        ]
    return lines


def _codec_lines(codec: Codec, kind: str) -> list[str]:
    number = codec.payload_type
    lines = [f"a=rtpmap:{number} {codec.rtpmap}"]
    if codec.fmtp:
        lines.append(f"a=fmtp:{number} {codec.fmtp}")
    if kind == "video":
        lines += [f"a=rtcp-fb:{number} {name}" for name in _FEEDBACK]
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
    return [
        f"c=IN {family} {local.host}",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:{local.fingerprint[0]} {local.fingerprint[1]}",
        f"a=candidate:1 1 udp 2130706431 {local.host} {local.port} typ host",
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
