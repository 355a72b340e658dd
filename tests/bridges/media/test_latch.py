"""From whom packets are accepted, and where they go."""

import pytest

from bridges.media.gateway import Peer
from bridges.media.latch import PROBATION, SILENCE, Latch, Trust
from bridges.media.stream import HEADER
from bridges.sdp.audio import Address

PHONE = ("192.0.2.7", 4000)
OTHER_PORT = ("192.0.2.7", 61000)
STRANGER = ("198.51.100.9", 4000)

#: A phone at home: what its SDP says, its router's public address, another one of its provider's.
HOME = ("192.168.1.20", 4000)
ROUTER = "93.184.216.34"
AT_HOME = Peer(ROUTER, authenticated=True)
POOL = ("93.184.216.99", 5555)


def latch(trust: Trust = Trust.PHONES) -> Latch:
    made = Latch(trust)
    made.expect(PHONE)
    return made


def rtp(sequence: int, ssrc: int = 7, payload_type: int = 8) -> bytes:
    return HEADER.pack(0x80, payload_type, sequence & 0xFFFF, 160 * sequence & 0xFFFFFFFF, ssrc) + b"x" * 160


def sends(made: Latch, source: Address, packets: int, ssrc: int = 7, first: int = 1, now: float = 0.0) -> int:
    """How many of so many packets were accepted; the last one before came at 0, in stream 7."""
    taken = [made.accepts(source, rtp(first + n, ssrc), now, rtp(0), 0.0) for n in range(packets)]
    return sum(taken)


def test_before_a_description_nobody_is_accepted() -> None:
    assert not Latch().accepts(PHONE)
    assert Latch().destination is None


def test_the_described_source_is_accepted_and_is_then_the_only_one() -> None:
    made = latch()
    assert made.destination == PHONE
    assert made.accepts(PHONE)
    assert not made.accepts(OTHER_PORT)
    assert not made.accepts(STRANGER)
    assert made.accepts(PHONE)


def test_another_port_of_the_described_address_is_latched_once() -> None:
    made = latch()
    assert made.accepts(OTHER_PORT)
    assert made.destination == OTHER_PORT
    assert not made.accepts(("192.0.2.7", 61001))


def test_the_described_source_takes_over_from_a_latched_port() -> None:
    made = latch()
    assert made.accepts(OTHER_PORT)
    assert made.accepts(PHONE)
    assert not made.accepts(OTHER_PORT)
    assert made.destination == PHONE


def test_a_stranger_is_never_latched() -> None:
    made = latch()
    assert sends(made, STRANGER, 20) == 0
    assert made.destination == PHONE


def test_a_new_description_starts_over_and_the_same_one_does_not() -> None:
    made = latch()
    made.accepts(OTHER_PORT)
    made.expect(PHONE)
    assert made.destination == OTHER_PORT
    made.expect(("192.0.2.8", 4000))
    assert made.destination == ("192.0.2.8", 4000)
    assert not made.accepts(OTHER_PORT)


def test_the_old_hold_changes_nothing() -> None:
    made = latch()
    made.accepts(OTHER_PORT)
    made.expect(None)
    assert made.destination == OTHER_PORT


# --- case 9: a phone behind a home router ---


@pytest.mark.parametrize("authenticated", [True, False])
@pytest.mark.parametrize("signalling", [ROUTER, "127.0.0.1", "10.0.0.1"])
def test_case_9_the_signallings_address_is_the_true_one_whatever_the_port(
    signalling: str, authenticated: bool
) -> None:
    """Case 9: its packets were refused and ours went to 192.168.1.20."""
    made = Latch()
    made.expect(HOME, Peer(signalling, authenticated=authenticated))
    assert not made.accepts(STRANGER, rtp(1))
    assert made.accepts((signalling, 61000), rtp(1))
    assert made.destination == (signalling, 61000)
    assert not made.accepts(STRANGER, rtp(1))


def test_case_9_before_it_is_heard_packets_go_to_its_router_not_to_a_house_of_ours() -> None:
    made = Latch()
    made.expect(HOME, AT_HOME)
    assert made.destination == (ROUTER, 4000)
    for unreachable in ("127.0.0.1", "169.254.7.7", "224.0.0.9"):
        made.expect((unreachable, 4000), Peer("10.0.0.9", authenticated=True))
        assert made.destination == ("10.0.0.9", 4000)
    # Both in one network, by different addresses: the SDP is believed until somebody is heard.
    made.expect(HOME, Peer("192.168.1.1", authenticated=True))
    assert made.destination == HOME


def test_case_9_a_phone_from_elsewhere_may_send_from_any_address_once_it_proved_a_stream() -> None:
    made = Latch()
    made.expect(HOME, AT_HOME)
    assert sends(made, POOL, PROBATION) == 1
    assert made.destination == POOL
    # The address of the signalling has a better claim, and keeps it.
    assert made.accepts((ROUTER, 61000), rtp(9))
    assert sends(made, POOL, 20) == 0


