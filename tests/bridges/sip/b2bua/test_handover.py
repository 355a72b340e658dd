"""What is asked when a call is given on: by whom it came there."""

import pytest

from bridges.sip.b2bua.handover import Handover
from wire.record import CallRecord
from wire.route import FORWARDS_MAX, QUEUE_AGENTS, QUEUE_ELSEWHERE, Forwarded, Party

QUEUE, DESK = Party(None, "Hotline", "310"), Party(None, "Front desk", "400")
CAME = (Forwarded(DESK, "always"),)


def came_by(to: str, *, by_menu: bool = False, came: tuple[Forwarded, ...] = CAME) -> tuple[Forwarded, ...]:
    before = CallRecord(
        id="1", via="sip", started_at=0, caller=Party("@anna:x"), callee=QUEUE, forwarded=came
    )
    record = Handover(before, to, "sip", by_caller=False, by_menu=by_menu)
    return record.request(record.record("2", 0), ()).forwarded


@pytest.mark.parametrize(
    ("to", "by_menu", "expected"),
    [
        (QUEUE_ELSEWHERE, False, (*CAME, Forwarded(QUEUE, "no_answer"))),
        (QUEUE_AGENTS, False, ()),
        ("menu:1", True, CAME),
        ("203", False, ()),
    ],
)
def test_nobody_is_sent_round_without_their_will(
    to: str, by_menu: bool, expected: tuple[Forwarded, ...]
) -> None:
    assert came_by(to, by_menu=by_menu) == expected


def test_a_long_way_stays_within_what_may_be_asked() -> None:
    found = came_by(QUEUE_ELSEWHERE, came=CAME * FORWARDS_MAX)
    assert (len(found), found[-1].by) == (FORWARDS_MAX, QUEUE)


@pytest.mark.parametrize("by_caller", [False, True])
def test_who_calls_in_somebodys_name_does_so_wherever_they_are_given_to(by_caller: bool) -> None:
    principal = Party("@bruno:x", "Bruno", "202")
    before = CallRecord(
        id="1", via="sip", started_at=0, caller=Party("@anna:x"), callee=QUEUE, on_behalf_of=principal
    )
    given = Handover(before, "203", "sip", by_caller=by_caller).record("2", 0)
    # Whoever is called calls in nobody's name when they are given to somebody.
    assert given.on_behalf_of == (None if by_caller else principal)
