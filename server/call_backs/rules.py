"""Calling back when somebody is free (completion of calls to busy subscribers, and on no reply): who is
called when. Pure. Times are milliseconds since 1970.

Whoever called a colleague in vain asks for it. When both are free the house rings the asker, then the
colleague. Of several who wait for one colleague the first comes first, unless they are in a call themselves.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from server.edge.refusals import Refusal
from wire.record import BY_THE_HOUSE, CallRecord

#: Why the call was in vain: they were busy, or did not answer. Of who did not answer nobody knows when they
#: are there again, before they have been in a call.
Why = Literal["busy", "no_answer"]

#: How long the house waits for whom; and how many somebody may have asked for.
LASTS: dict[Why, int] = {"busy": 3_600_000, "no_answer": 4 * 3_600_000}
MOST = 10
#: After so many times in which the asker, or the colleague, did not take the call it is given up.
TRIES = 5
#: Before it is tried again, and after it was asked for: whoever hears "busy" hangs up first.
AGAIN_AFTER, AT_FIRST = 30_000, 2_000
#: A call that the bridge knows nothing of for so long was never made.
LOST = 30_000


class CallBack(msgspec.Struct, frozen=True, kw_only=True):
    """`asker` wants to be called back when `wanted` is free; user ids. `active`: the latter has been in a
    call since. `call_id` is that of the call that is being made, since `called_at`."""

    id: str
    asker: str
    wanted: str
    why: Why
    asked_at: int
    expires_at: int
    active: bool = False
    tries: int = 0
    not_before: int = 0
    call_id: str | None = None
    called_at: int = 0


#: Whether a user id may be rung now.
Free = Callable[[str], bool]


def asked(call_back_id: str, asker: str, wanted: str, why: Why, now: int) -> CallBack:
    """As it is when it is asked for."""
    return CallBack(
        id=call_back_id,
        asker=asker,
        wanted=wanted,
        why=why,
        asked_at=now,
        expires_at=now + LASTS[why],
        not_before=now + AT_FIRST,
    )


def due(waiting: Iterable[CallBack], free: Free, now: int) -> list[CallBack]:
    """Those who are to be called now: each person in one such call at most."""
    ordered = sorted(waiting, key=lambda one: (one.asked_at, one.id))
    taken = {who for one in ordered if one.call_id is not None for who in (one.asker, one.wanted)}
    found = []
    for one in ordered:
        ready = one.call_id is None and one.not_before <= now < one.expires_at
        armed = one.why == "busy" or one.active
        people = {one.asker, one.wanted}
        if ready and armed and not people & taken and all(free(who) for who in people):
            taken |= people
            found.append(one)
    return found


def expired(waiting: Iterable[CallBack], now: int) -> list[CallBack]:
    """Those that are over: nobody was free in time. A call that is being made has its end."""
    return [one for one in waiting if one.call_id is None and one.expires_at <= now]


def lost(waiting: Iterable[CallBack], live: Callable[[str], bool], now: int) -> list[CallBack]:
    """Those whose call was never made: the bridge was away, or ended with it. `live` says of a call's id
    whether the bridge knows it."""
    return [
        one
        for one in waiting
        if one.call_id is not None and one.called_at + LOST <= now and not live(one.call_id)
    ]


def refused(one: CallBack, call_id: str, now: int) -> CallBack:
    """The bridge cannot make this call now."""
    if one.call_id != call_id:
        return one
    return msgspec.structs.replace(one, call_id=None, not_before=now + AGAIN_AFTER)


def after(one: CallBack, record: CallRecord, now: int) -> CallBack | None:
    """What is left of it when its call has ended; None: nothing. Another's call changes nothing. That the two
    talked is in the record, and whoever declines it wants it no more. Who does not take it is called again;
    of who was wanted, and did not take it, it is waited that they have been in a call."""
    if one.call_id != record.id:
        return one
    again = msgspec.structs.replace(one, call_id=None, not_before=now + AGAIN_AFTER)
    if record.transfer.next is not None or record.outcome == "rejected":
        return None
    if record.outcome == "interrupted":
        return msgspec.structs.replace(again, not_before=now)
    if one.tries + 1 >= TRIES:
        return None
    again = msgspec.structs.replace(again, tries=one.tries + 1)
    if record.answered_at is None:
        return again
    return msgspec.structs.replace(again, why="no_answer", active=False)


def fulfilled(waiting: Sequence[CallBack], record: CallRecord) -> list[CallBack]:
    """Those who have talked with each other, whoever called."""
    talked = record.answered_at is not None and record.answered_on in {"matrix", "desk_phone", "mobile"}
    if not talked or record.via in BY_THE_HOUSE:
        return []
    people = {record.caller.user_id, record.callee.user_id}
    return [one for one in waiting if {one.asker, one.wanted} == people]


# --- refusals ---


class CallBackRefusal(Refusal):
    """It is not asked for."""

    code = "call_back"


class NobodyToCall(CallBackRefusal):
    """There is no such colleague."""

    code, status, field = "unknown_person", 404, "user_id"


class Oneself(CallBackRefusal):
    """This is you."""

    code, status, field = "own_number", 409, "user_id"


class TooManyCallBacks(CallBackRefusal):
    """You wait for as many colleagues as one may."""

    code, status = "too_many_call_backs", 409


class NothingInVain(CallBackRefusal):
    """You have called nobody in vain of late."""

    code, status = "nobody_called", 404
