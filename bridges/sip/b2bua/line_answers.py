"""What a final answer of an outside line says: of the callee, or of the line. Pure.

A callee that was found and is away, busy or unknown is so by every line: another one would only ring them
again. What stands in the way of this one line (its account, its gateways, what it cannot read) does not, and
the next is tried.

Sources: RFC 3261 (statuses), RFC 3326 (Reason), RFC 3398, Section 7.2.4.1 and ITU-T Q.850 (causes).
"""

from dataclasses import dataclass
from enum import Enum

from bridges.sip.b2bua.causes import Cause, from_status
from bridges.sip.transport.api import Ended, EndedBy, Reason

__all__ = ["Speaks", "Verdict", "judge"]


class Speaks(Enum):
    """Of whom an answer speaks."""

    CALLEE = "callee"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of whom, and what is told to the caller should nothing better come."""

    speaks: Speaks
    cause: Cause


#: Q.850 causes that speak of the callee. 16, 31 and 127 say nothing: there the status does.
_CALLEE: dict[int, Cause] = {
    1: Cause.NOT_FOUND,  # unallocated number
    4: Cause.UNREACHABLE,  # special information tone
    17: Cause.BUSY,
    18: Cause.NO_ANSWER,  # no user responding
    19: Cause.NO_ANSWER,
    20: Cause.UNREACHABLE,  # subscriber absent
    21: Cause.REJECTED,
    22: Cause.NOT_FOUND,  # number changed
    23: Cause.UNREACHABLE,  # redirection to new destination
    24: Cause.REJECTED,  # rejected due to a feature at the destination
    26: Cause.UNREACHABLE,  # non-selected user clearing
    27: Cause.UNREACHABLE,  # destination out of order
    28: Cause.NOT_FOUND,  # invalid number format
    55: Cause.FORBIDDEN,  # incoming calls barred
    87: Cause.FORBIDDEN,  # user not member of the group
    88: Cause.NOT_ACCEPTABLE,  # incompatible destination
}

#: Q.850 causes that speak of the line: no route, no circuit, congestion, a service not granted or not there.
_LINE = frozenset(
    {2, 3, 5, 6, 7, 8, 9, 25, 29, 30, *range(34, 55), *range(56, 87), *range(90, 127)}
)  # fmt: skip

#: Statuses that speak of the callee: found and not available, or known not to be there.
_CALLEE_STATUSES = frozenset({301, 302, 404, 410, 433, 480, 484, 485, 486})

#: What the callee's own refusals mean that `from_status` has no word for.
_WORDS = {301: Cause.NOT_FOUND, 302: Cause.UNREACHABLE, 433: Cause.REJECTED, 485: Cause.NOT_FOUND}


def judge(ended: Ended, *, rang: bool) -> Verdict:
    """Of an INVITE through a line that failed; `rang` if a callee was ringing by then."""
    for reason in ended.reasons:
        verdict = _by_reason(reason)
        if verdict is not None:
            return verdict
    status = ended.status or 503
    if ended.by is EndedBy.TRANSPORT:
        return Verdict(Speaks.LINE, Cause.NO_TRUNK)
    if rang and status in {408, 487}:
        return Verdict(Speaks.CALLEE, Cause.NO_ANSWER)
    return _by_status(status)


def _by_reason(reason: Reason) -> Verdict | None:
    """The verdict of a Reason value; None for one that says nothing more than the status."""
    code, protocol = reason.cause, reason.protocol.upper()
    if code is None:
        return None
    if protocol == "Q.850":
        if code in _CALLEE:
            return Verdict(Speaks.CALLEE, _CALLEE[code])
        return Verdict(Speaks.LINE, Cause.NO_TRUNK) if code in _LINE else None
    # A proxy that answers for another says here what it was told itself.
    return _by_status(code) if protocol == "SIP" and 400 <= code < 700 else None


def _by_status(status: int) -> Verdict:
    if status >= 600 or status in _CALLEE_STATUSES:
        return Verdict(Speaks.CALLEE, _WORDS.get(status) or from_status(status))
    return Verdict(Speaks.LINE, from_status(status, trunk=True))
