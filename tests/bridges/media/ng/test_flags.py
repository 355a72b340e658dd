"""Offers in rtpengine's words."""

from __future__ import annotations

import pytest

from bridges.media.gateway import NoCommonCodec, Peer, Profile
from bridges.media.ng import flags
from bridges.media.ng.flags import BadRequest
from bridges.sdp.codecs import G722, PCMA, PCMU, TELEPHONE_EVENT
from bridges.sdp.errors import MalformedSdp
from wire.ng import Body

BASE: Body = {"call-id": "c", "from-tag": "a", "sdp": "v=0"}


def test_who_is_offered_something_has_its_tag_or_its_branch_as_a_name() -> None:
    assert flags.negotiation({**BASE, "to-tag": "b", "via-branch": "z"}).far == "b"
    assert flags.negotiation({**BASE, "via-branch": "z"}).far == "branch z"
    assert flags.negotiation(BASE).far == "branch "


@pytest.mark.parametrize("key", ["call-id", "from-tag", "sdp"])
def test_what_an_offer_cannot_be_without(key: str) -> None:
    for wrong in ({k: v for k, v in BASE.items() if k != key}, {**BASE, key: 1}):
        with pytest.raises(BadRequest):
            flags.negotiation(wrong)


@pytest.mark.parametrize(
    ("word", "profile"),
    [("RTP/AVP", Profile.RTP), ("rtp/avpf", Profile.RTP), ("UDP/TLS/RTP/SAVPF", Profile.WEBRTC)],
)
def test_transport_protocol_says_what_the_far_side_gets(word: str, profile: Profile) -> None:
    assert flags.far_profile({"transport-protocol": word}, Profile.RTP) is profile


def test_without_a_transport_protocol_it_is_the_near_sides() -> None:
    assert flags.far_profile({}, Profile.WEBRTC) is Profile.WEBRTC
    with pytest.raises(BadRequest):
        flags.far_profile({"transport-protocol": "RTP/XYZ"}, Profile.RTP)


def test_the_near_profile_is_that_of_the_first_audio() -> None:
    head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    video = "m=video 5000 RTP/AVP 31\r\n"
    assert flags.near_profile(f"{head}{video}m=audio 4000 RTP/AVP 0\r\n") is Profile.RTP
    assert flags.near_profile(f"{head}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n") is Profile.WEBRTC
    for audio in ("m=audio 0 RTP/AVP 0\r\n", "", "m=audio 4000 RTP/XYZ 0\r\n"):
        with pytest.raises(NoCommonCodec):
            flags.near_profile(head + video + audio)
    with pytest.raises(MalformedSdp):
        flags.near_profile("x")


def test_where_the_far_side_is_told_to_send() -> None:
    interfaces = {"inside": "10.0.0.1", "outside": "192.0.2.1"}
    assert flags.options({"direction": ["inside", "outside"]}, interfaces).told_host == "192.0.2.1"
    assert flags.options({"direction": ["outside", "inside"]}, interfaces).told_host == "10.0.0.1"
    assert flags.options({"media-address": "192.0.2.9"}, interfaces).told_host == "192.0.2.9"
    assert flags.options({}, interfaces).told_host is None
    wrong: list[Body] = [{"direction": ["inside", "moon"]}, {"media-address": "moon"}]
    for body in wrong:
        with pytest.raises(BadRequest):
            flags.options(body, interfaces)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [(["offer"], True), (["require"], True), (["demux"], False), (["accept"], None), ([], None)],
)
def test_rtcp_mux(words: list[str], wanted: bool | None) -> None:
    body: Body = {"rtcp-mux": [*words]}
    assert flags.options(body, {}).rtcp_mux is wanted


@pytest.mark.parametrize(
    ("asked", "used"),
    [(30, 30), ("30", 30), (10, 10), (120, 120), (25, None), (0, None), (130, None)],
)
def test_ptime(asked: int | str, used: int | None) -> None:
    assert flags.options({"ptime": asked}, {}).ptime == used


def test_an_emergency_call_may_use_the_ports_that_are_kept() -> None:
    assert flags.options({"flags": ["emergency"]}, {}).emergency
    assert not flags.options({"flags": ["x"]}, {}).emergency


ALL = (PCMU, G722, PCMA, TELEPHONE_EVENT)


@pytest.mark.parametrize(
    ("rules", "offered"),
    [
        ({}, ["PCMU", "G722", "PCMA", "telephone-event"]),
        ({"mask": ["G722"]}, ["PCMU", "PCMA", "telephone-event"]),
        ({"mask": ["all"]}, ["telephone-event"]),
        ({"mask": ["all"], "transcode": ["PCMA", "opus", "PCMU"]}, ["PCMA", "PCMU", "telephone-event"]),
        ({"mask": ["all"], "except": ["PCMA/8000"]}, ["PCMA", "telephone-event"]),
        ({"transcode": ["pcmu"]}, ["PCMU", "G722", "PCMA", "telephone-event"]),
    ],
)
def test_what_the_far_side_is_offered(rules: Body, offered: list[str]) -> None:
    options = flags.codec_options({"codec": rules})
    assert [codec.name for codec in options.offered(ALL)] == offered


def test_codec_rules_may_stand_among_the_flags() -> None:
    body: Body = {"flags": ["codec-mask-G722", "codec-transcode-PCMA", "codec-", "symmetric"]}
    options = flags.codec_options(body)
    assert (options.mask, options.transcode) == (frozenset({"g722"}), ("pcma",))


def test_who_is_where() -> None:
    body: Body = {
        "from-tag": "a",
        "received-from": ["IP4", "192.0.2.7"],
        "peers": {"b": {"address": "192.0.2.8", "authenticated": 1, "proven": 0}, "x": "y", "z": {}},
    }
    phone = Peer("192.0.2.8", authenticated=True, proven=False)
    assert flags.peers(body) == {"a": Peer("192.0.2.7"), "b": phone}
    for peer in flags.peers(body).values():
        assert flags.peers({"peers": {"q": flags.written(peer)}}) == {"q": peer}
