"""Our own descriptions can be read by the same rules, and keep the other side's sections."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sdp.audio import Layout, RemoteAudio, Security, read_plain, read_webrtc
from bridges.sdp.codecs import PCMA, PCMU, TELEPHONE_EVENT
from bridges.sdp.description import parse
from bridges.sdp.direction import Direction, direction
from bridges.sdp.writing import PLAIN_LAYOUT, WEBRTC_LAYOUT, LocalAudio, write
from tests.bridges.sdp.fixtures import WEBRTC, load

PHONE = LocalAudio(
    session=(42, 1),
    address=("192.0.2.5", 20000),
    rtcp_port=20001,
    codecs=(PCMU, PCMA, TELEPHONE_EVENT),
    direction=Direction.SENDRECV,
    ptime=20,
    ssrc=1234,
    name="unisono",
)
KEYS = Security("abcd", "p" * 24, (("sha-256", ":".join(["AB"] * 32)),), "passive")
BROWSER = replace(PHONE, address=("192.0.2.5", 5062), rtcp_port=5062, security=KEYS)


def read(text: str) -> RemoteAudio:
    description = parse(text)
    found = read_plain(description) or read_webrtc(description)
    assert found is not None
    return found


def test_a_phone_reads_what_we_wrote() -> None:
    audio = read(write(PHONE, PLAIN_LAYOUT))
    assert audio.target == ("192.0.2.5", 20000)
    assert audio.rtcp_target == ("192.0.2.5", 20001)
    assert audio.codecs == PHONE.codecs
    assert audio.ptime == 20


def test_one_port_for_both_says_rtcp_mux_and_a_far_one_says_where() -> None:
    assert read(write(replace(PHONE, rtcp_port=20000), PLAIN_LAYOUT)).rtcp_mux
    assert read(write(replace(PHONE, rtcp_port=20009), PLAIN_LAYOUT)).rtcp_target == ("192.0.2.5", 20009)


@pytest.mark.parametrize("way", list(Direction))
def test_a_browser_reads_what_we_wrote(way: Direction) -> None:
    text = write(replace(BROWSER, direction=way), WEBRTC_LAYOUT)
    audio = read(text)
    assert audio.security == KEYS
    assert audio.direction is way
    assert parse(text).has("ice-lite")
    assert "a=candidate:1 1 udp 2130706431 192.0.2.5 5062 typ host\r\n" in text
    assert text.endswith("a=end-of-candidates\r\n")


@pytest.mark.parametrize("name", WEBRTC)
def test_an_answer_keeps_every_section_and_refuses_all_but_audio(name: str) -> None:
    offer = parse(load(name))
    found = read_webrtc(offer)
    assert found is not None
    answer = parse(write(BROWSER, found.layout))
    assert [s.kind for s in answer.sections] == [s.kind for s in offer.sections]
    assert [s.value("mid") for s in answer.sections] == [s.value("mid") for s in offer.sections]
    assert [bool(s.port) for s in answer.sections] == [s.kind == "audio" for s in offer.sections]
    assert answer.value("group") == "BUNDLE 0"


def test_without_bundle_in_the_offer_there_is_none_in_the_answer() -> None:
    layout = Layout(WEBRTC_LAYOUT.slots, 0, bundle=False)
    assert parse(write(BROWSER, layout)).value("group") is None


def test_an_ipv6_gateway_says_so() -> None:
    assert "c=IN IP6 2001:db8::5\r\n" in write(replace(PHONE, address=("2001:db8::5", 20000)), PLAIN_LAYOUT)


@given(st.booleans(), st.booleans())
def test_directions_are_seen_from_both_sides(sends: bool, receives: bool) -> None:
    way = direction(sends=sends, receives=receives)
    assert way.reverse.reverse is way
    assert way.sends == way.reverse.receives
    assert way.limited_to(Direction.SENDRECV) is way
    assert way.limited_to(Direction.INACTIVE) is Direction.INACTIVE
