"""RFC 4028: what is agreed on as server and as client, and when it is time."""

from dataclasses import replace

import pytest

from bridges.sip.message import Request, Response
from bridges.sip.message.reply import Header
from bridges.sip.session.timer import (
    IntervalTooSmall,
    SessionTimer,
    TimerAction,
    least_interval,
    negotiate_as_uac,
    negotiate_as_uas,
)
from tests.bridges.sip.dialog.test_dialog import INVITE, answer, received


def asked(*headers: Header) -> Request:
    return received(replace(INVITE, headers=(*INVITE.headers, *headers)))


@pytest.mark.parametrize(
    ("headers", "interval", "ours"),
    [
        ((("Session-Expires", "1800"), ("Supported", "timer")), 1800, False),
        ((("x", "1800;refresher=uac"), ("k", "replaces, timer")), 1800, False),
        ((("Session-Expires", "1800;refresher=uas"), ("Supported", "timer")), 1800, True),
        ((("Session-Expires", "600"),), 600, True),
        ((("Session-Expires", "60"),), 90, True),
    ],
)
def test_rfc4028_9_session_timers_are_agreed_to(
    headers: tuple[Header, ...], interval: int, ours: bool
) -> None:
    timer = negotiate_as_uas(asked(*headers), 0)
    assert timer is not None
    assert (timer.interval, timer.refresher_is_us) == (interval, ours)


def test_rfc4028_9_no_session_timer_is_forced_on_anybody_and_a_tiny_one_is_refused() -> None:
    assert negotiate_as_uas(asked(), 0) is None
    assert negotiate_as_uas(asked(("Session-Expires", "soon")), 0) is None
    with pytest.raises(IntervalTooSmall):
        negotiate_as_uas(asked(("Session-Expires", "30"), ("Supported", "timer")), 0)


def test_rfc4028_10_the_refresher_acts_at_half_and_the_other_gives_up_shortly_before_the_end() -> None:
    ours, theirs = SessionTimer(100, True, 0), SessionTimer(1800, False, 0)
    assert ours.handle_timer(49) is None
    assert ours.handle_timer(50) is TimerAction.REFRESH
    assert theirs.get_timer() == 1768
    assert theirs.handle_timer(1768) is TimerAction.EXPIRE
    theirs.refreshed(1000)
    assert theirs.handle_timer(1768) is None


def said(status: int, *headers: Header) -> Response:
    return answer(status, headers=headers)


@pytest.mark.parametrize(
    ("value", "interval", "ours"),
    [
        ("1800;refresher=uac", 1800, True),
        ("1800 ; Refresher = UAS", 1800, False),
        ("1800", 1800, True),
        ("20;refresher=uas", 90, False),
    ],
)
def test_rfc4028_7_2_the_answer_says_who_refreshes(value: str, interval: int, ours: bool) -> None:
    timer = negotiate_as_uac(said(200, ("Session-Expires", value), ("Require", "timer")), 5)
    assert timer == SessionTimer(interval, ours, 5)


def test_rfc4028_7_2_an_answer_without_the_header_ends_the_peers_timer_and_not_ours() -> None:
    assert negotiate_as_uac(said(200), 5) is None
    assert negotiate_as_uac(said(200), 5, SessionTimer(600, False, 0)) is None
    assert negotiate_as_uac(said(200), 5, SessionTimer(600, True, 0)) == SessionTimer(600, True, 5)


@pytest.mark.parametrize(
    ("value", "least"),
    [("1800", 1800), ("90", 90), ("86400", 86_400), ("89", None), ("86401", None), ("soon", None)],
)
def test_rfc4028_7_3_a_422_says_what_it_takes(value: str, least: int | None) -> None:
    assert least_interval(said(422, ("Min-SE", value))) == least
    assert least_interval(said(422)) is None


def test_rfc4028_7_4_the_refresher_stays_who_it_was() -> None:
    assert SessionTimer(600, True, 0).request_headers()[0] == ("Session-Expires", "600;refresher=uac")
    assert SessionTimer(600, False, 0).request_headers()[0] == ("Session-Expires", "600;refresher=uas")
