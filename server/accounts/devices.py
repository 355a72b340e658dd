"""Matrix devices of web sessions, on the homeserver."""

from typing import Protocol

from logs import log
from server.accounts.service import Layout, MatrixDevice
from server.directory.service import Person
from server.homeserver.client import MatrixSession
from server.homeserver.errors import HomeserverError

_log = log.get(__name__)
_NAMES = {"desktop": "Unisono", "phone": "Unisono (phone)"}


class MatrixLogin(Protocol):
    """What is used of `HomeserverClient`."""

    async def ensure_user(self, localpart: str, display_name: str) -> str: ...

    async def login(self, user: str, device_id: str, display_name: str) -> MatrixSession: ...

    async def delete_device(self, user_id: str, device_id: str) -> None: ...


class MatrixDevices:
    """`accounts.service.Devices`."""

    def __init__(self, homeserver: MatrixLogin) -> None:
        self._homeserver = homeserver

    async def open(self, person: Person, device_id: str, layout: Layout) -> MatrixDevice:
        localpart = person.user_id[1:].partition(":")[0]
        await self._homeserver.ensure_user(localpart, person.name)
        session = await self._homeserver.login(person.user_id, device_id, _NAMES[layout])
        return MatrixDevice(session.user_id, session.device_id, session.access_token)

    async def close(self, user_id: str, device_id: str) -> bool:
        try:
            await self._homeserver.delete_device(user_id, device_id)
        except HomeserverError as error:
            _log.warning("device_not_deleted", user_id=user_id, device_id=device_id, why=str(error))
            return False
        return True
