"""Descriptions: what Chromium offers, what is answered, and what is refused."""

import contextlib
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.signal.formats import Codec
from server.sfu.signal.sdp import BadSdp, Local, Sending, answer, offer, parse

FINGERPRINT = ("sha-256", ":".join(["AB"] * 32))
LOCAL = Local("ufrag123", "p" * 32, FINGERPRINT, "192.0.2.1", 7882)
#: As Chromium 156 writes it, shortened to what is read.
OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1 2",
        "a=ice-ufrag:abcd",
        f"a=ice-pwd:{'q' * 24}",
        f"a=fingerprint:{FINGERPRINT[0]} {FINGERPRINT[1]}",
        "a=setup:actpass",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "a=mid:0",
        "a=sctp-port:5000",
        "m=audio 9 UDP/TLS/RTP/SAVPF 63 111",
        "a=mid:1",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=sendonly",
        "a=msid:- mic-id",
        "a=rtpmap:63 red/48000/2",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=fmtp:63 111/111",
        "a=ssrc:77 cname:x",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98",
        "a=mid:2",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        "a=sendonly",
        "a=msid:- cam-id",
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=rtpmap:98 VP9/90000",
        "a=rid:q send",
        "a=rid:h send",
        "a=rid:f send",
        "a=simulcast:send q;h;f",
        "",
    ]
)


def test_an_offer_is_read() -> None:
    found = parse(OFFER)
    assert found.security.ufrag == "abcd"
    assert found.security.fingerprint == FINGERPRINT
    data, audio, video = found.sections
    assert data.kind == "application"
    assert audio.codec == Codec(111, "opus/48000/2", "minptime=10;useinbandfec=1", red=63)
    assert (audio.track_id, audio.ssrcs) == ("mic-id", (77,))
    assert video.codec == Codec(96, "VP8/90000", rtx=97)
    assert video.rids == ("q", "h", "f")
    assert set(video.extensions) == {3, 4, 10}


def test_the_answer_takes_what_is_known_and_keeps_the_order() -> None:
    text = answer(parse(OFFER), LOCAL, 5, 2, 65_536)
    assert "a=ice-lite" in text
    assert "a=group:BUNDLE 0 1 2" in text
    assert "a=simulcast:recv q;h;f" in text
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n" in text
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" in text
    assert "a=rtcp-fb:96 transport-cc" in text
    assert "a=rtcp-fb:111" not in text
    back = parse(text)
    assert [section.mid for section in back.sections] == ["0", "1", "2"]
    assert [section.direction for section in back.sections[1:]] == ["recvonly", "recvonly"]
    assert back.security.setup == "passive"


def test_redundant_audio_is_not_answered_where_it_is_not_wanted() -> None:
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" in answer(parse(OFFER), LOCAL, 5, 2, 65_536, plain={"1"})


def test_what_repairs_is_told_from_media() -> None:
    found = parse(OFFER + "a=ssrc-group:FID 5 6\r\na=ssrc:5 cname:x\r\na=ssrc:6 cname:x\r\n").sections[2]
    assert (found.ssrcs, found.repairs) == ((5,), {6: 5})


def test_a_section_without_a_known_codec_is_rejected_in_its_place() -> None:
    text = answer(parse(OFFER.replace("VP8", "H261").replace("VP9", "H263")), LOCAL, 5, 2, 65_536)
    assert "m=video 0 " in text
    assert "a=group:BUNDLE 0 1\r\n" in text


