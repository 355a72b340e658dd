"""Payload types of a media section: codecs, what repairs them and what doubles them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

CODECS = {
    "audio": ("opus/48000/2",),
    "video": ("VP8/90000", "H264/90000", "VP9/90000", "AV1/90000"),
}
#: What may stand in a format's parameters: it is written into the descriptions of others.
_FORMAT = re.compile(r"[A-Za-z0-9=;,.+/_\- ]{0,256}")
_MAX_CODECS = 32
#: Payload types of a section that are looked at; there are 128 (RFC 3550, Section 5.1).
_MAX_LISTED = 64
#: Payload types that we give away, in pairs: a codec and its repair (RFC 3551, Section 6; RFC 5761). There
#: are more of them than formats that `told_as` knows.
_PAIRS = (
    (96, 97),
    *((first, first + 1) for first in (*range(98, 110, 2), *range(112, 126, 2), *range(36, 62, 2))),
)
OPUS, RED = 111, 63


@dataclass(frozen=True)
class Codec:
    """One payload type: `rtpmap` as in SDP ("VP8/90000"), `fmtp` empty when there is none.

    `rtx` is the payload type of its retransmissions (RFC 4588), `red` that of its redundant form (RFC 2198).
    """

    payload_type: int
    rtpmap: str
    fmtp: str = ""
    rtx: int | None = None
    red: int | None = None

    @property
    def name(self) -> str:
        return self.rtpmap.partition("/")[0]

    @property
    def clock(self) -> int:
        return int(self.rtpmap.split("/")[1])

    @property
    def numbers(self) -> list[int]:
        """All payload types, as they stand in an m= line: what is preferred comes first."""
        return [number for number in (self.red, self.payload_type, self.rtx) if number is not None]


def read(
    kind: str, numbers: Sequence[str], rtpmaps: Iterable[str], fmtps: Iterable[str]
) -> tuple[Codec, ...]:
    """The codecs of a section that we forward, in the order of the other side's preference.

    Args:
        rtpmaps, fmtps: what its `a=rtpmap:` and `a=fmtp:` lines say.
    """
    maps = {number: said.split(maxsplit=1)[0] for number, said in _numbered(rtpmaps) if said.strip()}
    formats = dict(_numbered(fmtps))
    known = {rtpmap.lower(): rtpmap for rtpmap in CODECS[kind]}
    said = dict.fromkeys(number for number in numbers if re.fullmatch(r"[0-9]{1,3}", number))
    listed = [number for number in said if int(number) < 128][:_MAX_LISTED]
    repairs = _repairs(listed, maps, formats)
    doubles = _doubles(listed, maps, formats)
    found: list[Codec] = []
    for number in listed:
        rtpmap = known.get(maps.get(number, "").lower())
        parameters = formats.get(number, "").strip()
        if rtpmap and _FORMAT.fullmatch(parameters) and len(found) < _MAX_CODECS:
            repair, double = repairs.get(int(number)), doubles.get(int(number))
            found.append(Codec(int(number), rtpmap, parameters, repair, double))
    return tuple(found)


def _numbered(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What is said of each payload type."""
    for line in lines:
        number, _, said = line.partition(" ")
        if len(number) <= 3 and number.isdecimal():
            yield number, said


def _repairs(listed: Sequence[str], maps: dict[str, str], formats: dict[str, str]) -> dict[int, int]:
    """RTX by the payload type that it repairs (RFC 4588, Section 8.6: `apt`)."""
    found = {}
    for number in listed:
        apt = re.search(r"\bapt=(\d{1,3})\b", formats.get(number, ""))
        if apt and maps.get(number, "").lower().startswith("rtx/"):
            found[int(apt[1])] = int(number)
    return found


def _doubles(listed: Sequence[str], maps: dict[str, str], formats: dict[str, str]) -> dict[int, int]:
    """RED by the payload type that it carries; its parameters are "111/111" (RFC 2198, Section 5)."""
    found = {}
    for number in listed:
        inner = re.match(r"(\d{1,3})(?:/\1)+\s*$", formats.get(number, "").strip())
        if inner and maps.get(number, "").lower() == "red/48000/2":
            found[int(inner[1])] = int(number)
    return found


def told_as(codec: Codec) -> str:
    """A picture's parameters as subscribers are told them: by what decoders are chosen, and nothing else.

    Levels, limits and the publisher's own words are left out, so that there are few formats: each needs a
    number of its own in every description, and sections keep theirs.

    Source: RFC 6184, Section 8.1; RFC 9628, Section 6.1; "RTP Payload Format For AV1", Section 7.2.1.
    """
    said = dict(re.findall(r"([a-z-]+)=([A-Za-z0-9]{1,16})", codec.fmtp.lower()))
    match codec.name:
        case "H264":
            mode = "1" if said.get("packetization-mode") == "1" else "0"
            profile = _h264_profile(said.get("profile-level-id", ""))
            return f"level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}1f"
        case "VP9":
            profile = said.get("profile-id", "0")
            return f"profile-id={profile if profile in ('1', '2', '3') else '0'}"
        case "AV1":
            return f"level-idx=5;profile={'1' if said.get('profile') == '1' else '0'};tier=0"
        case _:
            return ""


def _h264_profile(said: str) -> str:
    """The first two bytes of `profile-level-id`: the profile, and whether it is a constrained one."""
    if not re.fullmatch(r"[0-9a-f]{6}", said):
        return "4200"
    constraints = int(said[2:4], 16)
    match said[:2]:
        case "4d":
            return "42e0" if constraints & 0x80 else "4d00"
        case "64":
            return "640c" if constraints & 0x0C == 0x0C else "6400"
        case _:
            return "42e0" if constraints & 0x40 else "4200"


@dataclass
class PayloadTypes:
    """What one subscriber is offered: a format has one number in all sections (RFC 8843, Section 10.1.2)."""

    _given: dict[tuple[str, str], int] = field(default_factory=lambda: {("VP8/90000", ""): 0})

    def towards(self, codec: Codec, *, red: bool = False) -> Codec:
        """A publisher's codec with our numbers; `red`: redundant audio may come."""
        if codec.name.lower() == "opus":
            return Codec(OPUS, codec.rtpmap, "minptime=10;useinbandfec=1", red=RED if red else None)
        fmtp = told_as(codec)
        number, repair = _PAIRS[self._given.setdefault((codec.rtpmap, fmtp), len(self._given))]
        return Codec(number, codec.rtpmap, fmtp, rtx=repair)


def lines(codec: Codec, feedback: Sequence[str]) -> list[str]:
    """What an SDP section says of a codec and of what belongs to it."""
    number = codec.payload_type
    found = [f"a=rtpmap:{number} {codec.rtpmap}"]
    if codec.fmtp:
        found.append(f"a=fmtp:{number} {codec.fmtp}")
    found += [f"a=rtcp-fb:{number} {name}" for name in feedback]
    if codec.rtx is not None:
        found += [f"a=rtpmap:{codec.rtx} rtx/{codec.clock}", f"a=fmtp:{codec.rtx} apt={number}"]
    if codec.red is not None:
        found += [f"a=rtpmap:{codec.red} red/48000/2", f"a=fmtp:{codec.red} {number}/{number}"]
    return found
