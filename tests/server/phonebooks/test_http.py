"""Search, contacts, favourites and files over HTTP."""

import asyncio
import io
import threading
from typing import Any

import pytest
from PIL import Image

from server.phonebooks import drafts, files
from server.phonebooks.drafts import Preview
from tests.support.web import Answer, Browser, Web

MARIO = {
    "name": "Mario Rossi",
    "organisation": "ACME",
    "numbers": [{"number": "06 9876 5432", "label": "work"}],
    "emails": [{"address": "mario@acme.example", "label": ""}],
    "notes": "met at the fair",
}
CSV = "Name,Phone\nZoë,06 555 0001\n,abc\nÉlodie,06 555 0002\nZoë,06 555 0001\n"


async def administrator(web: Web) -> Browser:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Ada Neri", "209", role="administrator"))
    return browser


async def add(browser: Browser, phonebook: str = "personal", **change: Any) -> Any:
    answer = await browser.ask("POST", "/api/v1/contacts", {**MARIO, "phonebook": phonebook, **change})
    assert answer.status == 201, answer
    return answer.body["contact"]


async def send(browser: Browser, content: bytes | str, **asked: str) -> Answer:
    data = content.encode() if isinstance(content, str) else content
    return await browser.ask("POST", "/api/v1/contacts/import", params=asked, data=data)


async def names(browser: Browser, query: str) -> list[str]:
    answer = await browser.ask("GET", "/api/v1/search", params={"q": query})
    return [label(entry) for entry in answer.body["results"]]


async def tab(browser: Browser, which: str) -> list[str]:
    answer = await browser.ask("GET", "/api/v1/contacts", params={"tab": which})
    assert answer.status == 200, answer
    return [label(entry) for entry in answer.body["entries"]]


def label(entry: Any) -> str:
    if entry["kind"] == "number":
        return str(entry["number"])
    return str(entry[entry["kind"]]["name"])


async def test_a_contact_is_added_read_changed_and_deleted(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    contact = await add(anna)
    assert contact["numbers"] == [{"number": "+390698765432", "label": "work", "display": "06 9876 5432"}]
    path = f"/api/v1/contacts/{contact['id']}"
    assert (await anna.get(path)).body["contact"] == contact
    changed = await anna.ask("PUT", path, {"organisation": "Studio Bianchi"})
    assert (changed.status, changed.body["contact"]["name"]) == (200, "Studio Bianchi")
    assert (await anna.ask("DELETE", path)).status == 204
    assert (await anna.get(path)).code == "unknown_contact"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": "", "organisation": "", "numbers": [], "emails": []}, "invalid_name", "name"),
        ({"numbers": [{"number": "abc"}]}, "invalid_number", "numbers"),
        ({"emails": [{"address": "abc"}]}, "invalid_email", "emails"),
        ({"numbers": [{"number": "201"}] * 21}, "invalid_field", "numbers"),
        ({"phonebook": "everybody's"}, "invalid_field", "phonebook"),
        ({"surname": "x"}, "invalid_field", "surname"),
    ],
)
async def test_a_wrong_contact_is_refused_by_field(
    web: Web, change: dict[str, Any], code: str, field: str
) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    answer = await anna.ask("POST", "/api/v1/contacts", {**MARIO, **change})
    assert (answer.status, answer.code, answer.body["error"]["field"]) == (400, code, field)


