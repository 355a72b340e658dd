"""An administrator takes a lost second factor off a person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.second_factor import enrol_totp, strict
from tests.support.web import Browser, Web, running


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """Everybody needs a second factor."""
    async with running(tmp_path, strict()) as web:
        yield web


async def administrator(web: Web) -> Browser:
    ada = web.browser()
    await enrol_totp(web, ada, await web.enrol("Ada Neri", "209", role="administrator"))
    return ada


async def address(ada: Browser, name: str) -> str:
    people = (await ada.get(f"/api/v1/admin/people?q={name}")).body["people"]
    return f"/api/v1/admin/people/{people[0]['id']}/second-factor/reset"


async def test_whoever_lost_the_telephone_chooses_anew_at_the_next_sign_in(web: Web) -> None:
    ada = await administrator(web)
    email = await web.enrol("Bruno Bianchi", "202")
    await enrol_totp(web, web.browser(), email)
    assert (await web.browser().sign_in(email)).body["step"] == "code"
    assert (await ada.ask("POST", await address(ada, "bruno"))).status == 204
    assert (await web.browser().sign_in(email)).body["step"] == "enrol"
    entry = (await ada.get("/api/v1/admin/audit")).body["entries"][0]
    assert (entry["action"], entry["actor"], entry["subject"]) == (
        "factor.reset", "@ada:localhost", "@bruno:localhost",
    )  # fmt: skip


async def test_nobody_takes_their_own_away_and_no_member_takes_any(web: Web) -> None:
    ada = await administrator(web)
    own = await address(ada, "ada")
    assert (await ada.ask("POST", own)).code == "own_account"
    nobody = own.replace(own.split("/")[5], "nobody")
    assert (await ada.ask("POST", nobody)).code == "unknown_person"
    bruno = web.browser()
    await enrol_totp(web, bruno, await web.enrol("Bruno Bianchi", "202"))
    assert (await bruno.ask("POST", own)).code == "administrators_only"
