"""Who is in which call at the moment, as the media server tells and lists it. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from server.meetings import rules
from server.meetings.rules import Kind


@dataclass(frozen=True, slots=True)
class Participant:
    """`sid` is new with each connection of the same `identity`."""

    identity: str
    sid: str

    @property
    def kind(self) -> Kind:
        return rules.kind_of(self.identity)


@dataclass(frozen=True, slots=True)
class Listed:
    """The names of the rooms that the media server has; nothing is known of those that are `silent`."""

    rooms: frozenset[str]
    silent: Callable[[str], bool] = field(default=lambda _: False)


class CallRoster:
    """Calls by the SFU's name of their room; one that nobody is in does not exist. What records is nobody.

    A call that is divided has further rooms (breakouts) beside its main one.
    """

    def __init__(self) -> None:
        self._calls: dict[str, dict[str, Participant]] = {}
        self._main: dict[str, str] = {}
        self._breakouts: dict[str, list[str]] = {}

    # Which rooms belong together

    def divide(self, main: str, sfu_rooms: Iterable[str]) -> None:
        """These are rooms of the call, too; those that were stay so, as somebody may still be there."""
        for sfu_room in sfu_rooms:
            if sfu_room not in self._main:
                self._main[sfu_room] = main
                self._breakouts.setdefault(main, []).append(sfu_room)

    def unite(self, sfu_rooms: Iterable[str]) -> None:
        """These are nobody's any more."""
        for sfu_room in sfu_rooms:
            main = self._main.pop(sfu_room, None)
            if main is not None:
                self._breakouts[main].remove(sfu_room)
                if not self._breakouts[main]:
                    del self._breakouts[main]

    def main(self, sfu_room: str) -> str:
        """The main room of the call that a room is of."""
        return self._main.get(sfu_room, sfu_room)

    def breakouts(self, main: str) -> list[str]:
        """Closed ones, too."""
        return list(self._breakouts.get(main, ()))

    def divided(self) -> list[str]:
        """The main rooms of calls that have breakouts."""
        return list(self._breakouts)

    def rooms_of(self, main: str) -> list[str]:
        """The main room, and breakouts."""
        return [main, *self._breakouts.get(main, ())]

    # Who is in a call as a whole

    def in_call(self, main: str) -> Mapping[str, Participant]:
        """By identity, in whichever of its rooms."""
        return {
            identity: one for sfu_room in self.rooms_of(main) for identity, one in self.of(sfu_room).items()
        }

    def where(self, main: str, identity: str) -> list[str]:
        """In which rooms of a call somebody is; in two for a moment while they change."""
        return [sfu_room for sfu_room in self.rooms_of(main) if identity in self.of(sfu_room)]

    def started(self, main: str) -> bool:
        """Whether anybody is there who did not come by telephone: telephones alone wait with music."""
        return any(one.kind != "phone" for one in self.in_call(main).values())

    # Each room

    def of(self, sfu_room: str) -> Mapping[str, Participant]:
        """The participants by identity."""
        return self._calls.get(sfu_room, {})

    def rooms(self) -> list[str]:
        return list(self._calls)

    def joined(self, sfu_room: str, participant: Participant) -> None:
        if participant.kind != "recorder":
            self._calls.setdefault(sfu_room, {})[participant.identity] = participant

    def left(self, sfu_room: str, participant: Participant) -> bool:
        """False when this connection had been replaced by a newer one of the same identity."""
        call = self._calls.get(sfu_room, {})
        known = call.get(participant.identity)
        if known is None or known.sid != participant.sid:
            return False
        del call[participant.identity]
        if not call:
            del self._calls[sfu_room]
        return True

    def listed(self, sfu_room: str, participants: Iterable[Participant]) -> tuple[set[str], set[str]]:
        """Replace what is known of a call by a list; the identities that came and that went unnoticed."""
        now = {one.identity: one for one in participants if one.kind != "recorder"}
        was = set(self.of(sfu_room))
        self._calls[sfu_room] = now
        if not now:
            del self._calls[sfu_room]
        return set(now) - was, was - set(now)
