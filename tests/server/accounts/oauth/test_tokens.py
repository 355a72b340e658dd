"""Codes and refresh tokens: single use, bound to their client, and what a replay ends."""

import asyncio

import pytest

from tests.support.oauth import ANNA, DEVICE, ElementX, element_x, scope
from tests.support.web import Web

USER = "@anna:localhost"


@pytest.fixture
async def element(web: Web) -> ElementX:
    await web.enrol("Anna Rossi")
    return await element_x(web)


def devices(web: Web) -> set[str]:
    return web.homeserver.open_devices.get(USER, set())


async def test_a_code_becomes_the_tokens_of_one_device(element: ElementX) -> None:
    answer = await element.exchange(await element.code())
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.body
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 300, scope())
    assert tokens["access_token"].startswith("syt_")
    # The homeserver's refresh token is nobody's but ours.
    assert "syr:" not in tokens["refresh_token"]
    assert devices(element.web) == {DEVICE}


async def test_the_database_holds_no_token(element: ElementX) -> None:
    tokens = await element.tokens()
    grants = element.web.features.account.grants
    (grant,) = await grants.store.living(await person_id(element.web))
    kept = str(grant) + grant.refresh_hash + grant.previous_hash
    assert tokens["refresh_token"] not in kept and tokens["access_token"] not in kept


async def person_id(web: Web) -> str:
    person = await web.features.directory.by_email(ANNA)
    assert person is not None
    return person.id


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"redirect_uri": "http://127.0.0.1/"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"client_id": "other"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
async def test_a_code_is_bound_to_what_it_was_asked_with(
    element: ElementX, change: dict[str, str], error: str
) -> None:
    answer = await element.exchange(await element.code(), **change)
    assert (answer.status, answer.body["error"]) == (400, error)
    assert devices(element.web) == set()


async def test_a_code_of_one_client_is_worthless_to_another(element: ElementX) -> None:
    other = await element_x(element.web, client_name="Other")
    code = await element.code()
    assert (await other.exchange(code)).body["error"] == "invalid_grant"
    # And it is spent.
    assert (await element.exchange(code)).body["error"] == "invalid_grant"


async def test_a_code_expires(element: ElementX) -> None:
    code = await element.code()
    element.web.clock.now += 60_000
    assert (await element.exchange(code)).body["error"] == "invalid_grant"


