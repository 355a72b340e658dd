"""`PUT /internal/v1/call-records/<id>`: the record of a call: who, whom, when, and how it ended."""

from typing import Annotated, Any, Literal

import msgspec

from wire.route import Party

Outcome = Literal[
    "answered",
    "missed",
    "rejected",
    "busy",
    "cancelled",
    "unreachable",
    "failed",
    "interrupted",
    "in_progress",
]
AnsweredOn = Literal["matrix", "desk_phone", "outside", "meeting"]
#: Milliseconds since 1970.
Millis = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Audio(msgspec.Struct, frozen=True):
    """Whether sound was heard in each direction; None where nobody could tell."""

    caller_to_callee: bool | None = None
    callee_to_caller: bool | None = None


class CallRecord(msgspec.Struct, kw_only=True):
    """One call. Sent again whenever more is known: the larger `revision` of an id replaces the smaller.
    `withheld`: the callee may not learn who called.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    via: Annotated[str, msgspec.Meta(max_length=80)]
    started_at: Millis
    dialled: str = ""
    revision: Millis = 0
    caller: Party = Party()
    callee: Party = Party()
    video: bool = False
    answered_at: Millis | None = None
    ended_at: Millis | None = None
    outcome: Outcome = "in_progress"
    reason: str | None = None
    answered_on: AnsweredOn | None = None
    room_id: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    audio: Audio = Audio()
    withheld: bool = False

    def to_json(self) -> dict[str, Any]:
        """The record as it is sent and stored."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "CallRecord":
        """The inverse of `to_json`, also of what was stored before names were never null; raises
        `msgspec.ValidationError`.
        """
        sides = {
            side: {k: v for k, v in value[side].items() if v is not None} for side in ("caller", "callee")
        }
        return msgspec.convert({**value, **sides}, cls)
