"""A meeting is divided into breakouts: who may do it, what follows, and who is where."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from server.meetings import rules
from server.meetings.breakouts import MOST, Arrangement, Breakout, Wanted, arrange
from server.meetings.refusals import InvalidName, NotInTheMeeting, PersonTwice, TooManyBreakouts
from server.sfu.signal.token import mint
from tests.server.meetings.conftest import ANNA, BRUNO, House, listen
from tests.support.media_server import MICROPHONE, room_of
from tests.support.web import Answer

ANNAS, BRUNOS = f"{ANNA}:DESK", f"{BRUNO}:DESK"
RED = Breakout("b1", rules.room_name("!r", rules.breakout_slot("b1")), "Red", (ANNA,))
BEFORE = Arrangement((RED,))


def arranged(*wanted: Wanted) -> tuple[Breakout, ...]:
    return arrange(BEFORE, wanted, "!r", {ANNA, BRUNO}, {"@_guest_gone:here"}, lambda: "b2")


def test_what_is_asked_for_keeps_those_that_it_names() -> None:
    red, blue = arranged(Wanted("Rosso ", (BRUNO,), "b1"), Wanted("Blue", (ANNA, ANNA, "@_guest_gone:here")))
    assert (red.id, red.sfu_room, red.name, red.people) == ("b1", RED.sfu_room, "Rosso", (BRUNO,))
    assert (blue.id, blue.name, blue.people) == ("b2", "Blue", (ANNA,))
    assert blue.sfu_room == rules.room_name("!r", "m.call#breakout-b2")


def test_one_that_has_closed_meanwhile_is_opened_anew() -> None:
    (one,) = arranged(Wanted("Red", (), "closed"))
    assert one.id == "b2"


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ([Wanted("A", (ANNA,)), Wanted("B", (ANNA,))], PersonTwice),
        ([Wanted("A", ("@eve:elsewhere",))], NotInTheMeeting),
        ([Wanted("A")] * (MOST + 1), TooManyBreakouts),
        ([Wanted(" \u200b ")], InvalidName),
        ([Wanted("x" * 61)], InvalidName),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: list[Wanted], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        arranged(*wanted)


def test_everybody_has_one_place_at_most() -> None:
    place = Arrangement((RED, Breakout("b2", "x", "Blue", (BRUNO,))), 5_000).place_of(BRUNO)
    assert place is not None
    assert (place.id, place.number, place.name, place.closes_at) == ("b2", 2, "Blue", 5_000)
    assert BEFORE.place_of(BRUNO) is None


async def divide(house: House, *people: list[str], **more: Any) -> Answer:
    """One breakout for each list, called One, Two, …"""
    names = ("One", "Two", "Three")
    wanted = [{"name": name, "people": those} for name, those in zip(names, people, strict=False)]
    return await house.anna.ask("PUT", house.path("/breakouts"), {"breakouts": wanted, **more})


def call_of(house: House, answer: Answer, index: int = 0) -> str:
    """The media server's name of a breakout."""
    return rules.room_name(house.room_id, rules.breakout_slot(answer.body["breakouts"][index]["id"]))


async def test_a_moderator_divides_a_meeting_and_all_members_see_it(house: House) -> None:
    await house.media.join(house.call, ANNAS)
    made = await divide(house, [BRUNO], [], minutes=10)
    assert made.status == 200, made
    await house.media.join(call_of(house, made), BRUNOS)
    seen = (await house.bruno.get(house.path("/breakouts"))).body
    one, two = seen["breakouts"]
    assert (one["name"], one["people"], one["inside"]) == ("One", [BRUNO], [BRUNOS])
    assert (two["name"], two["people"], two["inside"]) == ("Two", [], [])
    assert (seen["mine"], seen["main"]) == (one["id"], [ANNAS])
    assert seen["closes_at"] == made.body["closes_at"] > 0
    assert (await house.anna.get(house.path("/breakouts"))).body["mine"] is None
    assert (await house.chiara.get(house.path("/breakouts"))).status == 404
    meeting = (await house.anna.get(house.path())).body
    assert (meeting["live"], meeting["participants"]) == (True, 2)


