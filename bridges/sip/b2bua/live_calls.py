"""Calls in progress, as each of their people sees them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bridges.sip.b2bua.identity import is_ghost, shown_to_all
from wire.record import BY_THE_HOUSE, CALL_BACK, CallRecord, Recorded, Side
from wire.route import CallMeeting, Party
from wire.state import Listener, Listens, LiveCall, LiveRecording, Member


@dataclass(frozen=True, slots=True)
class MatrixCall:
    """A call in a room, as Matrix clients know it."""

    room_id: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A call whose record is open. `placed` is the Matrix call by which it began, `rung` those by which its
    callee is called; `members` are all of a call of several; `rung_members` are those of a ring group for
    whom it rings, with the Matrix calls by which it does. `recording` is that of a call of several,
    whoever's record says so; `meeting` is the one that it goes on as; `earlier` as `wire.state.LiveCall`.
    `listeners` hear the call of `agent`,
    who alone is told; `listens`: by this call a supervisor hears another."""

    record: CallRecord
    placed: MatrixCall | None = None
    rung: Sequence[MatrixCall] = ()
    members: Sequence[Member] = ()
    rung_members: Mapping[str, Sequence[MatrixCall]] = field(default_factory=dict)
    recording: Recorded | None = None
    meeting: CallMeeting | None = None
    earlier: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()
    agent: str | None = None
    listens: Listens | None = None


def by_user(calls: Iterable[Progress]) -> dict[str, tuple[LiveCall, ...]]:
    """The calls of each person of the house, the oldest first."""
    found: dict[str, list[LiveCall]] = {}
    for progress in calls:
        for user_id, seen in _seen(progress):
            found.setdefault(user_id, []).append(seen)
    return {user_id: tuple(sorted(mine, key=_age)) for user_id, mine in found.items()}


def _age(call: LiveCall) -> tuple[int, str]:
    return call.since, call.call_id


def _seen(progress: Progress) -> Iterator[tuple[str, LiveCall]]:
    record = progress.record
    # Who has a meeting call a telephone is in the meeting, not on the phone.
    # Who is being transferred sees the call that was before, until somebody answers.
    elsewhere = record.transfer.previous is not None and record.answered_at is None
    by_others = record.via == "meeting" or record.via in BY_THE_HOUSE
    if not by_others and not elsewhere and _is_ours(record.caller.user_id):
        yield record.caller.user_id or "", _by_caller(progress)
    if _is_ours(record.callee.user_id) and record.answered_on != "voicemail":
        yield record.callee.user_id or "", _by_callee(progress)
    if record.answered_at is None:
        for user_id, rung in progress.rung_members.items():
            if user_id not in {record.caller.user_id, record.callee.user_id}:
                yield user_id, _by_member(progress, user_id, rung)


def _is_ours(user_id: str | None) -> bool:
    return user_id is not None and not is_ghost(user_id)


def _state(record: CallRecord) -> Literal["ringing", "talking", "held", "parked"]:
    if record.answered_at is None:
        return "ringing"
    if record.answered_on == "parked":
        return "parked"
    return "held" if record.held_by else "talking"


def _since(record: CallRecord, talks: int | None) -> int:
    """When it was answered, or began. Who talked before it, in a call that it followed, has talked on."""
    return record.started_at if record.answered_at is None else talks or record.answered_at


def _held_by(record: CallRecord, me: Side) -> Literal["me", "peer", "both"] | None:
    by = record.held_by
    if not by:
        return None
    return "both" if len(by) > 1 else "me" if me in by else "peer"


def _listeners(progress: Progress, me: Party) -> tuple[Listener, ...]:
    return progress.listeners if me.user_id == progress.agent else ()


def _others(progress: Progress, me: Party) -> tuple[Member, ...]:
    return tuple(one for one in progress.members if one.party.user_id != me.user_id)


def _recording(progress: Progress) -> LiveRecording | None:
    """Also of one that failed, as whoever relies on it is to know."""
    mine = progress.record.recordings
    last = progress.recording or (mine[-1] if mine else None)
    if last is None or last.state == "over":
        return None
    return LiveRecording(last.state, last.since, last.by is None)


def _by_caller(progress: Progress) -> LiveCall:
    record, matrix = progress.record, progress.placed
    parked = record.answered_on == "parked"
    return LiveCall(
        call_id=record.id,
        direction="outbound",
        peer=record.reached,
        state=_state(record),
        held_by=_held_by(record, "caller"),
        since=_since(record, record.caller_since),
        on="matrix" if record.via == "matrix" else "desk_phone",
        room_id=matrix.room_id if matrix else None,
        matrix_call_id=matrix.call_id if matrix else None,
        slot=record.callee.number if parked else None,
        members=_others(progress, record.caller),
        recording=_recording(progress),
        on_behalf_of=record.on_behalf_of,
        meeting=progress.meeting,
        earlier=progress.earlier,
        listeners=_listeners(progress, record.caller),
    )


def _by_callee(progress: Progress) -> LiveCall:
    record = progress.record
    # Who picked it up, or has it forwarded to them, is not in the room of those for whom it rang.
    theirs = record.picked_up_from is None and not record.forwarded and not record.groups
    placed = progress.placed if theirs else None
    matrix = next(reversed(progress.rung), placed)
    group = record.group_of(record.callee.user_id or "")
    return LiveCall(
        call_id=record.id,
        direction="inbound",
        peer=Party() if record.withheld else record.caller,
        state=_state(record),
        held_by=_held_by(record, "callee"),
        since=_since(record, record.callee_since),
        on=record.answered_on if record.answered_on in {"matrix", "desk_phone", "mobile"} else None,
        room_id=matrix.room_id if matrix else None,
        matrix_call_id=matrix.call_id if matrix else None,
        slot=record.callee.number if record.answered_on == "parked" else None,
        members=_others(progress, record.callee),
        forwarded_by=record.forwarded[-1].by if record.forwarded else None,
        call_back=record.via == CALL_BACK,
        on_behalf_of=record.picked_up_from,
        peer_for=None if record.withheld else record.on_behalf_of,
        group=group.party if group is not None else None,
        recording=_recording(progress),
        earlier=progress.earlier,
        listeners=_listeners(progress, record.callee),
        listens=progress.listens,
    )


def _by_member(progress: Progress, user_id: str, rung: Sequence[MatrixCall]) -> LiveCall:
    """As a member of a ring group, or a delegate, sees it, for whom it rings. What the callee calls somebody
    outside is their own business."""
    record, matrix = progress.record, next(reversed(rung), None)
    group = record.group_of(user_id)
    return LiveCall(
        call_id=record.id,
        direction="inbound",
        peer=Party() if record.withheld else record.caller if group else shown_to_all(record.caller),
        state="ringing",
        since=record.started_at,
        room_id=matrix.room_id if matrix else None,
        matrix_call_id=matrix.call_id if matrix else None,
        forwarded_by=record.forwarded[-1].by if record.forwarded else None,
        group=group.party if group is not None else None,
        on_behalf_of=record.callee if group is None else None,
        peer_for=None if record.withheld else record.on_behalf_of,
    )
