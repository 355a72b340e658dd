"""Counts attempts before they are judged, in a store that all processes share."""

from collections.abc import Callable, Sequence
from typing import Protocol

from server.accounts import rules


class FailureStore(Protocol):
    async def get(self, subject: str) -> rules.Failures | None: ...

    async def replace(self, subject: str, seen: rules.Failures | None, new: rules.Failures | None) -> bool:
        """Set what is known of `subject` if it is still what was `seen`; False when somebody was faster."""

    async def forget_before(self, time: float) -> None: ...


class Attempts:
    """`now_ms` is the wall clock."""

    def __init__(self, store: FailureStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    async def count(self, limits: Sequence[rules.Limit]) -> None:
        """Count one attempt as failed before it is judged, so that guesses made at once do not slip through.

        An attempt that one limit refuses counts against none: who is refused by address must not use up the
        account's. Raises `TooManyAttempts`.
        """
        if wait := await self.wait(limits):
            raise rules.TooManyAttempts(wait)
        counted: list[str] = []
        try:
            for subject, throttle in limits:
                await self._count(subject, throttle)
                counted.append(subject)
        except rules.TooManyAttempts:
            for subject in counted:
                await self.forgive(subject)
            raise

    async def _count(self, subject: str, throttle: rules.Throttle) -> None:
        while True:
            seen, now = await self._store.get(subject), self._now_ms() / 1000
            if wait := throttle.wait(seen, now):
                raise rules.TooManyAttempts(wait)
            if await self._store.replace(subject, seen, throttle.failed(seen, now)):
                return

    async def once(self, subject: str, at: float) -> bool:
        """Whether this is the first time. Remembered for an hour after `at` (seconds since the epoch)."""
        return await self._store.replace(subject, None, rules.Failures(1, at))

    async def wait(self, limits: Sequence[rules.Limit]) -> float:
        """Seconds until the next attempt may be made."""
        now = self._now_ms() / 1000
        return max(
            [throttle.wait(await self._store.get(subject), now) for subject, throttle in limits], default=0.0
        )

    async def forgive(self, subject: str, *, entirely: bool = False) -> None:
        """Take one attempt off after a success, or all."""
        while True:
            seen = await self._store.get(subject)
            if seen is None:
                return
            left = None if entirely or seen.count <= 1 else rules.Failures(seen.count - 1, seen.last_at)
            if await self._store.replace(subject, seen, left):
                return

    async def forget_old(self) -> None:
        await self._store.forget_before(self._now_ms() / 1000 - rules.LONGEST_MEMORY)
