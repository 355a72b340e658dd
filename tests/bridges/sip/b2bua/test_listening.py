"""Whether a leg ought to send, by the last session descriptions of both."""

import pytest

from bridges.media.gateway import LegReport, Profile
from bridges.sip.b2bua.listening import counters_of


def sdp(direction: str | None, session: str = "") -> str:
    line = f"a={direction}\r\n" if direction else ""
    return f"v=0\r\n{session}m=audio 4000 RTP/AVP 8\r\n{line}m=video 0 RTP/AVP 96\r\na=inactive\r\n"


@pytest.mark.parametrize(
    ("own", "other", "ought"),
    [
        (sdp("sendrecv"), sdp("sendrecv"), True),
        (sdp(None), sdp(None), True),
        ("", "", True),
        (sdp("sendonly"), sdp("recvonly"), True),
        (sdp("recvonly"), sdp("sendonly"), False),
        (sdp("inactive"), sdp("sendrecv"), False),
        (sdp("sendrecv"), sdp("sendonly"), False),
        (sdp(None, "a=inactive\r\n"), sdp(None), False),
        (sdp("sendrecv", "a=inactive\r\n"), sdp(None), True),
    ],
)
def test_a_leg_on_hold_need_not_send(own: str, other: str, ought: bool) -> None:
    assert counters_of(LegReport(Profile.RTP), own, other).ought is ought


@pytest.mark.parametrize(
    ("codec", "judged"), [("PCMA", True), ("G722", True), ("opus", False), (None, False)]
)
def test_silence_is_told_from_sound_where_the_gateway_can(codec: str | None, judged: bool) -> None:
    assert counters_of(LegReport(Profile.RTP, codec=codec), "", "").judged is judged


def test_both_legs_make_the_round_trip_and_the_listener_tells_what_it_misses() -> None:
    speaker = LegReport(Profile.RTP, round_trip=0.02, far_loss=0.9)
    counters = counters_of(speaker, "", "", LegReport(Profile.RTP, round_trip=0.03, far_loss=0.1))
    assert (counters.round_trip, counters.far_loss) == (0.05, 0.1)
    alone = counters_of(LegReport(Profile.RTP), "", "")
    assert (alone.round_trip, alone.far_loss) == (None, 0.0)


@pytest.mark.parametrize(
    ("profile", "up", "connected"),
    [(Profile.RTP, False, True), (Profile.WEBRTC, False, False), (Profile.WEBRTC, True, True)],
)
def test_only_a_browser_can_be_without_a_connection(profile: Profile, up: bool, connected: bool) -> None:
    assert counters_of(LegReport(profile, connected=up), "", "").connected is connected


@pytest.mark.parametrize(
    ("profile", "reported"), [(Profile.RTP, 5.0), (Profile.SDES, 5.0), (Profile.WEBRTC, None)]
)
def test_the_reports_of_telephones_count_as_a_sign_of_life_and_those_of_browsers_do_not(
    profile: Profile, reported: float | None
) -> None:
    assert counters_of(LegReport(profile, last_packet_at=5.0), "", "").reported_at == reported
