"""What a mailbox holds, and for how long. Pure; times are milliseconds since the epoch."""

from dataclasses import dataclass
from typing import Literal

from server.edge.refusals import Refusal
from wire.route import Party

#: For so long a message that was deleted can be brought back.
UNDO = 3_600_000
_DAY = 86_400_000
#: Of which messages their owner is told by mail: "sound" is a notice with the message itself.
MailKind = Literal["none", "notice", "sound"]


class UnknownMessage(Refusal):
    """There is no such message in your mailbox."""

    code, status = "unknown_message", 404


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the organisation allows: whether people have a mailbox who did not choose, the longest message in
    seconds, messages of a mailbox, and days after which one is forgotten (0: never)."""

    by_default: bool
    seconds: int
    messages: int
    days: int

    def oldest(self, now: int) -> int:
        """What was left before is forgotten."""
        return now - self.days * _DAY if self.days else 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its owner sees it, in the shape of the API. `caller` is empty when they withheld it."""

    id: str
    call_id: str
    caller: Party
    left_at: int
    duration_ms: int
    seen: bool
