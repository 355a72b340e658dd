"""Meetings as the members of their rooms make, find, change and cancel them."""

from typing import Any

import msgspec
import pytest
from icalendar import Calendar

from tests.server.meetings.conftest import ANNA, BRUNO, House
from tests.support.web import Browser

START = 1_800_100_000_000


async def test_a_meeting_has_a_room_with_its_people(house: House) -> None:
    assert house.meeting["title"] == "Budget"
    assert (house.meeting["organiser"], house.meeting["moderator"]) == (ANNA, True)
    assert (house.meeting["live"], house.meeting["participants"]) == (False, 0)
    assert house.meeting["dial_in"]["numbers"] == ["+390698765499"]
    assert house.meeting["dial_in"]["extension"] == "800"
    pin = house.meeting["dial_in"]["pin"]
    assert len(pin) == 9 and pin.isdigit() and pin[0] != "0"
    assert set(house.rooms.rooms[house.room_id].members) == {ANNA, BRUNO}
    seen = (await house.bruno.get(house.path())).body
    assert seen == {**house.meeting, "moderator": False}


async def test_strangers_learn_nothing(house: House) -> None:
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/links"), ("GET", "/visitors"),
        ("DELETE", "/links/x"), ("DELETE", "/participants/@anna:localhost:D"),
    ):  # fmt: skip
        answer = await house.chiara.ask(method, house.path(path), {} if method == "PATCH" else None)
        assert (answer.status, answer.code) == (404, "meeting_not_found"), (method, path)
    assert (await house.chiara.get("/api/v1/meetings")).body == {"meetings": []}
    answer = await house.chiara.ask("POST", f"/api/v1/rooms/{house.room_id}/meeting")
    assert (answer.status, answer.code) == (404, "room_not_found")


async def test_any_room_of_mine_can_meet(house: House) -> None:
    room = house.rooms.add("", ANNA, BRUNO, anna=100)
    house.rooms.rooms[room].levels["events"] = {}
    made = await house.bruno.ask("POST", f"/api/v1/rooms/{room}/meeting")
    assert (made.status, made.body["title"], made.body["moderator"]) == (200, "Anna Rossi", False)
    again = await house.anna.ask("POST", f"/api/v1/rooms/{room}/meeting")
    assert (again.body["id"], again.body["moderator"]) == (made.body["id"], True)
    assert again.body["title"] == "Bruno Bianchi"
    assert "org.matrix.msc3401.call.member" in house.rooms.rooms[room].levels["events"]
    house.rooms.rooms[room].encrypted = True
    assert (await house.anna.ask("POST", f"/api/v1/rooms/{room}/meeting")).body["encrypted"] is True


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"title": "  "}, 400, "invalid_title"),
        ({"title": "x" * 201}, 400, "invalid_title"),
        ({"title": "x", "people": ["@nobody:localhost"]}, 404, "unknown_person"),
        ({"title": "x", "invite": ["nobody"]}, 400, "invalid_email"),
        ({"title": "x", "invite": ["a@b.example\r\nBcc: c@d.example"]}, 400, "invalid_email"),
        ({"title": "x", "starts_at": -1}, 400, "invalid_field"),
        ({"title": "x", "duration_minutes": 0}, 400, "invalid_field"),
        ({}, 400, "invalid_field"),
    ],
)
async def test_what_cannot_be_made(house: House, body: Any, status: int, code: str) -> None:
    before = len(house.rooms.rooms)
    answer = await house.anna.ask("POST", "/api/v1/meetings", body)
    assert (answer.status, answer.code) == (status, code)
    assert len(house.rooms.rooms) == before


async def scheduled(house: House, **more: Any) -> dict[str, Any]:
    body = {
        "title": "Planning", "people": [BRUNO], "invite": ["gino@outside.example", "chiara@unisono.example"],
        "starts_at": START, "duration_minutes": 30, "language": "en", **more,
    }  # fmt: skip
    made = await house.anna.ask("POST", "/api/v1/meetings", body)
    assert made.status == 201, made
    meeting: dict[str, Any] = made.body
    return meeting


def event_of(calendar: str) -> Any:
    return Calendar.from_ical(calendar).walk("VEVENT")[0]


