"""RTCP, as far as a forwarder takes part in it (RFC 3550, 4585, 5104; draft-alvestrand-rmcat-remb; twcc)."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.sfu.forwarding import twcc
from server.sfu.forwarding.packet import BadPacket

_SR, _RR, _SDES, _BYE, _RTPFB, _PSFB = 200, 201, 202, 203, 205, 206
#: Blocks of one report packet: five bits count them.
_MAX_BLOCKS = 31


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp`: 64 bits, seconds since 1900 in the upper half."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How one stream arrived. `lost` is a fraction of 256; `jitter` in the stream's clock."""

    ssrc: int
    lost: int
    total_lost: int
    highest: int
    jitter: int
    lsr: int = 0
    dlsr: int = 0


@dataclass(frozen=True, slots=True)
class Nack:
    ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """PLI or FIR."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Remb:
    """Receiver estimated maximum bit rate, bit/s."""

    bitrate: int


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """When each packet from the number `base` on was received, in the other side's seconds; None: lost."""

    base: int
    times: tuple[float | None, ...]


Feedback = SenderReport | ReportBlock | Nack | KeyframeRequest | Remb | TransportFeedback


def parse(data: bytes) -> list[Feedback]:
    """What a compound packet says; packets of other kinds are passed over. Raises BadPacket."""
    found: list[Feedback] = []
    at = 0
    while at < len(data):
        if len(data) - at < 4:
            raise BadPacket("cut short")
        first, kind, words = struct.unpack_from("!BBH", data, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            raise BadPacket("cut short")
        try:
            found += _one(kind, first & 31, data[at + 4 : end])
        except (struct.error, IndexError) as error:
            raise BadPacket("cut short") from error
        at = end
    return found


def _one(kind: int, count: int, body: bytes) -> Iterator[Feedback]:
    if kind == _SR:
        ssrc, ntp, timestamp, packets, octets = struct.unpack_from("!IQIII", body)
        yield SenderReport(ssrc, ntp, timestamp, packets, octets)
        yield from _blocks(count, body[24:])
    elif kind == _RR:
        yield from _blocks(count, body[4:])
    elif kind == _RTPFB and count == 1:
        yield Nack(struct.unpack_from("!I", body, 4)[0], tuple(_lost(body[8:])))
    elif kind == _RTPFB and count == 15:
        yield TransportFeedback(*twcc.read(body[8:]))
    elif kind == _PSFB:
        yield from _payload_specific(count, body)


def _blocks(count: int, body: bytes) -> Iterator[ReportBlock]:
    for index in range(count):
        ssrc, lost, highest, jitter, lsr, dlsr = struct.unpack_from("!IIIIII", body, 24 * index)
        yield ReportBlock(ssrc, lost >> 24, lost & 0xFFFFFF, highest, jitter, lsr, dlsr)


def _lost(body: bytes) -> Iterator[int]:
    for at in range(0, len(body), 4):
        first, mask = struct.unpack_from("!HH", body, at)
        yield first
        yield from ((first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1)


def _payload_specific(count: int, body: bytes) -> Iterator[Feedback]:
    if count == 1:
        yield KeyframeRequest(struct.unpack_from("!I", body, 4)[0])
    elif count == 4:
        for at in range(8, len(body), 8):
            yield KeyframeRequest(struct.unpack_from("!I", body, at)[0])
    elif count == 15 and body[8:12] == b"REMB":
        bits = int.from_bytes(body[13:16], "big")
        yield Remb((bits & 0x3FFFF) << (bits >> 18))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def pli(ssrc: int) -> bytes:
    """Picture loss indication (RFC 4585, Section 6.3.1)."""
    return _packet(_PSFB, 1, struct.pack("!II", 1, ssrc))


def remb(bitrate: int, ssrcs: Iterable[int]) -> bytes:
    listed = list(ssrcs)[:255]
    exponent = max(0, bitrate.bit_length() - 18)
    head = struct.pack("!II4sB", 1, 0, b"REMB", len(listed))
    bits = exponent << 18 | bitrate >> exponent
    return _packet(_PSFB, 15, head + bits.to_bytes(3, "big") + struct.pack(f"!{len(listed)}I", *listed))


def nack(ssrc: int, sequences: Iterable[int]) -> bytes:
    """Generic NACK (RFC 4585, Section 6.2.1); numbers in the order in which they were sent."""
    pairs: list[list[int]] = []
    for number in sequences:
        distance = (number - pairs[-1][0] & 0xFFFF) if pairs else 0
        if pairs and 1 <= distance <= 16:
            pairs[-1][1] |= 1 << distance - 1
        else:
            pairs.append([number, 0])
    return _packet(_RTPFB, 1, struct.pack("!II", 1, ssrc) + b"".join(struct.pack("!HH", *p) for p in pairs))


def transport_feedback(ssrc: int, body: bytes) -> bytes:
    """`body` as `twcc.Arrivals` makes it; libwebrtc wants `ssrc` to be one of its own."""
    return _packet(_RTPFB, 15, struct.pack("!II", 1, ssrc) + body)


def sender_report(report: SenderReport, cname: str) -> bytes:
    """A report with its SDES, without which receivers cannot join the streams of one person."""
    body = struct.pack(
        "!IQIII", report.ssrc, report.ntp, report.timestamp & 0xFFFFFFFF, report.packets, report.octets
    )
    return _packet(_SR, 0, body) + _description(report.ssrc, cname)


def receiver_report(blocks: Iterable[ReportBlock]) -> bytes:
    listed = list(blocks)[:_MAX_BLOCKS]
    body = struct.pack("!I", 1) + b"".join(_block(block) for block in listed)
    return _packet(_RR, len(listed), body)


def _block(block: ReportBlock) -> bytes:
    lost = block.lost << 24 | min(max(block.total_lost, 0), 0x7FFFFF)
    return struct.pack("!IIIIII", block.ssrc, lost, block.highest, block.jitter, block.lsr, block.dlsr)


def _description(ssrc: int, cname: str) -> bytes:
    name = cname.encode()[:255]
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name + b"\0"
    return _packet(_SDES, 1, chunk + bytes(-len(chunk) % 4))
