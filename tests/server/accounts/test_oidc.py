"""The OpenID provider: what the homeserver may ask, and what others may not."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.second_factor import SESSION
from tests.support.web import PASSWORD, Answer, Browser, Web

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ANNA = "anna@unisono.example"


@dataclass
class Relying:
    """Synapse, as the provider knows it."""

    web: Web
    browser: Browser

    @property
    def callback(self) -> str:
        return f"{self.web.config.web.origin}/_synapse/client/oidc/callback"

    def query(self, **change: str | None) -> dict[str, str]:
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "synapse",
            "redirect_uri": self.callback,
            "scope": "openid profile email",
            "state": "its state",
            "nonce": "its nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **change,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def authorize(self, **change: str | None) -> Answer:
        path = "/oidc/authorize?" + urlencode(self.query(**change))
        return await self.browser.ask("GET", path, allow_redirects=False)

    async def asked(self, **change: str | None) -> str:
        """The id of a request that waits."""
        answer = await self.authorize(**change)
        assert answer.status == 303, answer
        return answer.headers["Location"].rpartition("=")[2]

    async def code(self, **change: str | None) -> str:
        """Sign in, and the code that the browser carries back."""
        oidc = await self.asked(**change)
        body = {"email": ANNA, "password": PASSWORD, "oidc": oidc}
        answer = await self.browser.ask("POST", SESSION, body)
        location: str = answer.body["redirect"]
        assert location.startswith(self.callback + "?")
        given = parse_qs(urlsplit(location).query)
        assert given["state"] == ["its state"]
        return given["code"][0]

    async def token(self, code: str, **change: str) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": VERIFIER,
            "client_id": "synapse",
            "client_secret": self.web.secrets.oidc_client_secret,
            **change,
        }
        return await self.web.browser().ask("POST", "/oidc/token", data=form)


@pytest.fixture
async def synapse(web: Web) -> Relying:
    await web.enrol("Anna Rossi")
    return Relying(web, web.browser())


async def claims_of(synapse: Relying, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set((await synapse.browser.get("/oidc/jwks")).body)
    return jwt.decode(token, keys, ["ES256"]).claims


async def test_discovery_says_what_there_is(synapse: Relying) -> None:
    found = (await synapse.browser.get("/oidc/.well-known/openid-configuration")).body
    assert found["issuer"] == f"{synapse.web.config.web.origin}/oidc"
    assert found["code_challenge_methods_supported"] == ["S256"]
    keys = (await synapse.browser.get("/oidc/jwks")).body["keys"]
    assert all("d" not in key for key in keys)


async def test_a_code_becomes_tokens_that_say_who_signed_in(synapse: Relying) -> None:
    answer = await synapse.token(await synapse.code())
    claims = await claims_of(synapse, answer.body["id_token"])
    assert (claims["preferred_username"], claims["name"], claims["email"]) == ("anna", "Anna Rossi", ANNA)
    assert (claims["nonce"], claims["aud"]) == ("its nonce", ["synapse"])
    assert claims["sid"]
    bearer = {"Authorization": f"Bearer {answer.body['access_token']}"}
    info = await synapse.browser.ask("GET", "/oidc/userinfo", headers=bearer)
    assert info.body["sub"] == claims["sub"]
    # Our own session is not opened by it.
    assert (await synapse.browser.get(SESSION)).status == 401


async def test_a_code_works_once_even_at_once(synapse: Relying) -> None:
    code = await synapse.code()
    answers = await asyncio.gather(*(synapse.token(code) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]


async def test_a_stolen_code_is_worthless_without_the_verifier_and_burns(synapse: Relying) -> None:
    code = await synapse.code()
    stolen = await synapse.token(code, code_verifier="w" * 64)
    assert (stolen.status, stolen.body["error"]) == (400, "invalid_grant")
    assert (await synapse.token(code)).status == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "guessed"}, "invalid_client"),
        ({"client_id": "other"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_the_token_endpoint_refuses(synapse: Relying, change: dict[str, str], error: str) -> None:
    answer = await synapse.token(await synapse.code(), **change)
    assert answer.status in {400, 401}
    assert answer.body["error"] == error


async def test_a_made_up_code_is_refused(synapse: Relying) -> None:
    assert (await synapse.token("made-up")).body["error"] == "invalid_grant"


async def test_a_code_expires(synapse: Relying) -> None:
    code = await synapse.code()
    synapse.web.clock.now += 60_000
    assert (await synapse.token(code)).body["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "{callback}/../../evil",
        "{callback}?next=https://evil.example",
        "{callback}#x",
        "{callback} ",
        "{callback}@evil.example",
        "javascript:alert(1)",
        "",
        None,
    ],
)
async def test_there_is_no_open_redirect(synapse: Relying, uri: str | None) -> None:
    wanted = None if uri is None else uri.format(callback=synapse.callback)
    answer = await synapse.authorize(redirect_uri=wanted)
    assert answer.status in {400, 401}
    assert "Location" not in answer.headers


async def test_an_unknown_client_is_sent_nowhere(synapse: Relying) -> None:
    answer = await synapse.authorize(client_id="other")
    assert answer.status in {400, 401} and "Location" not in answer.headers


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"nonce": None},
        {"response_type": "token"},
    ],
)
async def test_weaker_requests_are_refused_to_the_client_alone(
    synapse: Relying, change: dict[str, str | None]
) -> None:
    answer = await synapse.authorize(**change)
    location = answer.headers["Location"]
    assert location.startswith(synapse.callback + "?") and "error=" in location


async def test_a_nonce_is_good_for_one_code(synapse: Relying) -> None:
    await synapse.code()
    assert "error=" in (await synapse.authorize()).headers["Location"]


async def test_a_request_belongs_to_the_browser_that_made_it(synapse: Relying) -> None:
    """Nobody hands Anna a link that signs somebody else's client in as her."""
    attackers = await synapse.asked()
    anna = synapse.web.browser()
    body = {"email": ANNA, "password": PASSWORD, "oidc": attackers}
    answer = await anna.ask("POST", SESSION, body)
    assert (answer.status, answer.code) == (400, "oidc_request_unknown")
    assert (await anna.sign_in(ANNA)).status == 200
    answer = await anna.ask("POST", "/api/v1/oidc/continue", {"oidc": attackers})
    assert answer.code == "oidc_request_unknown"


