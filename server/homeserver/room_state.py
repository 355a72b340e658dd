"""What a room's state says, read from the events of `GET /rooms/…/state`. Pure.

Power levels: Matrix spec, "m.room.power_levels"; since room version 12 creators stand above all of them
(MSC4289).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Who takes part in a group call (MSC3401, MSC4143); the second is what it is to be called one day.
CALL_MEMBER_EVENTS = ("org.matrix.msc3401.call.member", "m.call.member")
#: Whoever has this much may moderate.
MODERATOR = 50
#: More than any power level.
_CREATOR = 1 << 60
_POWER_LEVELS = "m.room.power_levels"
#: Room versions before creators stood above power levels.
_OLD_VERSIONS = {str(number) for number in range(1, 12)}


@dataclass(frozen=True)
class RoomState:
    """`members` are those who joined, with the names they have in the room."""

    name: str
    encrypted: bool
    members: Mapping[str, str]
    levels: Mapping[str, Any]
    creators: frozenset[str]

    def level(self, user_id: str) -> int:
        if user_id in self.creators:
            return _CREATOR
        return int(self.levels["users"].get(user_id, self._ordinary))

    def needed(self, event_type: str) -> int:
        """What one needs to send this state event."""
        return int(self.levels["events"].get(event_type, self._number("state_default", MODERATOR)))

    def needed_for(self, action: str) -> int:
        """What one needs to `invite` or `kick`."""
        return self._number(action, 0 if action == "invite" else MODERATOR)

    def is_moderator(self, user_id: str) -> bool:
        return user_id in self.members and self.level(user_id) >= MODERATOR

    def may_invite(self, user_id: str) -> bool:
        return user_id in self.members and self.level(user_id) >= self.needed_for("invite")

    def mightiest(self, needed: int) -> str | None:
        """A member with at least this power; the one with the most."""
        found = max(self.members, key=lambda user: (self.level(user), user), default=None)
        return found if found is not None and self.level(found) >= needed else None

    def everybody_may_call(self) -> bool:
        return all(self.needed(event) <= self._ordinary for event in CALL_MEMBER_EVENTS)

    def restricts_calls(self) -> bool:
        """Whether somebody has decided in this room that not everybody takes part in calls."""
        said = [
            self.levels["events"][event] for event in CALL_MEMBER_EVENTS if event in self.levels["events"]
        ]
        return any(level > self._ordinary for level in said)

    def levels_with_calls(self) -> dict[str, Any]:
        """The power levels that let everybody take part in calls."""
        events = {**self.levels["events"], **dict.fromkeys(CALL_MEMBER_EVENTS, self._ordinary)}
        return {**self.levels, "events": events}

    @property
    def _ordinary(self) -> int:
        return self._number("users_default", 0)

    def _number(self, name: str, default: int) -> int:
        found = self.levels.get(name, default)
        return found if isinstance(found, int) else default


def read(events: Iterable[Mapping[str, Any]]) -> RoomState:
    """What clients wrote may be malformed: that counts as not said."""
    by_type: dict[str, Mapping[str, Any]] = {}
    members: dict[str, str] = {}
    creator = ""
    for event in events:
        kind, content = str(event.get("type")), _mapping(event.get("content"))
        if kind == "m.room.member" and content.get("membership") == "join":
            members[str(event["state_key"])] = _text(content.get("displayname")) or str(event["state_key"])
        elif event.get("state_key") == "":
            by_type[kind] = content
            creator = str(event.get("sender")) if kind == "m.room.create" else creator
    create = by_type.get("m.room.create", {})
    return RoomState(
        _text(by_type.get("m.room.name", {}).get("name")),
        "m.room.encryption" in by_type,
        members,
        _numbers_only(by_type.get(_POWER_LEVELS, {})),
        _creators(create, creator),
    )


def _creators(create: Mapping[str, Any], sender: str) -> frozenset[str]:
    if str(create.get("room_version", "1")) in _OLD_VERSIONS:
        return frozenset()
    more = create.get("additional_creators")
    return frozenset({sender, *(str(user) for user in (more if isinstance(more, list) else []))})


def _numbers_only(levels: Mapping[str, Any]) -> dict[str, Any]:
    """Old rooms hold levels as text; the maps are always there."""
    found: dict[str, Any] = {"users": {}, "events": {}}
    for key, value in levels.items():
        if isinstance(value, dict):
            found[key] = {
                name: number for name, each in value.items() if (number := _number(each)) is not None
            }
        elif key not in found and (number := _number(value)) is not None:
            found[key] = number
    return found


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return int(value)
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
