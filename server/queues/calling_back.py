"""Callers who hung up and keep their place: when it is their turn a member is called, then they are. What
records say of that. Pure.
"""

from dataclasses import replace

from server.queues.rules import CALLED_AGAIN, CALLS, QueuedCall
from wire.record import CallRecord


def hung_up(call: QueuedCall, record: CallRecord) -> bool:
    """Whether the record of a wait is that of somebody who hung up to be called back."""
    return call.call_back_at is not None and record.transfer.next is None and record.answered_on == "queue"


def after_attempt(call: QueuedCall, record: CallRecord, now: int) -> QueuedCall:
    """The record is of the call to a member for them. The member had it, but they were not reached: they are
    called again a few times. Whom nobody took, or who was rung by a process that died, waits as before."""
    over = record.ended_at is not None and record.transfer.next is None
    if call.left_at is not None or call.attempt != record.id or not over:
        return call
    if record.answered_at is None or record.outcome == "interrupted":
        return replace(call, attempt=None)
    after = replace(call, attempt=None, calls=call.calls + 1, not_before=now + CALLED_AGAIN)
    return replace(after, left_at=now, outcome="unreached") if after.calls >= CALLS else after


def after_talk(call: QueuedCall, record: CallRecord) -> QueuedCall:
    """The record is of the member's call to them."""
    if record.answered_at is None:
        return call
    return replace(
        call,
        outcome="answered",
        agent=record.caller.user_id,
        answered_at=record.answered_at,
        left_at=call.left_at or record.answered_at,
        ended_at=record.ended_at,
    )
