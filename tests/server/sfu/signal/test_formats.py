"""Payload types: read from whatever a client offers, given away without collisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.signal import formats
from server.sfu.signal.formats import CODECS, Codec, PayloadTypes, lines, told_as

BLOCK = "\n".join(
    [
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=rtpmap:102 H264/90000",
        "a=fmtp:102 packetization-mode=1;profile-level-id=42001f",
        "a=rtpmap:103 rtx/90000",
        "a=fmtp:103 apt=102",
        "a=rtpmap:116 ulpfec/90000",
    ]
)


def read(kind: str, numbers: list[str], block: str) -> tuple[Codec, ...]:
    said = block.split("\n")
    rtpmaps, fmtps = (
        [line.removeprefix(name) for line in said if line.startswith(name)]
        for name in ("a=rtpmap:", "a=fmtp:")
    )
    return formats.read(kind, numbers, rtpmaps, fmtps)


def test_codecs_come_with_what_repairs_them() -> None:
    h264 = "packetization-mode=1;profile-level-id=42001f"
    assert read("video", ["96", "97", "102", "103", "116"], BLOCK) == (
        Codec(96, "VP8/90000", rtx=97),
        Codec(102, "H264/90000", h264, rtx=103),
    )


def test_a_repair_that_stands_in_no_m_line_does_not_count() -> None:
    assert read("video", ["96"], BLOCK) == (Codec(96, "VP8/90000"),)


@pytest.mark.parametrize("parameters", ["111/111", "111/111/111"])
def test_redundant_audio_is_known_by_what_it_carries(parameters: str) -> None:
    block = f"a=rtpmap:63 red/48000/2\na=fmtp:63 {parameters}\na=rtpmap:111 opus/48000/2"
    assert read("audio", ["111", "63"], block) == (Codec(111, "opus/48000/2", red=63),)


def test_what_is_written_is_read_again() -> None:
    for kind, codec in (("video", Codec(98, "VP9/90000", "profile-id=0", rtx=99)),
                        ("audio", Codec(111, "opus/48000/2", "minptime=10", red=63))):  # fmt: skip
        text = "\n".join(lines(codec, ("nack",)))
        assert read(kind, [str(number) for number in codec.numbers], text) == (codec,)


def test_each_format_gets_one_number_that_no_other_has() -> None:
    given_ = PayloadTypes()
    vp8 = given_.towards(Codec(120, "VP8/90000", "max-fs=12288"))
    one = given_.towards(Codec(102, "H264/90000", "profile-level-id=42001f"))
    other = given_.towards(Codec(102, "H264/90000", "profile-level-id=640c1f"))
    assert vp8 == Codec(96, "VP8/90000", rtx=97)
    assert given_.towards(Codec(99, "H264/90000", "profile-level-id=42001f")) == one
    numbers = [number for codec in (vp8, one, other) for number in codec.numbers]
    assert len(set(numbers)) == 6


@given(st.lists(st.text("0123456789", min_size=1, max_size=3), max_size=6), st.text(max_size=200))
def test_any_block_is_read(numbers: list[str], block: str) -> None:
    for codec in read("video", numbers, BLOCK + "\n" + block):
        assert codec.payload_type < 128


@pytest.mark.parametrize(
    ("codec", "fmtp", "told"),
    [
        ("H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034", "1;42e0"),
        ("H264", "profile-level-id=42C01F; packetization-mode=1", "1;42e0"),
        ("H264", "packetization-mode=1;profile-level-id=42001f;sprop-parameter-sets=AbC", "1;4200"),
        ("H264", "profile-level-id=4d001f", "0;4d00"),
        ("H264", "profile-level-id=4d801f", "0;42e0"),
        ("H264", "profile-level-id=640c1f", "0;640c"),
        ("H264", "profile-level-id=640028", "0;6400"),
        ("H264", "profile-level-id=odd", "0;4200"),
        ("H264", "", "0;4200"),
        ("VP8", "max-fs=12288;max-fr=60", ""),
        ("VP9", "profile-id=2", "profile-id=2"),
        ("VP9", "profile-id=77", "profile-id=0"),
        ("VP9", "", "profile-id=0"),
        ("AV1", "level-idx=8;profile=1;tier=1", "level-idx=5;profile=1;tier=0"),
        ("AV1", "", "level-idx=5;profile=0;tier=0"),
    ],
)
def test_subscribers_are_told_what_a_decoder_is_chosen_by(codec: str, fmtp: str, told: str) -> None:
    if codec == "H264":
        mode, profile = told.split(";")
        told = f"level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}1f"
    assert told_as(Codec(102, f"{codec}/90000", fmtp)) == told


@given(
    st.lists(
        st.tuples(st.sampled_from(CODECS["video"]), st.from_regex(r"[A-Za-z0-9=;-]{0,40}", fullmatch=True))
    )
)
def test_whatever_publishers_say_each_format_has_a_number_of_its_own(said: list[tuple[str, str]]) -> None:
    """One guest who published fifteen formats had two share a number, in the descriptions of all others."""
    given_ = PayloadTypes()
    every = [f"profile-id={n};profile={n};packetization-mode={n};profile-level-id={p}" for n in range(5)
             for p in ("42001f", "42e01f", "4d001f", "64001f", "640c1f")]  # fmt: skip
    said += [(rtpmap, fmtp) for rtpmap in CODECS["video"] for fmtp in every]
    found = {given_.towards(Codec(99, rtpmap, fmtp)) for rtpmap, fmtp in said}
    numbers = [number for codec in found for number in codec.numbers]
    assert len(set(numbers)) == len(numbers) == 2 * 17
