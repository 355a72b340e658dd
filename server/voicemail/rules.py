"""What a mailbox holds, and for how long. Pure; times are milliseconds since the epoch."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from server.edge.refusals import Refusal
from wire.route import Party

#: For so long a message that was deleted can be brought back.
UNDO = 3_600_000
_DAY = 86_400_000
#: Of which messages their owner is told by mail: "sound" is a notice with the message itself, as a
#: WAV file, "opus" with a small one.
MailKind = Literal["none", "notice", "sound", "opus"]

Seconds = Annotated[int, msgspec.Meta(ge=10, le=600)]
Messages = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]


class UnknownMessage(Refusal):
    """There is no such message in your mailbox."""

    code, status = "unknown_message", 404


class Keeping(msgspec.Struct, frozen=True):
    """What the organisation allows: whether people have a mailbox who did not choose, the longest message in
    seconds, messages of a mailbox, and days after which one is forgotten (0: never)."""

    by_default: bool
    seconds: Seconds
    messages: Messages
    days: Days

    def oldest(self, now: int) -> int:
        """What was left before is forgotten."""
        return now - self.days * _DAY if self.days else 0


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an administrator changes of it; None stays as it is."""

    by_default: bool | None = None
    seconds: Seconds | None = None
    messages: Messages | None = None
    days: Days | None = None

    def over(self, before: "Changes") -> "Changes":
        """These, and what was chosen before of all others."""
        return msgspec.structs.replace(before, **self.chosen)

    def of(self, configured: Keeping) -> Keeping:
        """What holds where nothing was chosen is what is configured."""
        return msgspec.structs.replace(configured, **self.chosen)

    @property
    def chosen(self) -> dict[str, int | bool]:
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its owner sees it, in the shape of the API. `caller` is empty when they withheld it."""

    id: str
    call_id: str
    caller: Party
    left_at: int
    duration_ms: int
    seen: bool