async def test_a_code_works_once_even_at_once_and_a_replay_ends_what_came_of_it(element: ElementX) -> None:
    code = await element.code()
    answers = await asyncio.gather(*(element.exchange(code) for _ in range(4)))
    assert [answer.status for answer in answers].count(200) <= 1
    assert devices(element.web) == set()
    tokens = await element.tokens()
    assert devices(element.web) == {DEVICE}
    code = await element.code()
    fresh = (await element.exchange(code)).body
    assert (await element.refresh(tokens["refresh_token"])).status == 400
    assert (await element.exchange(code)).status == 400
    assert devices(element.web) == set()
    assert (await element.refresh(fresh["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_homeserver_that_is_away_costs_no_code(element: ElementX) -> None:
    code = await element.code()
    element.web.homeserver.away = True
    answer = await element.exchange(code)
    assert (answer.status, answer.body["error"]) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "2"
    element.web.homeserver.away = False
    assert (await element.exchange(code)).status == 200


async def test_the_same_client_keeps_the_keys_of_its_device(element: ElementX) -> None:
    before = await element.tokens()
    after = await element.tokens()
    assert devices(element.web) == {DEVICE}
    # What it held before is over.
    assert (await element.refresh(before["refresh_token"])).status == 400
    assert (await element.refresh(after["refresh_token"])).status == 200


async def test_a_refresh_gives_new_tokens_of_the_same_device(element: ElementX) -> None:
    first = await element.tokens()
    answer = await element.refresh(first["refresh_token"])
    second = answer.body
    assert answer.status == 200
    assert second["scope"] == first["scope"]
    assert len({first["access_token"], second["access_token"]}) == 2
    assert len({first["refresh_token"], second["refresh_token"]}) == 2
    assert (await element.refresh(second["refresh_token"])).status == 200
    assert devices(element.web) == {DEVICE}


async def test_an_answer_that_was_lost_may_be_asked_for_again(element: ElementX) -> None:
    first = await element.tokens()
    await element.refresh(first["refresh_token"])
    again = await element.refresh(first["refresh_token"])
    assert again.status == 200
    assert (await element.refresh(again.body["refresh_token"])).status == 200


async def test_a_refresh_token_whose_successor_was_used_ends_everything(element: ElementX) -> None:
    first = await element.tokens()
    second = (await element.refresh(first["refresh_token"])).body
    assert (await element.refresh(second["refresh_token"])).status == 200
    replay = await element.refresh(first["refresh_token"])
    assert (replay.status, replay.body["error"]) == (400, "invalid_grant")
    assert devices(element.web) == set()


async def test_the_same_where_the_access_token_was_used(element: ElementX) -> None:
    first = await element.tokens()
    second = (await element.refresh(first["refresh_token"])).body
    assert await element.web.homeserver.whose(second["access_token"]) == (USER, DEVICE)
    assert (await element.refresh(first["refresh_token"])).status == 400
    assert devices(element.web) == set()


async def test_whoever_lost_the_race_for_a_stolen_token_ends_it_for_both(element: ElementX) -> None:
    first = await element.tokens()
    owners = (await element.refresh(first["refresh_token"])).body
    thiefs = (await element.refresh(first["refresh_token"])).body
    assert (await element.refresh(owners["refresh_token"])).status == 400
    assert (await element.refresh(thiefs["refresh_token"])).status == 400
    assert devices(element.web) == set()


async def test_a_refresh_token_belongs_to_its_client(element: ElementX) -> None:
    tokens = await element.tokens()
    other = await element_x(element.web, client_name="Other")
    assert (await other.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"
    unknown = await element.refresh(tokens["refresh_token"], client_id="unknown")
    assert (unknown.status, unknown.body["error"]) == (400, "invalid_client")
    assert (await element.refresh(tokens["refresh_token"])).status == 200


@pytest.mark.parametrize("token", ["made-up", "", "\u00e9", "x" * 5000])
async def test_a_made_up_refresh_token_is_refused(element: ElementX, token: str) -> None:
    answer = await element.refresh(token)
    assert (answer.status, answer.body["error"]) == (400, "invalid_request" if not token else "invalid_grant")


async def test_something_else_that_we_sealed_is_no_refresh_token(element: ElementX) -> None:
    for inner in ("JBSWY3DPEHPK3PXP", "oauth-refresh:only", "sms:1:2"):
        sealed = element.web.features.account.seal.seal(inner)
        assert (await element.refresh(sealed)).body["error"] == "invalid_grant"


async def test_a_homeserver_that_is_away_costs_no_refresh_token(element: ElementX) -> None:
    tokens = await element.tokens()
    element.web.homeserver.away = True
    assert (await element.refresh(tokens["refresh_token"])).status == 503
    element.web.homeserver.away = False
    assert (await element.refresh(tokens["refresh_token"])).status == 200


async def test_a_device_that_was_deleted_elsewhere_is_over(element: ElementX) -> None:
    tokens = await element.tokens()
    await element.web.homeserver.delete_device(USER, DEVICE)
    assert (await element.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"


async def test_everything_ended_while_a_code_was_on_its_way(element: ElementX) -> None:
    code = await element.code()
    await element.web.features.accounts.set_password(ANNA, "another horse")
    assert (await element.exchange(code)).body["error"] == "invalid_grant"
    assert devices(element.web) == set()


async def test_what_is_no_form_is_refused(element: ElementX) -> None:
    answer = await element.web.browser().ask("POST", "/oauth/token", {"grant_type": "x"}, headers={})
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("odd", ['"', "\\", "\u00e9", "a\nb", "\x00", "\U0001f600"])
@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "client_id", "code_verifier"])
async def test_odd_letters_are_no_fault_of_ours(element: ElementX, name: str, odd: str) -> None:
    form = {"grant_type": "authorization_code", "client_id": element.client_id, "code": "code", name: odd}
    answer = await element.post("/oauth/token", form)
    assert (answer.status, "error" in answer.body) == (400, True), answer
