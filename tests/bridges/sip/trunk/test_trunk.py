"""Staying registered, watching a peer, and knowing whose INVITE it is."""

import pytest

from bridges.sip.message import Flow, OutgoingRequest, Request, Transport, parse_message
from bridges.sip.trunk import (
    Match,
    PeerWatch,
    RegistrationState,
    TrunkRegistration,
    contact_user,
    match,
    networks,
)


def begun() -> TrunkRegistration:
    machine = TrunkRegistration(600, 0)
    assert machine.handle_timer(0)
    machine.sent()
    return machine


def test_registers_at_once_and_refreshes_before_the_end() -> None:
    machine = begun()
    assert machine.get_timer() is None
    machine.answered(200, "OK", 1, granted=300)
    assert machine.registered
    assert machine.get_timer() == 1 + 240
    assert not machine.handle_timer(240)
    assert machine.handle_timer(241)


def test_a_short_lifetime_is_refreshed_at_its_half() -> None:
    machine = begun()
    machine.answered(200, "OK", 0, granted=60)
    assert machine.get_timer() == 30


def test_a_failing_refresh_keeps_the_registration_until_it_runs_out() -> None:
    machine = begun()
    machine.answered(200, "OK", 0, granted=100)
    assert machine.handle_timer(50)
    machine.sent()
    machine.answered(408, "Request Timeout", 82)
    assert machine.registered
    assert machine.get_timer() == 84
    machine.sent()
    assert machine.get_timer() == 100
    assert not machine.handle_timer(100)
    assert machine.state is RegistrationState.UNREACHABLE


def test_silence_is_answered_with_growing_patience_up_to_five_minutes() -> None:
    machine, now, gaps = begun(), 0.0, []
    for _ in range(10):
        machine.answered(408, "Request Timeout", now)
        due = machine.get_timer()
        assert due is not None
        gaps.append(due - now)
        now = due
        assert machine.handle_timer(now)
        machine.sent()
    assert gaps == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert (machine.state, machine.why) == (RegistrationState.UNREACHABLE, "408 Request Timeout")


def test_a_wrong_password_is_not_tried_again_and_again() -> None:
    machine = begun()
    machine.answered(403, "Forbidden", 0)
    assert (machine.state, machine.get_timer()) == (RegistrationState.REFUSED, 120)
    machine.answered(200, "OK", 121)
    assert machine.registered
    assert machine.why is None


def test_retry_after_is_heeded_and_a_longer_interval_taken_at_once() -> None:
    machine = begun()
    machine.answered(503, "Service Unavailable", 0, retry_after=40)
    assert machine.get_timer() == 40
    machine.sent()
    machine.answered(423, "Interval Too Brief", 41, granted=1800)
    assert (machine.get_timer(), machine.expires) == (41, 1800)


def test_one_lost_probe_is_forgiven_two_are_not() -> None:
    watch = PeerWatch(30, 0)
    watch.answered(200, "OK", 0)
    assert (watch.up, watch.get_timer()) == (True, 30)
    watch.sent()
    watch.answered(408, "Request Timeout", 62)
    assert (watch.up, watch.get_timer()) == (True, 67)
    watch.answered(408, "Request Timeout", 99)
    assert (watch.up, watch.why) == (None, "does not answer OPTIONS")
    watch.answered(405, "Method Not Allowed", 110)
    assert (watch.up, watch.why, watch.get_timer()) == (True, None, 140)


def test_case_15_a_peer_that_never_answers_options_is_unknown_and_seldom_asked() -> None:
    """Case 15: A peer that does not answer OPTIONS."""
    watch = PeerWatch(30, 0)
    assert (watch.up, watch.get_timer()) == (None, 0)
    for now in (32, 94, 156):
        watch.sent()
        watch.answered(408, "Request Timeout", now)
        assert (watch.up, watch.why, watch.get_timer()) == (None, "does not answer OPTIONS", now + 30)


def test_a_peer_that_cannot_be_reached_is_down_and_asked_again_soon() -> None:
    watch = PeerWatch(30, 0)
    watch.answered(503, "Not Reachable", 1)
    assert (watch.up, watch.why, watch.get_timer()) == (False, "503 Not Reachable", 6)


def test_case_15_a_peer_that_is_not_to_be_asked_is_never_asked() -> None:
    watch = PeerWatch(0, 0)
    assert (watch.up, watch.why, watch.get_timer()) == (None, "not asked", None)


def invite(flow: Flow, via_port: int = 5060) -> Request:
    request = OutgoingRequest(
        method="INVITE",
        uri="sip:1@x",
        transport=flow.transport,
        sent_by=f"192.0.2.1:{via_port}",
        branch="z9hG4bK1",
        from_="<sip:a@b>;tag=1",
        to="<sip:1@x>",
        call_id="c",
        cseq=1,
    )
    message = parse_message(request.encode(), flow)
    assert isinstance(message, Request)
    return message


UDP, TCP = Transport.UDP, Transport.TCP


@pytest.mark.parametrize(
    ("flow", "via_port", "fits"),
    [
        (Flow(UDP, "192.0.2.1", 5080), 5080, Match.PORT),
        (Flow(UDP, "192.0.2.1", 32768), 5080, Match.VIA_PORT),
        (Flow(UDP, "192.0.2.1", 32768), 5060, Match.ADDRESS),
        (Flow(TCP, "192.0.2.1", 49152), 5060, Match.ADDRESS),
        (Flow(UDP, "::ffff:192.0.2.1", 32768), 5060, Match.ADDRESS),
        (Flow(UDP, "192.0.2.2", 5060), 5060, Match.ADDRESS),
        (Flow(TCP, "198.51.100.0", 40000), 5060, Match.ADDRESS),
        (Flow(TCP, "198.51.100.255", 40000), 5060, Match.ADDRESS),
        (Flow(UDP, "2001:db8::7", 5060), 5060, Match.ADDRESS),
        (Flow(UDP, "2001:DB8:0:1::ffff", 5060), 5060, Match.ADDRESS),
        (Flow(UDP, "192.0.2.3", 5080), 5080, Match.NONE),
        (Flow(UDP, "198.51.101.0", 5080), 5080, Match.NONE),
        (Flow(UDP, "2001:db8::8", 5080), 5080, Match.NONE),
        (Flow(UDP, "2001:db8:0:2::1", 5080), 5080, Match.NONE),
    ],
)
def test_case_11_a_line_is_known_by_any_of_its_addresses_whatever_the_port(
    flow: Flow, via_port: int, fits: Match
) -> None:
    known = networks(["192.0.2.2", "198.51.100.0/24", "[2001:db8::7]", "2001:db8:0:1::/64", "no address"])
    assert match(invite(flow, via_port), frozenset({"192.0.2.1"}), known, 5080) is fits


def test_the_contact_user_is_stable_and_nobody_elses() -> None:
    assert contact_user(b"ours", "a", "u") == contact_user(b"ours", "a", "u")
    assert len({contact_user(key, name, user) for key in (b"1", b"2") for name in "ab" for user in "uv"}) == 8
