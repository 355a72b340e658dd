"""Layers, speakers, keyframes and the guard of the rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.forwarding import vp8
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.keyframes import inspect, is_keyframe
from server.sfu.forwarding.layers import ceiling_for, choose
from server.sfu.forwarding.speakers import HOLD, Loudness, Speaker, changes
from server.sfu.forwarding.stream import Stream
from tests.server.sfu.forwarding import recorded

LAYERS = [(0, 320, 180), (1, 640, 360), (2, 1280, 720)]


def streams(**alive: bool) -> dict[int, Stream]:
    made = {}
    for quality, name in enumerate(("q", "h", "f")):
        made[quality] = Stream(quality, 90_000, quality, repairable=True)
        made[quality].last_at = 10.0 if alive.get(name, True) else 0.0
    return made


@pytest.mark.parametrize(
    ("alive", "ceiling", "chosen"),
    [
        ({}, 2, 2),
        ({}, 0, 0),
        ({"f": False}, 2, 1),
        ({"q": False}, 0, 1),
        ({"q": False, "h": False, "f": False}, 2, None),
    ],
)
def test_the_best_layer_that_comes_and_fits(alive: dict[str, bool], ceiling: int, chosen: int | None) -> None:
    found = choose(streams(**alive), ceiling, 10.5)
    assert (found.quality if found else None) == chosen


def test_the_only_layer_is_taken_even_in_silence() -> None:
    only = Stream(1, 48_000, 2, repairable=False)
    assert choose({2: only}, 0, 1e6) is only


@pytest.mark.parametrize(
    ("size", "quality"), [((160, 90), 0), ((640, 360), 1), ((650, 366), 1), ((1920, 1080), 2)]
)
def test_a_small_picture_needs_a_small_layer(size: tuple[int, int], quality: int) -> None:
    assert ceiling_for(*size, LAYERS) == quality


def test_who_is_loud_speaks_and_pauses_are_bridged() -> None:
    loudness = Loudness()
    for _ in range(20):
        loudness.observe(20)
    assert loudness.measure(1.0) == pytest.approx(0.1)
    assert loudness.measure(1.0 + HOLD / 2) > 0
    assert loudness.measure(1.1 + HOLD) == 0.0


def test_a_click_is_no_speech() -> None:
    loudness = Loudness()
    loudness.observe(5)
    assert loudness.measure(1.0) == 0.0


def test_changes_name_speakers_loudest_first_and_who_stopped() -> None:
    assert changes({"a": 0.5}, {"b": 0.2, "c": 0.9}) == [
        Speaker("c", 0.9, True),
        Speaker("b", 0.2, True),
        Speaker("a", 0.0, False),
    ]
    assert changes({"a": 0.5}, {"a": 0.5}) == []


@pytest.mark.parametrize(
    ("mime", "payload", "is_"),
    [
        ("video/VP8", b"\x10\x00", True),
        ("video/VP8", b"\x10\x01", False),
        ("video/VP8", b"\x00\x00", False),
        ("video/VP8", b"", False),
        ("video/H264", b"\x67\x42", True),
        ("video/H264", b"\x61\x42", False),
        ("video/H264", b"\x7c\x85", True),
        ("video/H264", b"\x7c\x05", False),
        ("video/H264", b"\x78\x00\x10\x67", True),
        ("video/VP9", b"\x88\x00", True),
        ("video/VP9", b"\xa8\x05\x02", False),
        ("video/VP9", b"\xa8\x85\x01\x00", True),
        ("video/VP9", b"\xa8\x85", False),
        ("video/VP9", b"", False),
        ("video/H264", b"\x78\x00\x02\x06\x01\x00\x02\x67\x42", True),
        ("video/H264", b"\x78\x00\x02\x06\x01\x00\x02\x41\x42", False),
        ("video/AV1", b"\x98", False),
        ("video/VP9", b"\xc8\x00", False),
        ("video/AV1", b"\x18", True),
        ("video/AV1", b"\x10", False),
    ],
)
def test_the_first_bytes_of_keyframes(mime: str, payload: bytes, *, is_: bool) -> None:
    assert is_keyframe(mime, payload) is is_


@pytest.mark.parametrize(
    ("mime", "key", "delta"),
    [
        ("video/VP8", recorded.VP8_KEY, recorded.VP8_DELTA),
        ("video/H264", recorded.H264_KEY, recorded.H264_DELTA),
        ("video/VP9", recorded.VP9_KEY, recorded.VP9_DELTA),
        ("video/AV1", recorded.AV1_KEY, recorded.AV1_DELTA),
    ],
)
def test_keyframes_are_known_as_they_were_recorded(mime: str, key: str, delta: str) -> None:
    for text, expected in ((key, True), (delta, False)):
        found = recorded.packet(text)
        inspect(mime, found)
        assert found.keyframe is expected


@given(st.sampled_from(["video/VP8", "video/H264", "video/VP9", "video/AV1"]), st.binary(max_size=12))
def test_any_payload_is_a_keyframe_or_not(mime: str, payload: bytes) -> None:
    assert is_keyframe(mime, payload) in (True, False)
    found = vp8.read(payload)
    if found:
        assert len(vp8.rewrite(payload, found, 5, 6, 7)) == len(payload)


def test_the_guard_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(100, 100)
    assert bucket.take(100, 0.0)
    assert not bucket.take(1, 0.0)
    assert bucket.take(50, 0.5)
    assert not bucket.take(100, 0.6)
