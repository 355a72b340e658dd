"""What lives for minutes, in memory."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_AT_ONCE = 1000
T = TypeVar("T")


class Shelf(Generic[T]):
    """Things that are good for a while, under keys nobody guesses.

    When it is full, the oldest of whoever has most of them makes room: a flood of one pushes off its own.
    """

    def __init__(self, lives: int, now_ms: Callable[[], int]) -> None:
        self._lives = lives
        self._now_ms = now_ms
        self._things: OrderedDict[str, tuple[int, str, T]] = OrderedDict()

    def put(self, key: str, thing: T, whose: str = "") -> None:
        self._things[key] = (self._now_ms() + self._lives, whose, thing)
        if len(self._things) > _AT_ONCE:
            self._make_room()

    def _make_room(self) -> None:
        (most, _), *_rest = Counter(whose for _, whose, _ in self._things.values()).most_common(1)
        del self._things[next(key for key, (_, whose, _) in self._things.items() if whose == most)]

    def get(self, key: str) -> T | None:
        found = self._things.get(key)
        return found[2] if found is not None and self._now_ms() < found[0] else None

    def take(self, key: str) -> T | None:
        thing = self.get(key)
        self._things.pop(key, None)
        return thing

    def drop(self, whose: str) -> None:
        """Forget all that is there of one."""
        for key in [key for key, (_, owner, _) in self._things.items() if owner == whose]:
            del self._things[key]
