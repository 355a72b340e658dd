"""Which codecs two sides will use, and by which payload types."""

from dataclasses import replace

import pytest

from bridges.sdp.codecs import (
    COMFORT_NOISE,
    G722,
    OPUS,
    PCMA,
    PCMU,
    TELEPHONE_EVENT,
    Codec,
    Key,
    Route,
    has_audio,
    read_codecs,
    routes,
    to_answer,
    to_offer,
)
from bridges.sdp.description import parse
from tests.bridges.sdp.fixtures import load

EVENT_126 = replace(TELEPHONE_EVENT, payload_type=126)
EVENT_96 = replace(TELEPHONE_EVENT, payload_type=96)


def codecs_of(media: str) -> tuple[Codec, ...]:
    return read_codecs(parse(f"v=0\no=- 1 1 IN IP4 192.0.2.1\n{media}").sections[0])


def test_of_chromium_only_what_telephones_know_is_kept() -> None:
    found = read_codecs(parse(load("chromium_audio_offer")).sections[0])
    assert [(codec.name, codec.payload_type) for codec in found] == [
        ("G722", 9), ("PCMU", 0), ("PCMA", 8), ("CN", 13), ("telephone-event", 126),
    ]  # fmt: skip


def test_static_payload_types_need_no_rtpmap() -> None:
    assert codecs_of("m=audio 9 RTP/AVP 8 0 18 3") == (PCMA, PCMU)


def test_names_are_compared_without_case_and_parameters_are_kept() -> None:
    found = codecs_of("m=audio 9 RTP/AVP 0 96\na=rtpmap:0 pcmu/8000/1\na=rtpmap:96 Telephone-Event/8000\n"
                      "a=fmtp:96 0-15")  # fmt: skip
    assert found == (PCMU, replace(EVENT_96, fmtp="0-15"))


def test_dynamic_payload_types_without_rtpmap_and_stereo_are_left_out() -> None:
    assert codecs_of("m=audio 9 RTP/AVP 97 98\na=rtpmap:98 PCMU/8000/2") == ()


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ("m=audio 9 RTP/AVP 128", ()),
        ("m=audio 9 RTP/AVP x 0", (PCMU,)),
        ("m=audio 9 RTP/AVP 0\na=rtpmap:0 PCMU", (PCMU,)),
        ("m=audio 9 RTP/AVP 0\na=rtpmap:0 PCMU/fast", (PCMU,)),
        ("m=audio 9 RTP/AVP 97\na=rtpmap:97 PCMU/fast", ()),
        ("m=audio 9 RTP/AVP 0\na=rtpmap:PCMU/8000", (PCMU,)),
        ("m=audio 9 RTP/AVP 0\na=fmtp:x 1", (PCMU,)),
        ("m=audio 9 RTP/AVP 0\na=rtpmap:0 PCMU/8000/two", ()),
    ],
)
def test_payload_types_that_make_no_sense_are_none(media: str, expected: tuple[Codec, ...]) -> None:
    """Case 6: one line that cannot be read does not cost the others."""
    assert codecs_of(media) == expected


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ((PCMU,), (PCMU, PCMA, TELEPHONE_EVENT)),
        ((PCMA, PCMU), (PCMA, PCMU, TELEPHONE_EVENT)),
        ((G722, PCMA, EVENT_126), (G722, PCMA, PCMU, TELEPHONE_EVENT)),
        ((G722,), (G722, PCMU, PCMA, TELEPHONE_EVENT)),
        ((OPUS,), (G722, PCMU, PCMA, TELEPHONE_EVENT)),
    ],
)
def test_an_offer_keeps_the_order_and_adds_the_other_law(
    offered: tuple[Codec, ...], expected: tuple[Codec, ...]
) -> None:
    assert to_offer(offered, {}) == expected


def test_a_leg_keeps_the_payload_types_it_knows() -> None:
    assert to_offer((PCMU,), {TELEPHONE_EVENT.key: 126})[-1] == EVENT_126


