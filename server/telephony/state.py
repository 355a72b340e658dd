"""Who is on the phone and which desk phones are registered, as the SIP bridge last said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wire.state import LiveCall


def ringing(calls: Sequence[LiveCall]) -> tuple[LiveCall, ...]:
    """Those of a person's calls that ring for them."""
    return tuple(call for call in calls if call.state == "ringing" and call.direction == "inbound")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`calls` by Matrix user id, only people with at least one; `registered` extensions; `live` calls of each
    person, those that ring for them included."""

    calls: Mapping[str, int] = field(default_factory=dict)
    registered: frozenset[str] = frozenset()
    live: Mapping[str, tuple[LiveCall, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new snapshot changed; extensions are those registered or gone since the last, `live` whose calls
    are not as they were, `ringing` those of them for whom something else rings."""

    began: frozenset[str]
    ended: frozenset[str]
    extensions: frozenset[str]
    live: frozenset[str] = frozenset()
    ringing: frozenset[str] = frozenset()


class PhoneState:
    """The current snapshot. `directory.service.PhoneStatus`."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()

    def on_the_phone(self, user_id: str) -> bool:
        return self.snapshot.calls.get(user_id, 0) > 0

    def desk_phone(self, extensions: Sequence[str]) -> bool:
        return not self.snapshot.registered.isdisjoint(extensions)

    def knows(self, call_id: str) -> bool:
        """Whether the call with this record is in progress."""
        return any(call.call_id == call_id for calls in self.snapshot.live.values() for call in calls)

    def rings(self, user_id: str) -> bool:
        return bool(ringing(self.live_calls(user_id)))

    def live_calls(self, user_id: str) -> tuple[LiveCall, ...]:
        """The person's calls in progress, the oldest first."""
        return self.snapshot.live.get(user_id, ())

    def replace(self, new: Snapshot) -> Changes:
        before, self.snapshot = self.snapshot, new
        live = {
            user
            for user in before.live.keys() | new.live.keys()
            if before.live.get(user, ()) != new.live.get(user, ())
        }
        return Changes(
            began=frozenset(new.calls.keys() - before.calls.keys()),
            ended=frozenset(before.calls.keys() - new.calls.keys()),
            extensions=before.registered ^ new.registered,
            live=frozenset(live),
            ringing=frozenset(
                user for user in live if ringing(before.live.get(user, ())) != ringing(new.live.get(user, ()))
            ),
        )