def test_an_offer_to_a_subscriber_can_be_read_by_our_own_parser() -> None:
    sections = [
        Sending("1", "audio", Codec(111, "opus/48000/2"), 99, "PA_a|TR_b", "TR_b"),
        Sending("2", "video", Codec(96, "VP8/90000")),
        Sending("3", "video", Codec(96, "VP8/90000", rtx=97), 5, "PA_a|TR_c", "TR_c", 6),
    ]
    back = parse(offer(sections, LOCAL, 5, 2, 65_536))
    directions = [section.direction for section in back.sections]
    assert directions == ["sendrecv", "sendonly", "inactive", "sendonly"]
    assert (back.sections[3].ssrcs, back.sections[3].repairs) == ((5,), {6: 5})
    assert back.sections[1].track_id == "TR_b"
    assert back.security.setup == "actpass"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=0", "v=1"),
        ("a=fingerprint:sha-256", "a=fingerprint:md5"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:a"),
        ("a=mid:1", "a=mid:0"),
        ("a=mid:1", "a=mid:<script>"),
        ("m=audio", "m=smell"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q;h;f;x"),
        ("a=setup:actpass", "a=nothing"),
    ],
)
def test_descriptions_that_break_the_rules_are_refused(old: str, new: str) -> None:
    with pytest.raises(BadSdp):
        parse(OFFER.replace(old, new))


def processor_time(work: Callable[[], object], times: int = 5) -> float:
    """The least of some times, in seconds of this thread alone: others of the machine do not count."""
    found = []
    for _ in range(times):
        began = time.thread_time()
        work()
        found.append(time.thread_time() - began)
    return min(found)


def test_a_section_of_a_hundred_thousand_payload_types_is_read_quickly() -> None:
    """SECURITY H1: an offer of 716 packed bytes held the process for 0.42 s."""
    text = OFFER.replace("SAVPF 63 111", "SAVPF 63 111" + " 96" * 100_000)
    assert parse(text).sections[1].codec == Codec(111, "opus/48000/2", "minptime=10;useinbandfec=1", red=63)
    assert processor_time(lambda: parse(text)) < 0.02


def test_the_first_64_payload_types_of_a_section_are_looked_at() -> None:
    def named(before: int) -> str:
        others = [str(number) for number in range(before + 2) if number not in (63, 111)][:before]
        return OFFER.replace("SAVPF 63 111", f"SAVPF {' '.join(others)} 111")

    assert parse(named(63)).sections[1].codec is not None
    assert parse(named(64)).sections[1].codec is None


@pytest.mark.parametrize(
    "line",
    [
        "a=rtpmap:96 VP8/90000", "a=fmtp:96 apt=1", "a=ssrc:5 cname:x", "a=ssrc-group:FID 5 6",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=candidate:1 1 udp 1 192.0.2.1 9 typ host", "",
        "a=rid:q send", "a=simulcast:send q;h;f", "a=rtcp-fb:96 nack", "a=msid:- cam-id",
    ],
)  # fmt: skip
def test_a_description_of_one_line_again_and_again_is_refused_quickly(line: str) -> None:
    head, repeated = OFFER.removesuffix("\r\n"), f"\r\n{line}"
    parse(head + repeated * 400)
    text = head + repeated * ((500_000 - len(head)) // len(repeated))

    def refused() -> None:
        with pytest.raises(BadSdp, match="too many lines"):
            parse(text)

    assert processor_time(refused) < 0.05


@pytest.mark.parametrize("end", [" ", "1/", "a=", "send ", "\t", "apt=1 ", "9"])
@pytest.mark.parametrize(
    "start", ["a=fmtp:63 ", "a=simulcast:", "a=msid:", "a=ssrc:", "m=audio ", "a=mid:", "s="]
)
def test_a_line_without_end_is_read_or_refused_quickly(start: str, end: str) -> None:
    text = OFFER.replace("a=mid:1\r\n", f"a=mid:1\r\n{start}{end * (500_000 // len(end))}\r\n", 1)

    def read() -> None:
        with contextlib.suppress(BadSdp):
            parse(text)

    assert processor_time(read, 3) < 0.05


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadSdp):
        parse(text)


@given(st.integers(0, len(OFFER) - 1), st.integers(0, 40), st.text(max_size=20))
def test_a_damaged_offer_is_read_and_answered_or_refused(at: int, cut: int, put: str) -> None:
    with contextlib.suppress(BadSdp):
        answer(parse(OFFER[:at] + put + OFFER[at + cut :]), LOCAL, 5, 2, 65_536)