async def test_invitations_go_to_colleagues_and_guests(house: House) -> None:
    meeting = await scheduled(house)
    by_recipient = {to: (mail.subject, mail.text, mail.calendar) for to, mail in house.mails}
    assert set(by_recipient) == {
        "bruno@unisono.example", "chiara@unisono.example", "gino@outside.example"
    }  # fmt: skip
    # A colleague who was invited by address is in the room like others.
    assert "@chiara:localhost" in house.rooms.rooms[meeting["room_id"]].members
    subject, text, calendar = by_recipient["gino@outside.example"]
    assert subject == "Invitation: Planning"
    token = text.partition("/#/join/")[2].split()[0]
    look = await house.web.browser().ask("POST", "/api/v1/guest/look", {"token": token})
    assert (look.body["title"], look.body["lobby"], look.body["starts_at"]) == ("Planning", True, START)
    assert meeting["dial_in"]["pin"][:3] + " " in text
    event = event_of(calendar)
    assert (event["UID"], event["SEQUENCE"]) == (f"{meeting['id']}@localhost", 0)
    assert event["LOCATION"].endswith(f"/#/join/{token}")
    subject, text, _ = by_recipient["bruno@unisono.example"]
    assert subject == "Invito: Planning"
    assert "/#/meetings/room/" in text and "/join/" not in text


async def test_changes_and_the_end_are_told_under_the_same_name(house: House) -> None:
    meeting = await scheduled(house)
    path = f"/api/v1/meetings/{meeting['id']}"
    first = {to: event_of(mail.calendar) for to, mail in house.mails}
    changed = await house.anna.ask("PATCH", path, {"title": "Plans", "starts_at": START + 60_000})
    assert (changed.body["title"], changed.body["starts_at"]) == ("Plans", START + 60_000)
    assert house.rooms.rooms[meeting["room_id"]].name == "Plans"
    mails = house.mails[3:]
    assert {mail.subject for _, mail in mails} == {"Updated: Plans", "Aggiornato: Plans"}
    for to, mail in mails:
        event = event_of(mail.calendar)
        assert (event["UID"], event["SEQUENCE"]) == (first[to]["UID"], 1)
        assert event["LOCATION"] == first[to]["LOCATION"]
    only_new = await house.anna.ask("PATCH", path, {"invite": ["new@outside.example"]})
    assert only_new.status == 200
    assert [to for to, _ in house.mails[6:]] == ["new@outside.example"]
    assert (await house.anna.ask("DELETE", path)).status == 204
    ends = [mail.calendar for _, mail in house.mails[7:]]
    assert len(ends) == 4
    assert all("METHOD:CANCEL" in end and "STATUS:CANCELLED" in end for end in ends)
    assert (await house.anna.get(path)).status == 404
    assert meeting["id"] not in [one["id"] for one in await listed(house.anna)]


async def test_the_mail_of_an_encrypted_meeting_leaves_the_link_to_the_organiser(house: House) -> None:
    """The link needs a key that the server must not know."""
    meeting = await scheduled(house, encrypted=True)
    path = f"/api/v1/meetings/{meeting['id']}"
    (mail,) = [mail for to, mail in house.mails if to == "gino@outside.example"]
    assert "/join/" not in mail.text + mail.html + mail.calendar
    assert "Anna Rossi sends it to you" in mail.text
    (inside,) = [mail for to, mail in house.mails if to == "bruno@unisono.example"]
    assert "/#/meetings/room/" in inside.text
    link = (await house.anna.ask("POST", f"{path}/invitation-link")).body
    token = link["url"].rpartition("/#/join/")[2]
    look = await house.web.browser().ask("POST", "/api/v1/guest/look", {"token": token})
    assert (look.body["title"], look.body["encrypted"]) == ("Planning", True)
    # It goes on being the same, and works as long as the meeting is put off.
    await house.anna.ask("PATCH", path, {"starts_at": START + 86_400_000})
    again = (await house.anna.ask("POST", f"{path}/invitation-link")).body
    assert again == {**link, "expires_at": link["expires_at"] + 86_400_000}
    refused = await house.bruno.ask("POST", f"{path}/invitation-link")
    assert (refused.status, refused.code) == (403, "moderators_only")
    assert (await house.chiara.ask("POST", "/api/v1/meetings/x/invitation-link")).status == 404


