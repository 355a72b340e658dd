"""A Matrix client's single sign-on, as a person's browser goes through it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pyotp
from yarl import URL

#: Where the client that asks would wait; nothing listens there.
CLIENT = "http://127.0.0.1:9/element/"


@dataclass
class SsoBrowser:
    """One cookie jar at one server."""

    base: str
    http: aiohttp.ClientSession
    #: What was walked through, for a failed assertion.
    path: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Unisono": "1"}
        url = f"{self.base}/api/v1{path}"
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            content = await answer.json() if answer.status != 204 else {}
            assert answer.status < 300, (path, answer.status, content)
            return content

    async def begin(self, client: str = CLIENT) -> str:
        """Go where the Matrix client sends the browser; the id in the address of the sign-in page."""
        url = f"{self.base}/_matrix/client/v3/login/sso/redirect?redirectUrl={client}"
        location = await self._redirect(url)
        page = await self._redirect(location)
        assert page.startswith(f"{self.base}/#/sign-in?oidc="), page
        return page.rpartition("=")[2]

    async def first_sign_in(self, email: str, password: str, oidc: str) -> tuple[str, pyotp.TOTP]:
        """Password, an authenticator, and where the browser is sent then."""
        done, app = await self.first_steps(email, password, oidc)
        return done["redirect"], app

    async def first_steps(self, email: str, password: str, oidc: str) -> tuple[Any, pyotp.TOTP]:
        """Password, an authenticator, and what comes then."""
        step = await self.ask(
            "POST", "/session", {"email": email, "password": password, "layout": "desktop", "oidc": oidc}
        )
        assert step["step"] == "enrol", step
        setup = await self.ask("POST", "/session/enrol", {"method": "totp"})
        app = pyotp.TOTP(setup["secret"])
        await self.ask("POST", "/session/enrol/verify", {"code": app.now()})
        return await self.ask("POST", "/session/enrol/finish", {"trust": True}), app

    async def arrive(self, url: str) -> str:
        """Go where an OAuth client sends the browser; the id in the address of the sign-in page."""
        page = await self._redirect(url)
        assert page.startswith(f"{self.base}/#/sign-in?oidc="), page
        return page.rpartition("=")[2]

    async def login_token(self, location: str) -> str:
        """Go back to the homeserver; the token that its page hands to the client."""
        async with self.http.get(URL(location, encoded=True), allow_redirects=False) as answer:
            text = await answer.text()
            target = answer.headers.get("Location") or _continue_link(text)
        (token,) = parse_qs(urlsplit(target).query)["loginToken"]
        return token

    async def _redirect(self, url: str) -> str:
        self.path.append(url)
        async with self.http.get(URL(url, encoded=True), allow_redirects=False) as answer:
            assert answer.status in {302, 303}, (url, answer.status, await answer.text())
            return answer.headers["Location"]


def _continue_link(page: str) -> str:
    """Of Synapse's page that asks whether the client is to be trusted."""
    found = re.search(r'href="([^"]*loginToken=[^"]*)"', page)
    assert found is not None, re.findall(r'id="errormsg">([^<]*)', page) or page
    return html.unescape(found[1])
