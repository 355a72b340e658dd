"""The grammar of session descriptions: real ones pass unharmed, broken ones are refused in one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.sdp.audio import read_plain, read_webrtc
from bridges.sip.sdp.description import MAX_LENGTH, MAX_SECTIONS, parse
from bridges.sip.sdp.errors import MalformedSdp
from tests.bridges.sip.sdp.fixtures import PLAIN, WEBRTC, load

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
        "v=1\r\n",
        "o=- 1 2 IN IP4 192.0.2.1\r\nv=0\r\n",
        "v=0\r\ns=-\r\n",
        "v=0\r\no=- 1 2 IN IP4\r\n",
        MINIMAL + "nonsense\r\n",
        MINIMAL + "m=audio\r\n",
        MINIMAL + "m=audio x RTP/AVP 0\r\n",
        MINIMAL + "m=audio 70000 RTP/AVP 0\r\n",
        MINIMAL + "m=audio ١٢ RTP/AVP 0\r\n",
        MINIMAL + "c=IN IP4\r\n",
        MINIMAL + "c=IN IP4 phone.example.org\r\n",
        MINIMAL + "c=IN IP4 224.2.1.1/127\r\n",
        MINIMAL + "m=audio 9 RTP/AVP 0\r\n" * (MAX_SECTIONS + 1),
        MINIMAL + "a=x\r\n" * MAX_LENGTH,
    ],
)
def test_what_is_not_a_description_is_refused(text: str) -> None:
    with pytest.raises(MalformedSdp):
        parse(text)


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
