"""Offers to a subscriber, one at a time."""

from server.sfu.signal.formats import Codec
from server.sfu.signal.negotiation import MOST_SECTIONS, OFFERS, OFFERS_AT_ONCE, Gap, Negotiation, Wanted

OPUS, VP8 = Codec(111, "opus/48000/2"), Codec(96, "VP8/90000")


def audio(sid: str) -> Wanted:
    return Wanted(sid, "audio", OPUS, 7, f"PA|{sid}")


def video(sid: str) -> Wanted:
    return Wanted(sid, "video", VP8, 8, f"PA|{sid}")


def test_tracks_get_sections_and_are_sent_once_they_are_accepted() -> None:
    negotiation = Negotiation()
    sections = negotiation.offer([audio("A"), video("B")])
    assert [(one.mid, one.track_id) for one in sections] == [("1", "A"), ("2", "B")]
    assert negotiation.answered(1, {"1"}) == ({"A": "1"}, False)


def test_changes_wait_while_an_offer_is_out() -> None:
    negotiation = Negotiation()
    negotiation.offer([])
    assert not negotiation.request()
    assert negotiation.answered(1, set()) == ({}, True)
    assert negotiation.request()


def test_an_answer_to_an_older_offer_is_ignored() -> None:
    negotiation = Negotiation()
    negotiation.offer([])
    negotiation.answered(1, set())
    negotiation.offer([audio("A")])
    assert negotiation.answered(1, {"1"}) == ({}, False)
    assert negotiation.answered(2, {"1"}) == ({"A": "1"}, False)


def test_a_section_is_used_again_by_the_next_track_of_its_kind() -> None:
    negotiation = Negotiation()
    negotiation.offer([audio("A"), video("B")])
    negotiation.answered(1, {"1", "2"})
    left = negotiation.offer([video("B")])
    assert [one.active for one in left] == [False, True]
    negotiation.answered(2, {"2"})
    again = negotiation.offer([video("B"), audio("C")])
    assert [(one.mid, one.track_id) for one in again] == [("1", "C"), ("2", "B")]


def test_after_a_lost_connection_an_offer_may_be_made_at_once() -> None:
    negotiation = Negotiation()
    negotiation.offer([])
    negotiation.restart()
    assert negotiation.request()


def test_formats_that_come_and_go_do_not_make_descriptions_longer_and_longer() -> None:
    negotiation = Negotiation()
    for number in range(1000):
        track = Wanted(f"T{number}", "video", Codec(96 + number % 17, "VP9/90000", f"{number}"), 8, "PA|T")
        sections = negotiation.offer([audio("A"), track])
        assert track.sid in negotiation.mids().values()
    assert len(sections) == 64


def test_a_description_holds_no_more_than_its_answer_may() -> None:
    negotiation = Negotiation()
    tracks = [audio(f"A{number}") for number in range(400)]
    assert len(negotiation.offer(tracks)) == MOST_SECTIONS
    first = set(negotiation.mids().values())
    # Who had no place gets one when somebody goes.
    assert len(negotiation.offer(tracks[1:])) == MOST_SECTIONS
    assert set(negotiation.mids().values()) - first == {f"A{MOST_SECTIONS}"}


def test_a_few_negotiations_begin_at_once() -> None:
    gap = Gap()
    assert all(gap.ask(5.0) for _ in range(int(OFFERS_AT_ONCE)))
    assert not gap.due(5.0)


def test_of_very_many_some_a_second_are_begun_and_the_last_is_not_forgotten() -> None:
    gap, begun = Gap(), 0
    for turn in range(20 * 60):
        now = turn / 20
        begun += gap.due(now) and gap.ask(now)
        begun += sum(gap.ask(now) for _ in range(50))
    assert begun <= OFFERS * 60 + OFFERS_AT_ONCE
    assert not gap.due(59.95)
    assert gap.due(59.95 + 1 / OFFERS)
    assert gap.ask(59.95 + 1 / OFFERS)
    assert not gap.due(100.0)