def test_a_payload_type_is_never_given_twice() -> None:
    numbers = [codec.payload_type for codec in to_offer((G722, PCMU), {TELEPHONE_EVENT.key: 0})]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("offered", "answered", "expected"),
    [
        pytest.param((PCMU, PCMA), (PCMA,), (PCMA,), id="the common one"),
        pytest.param((PCMU, PCMA), (PCMA, PCMU), (PCMA,), id="the far side's first, alone"),
        pytest.param((PCMA,), (PCMU,), (PCMA,), id="the other law"),
        pytest.param((PCMU, EVENT_126), (PCMU, TELEPHONE_EVENT), (PCMU, EVENT_126), id="own number"),
        pytest.param((PCMU, EVENT_126), (PCMU,), (PCMU, EVENT_126), id="events become tones"),
        pytest.param((G722,), (PCMU,), (G722,), id="transcoding where nothing is common"),
        pytest.param((OPUS,), (G722, PCMU), (OPUS,), id="Opus is transcoded"),
        pytest.param((G722, PCMA), (PCMU,), (PCMA,), id="G.711 beside G.722"),
        pytest.param((PCMU,), (TELEPHONE_EVENT,), (), id="events are no audio"),
    ],
)
def test_an_answer_names_one_codec_that_works(
    offered: tuple[Codec, ...], answered: tuple[Codec, ...], expected: tuple[Codec, ...]
) -> None:
    assert to_answer(offered, answered) == expected


def test_events_alone_are_no_audio() -> None:
    assert not has_audio((TELEPHONE_EVENT,))
    assert has_audio((TELEPHONE_EVENT, PCMA))


def test_routes_map_payload_types_and_translate_laws() -> None:
    event: Key = TELEPHONE_EVENT.key
    found = routes({0: PCMU.key, 9: G722.key, 126: event}, {PCMA.key: 8, event: 101})
    assert found == {
        0: Route(8, PCMU.key, PCMA.key), 9: Route(8, G722.key, PCMA.key), 126: Route(101, event, event),
    }  # fmt: skip
    assert routes({111: OPUS.key}, {event: 101}) == {}


def test_opus_counts_only_where_it_is_all_that_there_is() -> None:
    lines = "a=rtpmap:111 opus/48000/2\na=fmtp:111 useinbandfec=1"
    (alone,) = codecs_of(f"m=audio 9 RTP/AVP 111\n{lines}")
    assert (alone.key, alone.payload_type, alone.channels) == (OPUS.key, 111, 2)
    assert codecs_of(f"m=audio 9 RTP/AVP 111 8\n{lines}") == (PCMA,)
    assert codecs_of("m=audio 9 RTP/AVP 111\na=rtpmap:111 opus/16000/2") == ()


def test_routes_do_not_translate_what_is_understood() -> None:
    assert routes({8: PCMA.key}, {PCMU.key: 0, PCMA.key: 8}) == {8: Route(8, PCMA.key, PCMA.key)}


NOISE = COMFORT_NOISE


def test_comfort_noise_is_offered_to_the_other_side_by_who_knows_it() -> None:
    assert NOISE in to_offer((PCMU, NOISE), {})
    assert NOISE not in to_offer((PCMU,), {})
    assert codecs_of("m=audio 4000 RTP/AVP 0 13\n") == (PCMU, NOISE)


def test_comfort_noise_is_agreed_on_by_two_who_know_it() -> None:
    events = TELEPHONE_EVENT
    assert to_answer((PCMU, NOISE, events), (PCMA, NOISE, events)) == (PCMU, NOISE, events)
    assert to_answer((PCMU, NOISE), (PCMU,)) == (PCMU,)
    assert to_answer((PCMU,), (PCMU, NOISE)) == (PCMU,)
    assert to_answer((OPUS, NOISE), (PCMU, NOISE)) == (OPUS,)


def test_comfort_noise_passes_as_it_is() -> None:
    found = routes({0: PCMU.key, 13: NOISE.key}, {PCMA.key: 8, NOISE.key: 19})
    assert found[13] == Route(19, NOISE.key, NOISE.key)
    assert 13 not in routes({0: PCMU.key, 13: NOISE.key}, {PCMA.key: 8})
