"""Tracks in the sections that a client of one connection offers."""

import pytest

from server.sfu.signal.formats import Codec
from server.sfu.signal.placement import MOST_ASKED, Asked, Placement
from server.sfu.signal.sdp import Section
from tests.server.sfu.signal.test_sdp import processor_time

CODECS = {
    "audio": (Codec(111, "opus/48000/2"),),
    "video": (Codec(96, "VP8/90000"), Codec(98, "VP9/90000")),
}
MIC, MIC2 = {"TR_m": ("audio", "opus")}, {"TR_n": ("audio", "opus")}
CAMERA = {"TR_c": ("video", "VP8")}
STRANGE = {"TR_s": ("video", "AV1")}


def offered(*kinds: str, direction: str = "recvonly") -> list[Section]:
    return [Section(kind, str(mid), direction, CODECS[kind]) for mid, kind in enumerate(kinds)]


def test_the_first_offer_is_waited_for() -> None:
    assert Placement().ask(MIC) is None


def test_tracks_stand_in_sections_of_their_kind() -> None:
    placement = Placement()
    assert placement.place(offered("audio", "video"), {**CAMERA, **MIC}) == {"1": "TR_c", "0": "TR_m"}
    assert placement.ask({**CAMERA, **MIC}) is None


def test_a_track_stays_where_it_stands_and_another_takes_a_place_that_is_left() -> None:
    placement = Placement()
    sections = offered("audio", "audio")
    placement.place(sections, MIC)
    assert placement.place(sections, {**MIC2, **MIC}) == {"0": "TR_m", "1": "TR_n"}
    assert placement.place(sections, MIC2) == {"1": "TR_n"}
    assert placement.place(sections, {**MIC2, "TR_o": ("audio", "opus")}) == {"1": "TR_n", "0": "TR_o"}


def test_only_an_offer_is_asked_for_when_sections_suffice() -> None:
    placement = Placement()
    placement.place(offered("audio", "video"), {})
    assert placement.ask(MIC) == Asked(0, 0)
    assert placement.ask(MIC) is None


def test_what_is_missing_is_asked_for_once() -> None:
    placement = Placement()
    placement.place(offered("audio"), {})
    assert placement.ask({**MIC, **CAMERA}) == Asked(0, 1)
    assert placement.ask({**MIC, **CAMERA}) is None
    assert placement.ask({**MIC, **CAMERA, **MIC2}) == Asked(1, 0)


def test_a_section_is_given_back_by_another_offer() -> None:
    placement = Placement()
    placement.place(offered("audio"), MIC)
    assert placement.ask({}) == Asked(0, 0)


@pytest.mark.parametrize("wanted", [STRANGE, {**MIC, **STRANGE}])
def test_a_codec_that_the_client_lacks_is_not_asked_for_again_and_again(
    wanted: dict[str, tuple[str, str]],
) -> None:
    placement = Placement()
    sections = offered("audio", "video")
    placement.place(sections, {})
    assert placement.ask(wanted) == Asked(0, 0)
    placement.place(sections, wanted)
    assert placement.ask(wanted) is None
    assert placement.ask({**wanted, **CAMERA}) == Asked(0, 1)


def test_a_client_that_brings_nothing_is_left_alone_until_something_changes() -> None:
    placement = Placement()
    placement.place(offered("audio"), {})
    assert placement.ask(CAMERA) == Asked(0, 1)
    placement.place(offered("audio"), CAMERA)
    assert placement.ask(CAMERA) is None
    assert placement.place(offered("audio", "video"), CAMERA) == {"1": "TR_c"}


@pytest.mark.parametrize("direction", ["sendonly", "inactive", "sendrecv"])
def test_sections_in_which_the_client_does_not_only_receive_are_not_used(direction: str) -> None:
    placement = Placement()
    assert placement.place(offered("audio", direction=direction), MIC) == {}
    assert placement.ask(MIC) == Asked(1, 0)


def test_after_a_broken_connection_all_is_asked_for_again() -> None:
    placement = Placement()
    placement.place(offered("audio"), {})
    placement.ask(CAMERA)
    placement.forget_asking()
    assert placement.ask(CAMERA) == Asked(0, 1)


def test_many_tracks_and_many_sections_are_matched_quickly() -> None:
    """A guest who offers the most sections, of the most codecs, in a full room."""
    codecs = tuple(Codec(number, "VP8/90000" if number > 130 else "H264/90000") for number in range(96, 128))
    sections = [Section("video", str(mid), "recvonly", codecs) for mid in range(256)]
    wanted = {f"TR_{number}": ("video", ("VP8", "AV1")[number % 2]) for number in range(1200)}

    def match() -> None:
        assert Placement().place(sections, wanted) == {}

    assert processor_time(match) < 0.05


def test_no_more_sections_are_asked_for_than_a_description_may_hold() -> None:
    placement = Placement()
    placement.place(offered("audio", "video"), {})
    many = {
        f"TR_{number}": ("audio" if number % 2 else "video", "opus" if number % 2 else "VP8")
        for number in range(900)
    }
    asked = placement.ask(many)
    assert asked is not None
    assert asked.audios + asked.videos == MOST_ASKED - 2
    assert placement.ask({**many, **MIC}) is None