def test_case_9_a_stranger_who_sprays_our_ports_is_not_latched() -> None:
    made = Latch()
    made.expect(HOME, AT_HOME)
    for port in range(1000, 3000):
        assert not made.accepts(("198.51.100.9", port), rtp(port, ssrc=port))
        assert not made.accepts(("198.51.100.9", 999), rtp(port * 77))
        assert not made.accepts(("198.51.100.9", 998), rtp(port, payload_type=200))
    assert made.source is None
    assert made.accepts((ROUTER, 61000), rtp(1))


def test_case_9_a_phone_being_proved_is_not_crowded_out() -> None:
    made = Latch()
    made.expect(HOME, AT_HOME)
    for sequence in range(PROBATION - 1):
        assert not made.accepts(POOL, rtp(sequence))
        for port in range(50):
            made.accepts(("198.51.100.9", port), rtp(port, ssrc=port))
    assert made.accepts(POOL, rtp(PROBATION))


@pytest.mark.parametrize(
    ("peer", "trust"),
    [
        (Peer(ROUTER, authenticated=False), Trust.PHONES),  # a trunk says truly where its media is
        (AT_HOME, Trust.SIGNALLING),
        (AT_HOME, Trust.SDP),
        (Peer("192.168.1.1", authenticated=True), Trust.PHONES),  # one network
        (None, Trust.PHONES),
    ],
)
def test_case_9_elsewhere_no_first_stream_is_believed(peer: Peer | None, trust: Trust) -> None:
    made = Latch(trust)
    made.expect(HOME, peer)
    assert sends(made, POOL, 20) == 0


def test_case_9_trusting_the_sdp_alone_is_a_choice() -> None:
    made = Latch(Trust.SDP)
    made.expect(HOME, AT_HOME)
    assert made.destination == HOME
    assert sends(made, (ROUTER, 61000), 20) == 0
    assert made.accepts(("192.168.1.20", 4004), rtp(1))


def test_case_9_a_changed_port_in_mid_call_is_followed_for_an_authenticated_phone() -> None:
    """Case 9, later in the call: a router gives the phone another port."""
    made = Latch()
    made.expect(HOME, AT_HOME)
    made.accepts((ROUTER, 61000), rtp(0))
    assert sends(made, (ROUTER, 61002), PROBATION) == 1
    assert made.destination == (ROUTER, 61002)
    # Another stream is somebody else's while the phone is heard, and the phone's once it fell silent.
    assert sends(made, (ROUTER, 61004), 20, ssrc=8) == 0
    assert sends(made, (ROUTER, 61006), PROBATION, ssrc=8, now=SILENCE + 0.01) == 1
    assert made.destination == (ROUTER, 61006)
    assert sends(made, STRANGER, 20, ssrc=9, now=60.0) == 0


def test_case_9_of_a_trunk_no_change_is_followed_without_a_new_description() -> None:
    made = Latch()
    made.expect(PHONE, Peer("192.0.2.1"))
    made.accepts(PHONE, rtp(0))
    assert sends(made, OTHER_PORT, 20) == 0
    assert sends(made, ("192.0.2.1", 4000), 20, now=60.0) == 0


def test_case_9_a_re_invite_of_a_phone_behind_a_router_does_not_lose_it() -> None:
    made = Latch()
    made.expect(HOME, AT_HOME)
    made.accepts((ROUTER, 61000), rtp(0))
    made.expect(("192.168.1.20", 4002), AT_HOME)
    assert made.destination == (ROUTER, 61000)
    assert made.accepts((ROUTER, 61002), rtp(1))
    assert made.destination == (ROUTER, 61002)


def test_case_9_rtcp_follows_too() -> None:
    made = Latch(streams=False)
    report = bytes([0x80, 200, 0, 6]) + bytes(24)
    made.expect(("192.168.1.20", 4001), AT_HOME)
    assert not made.accepts(POOL, report)
    assert made.accepts((ROUTER, 61001), report)
    assert made.accepts((ROUTER, 61003), report, 5.0, report, 0.0)
    assert made.destination == (ROUTER, 61003)


def test_mapped_addresses_are_one_with_the_plain_ones() -> None:
    made = Latch()
    made.expect(HOME, Peer("127.0.0.1", authenticated=True))
    assert made.accepts(("::ffff:127.0.0.1", 61000), rtp(1))


# --- a caller who has not shown that it is there ---


def test_to_an_unproven_peer_nothing_is_sent_but_where_its_signalling_comes_from() -> None:
    made = Latch()
    made.expect(PHONE, Peer("192.0.2.1", proven=False))
    assert made.destination is None
    made.accepts(PHONE, rtp(0))
    assert made.destination is None
    made.expect(None, Peer("192.0.2.1"))
    assert made.destination == PHONE
    made = Latch()
    made.expect(PHONE, Peer("192.0.2.7", proven=False))
    assert made.destination == PHONE
