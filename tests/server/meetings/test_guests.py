"""Guests: by the link to the door, into the meeting, and gone."""

from typing import Any

import pytest

from server.meetings import rules
from tests.server.meetings.conftest import ANNA, BRUNO, House, listen
from tests.support.web import Browser


async def state_of(browser: Browser) -> str:
    return str((await browser.get("/api/v1/guest")).body["guest"]["state"])


async def only_visitor(house: House) -> dict[str, Any]:
    (visitor,) = await house.visitors()
    return visitor


async def test_a_link_says_where_it_leads(house: House) -> None:
    token, link = await house.link(lobby=True)
    assert link["url"] == f"{house.web.config.web.origin}/#/join/{token}"
    assert link["expires_at"] == house.web.clock() + 3_600_000
    look = await house.web.browser().ask("POST", "/api/v1/guest/look", {"token": token})
    assert (look.body["title"], look.body["organisation"]) == ("Budget", "Unisono demo")
    assert (look.body["encrypted"], look.body["lobby"], look.body["starts_at"]) == (False, True, None)
    listed = (await house.bruno.get(house.path("/links"))).body["links"]
    assert listed == [{name: link[name] for name in ("id", "expires_at", "lobby", "created_at")}]


async def test_links_end(house: House) -> None:
    token, link = await house.link()
    browser = house.web.browser()

    async def look(what: str) -> tuple[int, str]:
        answer = await browser.ask("POST", "/api/v1/guest/look", {"token": what})
        return answer.status, answer.code if answer.status != 200 else ""

    assert await look(token) == (200, "")
    assert await look(token[:-1] + "x") == (404, "link_unknown")
    assert (await house.bruno.ask("DELETE", house.path(f"/links/{link['id']}"))).status == 204
    assert await look(token) == (410, "link_revoked")
    again = await house.bruno.ask("DELETE", house.path(f"/links/{link['id']}"))
    assert (again.status, again.code) == (404, "link_unknown")
    token, _ = await house.link(hours=2)
    house.web.clock.now += 2 * 3_600_000
    assert await look(token) == (410, "link_expired")
    assert (await house.bruno.get(house.path("/links"))).body == {"links": []}
    longest = await house.anna.ask("POST", house.path("/links"), {"hours": 721, "lobby": True})
    assert (longest.status, longest.code) == (400, "link_too_long")


async def test_who_guesses_links_is_slowed_down(house: House) -> None:
    browser = house.web.browser()
    for _ in range(60):
        await browser.ask("POST", "/api/v1/guest/look", {"token": "guess"})
    answer = await browser.ask("POST", "/api/v1/guest/join", {"token": "guess", "name": "x"})
    assert (answer.status, answer.code) == (429, "too_many_attempts")
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_guest_waits_until_somebody_lets_them_in(house: House) -> None:
    token, _ = await house.link()
    guest, joined = await house.guest(token, "  Gino\u202e  Bartali ")
    assert joined.status == 201
    assert joined.body["guest"] == {
        "id": joined.body["guest"]["id"],
        "name": "Gino Bartali",
        "state": "waiting",
    }
    visit = (await guest.get("/api/v1/guest")).body
    assert (visit["meeting"], visit["sfu"]) == (
        {"title": "Budget", "encrypted": False, "recorded": False},
        None,
    )
    visitor = await only_visitor(house)
    assert (visitor["kind"], visitor["name"], visitor["state"]) == ("guest", "Gino Bartali", "waiting")
    assert visitor["identity"] is None
    # Nobody of the room sees them in it before.
    assert set(house.rooms.rooms[house.room_id].members) == {ANNA, BRUNO}
    assert (await house.decide(visitor["id"])).status == 204
    visit = (await guest.get("/api/v1/guest")).body
    identity = f"@_guest_{visitor['id']}:localhost:GUEST"
    assert visit["guest"]["state"] == "admitted"
    assert visit["sfu"]["identity"] == identity
    assert visit["sfu"]["url"] == "ws" + house.web.config.web.origin.removeprefix("http") + "/livekit"
    assert (await only_visitor(house))["identity"] == identity
    names = house.rooms.rooms[house.room_id].members
    assert names[identity.removesuffix(":GUEST")] == "Gino Bartali (ospite)"


