"""Silence, where only counters tell of it."""

from __future__ import annotations

from bridges.media.gateway import LegReport, MediaReport, Profile
from bridges.sip.media.silence import CONSENT_TIMEOUT, Finding, Silence


def report(
    phone: float | None, browser: float | None = None, joined: bool = True, profile: Profile = Profile.WEBRTC
) -> MediaReport:
    """Two legs that were last heard at these times."""
    legs = {
        "phone": LegReport(Profile.RTP, last_packet_at=phone),
        "browser": LegReport(profile, last_packet_at=browser),
    }
    return MediaReport(legs, {"phone": "browser", "browser": "phone"} if joined else {})


def test_a_silent_phone_is_told_once_and_again_after_it_was_vouched_for() -> None:
    silence = Silence(60.0, 0.0)
    assert not list(silence.look(report(0.0, 0.0), 0.0))
    assert not list(silence.look(report(0.0, 60.0), 60.0))
    assert list(silence.look(report(0.0, 61.0), 61.0)) == [("phone", Finding.SILENT, 61.0)]
    assert not list(silence.look(report(0.0, 65.0), 65.0))
    silence.vouch("phone", 66.0)
    assert not list(silence.look(report(0.0, 126.0), 126.0))
    assert [found[1] for found in silence.look(report(0.0, 127.0), 127.0)] == [Finding.SILENT]


def test_a_phone_that_is_heard_again_is_told_anew() -> None:
    silence = Silence(60.0, 0.0)
    list(silence.look(report(0.0, 0.0), 0.0))
    assert list(silence.look(report(10.0, 80.0), 80.0))
    assert not list(silence.look(report(81.0, 81.0), 82.0))
    assert list(silence.look(report(81.0, 142.0), 142.0))


def test_a_phone_is_gone_only_where_a_limit_says_so() -> None:
    without, limited = Silence(60.0, 0.0), Silence(60.0, 300.0)
    for silence in (without, limited):
        list(silence.look(report(0.0, 0.0), 0.0))
    assert [found[1] for found in without.look(report(0.0, 400.0), 400.0)] == [Finding.SILENT]
    assert [found[1] for found in limited.look(report(0.0, 300.0), 300.0)] == [Finding.SILENT]
    assert [found[1] for found in limited.look(report(0.0, 301.0), 301.0)] == [Finding.GONE]


def test_a_browser_without_packets_is_gone_and_never_only_silent() -> None:
    silence = Silence(10.0, 0.0)
    list(silence.look(report(0.0, None), 0.0))
    assert not list(silence.look(report(CONSENT_TIMEOUT, None), CONSENT_TIMEOUT))
    late = CONSENT_TIMEOUT + 1
    assert list(silence.look(report(late, None), late)) == [("browser", Finding.GONE, late)]


def test_legs_that_are_not_joined_may_be_silent() -> None:
    silence = Silence(10.0, 10.0)
    assert not list(silence.look(report(None, None, joined=False), 0.0))
    assert not list(silence.look(report(None, None, joined=False), 500.0))
    assert not list(silence.look(report(None, None), 501.0))  # counted from now on
