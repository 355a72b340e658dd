"""Other Matrix clients: their sign-ins completed, their sessions listed and ended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from logs import log
from server.accounts.oidc.provider import OidcRequestGone, Provider, Subject
from server.accounts.service import Client
from server.directory.service import Person
from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal

_log = log.get(__name__)
#: Logouts told in one sweep.
_SWEEP = 100


@dataclass(frozen=True, slots=True)
class OidcSession:
    """One sign-in of a Matrix client that is not ours. `created_at` in milliseconds since the epoch."""

    sid: str
    person_id: str
    browser: str
    address: str
    created_at: int


class OidcStore(Protocol):
    """Ended sessions wait here until the homeserver has been told."""

    async def add(self, session: OidcSession) -> None: ...

    async def living(self, person_id: str) -> Sequence[OidcSession]:
        """Newest first."""

    async def end(self, person_id: str, sid: str | None) -> bool:
        """End one, or all of the person's; False when there was none."""

    async def ended(self, limit: int) -> Sequence[OidcSession]: ...

    async def forget(self, sid: str) -> None: ...


class SingleSignOn(Protocol):
    async def ensure_user(self, localpart: str, display_name: str) -> str: ...

    async def end_sso_session(self, logout_token: str) -> None:
        """Raises `HomeserverError`."""


class OtherClients:
    """`accounts.sign_in.Requests` and `accounts.service.OtherClients`."""

    def __init__(
        self,
        provider: Provider,
        store: OidcStore,
        homeserver: SingleSignOn,
        *,
        now_ms: Callable[[], int],
        fresh_sid: Callable[[], str],
    ) -> None:
        self._provider = provider
        self._store = store
        self._homeserver = homeserver
        self._now_ms = now_ms
        self._fresh_sid = fresh_sid
        #: Told whose sessions the homeserver has just ended, by their person's id.
        self.ended: list[Callable[[str], Awaitable[None]]] = []

    async def complete(self, request_id: str, person: Person, client: Client) -> str:
        """Raises `OidcRequestGone`, or what the homeserver raises."""
        if not self._provider.waits(request_id):
            raise OidcRequestGone
        localpart = person.user_id[1:].partition(":")[0]
        # The homeserver itself registers nobody: who may come is decided here.
        await self._homeserver.ensure_user(localpart, person.name)
        session = OidcSession(self._fresh_sid(), person.id, client.browser, client.address, self._now_ms())
        subject = Subject(person.id, session.sid, localpart, person.name, person.email)
        location = self._provider.complete(request_id, subject)
        await self._store.add(session)
        return location

    async def sessions(self, person: Person) -> Sequence[OidcSession]:
        return await self._store.living(person.id)

    async def end(self, person: Person, sid: str) -> bool:
        """False when the person has no such session."""
        ended = await self._store.end(person.id, sid)
        await self.tell()
        return ended

    async def end_all(self, person_id: str) -> None:
        if await self._store.end(person_id, None):
            await self.tell()

    async def tell(self) -> None:
        """Tell the homeserver of ended sessions; whom it could not be told of is left for the next time."""
        for session in await self._store.ended(_SWEEP):
            token = self._provider.logout_token(session.person_id, session.sid, self._now_ms() // 1000)
            try:
                await self._homeserver.end_sso_session(token)
            except HomeserverUnreachable as error:
                _log.warning("logout_not_told", sid=session.sid, why=str(error))
                return
            except MatrixRefusal as refusal:
                _log.error("logout_refused", sid=session.sid, status=refusal.status)
                if refusal.status >= 500:
                    return
            await self._store.forget(session.sid)
            for told in self.ended:
                await told(session.person_id)
