"""Says who a request comes from, by its cookie, and lets in whom a route's access names.

The one place where that is decided: handlers are given who it is (`edge.operations`), and cannot ask.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sanic import Request

from server.accounts import cookies, rules
from server.accounts.account import OWN_SESSION, Me
from server.accounts.proofs import Proofs
from server.accounts.service import Accounts, Session
from server.directory.access import ADMINISTRATOR, PERSON, Administrator
from server.directory.service import Person
from server.edge import ApiError, client_address
from server.edge.operations import Access, Public, admit, described
from server.edge.sanic_types import App

Known = TypeVar("Known")
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
#: Words for a browser whose session ended without its doing.
_ENDINGS = {
    "elsewhere": "you signed in elsewhere",
    "password": "the password was changed",
    "ended": "the session was ended from the list of sessions",
    "removed": "the account was removed",
}


class SessionAuth:
    """Knows colleagues, administrators and people's own sessions; other kinds are added by `admits`."""

    def __init__(self, accounts: Accounts, proofs: Proofs, public_origin: str) -> None:
        self._accounts = accounts
        self._proofs = proofs
        self._public_origin = public_origin
        self._identify: dict[Access[Any], Callable[[Request], Awaitable[Any]]] = {}
        self.admits(PERSON, self.person)
        self.admits(ADMINISTRATOR, self.administrator)
        self.admits(OWN_SESSION, self.own_session)

    def admits(self, access: Access[Known], identify: Callable[[Request], Awaitable[Known]]) -> None:
        """Routes of `access` are for those whom `identify` knows; it raises for all others."""
        self._identify[access] = identify

    async def person(self, request: Request) -> Person:
        """Raises `ApiError` 401 `not_signed_in`."""
        return (await self.session(request))[0]

    async def administrator(self, request: Request) -> Administrator:
        """Raises `ApiError` 401 `not_signed_in`, 403 `administrators_only`."""
        person, session = await self.session(request)
        if person.role != "administrator":
            raise ApiError(403, "administrators_only", "this is for administrators")
        address, proved = client_address(request), self._proofs.fresh(session)
        return Administrator(person.user_id, address, person.id, proved)

    async def own_session(self, request: Request) -> Me:
        """Raises `ApiError` 401 `not_signed_in`."""
        person, session = await self.session(request)
        return Me(person, session, client_address(request))

    async def session(self, request: Request) -> tuple[Person, Session]:
        """Raises `ApiError` 401 `not_signed_in`, or `signed_in_elsewhere` where that ended the session."""
        known: tuple[Person, Session] | None = getattr(request.ctx, "session", None)
        if known is not None:
            return known
        token = request.cookies.get(cookies.SESSION)
        found = await self._accounts.who(token) if token else None
        if found is not None:
            request.ctx.session = found
            return found
        ending = await self._accounts.ending(token) if token else None
        if ending is not None and ending.reason == "elsewhere":
            raise ApiError(401, "signed_in_elsewhere", f"you signed in elsewhere: {ending.browser}")
        words = _ENDINGS.get(ending.reason, "sign in first") if ending else "sign in first"
        raise ApiError(401, "not_signed_in", words)

    async def lives(self, session: Session) -> bool:
        """Whether a session that was found before has not ended since."""
        return await self._accounts.lives(session)

    def install(self, app: App) -> None:
        """Refuse what pages of other sites make a browser send (cross-site request forgery), and who may not
        call a route by what stands beside it (`edge.operations`).
        """
        app.register_middleware(self._refuse_foreign, "request")
        app.register_middleware(self._admit, "request")

    async def _admit(self, request: Request) -> None:
        """A route of the API that says nothing of who may call it is for nobody."""
        if request.route is None or not request.route.path.startswith("api/"):
            return
        operation = described(request.route.handler)
        if operation is None:
            raise ApiError(403, "forbidden", "this route says nothing of who may call it")
        if not isinstance(operation.access, Public):
            admit(request, await self._identify[operation.access](request))

    async def _refuse_foreign(self, request: Request) -> None:
        if request.method in _SAFE_METHODS or not request.path.startswith("/api/"):
            return
        ours = rules.from_our_pages(
            request.headers.get("x-unisono"),
            request.headers.get("origin"),
            request.headers.get("host", ""),
            self._public_origin,
        )
        if not ours:
            raise ApiError(403, "not_from_our_pages", "send the header X-Unisono: 1")