async def test_only_one_decides(house: House) -> None:
    token, _ = await house.link()
    guest, joined = await house.guest(token)
    visitor_id = joined.body["guest"]["id"]
    refused = await house.bruno.ask("POST", house.path(f"/visitors/{visitor_id}"), {"decision": "refuse"})
    assert refused.status == 204
    assert await state_of(guest) == "refused"
    late = await house.decide(visitor_id)
    assert (late.status, late.code) == (409, "already_decided")
    unknown = await house.decide("nobody")
    assert (unknown.status, unknown.code) == (404, "visitor_not_found")
    stranger = await house.chiara.ask("POST", house.path(f"/visitors/{visitor_id}"), {"decision": "admit"})
    assert (stranger.status, stranger.code) == (404, "meeting_not_found")


async def test_without_a_lobby_one_is_inside_at_once_and_many_use_one_link(house: House) -> None:
    token, _ = await house.link(lobby=False)
    states = [(await house.guest(token, "Gino"))[1].body["guest"]["state"] for _ in range(3)]
    assert states == ["admitted"] * 3
    assert len({visitor["identity"] for visitor in await house.visitors()}) == 3


@pytest.mark.parametrize("name", ["", "  ", "\u202e\u200b", "x" * 61, "@#!"])
async def test_names_that_are_none(house: House, name: str) -> None:
    token, _ = await house.link()
    _, joined = await house.guest(token, name)
    assert (joined.status, joined.code) == (400, "invalid_name")
    assert await house.visitors() == []


