"""Who is in which call at the moment, as the media server tells and lists it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


class Live:
    """Calls by the SFU's name of their room; one that nobody is in does not exist."""

    def __init__(self) -> None:
        self._calls: dict[str, dict[str, Participant]] = {}

    def of(self, sfu_room: str) -> Mapping[str, Participant]:
        """The participants by identity."""
        return self._calls.get(sfu_room, {})

    def rooms(self) -> list[str]:
        return list(self._calls)

    def started(self, sfu_room: str) -> bool:
        """Whether anybody is there who did not come by telephone: telephones alone wait with music."""
        return any(one.kind != "phone" for one in self.of(sfu_room).values())

    def joined(self, sfu_room: str, participant: Participant) -> None:
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
        now = {one.identity: one for one in participants}
        was = set(self.of(sfu_room))
        self._calls[sfu_room] = now
        if not now:
            del self._calls[sfu_room]
        return set(now) - was, was - set(now)