async def test_others_divide_nothing(house: House) -> None:
    made = await divide(house, [BRUNO])
    body = {"breakouts": [{"name": "Mine", "people": []}]}
    for method, content in (("PUT", body), ("DELETE", None)):
        answer = await house.bruno.ask(method, house.path("/breakouts"), content)
        assert (answer.status, answer.code) == (403, "moderators_only")
    assert (await house.anna.get(house.path("/breakouts"))).body == made.body


async def test_what_cannot_be_divided_so_is_said(house: House) -> None:
    twice = await divide(house, [BRUNO], [BRUNO])
    stranger = await divide(house, ["@chiara:localhost"])
    nameless = await house.anna.ask("PUT", house.path("/breakouts"), {"breakouts": [{"name": " "}]})
    many = await house.anna.ask("PUT", house.path("/breakouts"), {"breakouts": [{"name": "A"}] * 51})
    codes = [(answer.status, answer.code) for answer in (twice, stranger, nameless, many)]
    said = ("person_twice", "not_in_the_meeting", "invalid_name", "too_many_breakouts")
    assert codes == [(400, code) for code in said]
    senseless: list[dict[str, Any]] = [{"breakouts": []}, {"breakouts": [{"name": "A"}], "minutes": 241}]
    for wrong in senseless:
        assert (await house.anna.ask("PUT", house.path("/breakouts"), wrong)).status == 400
    assert (await house.anna.get(house.path("/breakouts"))).body["breakouts"] == []


async def test_the_end_stays_unless_another_is_said(house: House) -> None:
    first = (await divide(house, [BRUNO], minutes=10)).body
    kept = {"breakouts": [{"id": first["breakouts"][0]["id"], "name": "Other"}]}
    second = (await house.anna.ask("PUT", house.path("/breakouts"), kept)).body
    assert (second["breakouts"][0]["id"], second["closes_at"]) == (
        first["breakouts"][0]["id"],
        first["closes_at"],
    )
    third = (await house.anna.ask("PUT", house.path("/breakouts"), {**kept, "minutes": None})).body
    assert third["closes_at"] is None


async def test_they_close_at_once_or_after_seconds(house: House) -> None:
    await divide(house, [BRUNO])
    assert (await house.anna.ask("DELETE", house.path("/breakouts?in=121"))).status == 400
    assert (await house.anna.ask("DELETE", house.path("/breakouts?in=60"))).status == 204
    closing = (await house.anna.get(house.path("/breakouts"))).body
    assert closing["closes_at"] > 0 and len(closing["breakouts"]) == 1
    for _ in range(2):
        assert (await house.anna.ask("DELETE", house.path("/breakouts"))).status == 204
    after = (await house.bruno.get(house.path("/breakouts"))).body
    assert after == {"breakouts": [], "mine": None, "main": [], "closes_at": None}


