"""What people granted to Matrix clients: one device each, listed, and ended at the homeserver."""

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from logs import log
from server.accounts.oidc.service import OidcSession
from server.directory.service import Person
from server.homeserver.errors import HomeserverError, HomeserverUnreachable, MatrixRefusal

_log = log.get(__name__)
#: GrantedDevices closed in one sweep.
_SWEEP = 100


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person granted to a client. `created_at` in milliseconds since the epoch."""

    id: str
    person_id: str
    user_id: str
    device_id: str
    client_id: str
    client_name: str
    scope: str
    address: str
    created_at: int
    refresh_hash: str = field(repr=False)
    previous_hash: str = field(default="", repr=False)
    ended: bool = False


class GrantStore(Protocol):
    """Ended grants wait here until their devices are gone."""

    async def put(self, grant: Grant) -> None:
        """In place of the one of the same device, if there is any."""

    async def get(self, grant_id: str) -> Grant | None: ...

    async def of_device(self, user_id: str, device_id: str) -> Grant | None: ...

    async def living(self, person_id: str) -> Sequence[Grant]:
        """Newest first."""

    async def rotate(self, seen: Grant, refresh_hash: str, previous_hash: str) -> bool:
        """False when it has ended or its tokens are others than were seen."""

    async def end(self, person_id: str, grant_id: str | None) -> Sequence[Grant]:
        """End one, or all of the person's; those that ended now."""

    async def ended(self, limit: int) -> Sequence[Grant]: ...

    async def forget(self, grant_id: str) -> None: ...


class GrantedDevices(Protocol):
    """The homeserver, as grants need it."""

    async def devices(self, user_id: str) -> list[str]: ...

    async def delete_device(self, user_id: str, device_id: str) -> None: ...


class Grants:
    """The grants in `store`, and their devices at the homeserver."""

    def __init__(self, store: GrantStore, homeserver: GrantedDevices) -> None:
        self.store = store
        self._homeserver = homeserver
        self._locks: weakref.WeakValueDictionary[tuple[str, str], asyncio.Lock] = (
            weakref.WeakValueDictionary()
        )
        #: Told whose devices are gone, by their person's id.
        self.gone: list[Callable[[str], Awaitable[None]]] = []

    def lock(self, user_id: str, device_id: str) -> asyncio.Lock:
        """Held while a device is made or deleted: one that is made anew is not deleted for the one before."""
        return self._locks.setdefault((user_id, device_id), asyncio.Lock())

    async def sessions(self, person: Person) -> list[OidcSession]:
        """The living ones, newest first; without those whose devices ended elsewhere."""
        grants = await self.store.living(person.id)
        try:
            devices = set(await self._homeserver.devices(person.user_id)) if grants else set()
        except HomeserverError:
            devices = {grant.device_id for grant in grants}
        for grant in grants:
            if grant.device_id not in devices:
                await self.end(person.id, grant.id)
        return [_session(grant) for grant in grants if grant.device_id in devices]

    async def end(self, person_id: str, grant_id: str | None) -> bool:
        """End one, or all of the person's; False when there was none."""
        ended = await self.store.end(person_id, grant_id)
        for grant in ended:
            await self.close(grant)
        return bool(ended)

    async def close(self, grant: Grant) -> bool:
        """Delete the device of a grant that ended; False when the homeserver could not be asked."""
        async with self.lock(grant.user_id, grant.device_id):
            now = await self.store.get(grant.id)
            if now is None or not now.ended:
                return True
            try:
                await self._homeserver.delete_device(grant.user_id, grant.device_id)
            except HomeserverUnreachable as error:
                _log.warning("device_not_deleted", user_id=grant.user_id, why=str(error))
                return False
            except MatrixRefusal as refusal:
                _log.error("device_not_deleted", user_id=grant.user_id, status=refusal.status)
                return False
            await self.store.forget(grant.id)
        for told in self.gone:
            await told(grant.person_id)
        return True

    async def sweep(self) -> None:
        """Close what the homeserver could not be asked to close before."""
        for grant in await self.store.ended(_SWEEP):
            if not await self.close(grant):
                return


def _session(grant: Grant) -> OidcSession:
    return OidcSession(grant.id, grant.person_id, grant.client_name, grant.address, grant.created_at)
