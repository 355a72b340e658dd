"""The record of a call: who, whom, when, and how it ended."""

from dataclasses import dataclass, field
from typing import Any

from bridges.sip.b2bua.plan import Party


@dataclass(slots=True)
class Audio:
    """Whether sound went from one side to the other; None where nobody could tell."""

    caller_to_callee: bool | None = None
    callee_to_caller: bool | None = None


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """One call. Times are milliseconds since 1970. The larger `revision` of an id replaces the smaller.

    `outcome`: in_progress, answered, missed, rejected, busy, cancelled, unreachable, failed, interrupted.
    `answered_on`: matrix, desk_phone, outside.
    """

    id: str
    via: str
    dialled: str
    started_at: int
    caller: Party = field(default_factory=Party)
    callee: Party = field(default_factory=Party)
    revision: int = 0
    video: bool = False
    answered_at: int | None = None
    ended_at: int | None = None
    outcome: str = "in_progress"
    reason: str | None = None
    answered_on: str | None = None
    room_id: str | None = None
    audio: Audio = field(default_factory=Audio)

    def to_json(self) -> dict[str, Any]:
        """The record as the web takes it."""
        return {
            "id": self.id,
            "revision": self.revision,
            "via": self.via,
            "dialled": self.dialled,
            "caller": _party(self.caller),
            "callee": _party(self.callee),
            "video": self.video,
            "started_at": self.started_at,
            "answered_at": self.answered_at,
            "ended_at": self.ended_at,
            "outcome": self.outcome,
            "reason": self.reason,
            "answered_on": self.answered_on,
            "room_id": self.room_id,
            "audio": {
                "caller_to_callee": self.audio.caller_to_callee,
                "callee_to_caller": self.audio.callee_to_caller,
            },
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "CallRecord":
        """The inverse of `to_json`, for what this process stored itself."""
        fields = {**value, "caller": Party(**value["caller"]), "callee": Party(**value["callee"])}
        return cls(**{**fields, "audio": Audio(**value["audio"])})


def _party(party: Party) -> dict[str, str | None]:
    return {"user_id": party.user_id, "name": party.name, "number": party.number}
