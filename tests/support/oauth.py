"""A Matrix client of somebody else's, as the OAuth 2.0 API sees it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.web import PASSWORD, Answer, Browser, Web

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ANNA = "anna@unisono.example"
CALLBACK = "io.element.android:/callback"
DEVICE = "ELEMENTXPHONE"
METADATA: dict[str, Any] = {
    "application_type": "native",
    "client_name": "Element X",
    "client_uri": "https://element.io/",
    "redirect_uris": [CALLBACK, "http://127.0.0.1/"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}


def scope(device: str = DEVICE) -> str:
    return f"urn:matrix:client:api:* urn:matrix:client:device:{device}"


def answered(location: str) -> dict[str, str]:
    """What the client is told at its redirect URI, in query or fragment."""
    parts = urlsplit(location)
    return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}


@dataclass
class ElementX:
    """A client on a telephone, whose person has a browser there."""

    web: Web
    browser: Browser
    client_id: str

    def query(self, **change: str | None) -> dict[str, str]:
        asked: dict[str, str | None] = {
            "response_type": "code",
            "response_mode": "query",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": scope(),
            "state": "its state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **change,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def authorize(self, **change: str | None) -> Answer:
        path = "/oauth/authorize?" + urlencode(self.query(**change))
        return await self.browser.ask("GET", path, allow_redirects=False)

    async def asked(self, **change: str | None) -> str:
        """The id of a request that waits."""
        answer = await self.authorize(**change)
        assert answer.status == 303, answer
        location: str = answer.headers["Location"]
        assert "/#/sign-in?oidc=" in location, location
        return location.rpartition("=")[2]

    async def sign_in(self, email: str = ANNA, **change: str | None) -> Answer:
        """The password; the answer is what comes next."""
        body = {"email": email, "password": PASSWORD, "oidc": await self.asked(**change)}
        return await self.browser.ask("POST", "/api/v1/session", body)

    async def agree(self, *, agrees: bool = True) -> Answer:
        return await self.browser.ask("POST", "/api/v1/session/consent", {"agrees": agrees})

    async def location(self, email: str = ANNA, **change: str | None) -> str:
        """Sign in and agree; where the browser goes then."""
        step = await self.sign_in(email, **change)
        assert step.body["step"] == "consent", step
        return str((await self.agree()).body["redirect"])

    async def code(self, email: str = ANNA, **change: str | None) -> str:
        given = answered(await self.location(email, **change))
        assert given["state"] == "its state"
        return given["code"]

    async def post(self, path: str, form: dict[str, str]) -> Answer:
        return await self.web.browser().ask("POST", path, data=form, headers={})

    async def exchange(self, code: str, **change: str) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            "client_id": self.client_id,
            **change,
        }
        return await self.post("/oauth/token", form)

    async def tokens(self, email: str = ANNA, **change: str | None) -> dict[str, Any]:
        """All the way."""
        answer = await self.exchange(await self.code(email, **change))
        assert answer.status == 200, answer
        body: dict[str, Any] = answer.body
        return body

    async def refresh(self, token: str, **change: str) -> Answer:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": self.client_id,
            **change,
        }
        return await self.post("/oauth/token", form)


async def register(browser: Browser, **change: Any) -> Answer:
    return await browser.ask("POST", "/oauth/register", {**METADATA, **change}, headers={})


async def element_x(web: Web, **change: Any) -> ElementX:
    """A client that has just registered."""
    answer = await register(web.browser(), **change)
    assert answer.status == 201, answer
    return ElementX(web, web.browser(), answer.body["client_id"])
