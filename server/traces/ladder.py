"""The messages of a call as a ladder: who said what to whom, top to bottom. Pure.

Each leg of the call is a lane; Unisono stands between the caller's and those that were called.
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from wire.record import CallRecord, Sound
from wire.route import (
    AnnouncementLeg,
    AttendantLeg,
    ConferenceLeg,
    MatrixLeg,
    MeetingLeg,
    MobileLeg,
    ParkLeg,
    Party,
    PhoneLeg,
    Plan,
    QueueLeg,
    TrunkLeg,
    VoicemailLeg,
)
from wire.route import Leg as PlannedLeg
from wire.trace import CallTrace, MediaPath, TracedMessage

US = "unisono"
_WIDTH = 27


class Lane(msgspec.Struct, frozen=True):
    """`id` is the leg's name, or `unisono`; `address` where its first message came from or went to."""

    id: str
    kind: Literal["unisono", "sip", "matrix"]
    address: str


class Step(msgspec.Struct, frozen=True):
    """One message; `label` is its method, its answer's status and words, or the type of the event.

    `repeated`: the very same message went the same way before (a retransmission). `sdp`: it describes media.
    """

    at: int
    source: str
    target: str
    label: str
    sdp: bool
    repeated: bool
    transport: str | None
    local: str
    remote: str
    text: str
    cut: bool


class Ladder(msgspec.Struct, frozen=True):
    lanes: tuple[Lane, ...]
    steps: tuple[Step, ...]


def ladder(trace: CallTrace) -> Ladder:
    """The ladder of a trace; its lanes in the order in which the legs came."""
    lanes: dict[str, Lane] = {}
    seen: set[tuple[str, bool, str]] = set()
    steps = []
    for message in trace.messages:
        name = message.leg or message.remote
        lanes.setdefault(name, Lane(name, message.kind, message.remote))
        key = (name, message.sent, message.text)
        steps.append(_step(message, name, repeated=key in seen))
        seen.add(key)
    legs, us = list(lanes.values()), Lane(US, "unisono", "")
    return Ladder((*legs[:1], us, *legs[1:]), tuple(steps))


def _step(message: TracedMessage, lane: str, *, repeated: bool) -> Step:
    source, target = (US, lane) if message.sent else (lane, US)
    return Step(
        message.at,
        source,
        target,
        _label(message),
        "m=audio" in message.text,
        repeated,
        message.transport,
        message.local,
        message.remote,
        message.text,
        message.cut,
    )


def _label(message: TracedMessage) -> str:
    if message.kind == "matrix":
        return message.text.partition('"type": "')[2].partition('"')[0]
    first = message.text.partition("\r\n")[0]
    return first.removeprefix("SIP/2.0 ") if first.startswith("SIP/2.0 ") else first.partition(" ")[0]


class RungLeg(msgspec.Struct, frozen=True):
    """Whom a stage of the route rang: `to` is a user, an extension or a number; `by` its line."""

    kind: Literal[
        "matrix", "sip", "trunk", "meeting", "park", "voicemail", "announcement", "queue", "attendant"
    ]
    to: str
    by: str | None = None


class RungStage(msgspec.Struct, frozen=True):
    """Legs that rang together, for so many seconds; `after`: only when the stage before ended so."""

    timeout: float
    legs: tuple[RungLeg, ...]
    after: tuple[str, ...]


def stages(plan: Plan) -> list[RungStage]:
    """The route of a call, stage by stage."""
    return [
        RungStage(stage.timeout, tuple(_rung(leg) for leg in stage.legs), stage.after or ())
        for stage in plan.to_ring
        if not stage.forward
    ]


def _rung(leg: PlannedLeg) -> RungLeg:
    match leg:
        case MatrixLeg():
            return RungLeg("matrix", leg.user_id)
        case PhoneLeg():
            return RungLeg("sip", leg.extension)
        case TrunkLeg() | MobileLeg():
            line = leg.line if isinstance(leg, MobileLeg) else leg
            return RungLeg("trunk", line.number, line.trunk)
        case MeetingLeg() | ConferenceLeg() | QueueLeg():
            return RungLeg("queue" if isinstance(leg, QueueLeg) else "meeting", "")
        case ParkLeg(slot=slot):
            return RungLeg("park", slot or "")
    return _voice(leg)


def _voice(leg: VoicemailLeg | AnnouncementLeg | AttendantLeg) -> RungLeg:
    match leg:
        case VoicemailLeg(user_id=to):
            return RungLeg("voicemail", to)
        case AnnouncementLeg(say=to):
            return RungLeg("announcement", to)
        case AttendantLeg(attendant=to):
            return RungLeg("attendant", to)


# --- as text ---


def as_text(record: CallRecord | None, trace: CallTrace) -> str:
    """All of it for a terminal or a file: what the call was, the ladder, the messages."""
    drawn = ladder(trace)
    parts = [*_head(record, trace), "", *_drawing(drawn), ""]
    if trace.left_out:
        parts += [f"({trace.left_out} messages in the middle were not kept.)", ""]
    for number, step in enumerate(drawn.steps, 1):
        way = f"{step.source} -> {step.target}"
        parts.append(f"--- {number}. {moment(step.at)} {way} {step.remote} {step.transport or ''}".rstrip())
        parts += [step.text.replace("\r\n", "\n").rstrip("\n"), *(["(cut)"] if step.cut else []), ""]
    return "\n".join(parts)