async def test_a_request_is_completed_once_and_in_time(synapse: Relying) -> None:
    oidc = await synapse.asked()
    body = {"email": ANNA, "password": PASSWORD, "oidc": oidc}
    assert "redirect" in (await synapse.browser.ask("POST", SESSION, body)).body
    assert (await synapse.browser.ask("POST", SESSION, body)).code == "oidc_request_unknown"
    late = await synapse.asked(nonce="another")
    synapse.web.clock.now += 15 * 60_000
    answer = await synapse.browser.ask("POST", SESSION, {**body, "oidc": late})
    assert answer.code == "oidc_request_unknown"


async def test_a_session_of_ours_goes_on_without_the_password(synapse: Relying) -> None:
    await synapse.browser.sign_in(ANNA)
    oidc = await synapse.asked()
    answer = await synapse.browser.ask("POST", "/api/v1/oidc/continue", {"oidc": oidc})
    assert answer.body["redirect"].startswith(synapse.callback)
    assert (await synapse.web.browser().ask("POST", "/api/v1/oidc/continue", {"oidc": oidc})).status == 401


async def test_ending_everything_tells_the_homeserver_even_if_it_is_away_at_first(synapse: Relying) -> None:
    web = synapse.web
    claims = await claims_of(synapse, (await synapse.token(await synapse.code())).body["id_token"])
    ended = list[str]()

    async def over(person_id: str) -> None:
        ended.append(person_id)

    web.features.account.others.ended.append(over)
    web.homeserver.away = True
    await web.features.accounts.set_password(ANNA, "another horse")
    assert (web.homeserver.logouts, ended) == ([], [])
    web.homeserver.away = False
    await web.features.account.others.tell()
    (token,) = web.homeserver.logouts
    told = await claims_of(synapse, token)
    assert (told["sid"], told["sub"]) == (claims["sid"], claims["sub"])
    assert "http://schemas.openid.net/event/backchannel-logout" in told["events"]
    assert "nonce" not in told
    await web.features.account.others.tell()
    assert len(web.homeserver.logouts) == 1
    assert ended == [claims["sub"]]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer made-up", "Basic abc"])
async def test_userinfo_wants_a_token_of_ours(synapse: Relying, header: str) -> None:
    answer = await synapse.browser.ask("GET", "/oidc/userinfo", headers={"Authorization": header})
    assert (answer.status, answer.body["error"]) == (401, "invalid_token")


async def test_a_flood_of_one_address_pushes_nobodys_sign_in_off(web: Web) -> None:
    provider = web.features.account.provider
    relying = Relying(web, web.browser())
    query = {name: [value] for name, value in relying.query().items()}

    def begin(address: str) -> str:
        begun = provider.begin(query, address)
        assert isinstance(begun, str)
        return begun

    hers = begin("192.0.2.1")
    theirs = [begin(f"2001:db8::{i:x}") for i in range(1500)]
    assert provider.waits(hers)
    assert [provider.waits(each) for each in (theirs[0], theirs[500], theirs[501], theirs[-1])] == [
        False, False, True, True,
    ]  # fmt: skip
    others = [begin(f"198.51.100.{i}") for i in range(100)]
    assert provider.waits(hers) and all(provider.waits(each) for each in others)


@pytest.mark.parametrize("odd", ['"', "\\", "\u00e9", "\x00"])
@pytest.mark.parametrize("name", ["response_type", "redirect_uri", "client_id", "scope", "state", "nonce"])
async def test_odd_letters_are_no_fault_of_ours(synapse: Relying, name: str, odd: str) -> None:
    assert (await synapse.authorize(**{name: odd})).status < 500
    assert (await synapse.token("code", **{name: odd, "grant_type": odd})).status < 500
