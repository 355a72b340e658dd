"""Case 16: what an answer says of the callee, and what of the line."""

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.line_answers import Speaks, judge
from bridges.sip.transport.api import Ended, EndedBy, Reason
from tests.bridges.sip.b2bua.fake_sip import FakeIncoming
from tests.bridges.sip.b2bua.fakes import SPARE_LEG, TRUNK_LEG, House

CALLEE, LINE = Speaks.CALLEE, Speaks.LINE


def q850(cause: int) -> Reason:
    return Reason("Q.850", cause)


@pytest.mark.parametrize(
    "status", [301, 302, 404, 410, 433, 480, 484, 485, 486, 600, 603, 604, 606, 607, 608]
)
def test_case_16_these_answers_speak_of_the_callee(status: int) -> None:
    assert judge(Ended(EndedBy.REFUSED, status), rang=False).speaks is CALLEE


@pytest.mark.parametrize(
    "status",
    [300, 305, 380, 400, 401, 402, 403, 405, 406, 407, 408, 413, 415, 416, 420, 421, 430, 436, 437, 438,
     481, 482, 483, 487, 488, 491, 493, 500, 501, 502, 503, 504, 505, 513, 580, 599],
)  # fmt: skip
def test_case_16_these_answers_speak_of_the_line(status: int) -> None:
    assert judge(Ended(EndedBy.REFUSED, status), rang=False).speaks is LINE


@pytest.mark.parametrize(
    ("status", "reasons", "speaks", "cause"),
    [
        (480, [q850(34)], LINE, Cause.NO_TRUNK),  # no circuit
        (480, [q850(42)], LINE, Cause.NO_TRUNK),  # congestion
        (404, [q850(3)], LINE, Cause.NO_TRUNK),  # no route
        (404, [q850(1)], CALLEE, Cause.NOT_FOUND),
        (486, [q850(38)], LINE, Cause.NO_TRUNK),
        (603, [q850(41)], LINE, Cause.NO_TRUNK),
        (480, [q850(20)], CALLEE, Cause.UNREACHABLE),
        (480, [q850(19)], CALLEE, Cause.NO_ANSWER),
        (480, [q850(16)], CALLEE, Cause.UNREACHABLE),
        (480, [q850(31)], CALLEE, Cause.UNREACHABLE),
        (503, [q850(17)], CALLEE, Cause.BUSY),
        (500, [q850(18)], CALLEE, Cause.NO_ANSWER),
        (502, [q850(27)], CALLEE, Cause.UNREACHABLE),
        (403, [q850(21)], CALLEE, Cause.REJECTED),
        (403, [q850(57)], LINE, Cause.NO_TRUNK),
        (403, [q850(52)], LINE, Cause.NO_TRUNK),
        (500, [q850(127)], LINE, Cause.NO_TRUNK),
        (500, [Reason("q.850", 17)], CALLEE, Cause.BUSY),
        (500, [Reason("SIP", 486)], CALLEE, Cause.BUSY),
        (480, [Reason("SIP", 503)], LINE, Cause.NO_TRUNK),
        (480, [Reason("SIP", 200), Reason("Q.850", None), Reason("X", 34)], CALLEE, Cause.UNREACHABLE),
        (500, [q850(16), Reason("SIP", 480)], CALLEE, Cause.UNREACHABLE),
    ],
)
def test_case_16_a_reason_says_more_than_the_status(
    status: int, reasons: list[Reason], speaks: Speaks, cause: Cause
) -> None:
    verdict = judge(Ended(EndedBy.REFUSED, status, reasons=tuple(reasons)), rang=False)
    assert (verdict.speaks, verdict.cause) == (speaks, cause)


@pytest.mark.parametrize("status", [408, 487])
def test_case_16_silence_after_ringing_is_the_callees(status: int) -> None:
    ended = Ended(EndedBy.REFUSED, status)
    assert [judge(ended, rang=rang).speaks for rang in (True, False)] == [CALLEE, LINE]


async def two_lines() -> tuple[House, FakeIncoming]:
    house = House()
    house.plan([TRUNK_LEG], [SPARE_LEG])
    return house, await house.phone_calls("+390698765432")


@pytest.mark.parametrize(
    ("status", "reasons", "told"),
    [(480, (), 480), (302, (), 480), (486, (), 486), (404, (), 404), (503, (q850(17),), 486), (603, (), 603)],
)
async def test_case_16_the_callee_is_away_and_no_second_line_rings_them(
    status: int, reasons: tuple[Reason, ...], told: int
) -> None:
    """Case 16: The callee is away, the second line rings them too."""
    house, caller = await two_lines()
    (first,) = await house.forks(1)
    first.refuses(status, *reasons)
    assert (await house.did(caller, "reject"))[1] == told
    assert len(house.endpoint.calls) == 1


@pytest.mark.parametrize(
    ("status", "reasons"), [(403, ()), (488, ()), (402, ()), (503, ()), (480, (q850(34),)), (404, (q850(3),))]
)
async def test_case_16_a_refusal_of_this_one_line_does_not_end_the_search(
    status: int, reasons: tuple[Reason, ...]
) -> None:
    """Case 16, the other way round."""
    house, caller = await two_lines()
    (first,) = await house.forks(1)
    first.refuses(status, *reasons)
    second = (await house.forks(2))[-1]
    second.refuses(480)
    assert (await house.did(caller, "reject"))[1] == 480, "what was said of the callee is told"


async def test_case_16_what_the_only_line_said_is_told_when_nobody_speaks_of_the_callee() -> None:
    house = House()
    house.plan([TRUNK_LEG])
    caller = await house.phone_calls("+390698765432")
    (line,) = await house.forks(1)
    line.refuses(403)
    assert (await house.did(caller, "reject"))[1] == 403
