"""Says who a request comes from, by its cookie; every other feature asks here."""

from sanic import Request

from server.accounts import cookies, rules
from server.accounts.proofs import Proofs
from server.accounts.service import Accounts, Session
from server.directory.service import Person
from server.edge import ApiError
from server.edge.operations import described
from server.edge.sanic_types import App

#: The document of the API itself.
_DESCRIPTION = "/api/v1/openapi.json"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
#: Words for a browser whose session ended without its doing.
_ENDINGS = {
    "elsewhere": "you signed in elsewhere",
    "password": "the password was changed",
    "ended": "the session was ended from the list of sessions",
    "removed": "the account was removed",
}


class Gate:
    def __init__(self, accounts: Accounts, proofs: Proofs, public_origin: str) -> None:
        self._accounts = accounts
        self._proofs = proofs
        self._public_origin = public_origin

    async def person(self, request: Request) -> Person:
        """Raises `ApiError` 401 `not_signed_in`."""
        return (await self.session(request))[0]

    async def administrator(self, request: Request) -> Person:
        """Raises `ApiError` 401 `not_signed_in`, 403 `administrators_only`."""
        person = await self.person(request)
        if person.role != "administrator":
            raise ApiError(403, "administrators_only", "this is for administrators")
        return person

    async def proved(self, request: Request) -> None:
        """For what opens other people's accounts: an open session alone is not enough.

        Raises `ApiError` 401 `not_signed_in`, 403 `password_again`.
        """
        if not self._proofs.fresh((await self.session(request))[1]):
            raise ApiError(403, "password_again", "give your password again (PUT /account/proof)")

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
        call a route by what stands beside it (`edge.operations`): a handler cannot forget to ask.
        """
        app.register_middleware(self._refuse_foreign, "request")
        app.register_middleware(self._admit, "request")

    async def _admit(self, request: Request) -> None:
        """A route of the API that says nothing of who may call it is for who is signed in."""
        if request.route is None or not request.path.startswith("/api/") or request.path == _DESCRIPTION:
            return
        operation = described(request.route.handler)
        access = operation.access if operation else "person"
        if access == "person":
            await self.person(request)
        elif access == "administrator":
            await self.administrator(request)

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
