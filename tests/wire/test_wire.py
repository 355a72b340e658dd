import pytest

from wire.record import Audio, CallRecord
from wire.route import (
    Ghost,
    MalformedPlan,
    MatrixLeg,
    MeetingLeg,
    Party,
    PhoneLeg,
    Plan,
    Stage,
    TrunkLeg,
    parse_plan,
)

PLAN = {
    "outcome": "ring",
    "cause": None,
    "caller": {"user_id": "@anna:x", "name": "Anna", "number": "201"},
    "callee": {"user_id": None, "name": "06 1", "number": "+3906"},
    "ghost": {"user_id": "@_tel_+3906:x", "name": "06 1", "number": "+3906"},
    "room_id": "!a:x",
    "stages": [
        {
            "timeout": 45.0,
            "legs": [
                {"kind": "matrix", "user_id": "@b:x", "as_user": "@anna:x", "room_id": "!a:x"},
                {"kind": "sip", "extension": "202"},
                {"kind": "trunk", "trunk": "isp", "number": "+3906", "from_number": None},
            ],
        }
    ],
    "rings_elsewhere": True,
}


def test_a_plan_is_read_leg_by_leg() -> None:
    legs = (MatrixLeg("@b:x", "@anna:x", "!a:x"), PhoneLeg("202"), TrunkLeg("isp", "+3906"))
    assert parse_plan(PLAN) == Plan(
        outcome="ring",
        caller=Party("@anna:x", "Anna", "201"),
        callee=Party(None, "06 1", "+3906"),
        ghost=Ghost("@_tel_+3906:x", "06 1", "+3906"),
        room_id="!a:x",
        stages=(Stage(45.0, legs),),
        rings_elsewhere=True,
    )


def test_the_dial_in_is_a_stage_that_answers_at_once() -> None:
    assert [stage.legs for stage in Plan("meeting").to_ring] == [(MeetingLeg(),)]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {"outcome": "sing"},
        {"outcome": "ring", "stages": [{"timeout": 601}]},
        {"outcome": "ring", "stages": [{"timeout": 10, "legs": [{"kind": "pigeon"}]}]},
    ],
)
def test_what_is_no_plan_is_refused(wrong: object) -> None:
    with pytest.raises(MalformedPlan):
        parse_plan(wrong)


def test_a_record_comes_back_as_it_was_also_when_its_names_were_null() -> None:
    record = CallRecord(
        id="A", via="sip", dialled="202", started_at=1, caller=Party("@a:x"), audio=Audio(True, None)
    )
    stored = record.to_json()
    assert CallRecord.from_json(stored) == record
    assert CallRecord.from_json({**stored, "caller": {**stored["caller"], "name": None}}) == record
