"""Tickets in a store: changed only from what was seen, taken only once."""

from collections.abc import Callable
from typing import Protocol

from server.accounts import rules
from server.accounts.ticket import Ticket, TicketGone


class TicketStore(Protocol):
    """Keys are kept as hashes."""

    async def put(self, key_hash: str, ticket: Ticket) -> None:
        """In place of any that was there."""

    async def get(self, key_hash: str, now_ms: int) -> tuple[Ticket, int] | None:
        """The ticket and its version, unless it has expired."""

    async def replace(self, key_hash: str, version: int, ticket: Ticket) -> bool:
        """False when somebody was faster."""

    async def take(self, key_hash: str, version: int | None) -> bool:
        """Remove it; False when it was gone or (with a version) another than was seen."""

    async def purge(self, now_ms: int) -> None: ...


class Tickets:
    """`now_ms` is the wall clock."""

    def __init__(self, store: TicketStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    async def put(self, key: str, ticket: Ticket) -> None:
        await self._store.put(rules.token_hash(key), ticket)

    async def get(self, key: str) -> Ticket:
        """Raises `TicketGone`."""
        return (await self._seen(key))[0]

    async def change(self, key: str, change: Callable[[Ticket], Ticket]) -> Ticket:
        """Apply `change` to what is there; the new ticket. Raises `TicketGone` or what it raises."""
        while True:
            ticket, version = await self._seen(key)
            changed = change(ticket)
            if await self._store.replace(rules.token_hash(key), version, changed):
                return changed

    async def take(self, key: str, change: Callable[[Ticket], Ticket] = lambda ticket: ticket) -> Ticket:
        """The ticket, which nobody else gets any more. Raises `TicketGone` or what `change` raises."""
        while True:
            ticket, version = await self._seen(key)
            changed = change(ticket)
            if await self._store.take(rules.token_hash(key), version):
                return changed

    async def drop(self, key: str) -> None:
        await self._store.take(rules.token_hash(key), None)

    async def purge(self) -> None:
        await self._store.purge(self._now_ms())

    async def _seen(self, key: str) -> tuple[Ticket, int]:
        found = await self._store.get(rules.token_hash(key), self._now_ms())
        if found is None:
            raise TicketGone
        return found
