"""Cards: details, room and history with somebody."""

from typing import Any

from tests.support.web import Web

OUTSIDE = "+390698765432"
ANNA = {"user_id": "@anna:localhost", "name": "Anna Rossi", "number": "201"}
BRUNO = {"user_id": "@bruno:localhost", "name": "Bruno Bianchi", "number": "202"}
STRANGER = {"user_id": None, "name": "somebody", "number": OUTSIDE}


async def record(web: Web, call_id: str, caller: Any, callee: Any, started_at: int) -> None:
    body = {
        "id": call_id, "revision": 1, "via": "sip", "caller": caller, "callee": callee,
        "started_at": started_at, "outcome": "missed",
    }  # fmt: skip
    assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204


async def test_a_card_tells_the_room_and_the_calls_with_a_colleague(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna Rossi", "201"), await web.signed_in("Bruno Bianchi", "202")
    await record(web, "one", ANNA, BRUNO, 1)
    await record(web, "two", STRANGER, BRUNO, 2)
    card = (await anna.get("/api/v1/people/%40bruno:localhost")).body
    assert (card["person"]["name"], card["room_id"], card["favourite"]) == ("Bruno Bianchi", None, False)
    await anna.ask("POST", "/api/v1/rooms/direct", {"user_id": "@bruno:localhost"})
    room = (await anna.get("/api/v1/people/@bruno:localhost")).body["room_id"]
    assert room == (await bruno.get("/api/v1/people/@anna:localhost")).body["room_id"] is not None
    calls = (await anna.get("/api/v1/people/%40bruno:localhost/calls")).body["calls"]
    assert [(call["id"], call["direction"]) for call in calls] == [("one", "outbound")]
    web.homeserver.away = True
    assert (await anna.get("/api/v1/people/@bruno:localhost")).body["room_id"] is None
    assert (await anna.get("/api/v1/people/@nobody:localhost/calls")).code == "unknown_person"


async def test_a_contacts_history_is_that_of_its_numbers_with_me(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna Rossi", "201"), await web.signed_in("Bruno Bianchi", "202")
    await record(web, "mine", STRANGER, ANNA, 1)
    await record(web, "his", STRANGER, BRUNO, 2)
    body = {"name": "Gino", "numbers": [{"number": OUTSIDE}]}
    contact = (await anna.ask("POST", "/api/v1/contacts", body)).body["contact"]
    path = f"/api/v1/contacts/{contact['id']}"
    assert (await anna.get(path)).body["rooms"] == {}
    await anna.ask("POST", "/api/v1/dial", {"number": OUTSIDE})
    assert list((await anna.get(path)).body["rooms"]) == [OUTSIDE]
    assert [call["id"] for call in (await anna.get(f"{path}/calls")).body["calls"]] == ["mine"]
    assert (await bruno.get(f"{path}/calls")).code == "unknown_contact"


async def test_a_chosen_presence_is_told_to_every_device(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    chosen = {"state": "away", "status_text": "at  lunch"}
    assert (await anna.ask("PUT", "/api/v1/presence", chosen)).status == 204
    told = [web.homeserver.presence_puts.get_nowait() for _ in range(2)]
    assert [put[1:3] for put in told] == [("unavailable", "at lunch")] * 2
    assert [put[3] is None for put in told] == [True, False]
    wrong = await anna.ask("PUT", "/api/v1/presence", {"state": "on the phone"})
    assert (wrong.status, wrong.body["error"]["field"]) == (400, "state")


async def test_what_is_chosen_during_a_call_counts_after_it(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    await web.internal(
        "PUT", "/telephony-state", {"users": {ANNA["user_id"]: {"calls": 1}}, "registered": []}
    )
    assert (await web.homeserver.presence_puts.get())[1] == "busy"
    await anna.ask("PUT", "/api/v1/presence", {"state": "away", "status_text": "lunch next"})
    assert (await web.homeserver.presence_puts.get())[1:3] == ("busy", "lunch next")
    await web.internal("PUT", "/telephony-state", {"users": {}, "registered": []})
    assert (await web.homeserver.presence_puts.get())[1:3] == ("unavailable", "lunch next")
