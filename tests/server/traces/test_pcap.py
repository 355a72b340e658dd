"""The capture file, read back byte by byte as RFC 791, 768, 9293 and 8200 say."""

import struct
from dataclasses import dataclass
from ipaddress import ip_address

import pytest
from msgspec.structs import replace

from server.traces.pcap import capture
from wire.trace import TracedMessage

BODY = "v=0\r\n"
MESSAGE = TracedMessage(
    at=1_700_000_000_123, kind="sip", sent=False, transport="UDP", local="192.0.2.9:5060",
    remote="192.0.2.1:5070", text=f"INFO sip:x SIP/2.0\r\nContent-Length: 99\r\n\r\n{BODY}",
)  # fmt: skip


@dataclass
class Frame:
    at: float
    source: str
    target: str
    ports: tuple[int, int]
    payload: bytes
    sequence: int = 0
    acknowledged: int = 0


def total(data: bytes) -> int:
    """The one's complement sum of RFC 1071, which is all ones where the checksum is right."""
    data += b"\0" * (len(data) % 2)
    value = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return int(value)


def frames(file: bytes) -> list[Frame]:
    magic, major, minor, _, _, _, link = struct.unpack_from("<IHHiIII", file)
    assert (magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 1)
    found, at = [], 24
    while at < len(file):
        seconds, micros, kept, length = struct.unpack_from("<IIII", file, at)
        assert kept == length
        found.append(frame(seconds + micros / 1e6, file[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


def frame(at: float, data: bytes) -> Frame:
    kind = data[12:14].hex()
    if kind == "0800":
        assert struct.unpack_from("!H", data, 16)[0] == len(data) - 14
        assert total(data[14:34]) == 0xFFFF
        addresses, protocol, rest = data[26:34], data[23], data[34:]
    else:
        assert kind == "86dd"
        assert struct.unpack_from("!H", data, 18)[0] == len(data) - 54
        addresses, protocol, rest = data[22:54], data[20], data[54:]
    assert total(addresses + struct.pack("!II", protocol, len(rest)) + rest) == 0xFFFF
    half = len(addresses) // 2
    source, target = str(ip_address(addresses[:half])), str(ip_address(addresses[half:]))
    ports = struct.unpack_from("!HH", rest)
    if protocol == 17:
        assert struct.unpack_from("!H", rest, 4)[0] == len(rest)
        return Frame(at, source, target, ports, rest[8:])
    assert protocol == 6
    return Frame(at, source, target, ports, rest[20:], *struct.unpack_from("!II", rest, 4))


def test_a_datagram_carries_the_message_between_the_two_addresses() -> None:
    came, went = frames(capture([MESSAGE, replace(MESSAGE, sent=True)]))
    assert (came.source, came.target, came.ports) == ("192.0.2.1", "192.0.2.9", (5070, 5060))
    assert (went.source, went.target, went.ports) == ("192.0.2.9", "192.0.2.1", (5060, 5070))
    assert came.at == pytest.approx(1_700_000_000.123)


def test_the_content_length_is_that_of_what_is_left() -> None:
    (found,) = frames(capture([MESSAGE]))
    assert found.payload == b"INFO sip:x SIP/2.0\r\nContent-Length: 5\r\n\r\nv=0\r\n"
    (found,) = frames(capture([replace(MESSAGE, text="BYE sip:x SIP/2.0\r\nl:7", cut=True)]))
    assert found.payload == b"BYE sip:x SIP/2.0\r\nl:0\r\n\r\n"


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
def test_a_connection_is_numbered_in_both_directions(transport: str) -> None:
    stream = replace(MESSAGE, transport=transport)
    one, two, back = frames(capture([stream, stream, replace(stream, sent=True)]))
    length = len(one.payload)
    assert [(f.sequence, f.acknowledged) for f in (one, two, back)] == [
        (1, 1),
        (1 + length, 1),
        (1, 1 + 2 * length),
    ]


def test_ipv6_is_written_as_ipv6_even_where_only_one_end_is() -> None:
    six = replace(MESSAGE, local="[2001:db8::1]:5060", remote="[2001:db8::2]:5060")
    (found,) = frames(capture([six]))
    assert (found.source, found.target) == ("2001:db8::2", "2001:db8::1")
    (found,) = frames(capture([replace(six, remote="192.0.2.1:5060")]))
    assert found.source == str(ip_address("::ffff:192.0.2.1"))


@pytest.mark.parametrize("nowhere", ["", "sip.example.org:5060", "192.0.2.1", "192.0.2.1:x", "[:5060"])
def test_what_is_no_address_is_no_error(nowhere: str) -> None:
    (found,) = frames(capture([replace(MESSAGE, remote=nowhere)]))
    assert found.source == "0.0.0.0"


def test_events_of_matrix_are_not_in_it() -> None:
    assert frames(capture([TracedMessage(at=1, kind="matrix", sent=True, text="{}")])) == []