async def test_a_guest_in_the_call_is_there_for_every_matrix_client(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, joined = await house.guest(token)
    identity = (await guest.get("/api/v1/guest")).body["sfu"]["identity"]
    user_id = identity.removesuffix(":GUEST")
    room = house.rooms.rooms[house.room_id]
    await house.media.join(house.call, identity)
    content = room.in_call[user_id]
    assert (content["application"], content["device_id"]) == ("m.call", "GUEST")
    transport = {
        "type": "livekit",
        "livekit_service_url": f"{house.web.config.web.origin}/livekit",
        "livekit_alias": house.room_id,
    }
    assert content["foci_preferred"] == [transport]
    # A connection that is lost for a while takes them out of the call, not out of the room.
    await house.media.leave(house.call, identity)
    assert user_id not in room.in_call
    assert await state_of(guest) == "admitted"
    await house.media.join(house.call, identity)
    assert user_id in room.in_call
    assert (await guest.ask("DELETE", "/api/v1/guest")).status == 204
    assert house.media.removed == [identity]
    assert set(room.members) == {ANNA, BRUNO}
    assert user_id not in room.in_call
    assert user_id in house.rooms.gone
    assert joined.body["guest"]["id"] in [one["id"] for one in await house.visitors()]
    over = await guest.get("/api/v1/guest")
    assert (over.status, over.code) == (401, "not_a_guest")


async def test_a_ticket_that_outlives_the_visit_opens_nothing(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, _ = await house.guest(token)
    identity = (await guest.get("/api/v1/guest")).body["sfu"]["identity"]
    await guest.ask("DELETE", "/api/v1/guest")
    await house.media.join(house.call, identity)
    assert house.media.removed == [identity]


async def test_a_ticket_of_one_meeting_leads_into_no_other_call(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, _ = await house.guest(token)
    identity = (await guest.get("/api/v1/guest")).body["sfu"]["identity"]
    made = await house.anna.ask("POST", "/api/v1/meetings", {"title": "Other"})
    other = rules.room_name(made.body["room_id"])
    await house.media.join(other, identity)
    assert house.media.removed == [identity]


async def test_a_browser_is_one_guest(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, first = await house.guest(token, "Gino")
    second = await guest.ask("POST", "/api/v1/guest/join", {"token": token, "name": "Pino"})
    assert second.status == 201
    states = {one["id"]: one["state"] for one in await house.visitors()}
    assert states == {first.body["guest"]["id"]: "left", second.body["guest"]["id"]: "admitted"}


async def test_strangers_are_no_guests(house: House) -> None:
    browser = house.web.browser()
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/events", None),
        ("POST", "/messages", {"body": "x"}),
    ):
        answer = await browser.ask(method, f"/api/v1/guest{path}", body)
        assert (answer.status, answer.code) == (401, "not_a_guest")


async def test_a_homeserver_that_is_away_lets_nobody_half_in(house: House) -> None:
    token, _ = await house.link(lobby=False)
    house.web.homeserver.away = True
    _, joined = await house.guest(token)
    assert (joined.status, joined.code) == (503, "homeserver_unavailable")
    house.web.homeserver.away = False
    assert await house.visitors() == []


async def test_the_page_follows_the_visit_and_the_chat_from_the_joining_on(house: House) -> None:
    token, _ = await house.link()
    guest, joined = await house.guest(token)
    house.rooms.write(house.room_id, ANNA, {"msgtype": "m.text", "body": "before"})
    too_early = await guest.ask("POST", "/api/v1/guest/messages", {"body": "hello"})
    assert (too_early.status, too_early.code) == (403, "not_admitted")
    async with listen(guest) as stream:
        assert await stream.next() == ("state", {"state": "waiting"})
        await house.decide(joined.body["guest"]["id"])
        assert await stream.next() == ("state", {"state": "admitted"})
        assert await stream.next() == ("breakout", {"id": None, "name": None, "closes_at": None})
        welcome = house.rooms.write(house.room_id, ANNA, {"msgtype": "m.text", "body": "welcome"})
        name, line = await stream.next()
        assert (name, line["id"], line["body"], line["mine"]) == ("message", welcome, "welcome", False)
        assert line["sender"] == {"user_id": ANNA, "name": "Anna Rossi"}
        edited = {"msgtype": "m.text", "body": "welcome!"}
        relation = {"rel_type": "m.replace", "event_id": welcome}
        house.rooms.write(
            house.room_id, ANNA, {**edited, "body": "* x", "m.new_content": edited, "m.relates_to": relation}
        )
        _, line = await stream.next()
        assert (line["id"], line["body"]) == (welcome, "welcome!")
        for nonsense in ({}, {"msgtype": "m.image", "body": "x"}, {"msgtype": "m.text", "body": 7}):
            house.rooms.write(house.room_id, ANNA, nonsense)
        said = await guest.ask("POST", "/api/v1/guest/messages", {"body": "grazie"})
        assert said.status == 201
        _, line = await stream.next()
        assert (line["id"], line["body"], line["mine"]) == (said.body["id"], "grazie", True)
        assert line["sender"]["name"] == "Gino (ospite)"
    async with listen(guest) as stream:
        for expected in ("state", "breakout"):
            assert (await stream.next())[0] == expected
        again = [(await stream.next())[1]["body"] for _ in range(3)]
        assert again == ["welcome", "welcome!", "grazie"]
        await house.anna.ask("DELETE", house.path(f"/participants/{line['sender']['user_id']}:GUEST"))
        assert await stream.next() == ("state", {"state": "removed"})
        assert await stream.next() == ("end", None)


async def test_an_encrypted_rooms_chat_stays_in_the_room(house: House) -> None:
    made = await house.anna.ask("POST", "/api/v1/meetings", {"title": "Secret", "encrypted": True})
    assert made.body["encrypted"] is True
    house.meeting = made.body
    token, _ = await house.link(lobby=False)
    guest, joined = await house.guest(token)
    assert (await guest.get("/api/v1/guest")).body["meeting"] == {
        "title": "Secret",
        "encrypted": True,
        "recorded": False,
    }
    said = await guest.ask("POST", "/api/v1/guest/messages", {"body": "hello"})
    assert (said.status, said.code) == (409, "encrypted_meeting")
    assert joined.body["guest"]["state"] == "admitted"


async def test_a_meeting_takes_only_so_many(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.meetings.visitor_store.SqlVisitors.count", _a_hundred)
    token, _ = await house.link()
    _, joined = await house.guest(token)
    assert (joined.status, joined.code) == (409, "meeting_full")


async def _a_hundred(*_: object) -> int:
    return 100


async def test_a_guest_says_no_more_than_people_can(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, _ = await house.guest(token)
    answers = [await guest.ask("POST", "/api/v1/guest/messages", {"body": str(n)}) for n in range(21)]
    assert [answer.status for answer in answers] == [201] * 20 + [429]
    assert answers[-1].code == "too_much"


async def test_a_guest_listens_on_few_pages_at_a_time(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, _ = await house.guest(token)
    pages = [await guest.http.get(guest.base + "/api/v1/guest/events") for _ in range(4)]
    answer = await guest.get("/api/v1/guest/events")
    assert (answer.status, answer.code) == (429, "too_much")
    for page in pages:
        page.close()


async def test_whoever_fills_the_waiting_room_is_slowed_down(house: House) -> None:
    token, _ = await house.link()
    for _ in range(60):
        await house.guest(token, "")
    _, joined = await house.guest(token)
    assert (joined.status, joined.code) == (429, "too_many_attempts")
