"""A trace as a ladder, and as text."""

from msgspec.structs import replace

from server.traces.ladder import Lane, RungLeg, RungStage, as_text, ladder, plan_words, stages
from wire.record import CallRecord
from wire.route import MatrixLeg, Party, PhoneLeg, Plan, Stage, TrunkLeg
from wire.trace import CallTrace, MediaPath, TracedMessage

SDP = "v=0\r\nm=audio 4000 RTP/AVP 8\r\n"
INVITE = TracedMessage(
    at=1_000, kind="sip", sent=False, leg="caller", transport="UDP", local="192.0.2.9:5060",
    remote="192.0.2.1:5060", text=f"INVITE sip:202@localhost SIP/2.0\r\nCall-ID: x\r\n\r\n{SDP}",
)  # fmt: skip
RINGING = replace(INVITE, at=1_050, sent=True, text="SIP/2.0 180 Ringing\r\n\r\n")
EVENT = TracedMessage(
    at=1_020, kind="matrix", sent=True, leg="matrix-1", remote="!room:localhost",
    text='{\n "type": "m.call.invite",\n "sender": "@_tel_+39:localhost"\n}',
)  # fmt: skip
TRACE = CallTrace(id="01A", messages=(INVITE, EVENT, RINGING, replace(RINGING, at=1_550)), ended_at=2_000)
PLAN = Plan(
    "ring",
    stages=(
        Stage(20, (PhoneLeg("202"), MatrixLeg("@bruno:x", "@_tel_+39:x", "!room:x"))),
        Stage(30, (TrunkLeg("carrier", "+390612"),), after=("no_answer", "busy")),
    ),
)


def test_unisono_stands_between_the_caller_and_those_who_were_called() -> None:
    drawn = ladder(TRACE)
    assert drawn.lanes == (
        Lane("caller", "sip", "192.0.2.1:5060"),
        Lane("unisono", "unisono", ""),
        Lane("matrix-1", "matrix", "!room:localhost"),
    )
    assert [(s.source, s.target, s.label, s.sdp, s.repeated) for s in drawn.steps] == [
        ("caller", "unisono", "INVITE", True, False),
        ("unisono", "matrix-1", "m.call.invite", False, False),
        ("unisono", "caller", "180 Ringing", False, False),
        ("unisono", "caller", "180 Ringing", False, True),
    ]


def test_a_call_of_which_nothing_was_kept_is_an_empty_ladder() -> None:
    drawn = ladder(CallTrace(id="01A"))
    assert ([lane.id for lane in drawn.lanes], drawn.steps) == (["unisono"], ())
    assert as_text(None, CallTrace(id="01A")).startswith("Call 01A\n")


def test_as_text_arrows_lead_from_lane_to_lane() -> None:
    lines = as_text(None, TRACE).splitlines()
    arrows = [line for line in lines if "---" in line and not line.startswith("--- ")]
    assert [line[:9].strip() for line in arrows] == ["0.000", "0.020", "0.050", "0.550"]
    assert "|- INVITE (SDP)".replace("- ", "") in arrows[0].replace("- ", "").replace("-", "")
    assert arrows[0].index("|") < arrows[0].index(">") < arrows[0].rindex("|")
    assert arrows[2].index("<") < arrows[2].index("180 Ringing")
    assert "180 Ringing again" in arrows[3]
    widths = {line.index("|") for line in arrows}
    assert len(widths) == 1


def test_as_text_says_who_called_whom_the_route_the_sound_and_all_messages() -> None:
    record = CallRecord(
        id="01A", via="sip", dialled="202", started_at=1_000, caller=Party("@anna:x", "Anna", "201"),
        callee=Party(None, "+39", "+39"), outcome="answered", reason="hangup",
    )  # fmt: skip
    media = (MediaPath(leg="caller", transport="RTP/AVP", codec="PCMA", packets_in=3, heard=True),)
    text = as_text(record, replace(TRACE, plan=PLAN, media=media, left_out=4))
    assert "From Anna (201) to +39, dialled 202, sip" in text
    assert "Began 1970-01-01 00:00:01.000Z, answered -, ended -: answered, hangup" in text
    assert "Sound: caller <-> nobody, RTP/AVP PCMA, not connected; packets 3 from it, 0 to it" in text
    assert "(4 messages in the middle were not kept.)" in text
    assert "--- 1. 1970-01-01 00:00:01.000Z caller -> unisono 192.0.2.1:5060 UDP\nINVITE" in text
    assert "\r" not in text


def test_a_plan_is_told_stage_by_stage() -> None:
    assert plan_words(PLAN) == (
        "phones of 202 + clients of @bruno:x for 20 s; then +390612 by carrier for 30 s after no_answer, busy"
    )
    assert stages(PLAN) == [
        RungStage(20, (RungLeg("sip", "202"), RungLeg("matrix", "@bruno:x")), ()),
        RungStage(30, (RungLeg("trunk", "+390612", "carrier"),), ("no_answer", "busy")),
    ]
    assert stages(Plan("meeting")) == [RungStage(10, (RungLeg("meeting", ""),), ())]
    assert plan_words(Plan("refuse", "not_found")) == "refused, not_found"
    assert plan_words(Plan("meeting")) == "meetings for 10 s"
    assert plan_words(Plan("ring")) == "nothing rings"
