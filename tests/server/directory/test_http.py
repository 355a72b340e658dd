from tests.support.web import Browser, Web


async def names(browser: Browser, query: str) -> list[str]:
    answer = await browser.ask("GET", "/api/v1/search", params={"q": query})
    assert answer.status == 200, answer
    return [
        result["person"]["name"] if result["kind"] == "person" else result["number"]
        for result in answer.body["results"]
    ]


async def test_all_colleagues_are_listed(web: Web) -> None:
    await web.enrol("Bruno Bianchi", "202")
    anna = await web.signed_in("Anna Rossi", "201")
    people = (await anna.get("/api/v1/people")).body["people"]
    assert [(p["name"], p["extensions"]) for p in people] == [
        ("Anna Rossi", ["201"]),
        ("Bruno Bianchi", ["202"]),
    ]
    assert "id" not in people[0]


async def test_people_are_found_by_name_mail_extension_and_number(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201", "06 12345201")
    await web.enrol("Nicolò D'Angelo", "202", "06 12345202")
    assert await names(anna, "nicolo") == ["Nicolò D'Angelo"]
    assert await names(anna, "ANGELO") == ["Nicolò D'Angelo"]
    assert await names(anna, "anna@unis") == ["Anna Rossi"]
    assert await names(anna, "202") == ["Nicolò D'Angelo"]
    assert await names(anna, "20") == ["Anna Rossi", "Nicolò D'Angelo"]
    for spelling in ("0612345202", "06 12345-202", "+39 06 12345202", "0039 06 12345202", "tel:0612345202"):
        assert await names(anna, spelling) == ["Nicolò D'Angelo"], spelling
    assert await names(anna, "") == []
    assert await names(anna, "zzz") == []


async def test_a_number_nobody_has_can_be_dialled_from_the_results(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    answer = await anna.ask("GET", "/api/v1/search", params={"q": "06 9876 5432"})
    assert answer.body["results"] == [
        {"kind": "number", "number": "+390698765432", "display": "06 9876 5432"}
    ]


async def test_an_endless_query_is_refused(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    answer = await anna.ask("GET", "/api/v1/search", params={"q": "a" * 201})
    assert (answer.status, answer.body["error"]["field"]) == (400, "q")
