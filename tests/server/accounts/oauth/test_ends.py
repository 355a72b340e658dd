"""How a grant ends: by its client, from the list of sessions, with everything else of the person."""

import pytest

from tests.support.oauth import ANNA, DEVICE, ElementX, element_x, scope
from tests.support.web import Answer, Browser, Web

USER = "@anna:localhost"
SESSIONS = "/api/v1/account/sessions"


@pytest.fixture
async def element(web: Web) -> ElementX:
    await web.enrol("Anna Rossi")
    return await element_x(web)


def devices(web: Web) -> set[str]:
    return {one for one in web.homeserver.open_devices.get(USER, set()) if not one.startswith("UNISONO")}


async def revoke(element: ElementX, token: str, **more: str) -> Answer:
    return await element.post("/oauth/revoke", {"token": token, **more})


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("client_id", ["own", "other", None])
async def test_either_token_ends_the_grant_whoever_shows_it(
    element: ElementX, kind: str, client_id: str | None
) -> None:
    """Also somebody who found a leaked one (MSC4254)."""
    tokens = await element.tokens()
    named = {"own": element.client_id, "other": "somebody else"}.get(client_id or "")
    more = {"token_type_hint": kind, **({"client_id": named} if named else {})}
    assert (await revoke(element, tokens[kind], **more)).status == 200
    assert devices(element.web) == set()
    assert (await element.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"
    assert (await revoke(element, tokens[kind], **more)).status == 200


@pytest.mark.parametrize("token", ["made-up", "syt_made_up", "\u00e9", "a\r\nb", "x" * 5000])
async def test_an_unknown_token_is_no_error(element: ElementX, token: str) -> None:
    await element.tokens()
    assert (await revoke(element, token)).status == 200
    assert devices(element.web) == {DEVICE}


async def test_no_token_is_an_error(element: ElementX) -> None:
    answer = await element.post("/oauth/revoke", {"x": "y"})
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")


async def test_a_session_of_ours_is_not_ended_by_its_matrix_token(element: ElementX) -> None:
    web = element.web
    await web.homeserver.ensure_user("anna", "Anna Rossi")
    pair = await web.homeserver.login_refreshable(USER, "NOTBYOAUTH", "x")
    assert (await revoke(element, pair.access_token)).status == 200
    assert devices(web) == {"NOTBYOAUTH"}


async def test_revoking_while_the_homeserver_is_away_is_to_be_tried_again(element: ElementX) -> None:
    tokens = await element.tokens()
    element.web.homeserver.away = True
    assert (await revoke(element, tokens["access_token"])).status == 503
    answer = await revoke(element, tokens["refresh_token"])
    assert (answer.status, answer.body["error"]) == (503, "temporarily_unavailable")
    assert (await element.refresh(tokens["refresh_token"])).status == 400
    element.web.homeserver.away = False
    assert (await revoke(element, tokens["refresh_token"])).status == 200
    assert devices(element.web) == set()


async def listed(browser: Browser) -> list[dict[str, object]]:
    return [s for s in (await browser.get(SESSIONS)).body["sessions"] if s["layout"] is None]


async def test_it_is_listed_by_its_clients_name_and_ends_from_there(element: ElementX) -> None:
    await element.tokens()
    own = element.web.browser()
    await own.sign_in(ANNA)
    (session,) = await listed(own)
    assert (session["browser"], session["current"]) == ("Element X", False)
    bruno = element.web.browser()
    await bruno.sign_in(await element.web.enrol("Bruno"))
    assert (await bruno.ask("DELETE", f"{SESSIONS}/{session['id']}")).status == 404
    assert devices(element.web) == {DEVICE}
    assert (await own.ask("DELETE", f"{SESSIONS}/{session['id']}")).status == 204
    assert devices(element.web) == set()
    assert await listed(own) == []


async def test_what_was_signed_out_at_the_homeserver_is_not_listed(element: ElementX) -> None:
    tokens = await element.tokens()
    await element.tokens(scope=scope("SECONDDEVICE"))
    own, web = element.web.browser(), element.web
    await own.sign_in(ANNA)
    await web.homeserver.delete_device(USER, DEVICE)
    assert len(await listed(own)) == 1
    web.homeserver.away = True
    assert len(await listed(own)) == 1
    web.homeserver.away = False
    assert (await element.refresh(tokens["refresh_token"])).status == 400


async def test_a_new_password_ends_it_also_when_the_homeserver_is_away_at_first(element: ElementX) -> None:
    tokens, web = await element.tokens(), element.web
    told = list[str]()

    async def gone(person_id: str) -> None:
        told.append(person_id)

    web.features.account.grants.gone.append(gone)
    web.homeserver.away = True
    await web.features.accounts.set_password(ANNA, "another horse")
    assert devices(web) == {DEVICE} and told == []
    assert (await element.refresh(tokens["refresh_token"])).status == 400
    web.homeserver.away = False
    await web.features.account.grants.sweep()
    assert devices(web) == set() and len(told) == 1
    await web.features.account.grants.sweep()
    assert len(told) == 1


async def test_a_device_that_comes_again_is_not_deleted_for_the_one_before(element: ElementX) -> None:
    await element.tokens()
    web = element.web
    own = web.browser()
    await own.sign_in(ANNA)
    (session,) = await listed(own)
    web.homeserver.away = True
    await own.ask("DELETE", f"{SESSIONS}/{session['id']}")
    web.homeserver.away = False
    await element.tokens()
    await web.features.account.grants.sweep()
    assert devices(web) == {DEVICE}


async def test_who_is_removed_loses_it(element: ElementX) -> None:
    tokens = await element.tokens()
    await element.web.features.accounts.remove(ANNA)
    assert devices(element.web) == set()
    assert (await element.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"


async def test_who_is_disabled_loses_it_and_does_not_get_it_back(element: ElementX) -> None:
    tokens, web = await element.tokens(), element.web
    code = await element.code(scope=scope("SECONDDEVICE"))
    ada = web.browser()
    await ada.sign_in(await web.enrol("Ada Neri", role="administrator"))
    people = (await ada.ask("GET", "/api/v1/admin/people", params={"q": "anna"})).body["people"]
    path = f"/api/v1/admin/people/{people[0]['id']}"
    assert (await ada.ask("POST", f"{path}/disable")).status == 200
    assert devices(web) == set()
    assert (await element.exchange(code)).body["error"] == "invalid_grant"
    assert (await ada.ask("POST", f"{path}/enable")).status == 200
    assert (await element.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"
    assert devices(web) == set()
