"""Over what the audio of a telephone goes."""

from __future__ import annotations

import pytest

from bridges.media.gateway import Profile
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.sip_leg import profile_of
from wire.route import MatrixLeg, PhoneLeg

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"


@pytest.mark.parametrize(
    ("media", "profile"),
    [
        ("m=audio 4000 RTP/AVP 0", Profile.RTP),
        ("m=audio 4000 RTP/SAVP 0", Profile.SDES),
        ("m=audio 4000 RTP/SAVPF 0", Profile.SDES),
        ("m=video 4000 RTP/SAVP 31\r\nm=audio 4002 RTP/AVP 0", Profile.RTP),
        ("m=audio 0 RTP/SAVP 0\r\nm=audio 4002 RTP/AVP 0", Profile.RTP),
        ("m=video 4000 RTP/SAVP 31", Profile.RTP),
    ],
)
def test_a_caller_is_answered_over_what_it_offers(media: str, profile: Profile) -> None:
    assert profile_of(f"{HEAD}{media}\r\n") is profile


def test_what_cannot_be_read_is_left_to_the_gateway() -> None:
    assert profile_of("nonsense") is Profile.RTP


def test_a_device_is_called_over_what_it_can() -> None:
    phone, browser = PhoneLeg("201"), MatrixLeg("@a:b", "!r:b", "@c:b")
    assert Fork("phone", phone).profile is Profile.RTP
    assert Fork("phone", phone, encrypted=True).profile is Profile.SDES
    assert Fork("matrix", browser).profile is Profile.WEBRTC