async def test_a_guest_is_told_of_every_place(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, _ = await house.guest(token)
    visit = (await guest.get("/api/v1/guest")).body
    assert visit["breakout"] is None
    identity = visit["sfu"]["identity"]
    await house.media.join(house.call, identity)
    async with listen(guest) as stream:
        assert [(await stream.next())[0] for _ in range(2)] == ["state", "breakout"]
        made = await divide(house, [], [identity.removesuffix(":GUEST")], minutes=5)
        place = {"id": made.body["breakouts"][1]["id"], "name": "Two", "closes_at": made.body["closes_at"]}
        assert await stream.next() == ("breakout", place)
        visit = (await guest.get("/api/v1/guest")).body
        assert visit["breakout"] == place
        assert rooms_of(visit) == call_of(house, made, 1)
        main = (await guest.get("/api/v1/guest?main=1")).body
        assert (main["breakout"], rooms_of(main)) == (place, house.call)
        await house.media.leave(house.call, identity)
        await house.media.join(call_of(house, made, 1), identity)
        # The move is none for Matrix clients.
        assert set(house.rooms.rooms[house.room_id].in_call) == {identity.removesuffix(":GUEST")}
        await house.anna.ask("DELETE", house.path("/breakouts"))
        assert await stream.next() == ("breakout", {"id": None, "name": None, "closes_at": None})
    assert rooms_of((await guest.get("/api/v1/guest")).body) == house.call


def rooms_of(visit: dict[str, Any]) -> str:
    return room_of(visit["sfu"]["token"])


async def test_a_telephone_is_called_to_its_place_and_back(house: House) -> None:
    caller = {"user_id": BRUNO, "number": "202", "name": "Bruno"}
    pin = (await house.anna.get(house.path())).body["dial_in"]["pin"]
    entered = await house.web.internal("POST", "/meetings/pin", {"pin": pin, "caller": caller})
    path = f"/meetings/visitors/{entered.body['visitor_id']}"
    await house.media.join(house.call, ANNAS)
    known = f"{path}?wait=20&state=admitted&started=true"
    first = (await house.web.internal("GET", path)).body
    assert (first["sfu"]["room"], first["place"]) == (house.call, None)
    waiting = asyncio.create_task(house.web.internal("GET", f"{known}&room={quote(house.call, safe='')}"))
    phone = first["sfu"]["identity"].rpartition(":")[0]
    made = await divide(house, [], [phone], minutes=5)
    moved = (await waiting).body
    assert moved["sfu"]["room"] == call_of(house, made, 1)
    assert moved["place"] == {"number": 2, "name": "Two", "closes_at": made.body["closes_at"]}
    # Everybody else is on the way, too: the music does not start for that.
    await house.media.leave(house.call, ANNAS)
    assert (await house.web.internal("GET", path)).body["started"] is True
    there = quote(moved["sfu"]["room"], safe="")
    # It is to be warned, and so hears when the rooms close, and when that changes.
    until = moved["place"]["closes_at"]
    waiting = asyncio.create_task(house.web.internal("GET", f"{known}&room={there}&closes_at={until}"))
    await house.anna.ask("DELETE", house.path("/breakouts?in=30"))
    sooner = (await waiting).body
    assert sooner["sfu"]["room"] == moved["sfu"]["room"]
    assert 0 < sooner["place"]["closes_at"] < until
    waiting = asyncio.create_task(house.web.internal("GET", f"{known}&room={there}"))
    await house.anna.ask("DELETE", house.path("/breakouts"))
    back = (await waiting).body
    assert (back["sfu"]["room"], back["place"]) == (house.call, None)


async def test_moderators_reach_everybody_wherever_they_are(house: House) -> None:
    made = await divide(house, [BRUNO])
    await house.media.join(house.call, ANNAS)
    await house.media.join(call_of(house, made), BRUNOS, MICROPHONE)
    path = house.path(f"/participants/{BRUNOS}")
    assert (await house.anna.ask("POST", path + "/mute", {"source": "microphone"})).status == 204
    assert house.media.muted == [(BRUNOS, "TR_mic")]
    assert (await house.anna.ask("DELETE", path)).status == 204
    assert house.media.removed == [BRUNOS]
    # Not to any room of the meeting until its call ends, whichever room of it is empty meanwhile.
    await house.media.leave(house.call, ANNAS)
    await house.media.tell("room_finished", house.call)
    for room in (house.call, call_of(house, made)):
        await house.media.join(room, BRUNOS)
    assert house.media.removed == [BRUNOS, BRUNOS, BRUNOS]


async def test_who_has_no_place_there_is_turned_away(house: House) -> None:
    made = await divide(house, [ANNA])
    await house.media.join(call_of(house, made), BRUNOS)
    await house.media.join(call_of(house, made), ANNAS)
    await house.media.join(house.call, BRUNOS)
    assert house.media.removed == [BRUNOS]
    token = mint(
        "unisono",
        house.web.secrets.sfu_secret,
        {"sub": BRUNOS, "exp": 2**40, "video": {"room": call_of(house, made), "roomJoin": True}},
    )
    refused = await house.web.browser().get(f"/livekit/rtc/validate?access_token={token}")
    assert refused.status == 401


async def test_a_cancelled_meeting_has_none(house: House) -> None:
    made = await divide(house, [BRUNO])
    assert (await house.anna.ask("DELETE", house.path())).status == 204
    again = await house.anna.ask("POST", f"/api/v1/rooms/{house.room_id}/meeting")
    assert again.body["id"] == house.meeting["id"]
    assert (await house.anna.get(house.path("/breakouts"))).body["breakouts"] == []
    await house.media.join(call_of(house, made), BRUNOS)
    assert house.media.removed == [BRUNOS]
