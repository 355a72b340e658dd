"""The session descriptions of a bot: one audio and one video out, or whatever the server offers in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.benchmarks.bots.clip import OPUS, VP8
from tests.benchmarks.bots.line import Line

_MID = "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid"


@dataclass(frozen=True, slots=True)
class Remote:
    """What is needed of the other side's description."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    setup: str
    candidates: tuple[tuple[str, int], ...]


def read(sdp: str) -> Remote:
    """Raises ValueError when something is missing."""

    def value(name: str) -> str:
        found = re.search(rf"(?m)^a={name}:(\S.*?)\s*$", sdp)
        if found is None:
            raise ValueError(f"no a={name}")
        return found[1]

    kind, _, digest = value("fingerprint").partition(" ")
    lines = re.findall(r"(?m)^a=(candidate:.*)$", sdp)
    places = tuple(place for line in lines if (place := candidate(line)))
    return Remote(
        value("ice-ufrag"), value("ice-pwd"), (kind.lower(), digest.strip()), value("setup"), places
    )


def candidate(line: str) -> tuple[str, int] | None:
    """The address of a UDP candidate over IPv4."""
    words = line.split()
    if len(words) < 6 or words[2].lower() != "udp" or ":" in words[4]:
        return None
    return words[4], int(words[5])


def offer(line: Line, ssrcs: tuple[int, int], names: tuple[str, str]) -> str:
    """Sound and picture, sent only; `names` are what LiveKit calls the tracks' cids."""
    audio = [
        f"m=audio 9 UDP/TLS/RTP/SAVPF {OPUS}",
        "a=mid:0",
        f"a=rtpmap:{OPUS} opus/48000/2",
        f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
    ]
    video = [
        f"m=video 9 UDP/TLS/RTP/SAVPF {VP8}",
        "a=mid:1",
        f"a=rtpmap:{VP8} VP8/90000",
        f"a=rtcp-fb:{VP8} nack pli",
        f"a=rtcp-fb:{VP8} ccm fir",
    ]
    lines = _head("0 1")
    for section, ssrc, name in zip((audio, video), ssrcs, names, strict=True):
        owned = [f"a=msid:bot {name}", f"a=ssrc:{ssrc} cname:bot", f"a=ssrc:{ssrc} msid:bot {name}"]
        lines += [*section, *_common(line, "actpass"), "a=sendonly", _MID, *owned]
    return "\r\n".join([*lines, ""])


def answer(line: Line, offered: str) -> str:
    """Takes all that is offered, each in its first codec, and asks for no repeats."""
    blocks = re.split(r"(?m)^(?=m=)", offered.replace("\r\n", "\n"))[1:]
    mids = [_find("mid", block) for block in blocks]
    lines = _head(" ".join(mids))
    for block, mid in zip(blocks, mids, strict=True):
        lines += [*_section(block), f"a=mid:{mid}", *_common(line, "active")]
    return "\r\n".join([*lines, ""])


def _section(block: str) -> list[str]:
    first = block.partition("\n")[0].strip().split()
    if first[0] == "m=application":
        return [" ".join([*first[:1], "9", *first[2:]]), "a=sctp-port:5000", "a=max-message-size:65536"]
    codec = next(kind for kind in first[3:] if re.search(rf"(?mi)^a=rtpmap:{kind} (opus|VP8)/", block))
    kept = [
        text
        for text in block.splitlines()
        if re.match(rf"a=(rtpmap|fmtp):{codec} ", text)
        or re.match(rf"a=rtcp-fb:{codec} nack pli", text)
        or re.match(r"a=extmap:\d+ urn:ietf:params:rtp-hdrext:sdes:mid", text)
    ]
    sends = re.search(r"(?m)^a=(sendonly|sendrecv)$", block) is not None
    return [f"{first[0]} 9 {first[2]} {codec}", *kept, "a=recvonly" if sends else "a=inactive"]


def _head(mids: str) -> list[str]:
    return [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mids}",
        "a=msid-semantic: WMS bot",
    ]


def _common(line: Line, setup: str) -> list[str]:
    host, port = line.address
    return [
        f"c=IN IP4 {host}",
        f"a=ice-ufrag:{line.ufrag}",
        f"a=ice-pwd:{line.password}",
        f"a=fingerprint:{' '.join(line.certificate.fingerprint)}",
        f"a=setup:{setup}",
        f"a=candidate:1 1 udp 2130706431 {host} {port} typ host",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]


def _find(name: str, block: str) -> str:
    found = re.search(rf"(?m)^a={name}:(\S+)", block)
    return found[1] if found else ""
