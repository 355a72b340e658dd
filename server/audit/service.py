"""The audit log: who did what, to whom, when and from where.

Entries are only ever added. An entry never holds a password, a code, a link or a token; what was changed is
named, not quoted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

#: Actors that are no person. People are named by their Matrix user id.
COMMAND_LINE = "command line"
NOBODY = "nobody"

#: What one page of the log holds at most.
PAGE = 200
_VALUE_MAX = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` in milliseconds since the epoch; `action` is a stable word such as "person.invited"."""

    at: int
    actor: str
    action: str
    subject: str = ""
    address: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    #: Given by the store; grows with each entry.
    id: int = 0


class Audit(Protocol):
    """What features need in order to be accountable."""

    async def record(
        self,
        action: str,
        *,
        actor: str,
        subject: str = "",
        address: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Add an entry. `actor` and `subject` are user ids where they are people."""


class AuditStore(Protocol):
    async def add(self, entry: Entry) -> None: ...

    async def page(self, before: int | None, limit: int) -> Sequence[Entry]:
        """Newest first; `before` is the id of the last entry of the page before."""


class AuditLog:
    """`Audit` over a store. `now_ms` is the wall clock."""

    def __init__(self, store: AuditStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    async def record(
        self,
        action: str,
        *,
        actor: str,
        subject: str = "",
        address: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        kept = {name: _bounded(value) for name, value in (details or {}).items()}
        entry = Entry(self._now_ms(), actor, action, _bounded(subject), _bounded(address), kept)
        await self._store.add(entry)

    async def page(self, before: int | None = None, limit: int = PAGE) -> Sequence[Entry]:
        """Newest first, `PAGE` entries at most."""
        return await self._store.page(before, max(1, min(limit, PAGE)))


def _bounded(text: str) -> str:
    """Strangers' words may be of any length and hold anything; PostgreSQL takes no NUL."""
    return text.replace("\0", "")[:_VALUE_MAX]
