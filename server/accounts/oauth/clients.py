"""Dynamic registration of Matrix clients (RFC 7591; MSC2966)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from server.accounts.oauth import rules
from server.accounts.oauth.rules import OAuthClient
from server.accounts.rules import Throttle, from_subject
from server.accounts.throttling import Attempts

#: Most that are kept of those nobody ever signed in with; the oldest makes room.
_UNUSED_MAX = 1000
#: Milliseconds: a registration waits a day for its first sign-in, and is remembered a year after the last.
_UNUSED_KEPT = 24 * 3_600_000
_USED_KEPT = 365 * 24 * 3_600_000
#: Each writes a row, and anybody may ask; an office has one address for all of its telephones.
THROTTLE = Throttle(free=30, longest=900.0)


class ClientStore(Protocol):
    """Times in milliseconds since the epoch."""

    async def add(self, client: OAuthClient, now_ms: int, most: int) -> None:
        """Keep it, if it is not kept yet; of those never used no more than `most`."""

    async def get(self, client_id: str) -> OAuthClient | None: ...

    async def used(self, client_id: str, now_ms: int) -> None:
        """Somebody signed in with it."""

    async def purge(self, unused_before: int, used_before: int) -> None: ...


class Clients:
    """`now_ms` is the wall clock."""

    def __init__(self, store: ClientStore, attempts: Attempts, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._attempts = attempts
        self._now_ms = now_ms

    async def register(self, metadata: Mapping[str, Any], address: str) -> OAuthClient:
        """Raises `rules.MetadataRefused`, `TooManyAttempts`."""
        await self._attempts.count([(from_subject("oauth-client-from", address), THROTTLE)])
        client = rules.registered(metadata)
        await self._store.add(client, self._now_ms(), _UNUSED_MAX)
        return client

    async def get(self, client_id: str) -> OAuthClient | None:
        return await self._store.get(client_id)

    async def used(self, client: OAuthClient) -> None:
        await self._store.used(client.client_id, self._now_ms())

    async def purge(self) -> None:
        now = self._now_ms()
        await self._store.purge(now - _UNUSED_KEPT, now - _USED_KEPT)
