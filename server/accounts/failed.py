"""Failed sign-ins in the audit log: what a guesser does fills neither the log nor the disk."""

from collections.abc import Callable

from server.accounts.rules import network_of
from server.audit.service import NOBODY, Audit
from server.directory.rules import email_key

#: Milliseconds that are summed up.
WINDOW = 10 * 60_000
#: Accounts, by network, that are named within one window; all others are one number.
NAMED = 50


class FailedSignIns:
    """Of each account and network the first failure is written down at once, and how many followed when ten
    minutes are over. `now_ms` is the wall clock."""

    def __init__(self, audit: Audit, now_ms: Callable[[], int]) -> None:
        self._audit = audit
        self._now_ms = now_ms
        self._began = now_ms()
        self._repeated: dict[tuple[str, str], int] = {}
        self._others = 0

    async def note(self, email: str, address: str) -> None:
        await self.sweep()
        key = (email_key(email), network_of(address))
        if key in self._repeated:
            self._repeated[key] += 1
        elif len(self._repeated) < NAMED:
            self._repeated[key] = 0
            await self._audit.record("sign_in.failed", actor=NOBODY, subject=email, address=address)
        else:
            self._others += 1

    async def sweep(self) -> None:
        """Write down what is summed up, once its window is over."""
        if not 0 <= self._now_ms() - self._began < WINDOW:
            await self.close()

    async def close(self) -> None:
        """Write down all that is summed up."""
        repeated, others = self._repeated, self._others
        self._began, self._repeated, self._others = self._now_ms(), {}, 0
        for (email, network), times in repeated.items():
            if times:
                await self._write_down(email, network, times)
        if others:
            await self._write_down("", "", others)

    async def _write_down(self, email: str, network: str, times: int) -> None:
        details = {"times": str(times)}
        await self._audit.record(
            "sign_in.failed", actor=NOBODY, subject=email, address=network, details=details
        )
