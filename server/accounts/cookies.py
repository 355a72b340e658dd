"""The accounts' cookies: all out of reach for scripts, and none sent along by other sites' forms."""

from sanic import HTTPResponse, Request

from server.accounts import rules, ticket, trust
from server.accounts.service import SignedIn
from server.accounts.sign_in import Cookies, Outcome

#: The session; a sign-in under way; a trusted browser; who once signed in with this browser; the sign-in of
#: another client that it asked.
SESSION = "unisono_session"
TICKET = "unisono_ticket"
TRUST = "unisono_trust"
KNOWN = "unisono_browser"
OIDC = "unisono_oidc"


class CookieJar:
    """`secure` keeps the cookies to https and, by the prefix `__Host-`, to this very host (RFC 6265bis)."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def read(self, request: Request) -> Cookies:
        jar = request.cookies
        return Cookies(jar.get(SESSION), jar.get(TICKET), jar.get(TRUST), jar.get(KNOWN))

    def write(self, response: HTTPResponse, outcome: Outcome) -> None:
        """What a step of a sign-in leaves behind."""
        seconds = ticket.LIVES // 1000
        self.put(response, TICKET, outcome.ticket or "", seconds if outcome.ticket else 0)
        if outcome.trust is not None:
            self.put(response, TRUST, outcome.trust, trust.LIVES_SECONDS)
        if outcome.known is not None:
            self.put(response, KNOWN, outcome.known, trust.KNOWN_SECONDS)
        if isinstance(outcome.step, SignedIn):
            self.put(response, SESSION, outcome.step.token, rules.SESSION_SECONDS)

    def put(self, response: HTTPResponse, name: str, value: str, seconds: int) -> None:
        """Lax, not Strict: whoever follows a link from a mail to our page is still signed in."""
        response.add_cookie(
            name,
            value,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self._secure,
            host_prefix=self._secure,
            max_age=seconds,
        )
