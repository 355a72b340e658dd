"""The carrier's offers and answers."""

from __future__ import annotations

import pytest

from bridges.carrier.session import NotAcceptable, answer, offer, read
from bridges.sdp.direction import Direction


def description(*audio: str, host: str = "192.0.2.7") -> str:
    lines = ("v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", f"c=IN IP4 {host}", "t=0 0", *audio)
    return "\r\n".join(lines) + "\r\n"


PHONE = description(
    "m=audio 4000 RTP/AVP 18 0 8 96", "a=rtpmap:96 telephone-event/8000", "m=video 4002 RTP/AVP 99"
)


def test_the_offerers_first_known_codec_is_taken() -> None:
    remote = read(PHONE)
    assert (remote.host, remote.port, remote.codec.name) == ("192.0.2.7", 4000, "PCMU")
    assert remote.events is not None
    assert remote.events.payload_type == 96
    assert remote.direction is Direction.SENDRECV


def test_an_answer_has_a_section_for_each_of_the_offer_and_refuses_video() -> None:
    text = answer(PHONE, "127.0.0.1", 21_000, 7, 1)
    assert "m=audio 21000 RTP/AVP 0 96\r\n" in text
    assert "m=video 0 RTP/AVP 99\r\n" in text


def test_our_own_offer_is_one_that_we_accept() -> None:
    remote = read(offer("127.0.0.1", 21_000, 7))
    assert (remote.codec.name, remote.port) == ("PCMA", 21_000)


@pytest.mark.parametrize(
    "audio",
    ["m=audio 4000 RTP/AVP 18", "m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/SAVP 0", "m=video 4000 RTP/AVP 0"],
)
def test_an_offer_without_usable_audio_is_not_acceptable(audio: str) -> None:
    with pytest.raises(NotAcceptable):
        read(description(audio))


@pytest.mark.parametrize(
    ("direction", "answered"), [("sendonly", "recvonly"), ("inactive", "inactive"), ("sendrecv", "sendrecv")]
)
def test_hold_is_answered_with_its_mirror(direction: str, answered: str) -> None:
    held = description("m=audio 4000 RTP/AVP 0", f"a={direction}")
    assert f"a={answered}\r\n" in answer(held, "127.0.0.1", 21_000, 7, 2)


def test_hold_in_the_old_way_is_understood() -> None:
    assert read(description("m=audio 4000 RTP/AVP 0", host="0.0.0.0")).direction is Direction.SENDONLY