def _head(record: CallRecord | None, trace: CallTrace) -> list[str]:
    lines = [f"Call {trace.id}"]
    if record is not None:
        lines += [
            f"From {_party(record.caller)} to {_party(record.callee)},"
            f" dialled {record.dialled}, {record.via}",
            f"Began {moment(record.started_at)}, answered {moment(record.answered_at)},"
            f" ended {moment(record.ended_at)}: {record.outcome}, {record.reason or '-'}",
        ]
        lines += _sound(record.sound)
    if trace.plan is not None:
        lines.append(f"Route: {plan_words(trace.plan)}")
    return lines + [f"Sound: {_path(path)}" for path in trace.media]


def _party(party: Party) -> str:
    number = f" ({party.number})" if party.number and party.number != party.name else ""
    known = party.name or party.number or party.user_id or "nobody known"
    return known if known == party.number else f"{known}{number}"


def moment(at: int | None) -> str:
    """Universal time to the millisecond; "-" for None."""
    if at is None:
        return "-"
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"


def plan_words(plan: Plan) -> str:
    """A plan on one line: what rings how long, stage by stage."""
    if plan.outcome == "refuse":
        return f"refused, {plan.cause}"
    stages = []
    for stage in plan.to_ring:
        after = f" after {', '.join(stage.after)}" if stage.after else ""
        if stage.forward:
            stages.append(f"where {stage.forward[-1].by.number} has calls forwarded{after}")
            continue
        stages.append(f"{' + '.join(_leg(leg) for leg in stage.legs)} for {stage.timeout:g} s{after}")
    return "; then ".join(stages) or "nothing rings"


def _leg(leg: PlannedLeg) -> str:
    match leg:
        case MatrixLeg() | VoicemailLeg():
            what = "the mailbox" if isinstance(leg, VoicemailLeg) else "clients"
            return f"{what} of {leg.user_id}"
        case PhoneLeg():
            return f"phones of {leg.extension}"
        case TrunkLeg() | MobileLeg():
            line, asked = (leg.line, ", who is asked") if isinstance(leg, MobileLeg) else (leg, "")
            return f"{line.number} by {line.trunk}{asked}"
        case MeetingLeg() | QueueLeg():
            return "a queue" if isinstance(leg, QueueLeg) else "meetings"
        case ParkLeg(slot=slot):
            return f"slot {slot}" if slot else "a free slot"
    return _OF_THE_HOUSE[type(leg)]


_OF_THE_HOUSE: dict[type[PlannedLeg], str] = {
    ConferenceLeg: "a call of several",
    AnnouncementLeg: "an announcement",
    AttendantLeg: "an attendant",
}


def _sound(sound: Sound) -> list[str]:
    """How each side was heard, and what was wrong."""
    lines = [
        f"Heard of the {side}: MOS {heard.mos_mean:g} (worst {heard.mos_min:g}, {moment(heard.worst_at)}),"
        f" {heard.loss:.1%} lost, jitter {heard.jitter_ms:g} ms, {heard.samples} samples"
        for side, heard in (("caller", sound.caller), ("callee", sound.callee))
        if heard is not None
    ]
    return lines + [
        f"Trouble with the sound of the {one.side}: {one.fault}, {one.why},"
        f" {moment(one.since)} to {moment(one.until)}"
        for one in sound.troubles
    ]


def _path(path: MediaPath) -> str:
    state = "" if path.connected else ", not connected"
    return (
        f"{path.leg} <-> {path.joined or 'nobody'}, {path.transport} {path.codec or '-'}{state};"
        f" packets {path.packets_in} from it, {path.packets_out} to it, {path.lost} lost,"
        f" {path.dropped} dropped, jitter {path.jitter_ms:g} ms,"
        f" sound {'heard' if path.heard else 'not heard'}"
    )


def _drawing(drawn: Ladder) -> list[str]:
    lanes = {lane.id: index for index, lane in enumerate(drawn.lanes)}
    margin = " " * 9
    lines = [
        margin + "".join(lane.id[: _WIDTH - 1].center(_WIDTH) for lane in drawn.lanes).rstrip(),
        margin + "".join(lane.address[: _WIDTH - 1].center(_WIDTH) for lane in drawn.lanes).rstrip(),
    ]
    began = drawn.steps[0].at if drawn.steps else 0
    for step in drawn.steps:
        label = step.label + (" (SDP)" if step.sdp else "") + (" again" if step.repeated else "")
        row = _row(len(lanes), lanes[step.source], lanes[step.target], label)
        lines.append(f"{(step.at - began) / 1000:8.3f} {row}".rstrip())
    return lines


def _row(lanes: int, source: int, target: int, label: str) -> str:
    """One arrow between two lanes; lanes stand in the middle of columns `_WIDTH` wide."""
    cells = list(("|".center(_WIDTH)) * lanes)
    left, right = sorted((source, target))
    start, end = left * _WIDTH + _WIDTH // 2, right * _WIDTH + _WIDTH // 2
    width = end - start - 1
    shaft = f" {label[: width - 6]} ".center(width - 1, "-")
    arrow = shaft + ">" if source < target else "<" + shaft
    cells[start + 1 : end] = list(arrow)
    return "".join(cells)