async def listed(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await browser.get("/api/v1/meetings")).body["meetings"]
    return found


async def test_a_cancelled_meetings_links_open_nothing(house: House) -> None:
    token, _ = await house.link()
    guest, joined = await house.guest(token)
    assert joined.status == 201
    assert (await house.anna.ask("DELETE", house.path())).status == 204
    for path, body in (("look", {}), ("join", {"name": "x"})):
        answer = await house.web.browser().ask("POST", f"/api/v1/guest/{path}", {"token": token, **body})
        assert (answer.status, answer.code) == (410, "link_revoked")
    assert (await guest.get("/api/v1/guest")).body["guest"]["state"] == "left"
    # The room is still there, and may meet again.
    again = await house.bruno.ask("POST", f"/api/v1/rooms/{house.room_id}/meeting")
    assert (again.status, again.body["id"]) == (200, house.meeting["id"])


async def test_only_organiser_and_moderators_change_meetings(house: House) -> None:
    for method, body in (("PATCH", {"title": "x"}), ("DELETE", None)):
        answer = await house.bruno.ask(method, house.path(), body)
        assert (answer.status, answer.code) == (403, "moderators_only")
    house.rooms.rooms[house.room_id].levels["users"] = {BRUNO: 50}
    assert (await house.bruno.ask("PATCH", house.path(), {"title": "x"})).status == 200


async def test_live_meetings_come_first_then_the_next(house: House) -> None:
    now = house.web.clock()
    later = await scheduled(house, starts_at=now + 7_200_000)
    sooner = await scheduled(house, starts_at=now + 3_600_000)
    await scheduled(house, starts_at=now - 14 * 3_600_000)
    order = [one["id"] for one in await listed(house.anna)]
    assert order == [sooner["id"], later["id"], house.meeting["id"]]
    await house.media.join(house.call, f"{ANNA}:D")
    assert (await listed(house.anna))[0] == {**house.meeting, "live": True, "participants": 1}
    await house.media.leave(house.call, f"{ANNA}:D")
    assert [one["id"] for one in await listed(house.anna)] == order


async def test_without_the_homeserver_one_is_told_so(house: House) -> None:
    house.web.homeserver.away = True
    for method, path in (("GET", "/api/v1/meetings"), ("GET", house.path()), ("POST", "/api/v1/meetings")):
        answer = await house.anna.ask(method, path, {"title": "x"} if method == "POST" else None)
        assert (answer.status, answer.code) == (503, "homeserver_unavailable")


