"""Who is on the phone and which desk phones are registered, as the SIP bridge last said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`calls` by Matrix user id, only people with at least one; `registered` extensions."""

    calls: Mapping[str, int] = field(default_factory=dict)
    registered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new snapshot changed; extensions are those registered or gone since the last."""

    began: frozenset[str]
    ended: frozenset[str]
    extensions: frozenset[str]


class PhoneState:
    """The current snapshot. `directory.service.PhoneStatus`."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()

    def on_the_phone(self, user_id: str) -> bool:
        return self.snapshot.calls.get(user_id, 0) > 0

    def desk_phone(self, extensions: Sequence[str]) -> bool:
        return not self.snapshot.registered.isdisjoint(extensions)

    def replace(self, new: Snapshot) -> Changes:
        before, self.snapshot = self.snapshot, new
        return Changes(
            began=frozenset(new.calls.keys() - before.calls.keys()),
            ended=frozenset(before.calls.keys() - new.calls.keys()),
            extensions=before.registered ^ new.registered,
        )
