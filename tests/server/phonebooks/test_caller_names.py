"""The name of an outside party: in the route decision, on the log, and on everybody's screen."""

from typing import Any

from tests.support.web import Browser, Web

OUTSIDE = "+390698765432"


async def call(browser: Browser, phonebook: str, name: str) -> None:
    body = {"phonebook": phonebook, "name": name, "numbers": [{"number": OUTSIDE}]}
    assert (await browser.ask("POST", "/api/v1/contacts", body)).status == 201


async def inbound(web: Web, to: str) -> Any:
    asked = {
        "caller": {"number": OUTSIDE},
        "dialled": to,
        "via": "trunk:carrier",
        "registered": ["201", "202"],
    }
    return (await web.internal("POST", "/route", asked)).body


async def outbound(web: Web, extension: str) -> Any:
    asked = {"caller": {"number": extension}, "dialled": OUTSIDE, "via": "sip", "registered": []}
    return (await web.internal("POST", "/route", asked)).body


async def two(web: Web) -> tuple[Browser, Browser]:
    anna = await web.signed_in("Anna Rossi", "201", "+390612345201")
    ada = web.browser()
    await ada.sign_in(await web.enrol("Ada Neri", "202", "+390612345202", role="administrator"))
    return anna, ada


async def test_the_callees_own_phonebook_names_a_caller_before_the_companys(web: Web) -> None:
    anna, ada = await two(web)
    await call(anna, "personal", "Uncle Gino")
    await call(ada, "company", "Studio Bianchi")
    to_anna, to_ada = await inbound(web, "+390612345201"), await inbound(web, "+390612345202")
    assert to_anna["caller"] == {"user_id": None, "name": "Uncle Gino", "number": OUTSIDE}
    assert to_ada["caller"]["name"] == "Studio Bianchi"
    # What everybody in a room with the ghost may read is in no phonebook.
    assert to_anna["ghost"]["name"] == to_ada["ghost"]["name"] == "+39 06 9876 5432"
    assert set(web.homeserver.users.values()).isdisjoint({"Studio Bianchi", "Uncle Gino"})


async def test_a_private_name_is_shown_to_nobody_else(web: Web) -> None:
    anna, _ = await two(web)
    await call(anna, "personal", "Uncle Gino")
    to_anna, to_ada = await inbound(web, "+390612345201"), await inbound(web, "+390612345202")
    assert to_anna["caller"]["name"] == "Uncle Gino"
    assert to_anna["ghost"]["name"] == to_ada["caller"]["name"] == "+39 06 9876 5432"


async def test_a_colleague_who_calls_from_outside_is_named_but_not_believed(web: Web) -> None:
    await two(web)
    await web.enrol("Bruno Bianchi", "203", OUTSIDE)
    caller = (await inbound(web, "+390612345201"))["caller"]
    assert caller == {"user_id": None, "name": "Bruno Bianchi", "number": OUTSIDE}


async def test_whoever_dials_out_reads_the_name_they_know(web: Web) -> None:
    anna, _ada = await two(web)
    await call(anna, "personal", "Uncle Gino")
    assert (await outbound(web, "201"))["callee"]["name"] == "Uncle Gino"
    assert (await outbound(web, "202"))["callee"]["name"] == "+39 06 9876 5432"
    dialled = await anna.ask("POST", "/api/v1/dial", {"number": "06 98765432"})
    assert dialled.body["display"] == "Uncle Gino"
    ghost = f"@_tel_{OUTSIDE}:localhost"
    assert web.homeserver.users[ghost] == "+39 06 9876 5432"
