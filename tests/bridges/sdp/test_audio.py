"""What descriptions say about their audio, from phones and from browsers."""

import pytest

from bridges.sdp.audio import RemoteAudio, read_plain, read_webrtc
from bridges.sdp.description import parse
from bridges.sdp.direction import Direction
from bridges.sdp.errors import MalformedSdp
from tests.bridges.sdp.fixtures import load

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
AUDIO = HEAD + "m=audio 4000 RTP/AVP 0\r\n"


def plain(text: str) -> RemoteAudio:
    found = read_plain(parse(text))
    assert found is not None
    return found


def webrtc(text: str) -> RemoteAudio:
    found = read_webrtc(parse(text))
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "port"), [("baresip_offer", 30166), ("sipp_offer", 6000)])
def test_a_phone_says_where_it_listens(name: str, port: int) -> None:
    audio = plain(load(name))
    assert audio.target == ("127.0.0.1", port)
    assert audio.rtcp_target == ("127.0.0.1", port + 1)
    assert audio.direction is Direction.SENDRECV
    assert audio.security is None


def test_a_phone_that_was_put_on_hold_only_listens() -> None:
    audio = plain(load("baresip_answer"))
    assert audio.direction is Direction.RECVONLY
    assert audio.ptime == 20


@pytest.mark.parametrize("way", list(Direction))
def test_the_direction_is_read_from_section_or_session(way: Direction) -> None:
    assert plain(AUDIO + f"a={way.value}\r\n").direction is way
    assert plain(HEAD + f"a={way.value}\r\nm=audio 4000 RTP/AVP 0\r\n").direction is way


def test_the_address_zero_is_the_old_hold() -> None:
    audio = plain(AUDIO + "c=IN IP4 0.0.0.0\r\n")
    assert audio.direction is Direction.SENDONLY
    assert audio.target is None
    inactive = plain(AUDIO + "c=IN IP4 0.0.0.0\r\na=recvonly\r\n")
    assert inactive.direction is Direction.INACTIVE


def test_rtcp_is_the_next_port_or_where_it_says() -> None:
    assert plain(AUDIO + "a=rtcp:4444\r\n").rtcp_target == ("192.0.2.1", 4444)
    assert plain(AUDIO + "a=rtcp:4444 IN IP4 192.0.2.9\r\n").rtcp_target == ("192.0.2.9", 4444)
    muxed = plain(AUDIO + "a=rtcp-mux\r\na=rtcp:4444\r\n")
    assert muxed.rtcp_mux
    assert muxed.rtcp_target == ("192.0.2.1", 4000)


def test_the_section_address_counts_before_the_session_address() -> None:
    assert plain(AUDIO + "c=IN IP6 2001:db8::7\r\n").target == ("2001:db8::7", 4000)


@pytest.mark.parametrize(
    "media",
    [
        "m=audio 0 RTP/AVP 0\r\n",
        "m=video 4000 RTP/AVP 31\r\n",
        "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
        "m=image 4000 udptl t38\r\n",
        "",
    ],
)
def test_without_plain_audio_there_is_nothing_to_carry(media: str) -> None:
    assert read_plain(parse(HEAD + media)) is None


def test_the_first_audio_that_is_not_refused_is_taken() -> None:
    audio = plain(HEAD + "m=audio 0 RTP/AVP 0\r\nm=video 5000 RTP/AVP 31\r\nm=audio 6000 RTP/AVP 8\r\n")
    assert audio.layout.audio == 2
    assert [slot.kind for slot in audio.layout.slots] == ["audio", "video", "audio"]


def test_audio_without_an_address_is_malformed() -> None:
    with pytest.raises(MalformedSdp):
        read_plain(parse(AUDIO.replace("c=IN IP4 192.0.2.1\r\n", "")))


@pytest.mark.parametrize("line", ["c=IN IP4 224.2.1.1", "c=IN IP4 255.255.255.255", "c=IN IP6 ff02::1"])
def test_addresses_of_many_machines_are_malformed(line: str) -> None:
    with pytest.raises(MalformedSdp):
        read_plain(parse(AUDIO + line + "\r\n"))


def test_a_browser_brings_its_keys() -> None:
    audio = webrtc(load("chromium_audio_offer"))
    assert audio.security is not None
    assert audio.security.ufrag == "MCpB"
    assert audio.security.password == "61uivDZ6NTTIxgLGp7guF5C9"
    assert audio.security.setup == "actpass"
    assert [name for name, _ in audio.security.fingerprints] == ["sha-256"]
    assert audio.layout.bundle
    assert audio.layout.slots[0].mid == "0"


def test_a_browser_that_answers_speaks_first() -> None:
    audio = webrtc(load("chromium_audio_answer"))
    assert audio.security is not None
    assert audio.security.setup == "active"


def test_a_browser_that_holds_restarts_ice_under_the_same_key() -> None:
    before, after = webrtc(load("chromium_audio_offer")), webrtc(load("chromium_hold_offer"))
    assert after.direction is Direction.SENDONLY
    assert after.security is not None
    assert before.security is not None
    assert after.security.ufrag != before.security.ufrag


def test_all_sections_of_a_browser_are_remembered() -> None:
    layout = webrtc(load("chromium_video_offer")).layout
    assert [(slot.kind, slot.mid) for slot in layout.slots] == [
        ("audio", "0"), ("video", "1"), ("application", "2"),
    ]  # fmt: skip


def test_the_fingerprint_of_the_whole_session_counts_where_the_section_has_none() -> None:
    audio = webrtc(load("firefox_video_offer"))
    assert audio.security is not None
    assert audio.security.fingerprints[0][1].startswith("84:ED:05:5B")
    assert [codec.payload_type for codec in audio.codecs] == [9, 0, 8, 101]


def test_a_browser_without_rtcp_mux_is_not_served() -> None:
    assert read_webrtc(parse(load("chromium_audio_offer").replace("a=rtcp-mux\r\n", ""))) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=ice-ufrag:MCpB", "a=ice-ufrag:a b"),
        ("a=ice-ufrag:MCpB\r\n", ""),
        ("a=ice-pwd:61uivDZ6NTTIxgLGp7guF5C9", "a=ice-pwd:short"),
        ("a=setup:actpass", "a=setup:holdconn"),
        ("a=fingerprint:sha-256", "a=fingerprint:md5"),
        ("a=fingerprint:sha-256 0F:", "a=fingerprint:sha-256 XX:"),
    ],
)
def test_keys_that_are_missing_or_wrong_are_malformed(old: str, new: str) -> None:
    text = load("chromium_audio_offer")
    assert old in text
    with pytest.raises(MalformedSdp):
        read_webrtc(parse(text.replace(old, new)))


def test_phones_and_browsers_are_not_taken_for_each_other() -> None:
    assert read_plain(parse(load("chromium_audio_offer"))) is None
    assert read_webrtc(parse(load("baresip_offer"))) is None
