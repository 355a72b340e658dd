"""Whose calls from outside somebody does not want. Pure."""

from dataclasses import dataclass

from server.edge.refusals import Refusal
from server.numbers import numbers

#: Numbers that one person may block.
BLOCKED_MAX = 500
#: In the place of a number: all who withhold theirs.
WITHHELD = ""
#: So long after an emergency call of the house nobody is refused: those who help may call back from any
#: number (RFC 7090 calls it PSAP callback). Milliseconds.
AFTER_EMERGENCY = 3_600_000


class BlockingError(Refusal):
    """A refusal to block."""

    code, field = "blocking", "number"


class NotANumber(BlockingError):
    """This is not a telephone number."""

    code = "not_a_number"


class EmergencyNumber(BlockingError):
    """Emergency numbers cannot be blocked."""

    code, status = "emergency_number", 409


class TooManyBlocked(BlockingError):
    """No more numbers can be blocked."""

    code, status = "too_many_blocked", 409


@dataclass(frozen=True, slots=True)
class Blocked:
    """`number` is E.164, a short number of the public network, or `WITHHELD`; `since` in milliseconds."""

    number: str
    since: int


def key(typed: str | None, region: str) -> str:
    """What is kept of a number as people write it; None is all who withhold theirs.

    Raises NotANumber, EmergencyNumber.
    """
    if typed is None:
        return WITHHELD
    number = numbers.caller_number(typed, region)
    if number is None:
        raise NotANumber
    if numbers.is_emergency(number, region):
        raise EmergencyNumber
    return number