async def test_a_personal_phonebook_is_its_owners_alone(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna Rossi", "201"), await web.signed_in("Bruno Bianchi", "202")
    contact = await add(anna, name="Secret Friend")
    path = f"/api/v1/contacts/{contact['id']}"
    for method, body in (("GET", None), ("PUT", {"name": "Mine now"}), ("DELETE", None)):
        assert (await bruno.ask(method, path, body)).code == "unknown_contact"
    mark = f"/api/v1/favourites/contacts/{contact['id']}"
    assert (await bruno.ask("PUT", mark)).code == "unknown_contact"
    assert await names(bruno, "secret") == []
    assert await tab(bruno, "personal") == []
    assert (await bruno.get("/api/v1/lookup?number=0698765432")).body == {"name": None, "entry": None}
    assert "Secret" not in (await bruno.get("/api/v1/contacts/export")).body.decode()
    assert await names(anna, "secret") == ["Secret Friend"]


async def test_everybody_reads_the_company_phonebook_and_administrators_write_it(web: Web) -> None:
    ada, anna = await administrator(web), await web.signed_in("Anna Rossi", "201")
    contact = await add(ada, "company")
    path = f"/api/v1/contacts/{contact['id']}"
    assert (await anna.get(path)).body["contact"]["phonebook"] == "company"
    for method, where, body in (
        ("POST", "/api/v1/contacts", {**MARIO, "phonebook": "company"}),
        ("PUT", path, {"name": "x"}),
        ("DELETE", path, None),
    ):
        answer = await anna.ask(method, where, body)
        assert (answer.status, answer.code) == (403, "administrators_only")
    assert (await send(anna, CSV, phonebook="company")).code == "administrators_only"


async def test_one_search_finds_colleagues_then_mine_then_the_companys(web: Web) -> None:
    ada, anna = await administrator(web), await web.signed_in("Anna Rossi", "201", "06 12345201")
    await add(ada, "company", name="Nicolò Company")
    await add(anna, name="Nicolo Mine", numbers=[{"number": "06 12349999"}])
    await web.enrol("Nicolò Colleague", "202")
    assert await names(anna, "NICOLO") == ["Nicolò Colleague", "Nicolo Mine", "Nicolò Company"]
    assert await names(anna, "acme fair") == []
    assert await names(anna, "mario@acme") == ["Nicolo Mine", "Nicolò Company"]
    assert await names(anna, "+39 06 1234") == ["Anna Rossi", "Nicolo Mine", "+39061234"]
    for spelling in ("0698765432", "tel:+390698765432", "0039 06 9876-5432"):
        assert await names(anna, spelling) == ["Nicolò Company"], spelling


async def test_the_tabs_show_who_belongs_there_page_by_page(web: Web) -> None:
    ada, anna = await administrator(web), await web.signed_in("Anna Rossi", "201")
    await add(ada, "company", name="Élan")
    await add(anna, name="zeno")
    await add(anna, name="Bea")
    assert await tab(anna, "all") == ["Ada Neri", "Anna Rossi", "Bea", "Élan", "zeno"]
    assert await tab(anna, "internal") == ["Ada Neri", "Anna Rossi"]
    assert await tab(anna, "company") == ["Élan"]
    assert await tab(anna, "personal") == ["Bea", "zeno"]
    seen, cursor = [], None
    while True:
        asked = {"tab": "all", "limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await anna.ask("GET", "/api/v1/contacts", params=asked)).body
        seen += [label(entry) for entry in page["entries"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == await tab(anna, "all")


@pytest.mark.parametrize("cursor", ["x", "AAAA", "WzEsMl0", "é", "%00"])
async def test_a_made_up_cursor_is_refused(web: Web, cursor: str) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    answer = await anna.ask("GET", "/api/v1/contacts", params={"cursor": cursor})
    assert (answer.status, answer.code) == (400, "invalid_cursor")


async def test_favourites_are_colleagues_and_contacts(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    await web.enrol("Bruno Bianchi", "202")
    contact = await add(anna)
    person, mine = (
        "/api/v1/favourites/people/%40bruno:localhost",
        f"/api/v1/favourites/contacts/{contact['id']}",
    )
    for path in (person, mine, person):
        assert (await anna.ask("PUT", path)).status == 204
    assert await tab(anna, "favourites") == ["Bruno Bianchi", "Mario Rossi"]
    found = (await anna.get("/api/v1/search?q=bruno")).body["results"]
    assert found[0]["favourite"] is True
    assert (await anna.ask("DELETE", person)).status == 204
    assert await tab(anna, "favourites") == ["Mario Rossi"]
    assert (await anna.ask("PUT", "/api/v1/favourites/people/@nobody:localhost")).code == "unknown_person"


async def test_a_number_is_looked_up_in_mine_before_the_companys_before_colleagues(web: Web) -> None:
    ada, anna = await administrator(web), await web.signed_in("Anna Rossi", "201")
    await web.enrol("Bruno Bianchi", "202", "06 9876 5432")

    async def name() -> Any:
        return (await anna.get("/api/v1/lookup?number=06%2098765432")).body["name"]

    assert await name() == "Bruno Bianchi"
    await add(ada, "company", name="Company's")
    assert await name() == "Company's"
    await add(anna, name="Mine")
    assert await name() == "Mine"


async def test_a_file_is_shown_with_its_faults_before_it_is_read_in(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    shown = await send(anna, CSV)
    assert shown.status == 200, shown
    assert (shown.body["count"], shown.body["duplicates"], shown.body["faulty"]) == (2, 1, 1)
    assert shown.body["faults"] == [
        {
            "line": 3,
            "code": "invalid_number",
            "field": "numbers",
            "message": "This is not a telephone number",
            "value": "abc",
            "kept": False,
        },
    ]
    assert [c["name"] for c in shown.body["contacts"]] == ["Zoë", "Élodie"]
    assert await tab(anna, "personal") == []
    assert (await send(anna, CSV, step="commit")).code == "faulty_lines"
    assert await tab(anna, "personal") == []
    assert (await send(anna, CSV, step="commit", skip_faulty="true")).body["count"] == 2
    again = await send(anna, CSV, step="commit", skip_faulty="true")
    assert (again.body["count"], again.body["duplicates"]) == (0, 3)
    assert await tab(anna, "personal") == ["Élodie", "Zoë"]


async def test_a_slow_file_holds_up_other_files_and_nothing_else(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bytes] = []
    done, timely = threading.Event(), []

    def slow(content: bytes, _known: set[str], region: str) -> Preview:
        begun.append(content)
        timely.append(done.wait(60))
        return drafts.preview(files.read(content), set(), region)

    monkeypatch.setattr(files, "_preview", slow)
    anna, bruno = await web.signed_in("Anna"), await web.signed_in("Bruno")
    first, second = (asyncio.create_task(send(browser, CSV)) for browser in (anna, bruno))
    while not begun:
        assert (await anna.get("/api/v1/account")).status == 200
    assert (await web.browser().sign_in("bruno@unisono.example", layout="phone")).status == 200
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "PNG")
    photo = await anna.ask("PUT", "/api/v1/account/photo", data=picture.getvalue())
    assert (photo.status, len(begun)) == (200, 1)
    done.set()
    assert [(await answer).body["count"] for answer in (first, second)] == [2, 2]
    assert timely == [True, True]


@pytest.mark.parametrize("kind", ["csv", "vcard"])
async def test_an_exported_phonebook_is_read_in_elsewhere(web: Web, kind: str) -> None:
    anna, bruno = await web.signed_in("Anna Rossi", "201"), await web.signed_in("Bruno Bianchi", "202")
    await add(anna)
    await add(anna, name="=cmd|' /C calc'!A0", notes="@SUM(1)")
    exported = await anna.get(f"/api/v1/contacts/export?format={kind}")
    assert exported.headers["Content-Disposition"].startswith('attachment; filename="personal.')
    assert (await send(bruno, exported.body, step="commit")).body["count"] == 2
    assert await tab(bruno, "personal") == ["=cmd|' /C calc'!A0", "Mario Rossi"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "unreadable_file"),
        (b"\x00\x01\x02", 400, "unreadable_file"),
        (b"a,b\n1,2", 400, "unreadable_file"),
        (b"Name\n" + b'"' + b"x" * 200_000, 400, "unreadable_file"),
        (b"Name\n" + b"x\n" * 10_001, 413, "too_large"),
        (b"Name\n" + b"x" * 10_000_001, 413, "too_large"),
    ],
    ids=["empty", "binary", "no headings", "an endless cell", "too many", "too long"],
)
async def test_a_file_that_is_none_is_refused(web: Web, content: bytes, status: int, code: str) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    answer = await send(anna, content)
    assert (answer.status, answer.code) == (status, code)


async def test_whoever_is_removed_takes_their_phonebook_along(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    contact = await add(anna)
    ada = await administrator(web)
    await ada.ask("PUT", "/api/v1/favourites/people/@anna:localhost")
    await web.features.accounts.remove("anna@unisono.example")
    assert await tab(ada, "favourites") == []
    again = await web.signed_in("Anna Rossi", "201")
    assert (await again.get(f"/api/v1/contacts/{contact['id']}")).status == 404
