"""In which sessions the password was given lately: before what a thief of a session must not do."""

from collections.abc import Callable

from server.accounts.service import Session

#: Milliseconds.
LIVES = 10 * 60_000


class Proofs:
    """Kept in memory: after a restart the password is asked for once more. `now_ms` is the wall clock."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._proved: dict[str, int] = {}

    def note(self, session: Session) -> None:
        """The password was given in this session just now."""
        self._proved = {key: at for key, at in self._proved.items() if self._recent(at)}
        self._proved[session.token_hash] = self._now_ms()

    def fresh(self, session: Session) -> bool:
        """Whether the session began, or its password was given again, within the last ten minutes."""
        return self._recent(session.created_at) or self._recent(self._proved.get(session.token_hash))

    def _recent(self, at: int | None) -> bool:
        # What was noted by a clock that was ahead is not recent for as long as it was.
        return at is not None and 0 <= self._now_ms() - at < LIVES
