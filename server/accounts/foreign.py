"""Matrix clients that are not ours, by whichever way they sign in: single sign-on, or the OAuth 2.0 API."""

from server.accounts.oauth.grants import Grants
from server.accounts.oauth.service import Authorizations, Consent
from server.accounts.oidc.service import OidcSession, OtherClients
from server.accounts.service import Client
from server.directory.service import Person


class ForeignClients:
    """`accounts.sign_in.Requests`, and the `OtherClients` of `accounts.service` and `accounts.account`."""

    def __init__(self, sso: OtherClients, oauth: Authorizations, grants: Grants) -> None:
        self._sso = sso
        self._oauth = oauth
        self._grants = grants

    def consent(self, request_id: str) -> Consent | None:
        """What a person is asked besides signing in; None when that is enough."""
        return self._oauth.consent(request_id)

    async def complete(self, request_id: str, person: Person, client: Client) -> str:
        """The address to go back to. Raises `OidcRequestGone`, or what the homeserver raises."""
        if self._oauth.consent(request_id) is not None:
            return await self._oauth.complete(request_id, person, client)
        return await self._sso.complete(request_id, person, client)

    def refuse(self, request_id: str) -> str:
        """The same for a person who does not agree."""
        return self._oauth.refuse(request_id)

    async def sessions(self, person: Person) -> list[OidcSession]:
        """Newest first."""
        found = [*await self._sso.sessions(person), *await self._grants.sessions(person)]
        return sorted(found, key=lambda session: -session.created_at)

    async def end(self, person: Person, session_id: str) -> bool:
        """False when the person has no such session."""
        return await self._grants.end(person.id, session_id) or await self._sso.end(person, session_id)

    async def end_all(self, person_id: str) -> None:
        await self._oauth.end_all(person_id)
        await self._sso.end_all(person_id)
