"""SIP messages of a trace as a capture file (pcap 2.4) that Wireshark and tshark read. Pure.

Each message becomes an Ethernet frame with the addresses it travelled between: a UDP datagram, or a segment
of a TCP connection whose handshake nobody saw. What was sent in TLS stands as TCP, readable. Where secrets
were taken out or a message was cut, its Content-Length is put right, so that streams can be followed.
"""

import re
import struct
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from wire.trace import TracedMessage

#: Nanoseconds are not needed: the magic number of microseconds; LINKTYPE_ETHERNET.
_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
_UDP, _TCP = 17, 6
_PSH_ACK = 0x18
#: Locally administered MAC addresses: ours, and everybody else's.
_US, _THEM = bytes.fromhex("02000000 0001"), bytes.fromhex("02000000 0002")
_LENGTH = re.compile(r"^((?:content-length|l)[ \t]*:[ \t]*)\d+", re.IGNORECASE | re.MULTILINE)

Address = IPv4Address | IPv6Address
End = tuple[Address, int]


def capture(messages: Iterable[TracedMessage]) -> bytes:
    """The file; Matrix events are not in it."""
    frames = [_HEADER]
    sent: dict[tuple[End, End], int] = {}
    for message in messages:
        if message.kind != "sip":
            continue
        local, remote = _end(message.local), _end(message.remote)
        source, target = (local, remote) if message.sent else (remote, local)
        payload = _payload(message.text)
        if message.transport == "UDP":
            transport, protocol = _datagram(source, target, payload), _UDP
        else:
            behind, ahead = sent.get((target, source), 1), sent.get((source, target), 1)
            transport, protocol = _segment(source, target, ahead, behind, payload), _TCP
            sent[source, target] = (ahead + len(payload)) & 0xFFFFFFFF
        packet = _ethernet(source[0], target[0], protocol, transport, outward=message.sent)
        seconds, rest = divmod(message.at, 1000)
        frames.append(
            struct.pack("<IIII", seconds & 0xFFFFFFFF, rest * 1000, len(packet), len(packet)) + packet
        )
    return b"".join(frames)


def _payload(text: str) -> bytes:
    head, gap, body = text.partition("\r\n\r\n")
    length = len(body.encode("utf-8", "replace"))
    return (_LENGTH.sub(rf"\g<1>{length}", head) + (gap or "\r\n\r\n") + body).encode("utf-8", "replace")


def _end(written: str) -> End:
    """`host:port`; what is no address (a name, nothing) becomes 0.0.0.0."""
    host, _, port = written.rpartition(":")
    try:
        return ip_address(host.strip("[]")), int(port) & 0xFFFF
    except ValueError:
        return IPv4Address(0), 5060


def _ethernet(source: Address, target: Address, protocol: int, transport: bytes, *, outward: bool) -> bytes:
    macs = _THEM + _US if outward else _US + _THEM
    if source.version == 6 or target.version == 6:
        head = struct.pack("!IHBB", 0x6000_0000, len(transport), protocol, 64)
        return macs + b"\x86\xdd" + head + _six(source) + _six(target) + transport
    length = 20 + len(transport)
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0x4000, 64, protocol, 0)
    addresses = source.packed + target.packed
    head = head[:10] + struct.pack("!H", _checksum(head + addresses)) + addresses
    return macs + b"\x08\x00" + head + transport


def _six(address: Address) -> bytes:
    """An IPv4 address among IPv6 ones is written as mapped (RFC 4291, Section 2.5.5.2)."""
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def _datagram(source: End, target: End, payload: bytes) -> bytes:
    head = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0)
    total = _checksum(_pseudo(source, target, _UDP, head + payload)) or 0xFFFF
    return head[:6] + struct.pack("!H", total) + payload


def _segment(source: End, target: End, sequence: int, acknowledged: int, payload: bytes) -> bytes:
    head = struct.pack(
        "!HHIIBBHHH", source[1], target[1], sequence, acknowledged, 5 << 4, _PSH_ACK, 65_535, 0, 0
    )
    total = _checksum(_pseudo(source, target, _TCP, head + payload))
    return head[:16] + struct.pack("!H", total) + head[18:] + payload


def _pseudo(source: End, target: End, protocol: int, transport: bytes) -> bytes:
    if source[0].version == 6 or target[0].version == 6:
        addresses = _six(source[0]) + _six(target[0])
        return addresses + struct.pack("!II", len(transport), protocol) + transport
    return source[0].packed + target[0].packed + struct.pack("!HH", protocol, len(transport)) + transport


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
