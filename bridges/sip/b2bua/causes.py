"""Why a call ended, in one table: SIP status and Reason header, Matrix reason, outcome of the record.

Sources: RFC 3261 (status codes), RFC 3326 (Reason), ITU-T Q.850 (cause values), Matrix spec v1.16,
"Voice over IP" (`m.call.hangup`, `reason`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from wire.record import Outcome


class Cause(Enum):
    """The reason of a call's end, or of one leg's. The values go into records and logs."""

    NORMAL = "normal"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CANCELLED = "cancelled"
    BUSY = "busy"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    NO_SUCH_CALL = "no_such_call"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    PREMIUM_NUMBER = "premium_number"
    CLASS_OF_SERVICE = "class_of_service"
    TOO_MANY_CALLS = "too_many_calls"
    MINUTES_USED = "minutes_used"
    LINES_BUSY = "lines_busy"
    NOT_ACCEPTABLE = "not_acceptable"
    NO_TRUNK = "no_trunk"
    UNAVAILABLE = "unavailable"
    MEDIA_FAILED = "media_failed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Row:
    """One cause in every vocabulary.

    `status`: the final response to an INVITE; `q850`: the Reason header's cause; `matrix`: the
    `reason` of an `m.call.hangup`; `outcome`: of the record; `text`: what a person may read.
    """

    status: int
    q850: int
    matrix: str
    outcome: Outcome
    text: str


TABLE: dict[Cause, Row] = {
    Cause.NORMAL: Row(480, 16, "user_hangup", "answered", "Call ended"),
    Cause.ANSWERED_ELSEWHERE: Row(487, 26, "answered_elsewhere", "answered", "Call completed elsewhere"),
    Cause.CANCELLED: Row(487, 16, "user_hangup", "cancelled", "Request Terminated"),
    Cause.BUSY: Row(486, 17, "user_busy", "busy", "Busy Here"),
    Cause.BLOCKED: Row(486, 17, "user_busy", "rejected", "Busy Here"),
    Cause.REJECTED: Row(603, 21, "user_hangup", "rejected", "Decline"),
    Cause.NO_ANSWER: Row(480, 19, "invite_timeout", "missed", "No answer"),
    Cause.UNREACHABLE: Row(480, 20, "unknown_error", "unreachable", "Temporarily Unavailable"),
    Cause.NOT_FOUND: Row(404, 1, "unknown_error", "failed", "Not Found"),
    Cause.FORBIDDEN: Row(403, 21, "unknown_error", "failed", "Forbidden"),
    Cause.NO_SUCH_CALL: Row(481, 86, "unknown_error", "failed", "Call Does Not Exist"),
    Cause.COUNTRY_NOT_ALLOWED: Row(403, 21, "unknown_error", "failed", "Country not allowed"),
    Cause.PREMIUM_NUMBER: Row(403, 21, "unknown_error", "failed", "Premium number not allowed"),
    Cause.CLASS_OF_SERVICE: Row(403, 21, "unknown_error", "failed", "Not allowed for this line"),
    Cause.TOO_MANY_CALLS: Row(403, 21, "unknown_error", "failed", "Too many calls at once"),
    Cause.MINUTES_USED: Row(403, 21, "unknown_error", "failed", "Minutes used up"),
    Cause.LINES_BUSY: Row(503, 34, "unknown_error", "failed", "All lines busy"),
    Cause.NOT_ACCEPTABLE: Row(488, 88, "user_media_failed", "failed", "Not Acceptable Here"),
    Cause.NO_TRUNK: Row(503, 38, "unknown_error", "failed", "Outside line not available"),
    Cause.UNAVAILABLE: Row(503, 41, "unknown_error", "failed", "Service Unavailable"),
    Cause.MEDIA_FAILED: Row(500, 47, "ice_failed", "failed", "Media failed"),
    Cause.INTERRUPTED: Row(503, 41, "unknown_error", "interrupted", "Interrupted"),
    Cause.FAILED: Row(500, 41, "unknown_error", "failed", "Server Internal Error"),
}  # fmt: skip

#: When several forks failed, the first of these that occurred is told to the caller: what a person
#: said before what a device said, what a device said before what the network said. So "busy" is
#: told when nobody's phone simply rang on. Compare RFC 3261, Section 16.7, step 6.
PREFERENCE = (
    Cause.REJECTED,
    Cause.NO_ANSWER,
    Cause.BUSY,
    Cause.NOT_ACCEPTABLE,
    Cause.FORBIDDEN,
    Cause.NOT_FOUND,
    Cause.UNREACHABLE,
    Cause.MEDIA_FAILED,
    Cause.NO_TRUNK,
    Cause.UNAVAILABLE,
    Cause.FAILED,
)

#: Answers about the called number itself: another trunk would only repeat them.
DEFINITIVE = frozenset(
    {Cause.REJECTED, Cause.NO_ANSWER, Cause.BUSY, Cause.NOT_FOUND, Cause.NOT_ACCEPTABLE, Cause.FORBIDDEN}
)

_BY_STATUS: dict[int, Cause] = {
    400: Cause.FAILED,
    403: Cause.FORBIDDEN,
    404: Cause.NOT_FOUND,
    408: Cause.UNREACHABLE,
    410: Cause.NOT_FOUND,
    415: Cause.NOT_ACCEPTABLE,
    480: Cause.UNREACHABLE,
    484: Cause.NOT_FOUND,
    486: Cause.BUSY,
    487: Cause.CANCELLED,
    488: Cause.NOT_ACCEPTABLE,
    600: Cause.BUSY,
    603: Cause.REJECTED,
    604: Cause.NOT_FOUND,
    606: Cause.NOT_ACCEPTABLE,
    607: Cause.REJECTED,
    608: Cause.REJECTED,
}

#: Statuses with which a trunk says that it, not the callee, is the obstacle.
_TRUNK_TROUBLE = frozenset({401, 407, 408, 430, 500, 502, 503, 504})

_BY_MATRIX: dict[str, Cause] = {
    "user_hangup": Cause.NORMAL,
    "user_busy": Cause.BUSY,
    "invite_timeout": Cause.NO_ANSWER,
    "ice_failed": Cause.MEDIA_FAILED,
    "ice_timeout": Cause.MEDIA_FAILED,
    "user_media_failed": Cause.MEDIA_FAILED,
    "answered_elsewhere": Cause.ANSWERED_ELSEWHERE,
    "unknown_error": Cause.FAILED,
}

#: The words of a plan that refuses.
BY_PLAN: dict[str, Cause] = {
    "not_found": Cause.NOT_FOUND,
    "unreachable": Cause.UNREACHABLE,
    "blocked": Cause.BLOCKED,
    "busy": Cause.BUSY,
    "no_trunk": Cause.NO_TRUNK,
    "forbidden": Cause.FORBIDDEN,
    "own_number": Cause.FORBIDDEN,
    "no_such_call": Cause.NO_SUCH_CALL,
    "country_not_allowed": Cause.COUNTRY_NOT_ALLOWED,
    "premium_number": Cause.PREMIUM_NUMBER,
    "class_of_service": Cause.CLASS_OF_SERVICE,
    "too_many_calls": Cause.TOO_MANY_CALLS,
    "minutes_used": Cause.MINUTES_USED,
    "lines_busy": Cause.LINES_BUSY,
}


def from_status(status: int, *, trunk: bool = False) -> Cause:
    """The cause of a failed SIP leg, from its final `status` (300-699)."""
    if trunk and status in _TRUNK_TROUBLE:
        return Cause.NO_TRUNK
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 600:
        return Cause.REJECTED
    return Cause.UNREACHABLE if status in {500, 502, 503, 504} else Cause.FAILED


def from_matrix(reason: str | None) -> Cause:
    """The cause in an `m.call.hangup`; an unknown or missing reason is a plain hang-up, as before v1."""
    return _BY_MATRIX.get(reason or "user_hangup", Cause.NORMAL)


def from_plan(cause: str | None) -> Cause:
    """The cause of a refused route."""
    return BY_PLAN.get(cause or "", Cause.FAILED)


def reason(cause: Cause) -> tuple[str, int, str]:
    """Protocol, cause and text of the Reason header (RFC 3326) of a CANCEL or BYE.

    Phones leave a fork that was answered elsewhere out of their missed calls only for the SIP form.
    """
    row = TABLE[cause]
    if cause is Cause.ANSWERED_ELSEWHERE:
        return "SIP", 200, row.text
    return "Q.850", row.q850, row.text


def best(causes: Iterable[Cause]) -> Cause:
    """The one cause to tell a caller whose forks failed with `causes`; UNREACHABLE when there were none."""
    seen = set(causes)
    return next((cause for cause in PREFERENCE if cause in seen), Cause.UNREACHABLE)
