"""The grammar of session descriptions: real ones pass unharmed, broken ones are refused in one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sdp.audio import read_plain, read_webrtc
from bridges.sdp.description import MAX_LENGTH, MAX_SECTIONS, parse
from bridges.sdp.errors import MalformedSdp
from tests.bridges.sdp.fixtures import PLAIN, WEBRTC, load

MINIMAL = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"


@pytest.mark.parametrize("name", PLAIN + WEBRTC)
def test_what_was_read_is_written_the_same(name: str) -> None:
    text = load(name).replace("a=msid-semantic: ", "a=msid-semantic:")  # Chromium's own blank
    written = str(parse(text))
    assert sorted(written.splitlines()) == sorted(text.splitlines())
    assert parse(written) == parse(text)


@pytest.mark.parametrize("name", PLAIN + WEBRTC)
def test_line_feeds_alone_end_lines_too(name: str) -> None:
    text = load(name)
    assert parse(text.replace("\r\n", "\n")) == parse(text)


def test_sections_keep_their_order_and_attributes() -> None:
    description = parse(load("chromium_video_offer"))
    assert [section.kind for section in description.sections] == ["audio", "video", "application"]
    assert description.sections[1].value("mid") == "1"
    assert description.sections[0].has("rtcp-mux")
    assert description.value("group") == "BUNDLE 0 1 2"
    assert description.has("extmap-allow-mixed")


def test_lines_that_nobody_needs_are_skipped() -> None:
    text = MINIMAL.replace("t=0 0", "i=words\r\nb=AS:64\r\nt=0 0\r\nk=clear:x")
    assert parse(text).origin == ("-", "1", "2", "IN", "IP4", "192.0.2.1")


def test_a_display_name_in_the_origin_is_borne() -> None:
    assert parse(MINIMAL.replace("o=-", "o=Anna Maria")).origin[0] == "Anna Maria"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense\r\n",
        "<?xml version='1.0'?>",
        MINIMAL + "m=audio 9 RTP/AVP 0\r\n" * (MAX_SECTIONS + 1),
        MINIMAL + "a=x\r\n" * MAX_LENGTH,
    ],
)
def test_what_is_not_a_description_is_refused(text: str) -> None:
    with pytest.raises(MalformedSdp):
        parse(text)


AUDIO = (
    "c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8 0 101\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=sendrecv\r\n", "a=sendrecv\r\n  \r\n"),
        ("a=sendrecv\r\n", "a=sendrecv\r\n\x00"),
        ("a=sendrecv\r\n", "a=sendrecv\x00\x00"),
        ("o=- 1 2 IN IP4 192.0.2.1", "o=- 1 1 IN IP4"),
        ("o=- 1 2 IN IP4 192.0.2.1", "o="),
        ("o=- 1 2 IN IP4 192.0.2.1\r\n", ""),
        ("o=- 1 2 IN IP4", "o=- x y IN IPv4"),
        ("s=-\r\n", ""),
        ("t=0 0\r\n", ""),
        ("t=0 0", "t="),
        ("v=0", "v=1"),
        ("v=0\r\n", ""),
        ("v=0", "\ufeffv=0"),
        ("v=0", "\r\n v=0"),
        ("v=0\r\n", "o=x\r\nv=0\r\n"),
        ("\r\n", "\r"),
        ("a=sendrecv", "nonsense"),
        ("a=sendrecv", "=x"),
        ("a=sendrecv", "a="),
        ("a=sendrecv", "a=:"),
        ("a=sendrecv", "aa=x"),
        ("a=sendrecv", "a=SendRecv"),
        ("a=sendrecv", "a= sendrecv "),
        ("a=sendrecv", "a=ptime:fast"),
        ("a=sendrecv", "a=rtcp:x IN IP4 192.0.2.1"),
        ("a=sendrecv", "a=rtcp:4001 IN IP6 ::1"),
        ("a=sendrecv", "a=rtcp:"),
        ("a=sendrecv", "a=mid:a b"),
        ("a=sendrecv", "a=rtpmap:x PCMU/8000\r\na=rtpmap:\r\na=fmtp:x 1\r\na=rtpmap:999 X/1"),
        ("a=sendrecv", "a=crypto:1 nonsense"),
        ("a=sendrecv", "c=IN IP4 192.0.2.1 127\r\nb=x\r\nk=\r\nz=?"),
        ("a=sendrecv", "m=video 0"),
        ("a=sendrecv", "m=video x RTP/AVP 31"),
        ("a=sendrecv", "m="),
        ("a=sendrecv", "m=video 4002 RTP/AVP 31\r\nc=IN IP4 nowhere"),
        ("c=IN IP4 192.0.2.1", "c=in ip4 192.0.2.1 "),
        ("c=IN IP4 192.0.2.1\r\nm=", "c=IN IP4\r\nm="),
        ("RTP/AVP 8", "rtp/avp 8"),
        ("m=audio 4000", "m=Audio 4000/2"),
        ("RTP/AVP 8 0 101", "RTP/AVP 8 x 0 128 101"),
        ("101 telephone-event/8000", "101  Telephone-Event / 8000"),
        ("101 telephone-event/8000", "101 telephone-event"),
        ("a=sendrecv", "a=rtpmap:8 PCMA\r\na=rtpmap:0 PCMU/fast/x"),
    ],
)
def test_what_the_call_does_not_need_may_be_odd(old: str, new: str) -> None:
    """Case 6: needed are an address, a port and payload types; all else is read as far as it goes."""
    text = MINIMAL + AUDIO
    assert old in text
    if new == "c=IN IP4\r\nm=":
        new += "audio 4000 RTP/AVP 8 0 101\r\nc=IN IP4 192.0.2.1\r\na=x:"
    audio = read_plain(parse(text.replace(old, new)))
    assert audio is not None
    assert audio.target == ("192.0.2.1", 4000)
    assert audio.rtcp_target == ("192.0.2.1", 4001)
    assert [codec.name for codec in audio.codecs][:2] == ["PCMA", "PCMU"]
    assert audio.direction.value == "sendrecv"
    assert str(parse(text.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("m=audio 4000", "m=audio x"),
        ("m=audio 4000", "m=audio 70000"),
        ("m=audio 4000", "m=audio ١٢"),
        ("m=audio 4000 RTP/AVP 8 0 101", "m=audio"),
        ("c=IN IP4 192.0.2.1", "c=IN IP4"),
        ("c=IN IP4 192.0.2.1", "c=IN IP4 phone.example.org"),
        ("c=IN IP4 192.0.2.1", "c=IN IP4 224.2.1.1/127"),
        ("a=sendrecv", "c=IN IP4 phone.example.org"),
        ("8 0 101", "x 128 -1"),
    ],
)
def test_address_port_and_payload_types_are_read_strictly(old: str, new: str) -> None:
    text = MINIMAL + AUDIO
    assert old in text
    try:
        audio = read_plain(parse(text.replace(old, new)))
    except MalformedSdp:
        return
    assert audio is None or not audio.codecs


def read_all(text: str) -> None:
    try:
        description = parse(text)
        read_plain(description)
        read_webrtc(description)
    except MalformedSdp:
        pass


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    read_all(text)


WORDS = st.sampled_from(
    ["audio", "video", "0", "9", "-1", "5004", "RTP/AVP", "UDP/TLS/RTP/SAVPF", "IN", "IP4", "192.0.2.1",
     "0.0.0.0", "::1", "rtpmap:", "fmtp:", "rtcp:", "ptime:", "20", "PCMU/8000", "telephone-event/x", "mid:",
     "ice-ufrag:", "fingerprint:", "sha-256", "AA:BB", "setup:", "candidate:", "rtcp-mux", "sendonly", "\r",
     "\x00", "é", "/", ":", "٣"]
)  # fmt: skip
LINES = st.tuples(st.sampled_from("vosctmab"), st.lists(WORDS, max_size=6)).map(
    lambda parts: f"{parts[0]}={' '.join(parts[1])}"
)


@given(st.lists(LINES, max_size=25))
def test_no_heap_of_sdp_words_raises_anything_else(lines: list[str]) -> None:
    read_all(MINIMAL + "\r\n".join(lines))


@given(st.sampled_from(PLAIN + WEBRTC), st.data())
def test_no_damaged_real_description_raises_anything_else(name: str, data: st.DataObject) -> None:
    text = load(name)
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 30))
    read_all(text[:start] + data.draw(st.text(max_size=8)) + text[start + length :])