async def test_a_meeting_is_as_its_room_is_whoever_changed_it(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, _ = await house.guest(token)
    room = house.rooms.rooms[house.room_id]
    room.name, room.encrypted = "Quarter", True
    said = await guest.ask("POST", "/api/v1/guest/messages", {"body": "in clear"})
    assert (said.status, said.code) == (409, "encrypted_meeting")
    look = await house.web.browser().ask("POST", "/api/v1/guest/look", {"token": token})
    assert (look.body["title"], look.body["encrypted"]) == ("Quarter", True)
    assert [(one["title"], one["encrypted"]) for one in await listed(house.bruno)] == [("Quarter", True)]
    room.encrypted = False
    caller = {"user_id": BRUNO, "number": "202", "name": "Bruno"}
    body = {"pin": house.meeting["dial_in"]["pin"], "caller": caller}
    assert (await house.web.internal("POST", "/meetings/pin", body)).body["encrypted"] is False


async def next_event(response: Any) -> Any:
    """The data of the next event about meetings."""
    name = ""
    while line := (await response.content.readline()).decode():
        if line.startswith("event: "):
            name = line.removeprefix("event: ").strip()
        elif line.startswith("data: ") and name == "meetings":
            return msgspec.json.decode(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_members_are_told_what_to_ask_again_and_strangers_are_not(house: House) -> None:
    about = {"meeting_id": house.meeting["id"], "room_id": house.room_id}
    async with (
        house.bruno.http.get(house.bruno.base + "/api/v1/events") as bruno,
        house.chiara.http.get(house.chiara.base + "/api/v1/events") as chiara,
    ):
        token, _ = await house.link()
        assert await next_event(bruno) == {**about, "change": "links"}
        await house.guest(token)
        assert await next_event(bruno) == {**about, "change": "visitors"}
        await house.media.join(house.call, f"{ANNA}:D")
        assert await next_event(bruno) == {**about, "change": "live"}
        await house.anna.ask("PATCH", house.path(), {"title": "Plans"})
        assert await next_event(bruno) == {**about, "change": "meeting"}
        # The first that Chiara is told of is a meeting of her own.
        own = (await house.chiara.ask("POST", "/api/v1/meetings", {"title": "Mine"})).body
        told = await next_event(chiara)
        assert (told["meeting_id"], told["change"]) == (own["id"], "meeting")


def outside(count: int, first: int = 0) -> list[str]:
    return [f"guest{first + each}@outside.example" for each in range(count)]


async def test_a_person_mails_a_hundred_people_outside_in_a_day(house: House) -> None:
    meeting = await scheduled(house, invite=[*outside(60), "chiara@unisono.example"])
    path = f"/api/v1/meetings/{meeting['id']}"
    assert (await house.anna.ask("PATCH", path, {"invite": outside(39, 60)})).status == 200
    # Telling all of them of a change would be 99 more.
    house.mails.clear()
    for body in ({"starts_at": START + 60_000}, {"invite": outside(2, 100)}):
        refused = await house.anna.ask("PATCH", path, body)
        assert (refused.status, refused.code) == (429, "too_many_invitations")
    refused = await house.anna.ask("POST", "/api/v1/meetings", {"title": "More", "invite": outside(2)})
    assert (refused.status, refused.code) == (429, "too_many_invitations")
    assert house.mails == []
    assert (await house.anna.get(path)).body["starts_at"] == START
    assert (await house.anna.ask("PATCH", path, {"invite": outside(1, 100)})).status == 200
    refused = await house.anna.ask("PATCH", path, {"invite": outside(1, 101)})
    assert (refused.status, refused.code) == (429, "too_many_invitations")
    # Colleagues, other people, the next day and the meeting's end are not touched by it.
    assert (await house.anna.ask("PATCH", path, {"invite": ["bruno@unisono.example"]})).status == 200
    other = await house.bruno.ask("POST", "/api/v1/meetings", {"title": "x", "invite": outside(1)})
    assert other.status == 201
    house.web.clock.now += 24 * 3_600_000
    assert (await house.anna.ask("PATCH", path, {"invite": outside(1, 101)})).status == 200
    assert (await house.anna.ask("DELETE", path)).status == 204
    ada = await house.administrator()
    entries = (await ada.get("/api/v1/admin/audit")).body["entries"]
    mailed = [one["details"]["mails"] for one in entries if one["action"] == "meeting.invited_outside"]
    assert mailed == ["1", "1", "1", "39", "60"]


async def test_no_mail_outside_carries_a_link_in_its_title(house: House) -> None:
    title = "Your parcel is waiting: http://evil.example/x"
    body = {"title": title, "invite": outside(1)}
    refused = await house.anna.ask("POST", "/api/v1/meetings", body)
    assert (refused.status, refused.code) == (400, "address_in_title")
    assert (await house.anna.ask("POST", "/api/v1/meetings", {"title": title})).status == 201
    meeting = await scheduled(house)
    path = f"/api/v1/meetings/{meeting['id']}"
    refused = await house.anna.ask("PATCH", path, {"title": title})
    assert (refused.status, refused.code) == (400, "address_in_title")
    # Another Matrix client names the room so; then the meeting is cancelled.
    house.rooms.rooms[meeting["room_id"]].name = title
    house.mails.clear()
    assert (await house.anna.ask("DELETE", path)).status == 204
    texts = {to: mail.subject + mail.text + mail.calendar for to, mail in house.mails}
    assert "evil" not in texts["gino@outside.example"]
    assert "evil" in texts["bruno@unisono.example"]
