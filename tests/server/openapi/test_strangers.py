"""Every route of the API, walked without a session and with that of somebody else."""

import re
from typing import Any

import pytest

from server.edge.operations import Operation
from server.openapi.http import routes_of
from tests.support.web import Answer, Browser, Web

#: Stands in everything that is Anna's alone.
MARK = "only-annas"
OUTSIDE = "+390698765432"
#: A stream has no end to wait for; it has tests of its own.
STREAMS = {"/api/v1/events"}


class Anna:
    """Somebody with a private phonebook and a call; `ids` by the name of the parameter that takes them."""

    def __init__(self, browser: Browser, ids: dict[str, str]) -> None:
        self.browser = browser
        self.ids = ids

    async def everything(self) -> list[Any]:
        """What she sees of her own, to be compared before and after."""
        pages = ("/contacts?tab=personal", "/contacts?tab=favourites", "/calls", "/session", "/meetings")
        return [(await self.browser.get("/api/v1" + page)).body for page in pages]


@pytest.fixture
async def anna(web: Web) -> Anna:
    browser = await web.signed_in("Anna Rossi", "201", "+390612345201")
    body = {"name": f"Gino {MARK}", "notes": MARK, "numbers": [{"number": OUTSIDE}]}
    contact = (await browser.ask("POST", "/api/v1/contacts", body)).body["contact"]
    await browser.ask("PUT", f"/api/v1/favourites/contacts/{contact['id']}")
    record = {
        "id": "01CALL", "revision": 1, "via": "trunk:carrier", "started_at": 1, "outcome": "missed",
        "caller": {"number": OUTSIDE, "name": MARK}, "room_id": f"!{MARK}:localhost",
        "callee": {"user_id": "@anna:localhost", "name": "Anna Rossi"},
    }  # fmt: skip
    await web.internal("POST", "/call-records", {"records": [record]})
    meeting = (await browser.ask("POST", "/api/v1/meetings", {"title": f"Review {MARK}"})).body
    person = await web.features.directory.by_email("anna@unisono.example")
    assert person is not None
    ids = {
        "contact_id": contact["id"], "person_id": person.id, "user_id": "@anna:localhost", "extension": "201",
        "number": "+390612345201", "name": "carrier",
        "meeting_id": meeting["id"], "room_id": meeting["room_id"], "identity": "@anna:localhost:D",
    }  # fmt: skip
    return Anna(browser, ids)


def operations(web: Web) -> list[tuple[str, str, Operation | None]]:
    """(method, path with angle brackets, description) of every route."""
    return [
        (route.method, f"/{route.path}", route.operation if route.known else None)
        for route in routes_of(web.app)
        if f"/{route.path}" not in STREAMS
    ]


def filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"<([a-z_]+)(?::[^>]*)?>", lambda found: ids.get(found[1], ids["contact_id"]), path)


async def ask(browser: Browser, method: str, path: str, ids: dict[str, str]) -> Answer:
    body: dict[str, str] | None = None if method in {"GET", "HEAD"} else {}
    return await browser.ask(method, filled(path, ids), body)


async def test_without_a_session_every_private_route_says_so(web: Web, anna: Anna) -> None:
    stranger = web.browser()
    walked = 0
    for method, path, operation in operations(web):
        answer = await ask(stranger, method, path, anna.ids)
        assert MARK not in str(answer.body), path
        if operation is not None and operation.access.name == "guest":
            assert answer.status == 401, (method, path, answer)
        elif operation is not None and operation.access.name != "public":
            assert (answer.status, answer.code) == (401, "not_signed_in"), (method, path)
            walked += 1
    assert walked > 30


async def test_nobody_reads_or_changes_what_is_somebody_elses(web: Web, anna: Anna) -> None:
    chiara = await web.signed_in("Chiara Conti", "203")
    before = await anna.everything()
    assert MARK in str(before)
    for method, path, operation in operations(web):
        answer = await ask(chiara, method, path, anna.ids)
        assert answer.status < 500, (method, path, answer)
        assert MARK not in str(answer.body), (method, path)
        if operation is not None and operation.access.name == "administrator":
            assert (answer.status, answer.code) == (403, "administrators_only"), (method, path)
        if (await chiara.get("/api/v1/session")).status == 401:
            await chiara.sign_in("chiara@unisono.example")
    assert await anna.everything() == before


async def test_an_administrator_reads_no_private_phonebook_either(web: Web, anna: Anna) -> None:
    ada = web.browser()
    await ada.sign_in(await web.enrol("Ada Neri", "209", role="administrator"))
    for method, path, _ in operations(web):
        if method == "GET":
            assert MARK not in str((await ask(ada, method, path, anna.ids)).body), path
