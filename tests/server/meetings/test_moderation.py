"""What moderators do, what the media server tells, and who is kept out."""

from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from server.meetings import rules
from server.sfu.signal.token import mint
from tests.server.meetings.conftest import ANNA, BRUNO, House
from tests.support.media_server import MICROPHONE
from tests.support.web import PASSWORD, Browser

ANNAS, BRUNOS, BRUNOS_PHONE = f"{ANNA}:DESK", f"{BRUNO}:DESK", f"{BRUNO}:PHONE"


async def called(house: House) -> None:
    """Anna and Bruno, he on two devices, are in the call."""
    for identity in (ANNAS, BRUNOS, BRUNOS_PHONE):
        await house.media.join(house.call, identity, MICROPHONE)


async def disable(administrator: Browser, who: str) -> None:
    """By who administers; who it is by their name."""
    found = await administrator.ask("GET", "/api/v1/admin/people", params={"q": who})
    path = f"/api/v1/admin/people/{found.body['people'][0]['id']}/disable"
    assert (await administrator.ask("POST", path)).status == 200


async def people_in(house: House) -> int:
    return int((await house.anna.get(house.path())).body["participants"])


async def test_moderators_mute_what_is_sent(house: House) -> None:
    await called(house)
    muted = await house.anna.ask("POST", house.path(f"/participants/{BRUNOS}/mute"), {"source": "microphone"})
    assert muted.status == 204
    assert house.media.muted == [(BRUNOS, "TR_mic")]
    for identity, source in ((BRUNOS, "camera"), (f"{BRUNO}:OTHER", "microphone")):
        answer = await house.anna.ask(
            "POST", house.path(f"/participants/{identity}/mute"), {"source": source}
        )
        assert (answer.status, answer.code) == (404, "participant_not_found")


async def test_others_moderate_nobody(house: House) -> None:
    await called(house)
    for method, rest, body in (
        ("POST", f"/participants/{ANNAS}/mute", {"source": "microphone"}),
        ("DELETE", f"/participants/{ANNAS}", None),
    ):
        answer = await house.bruno.ask(method, house.path(rest), body)
        assert (answer.status, answer.code) == (403, "moderators_only")
    assert (house.media.muted, house.media.removed) == ([], [])


async def test_nobody_removes_who_has_as_much_power(house: House) -> None:
    room = house.rooms.rooms[house.room_id]
    room.creators, room.levels["users"] = set(), {ANNA: 50, BRUNO: 50}
    await called(house)
    answer = await house.anna.ask("DELETE", house.path(f"/participants/{BRUNOS}"))
    assert (answer.status, answer.code) == (403, "moderators_only")


async def test_who_was_removed_is_out_on_all_devices_until_the_call_ends(house: House) -> None:
    await called(house)
    assert (await house.anna.ask("DELETE", house.path(f"/participants/{BRUNOS}"))).status == 204
    assert sorted(house.media.removed) == [BRUNOS, BRUNOS_PHONE]
    house.media.removed.clear()
    await house.media.join(house.call, BRUNOS)  # with the ticket from before
    assert house.media.removed == [BRUNOS]
    await house.media.leave(house.call, ANNAS)
    await house.media.tell("room_finished", house.call)
    await house.media.join(house.call, BRUNOS)
    assert house.media.removed == [BRUNOS]
    assert await people_in(house) == 1


async def test_a_colon_in_a_devices_name_is_no_way_back(house: House) -> None:
    odd = "X:Y:Z"
    before = await house.ticket(BRUNO, odd)
    assert before.status == 200
    await called(house)
    assert (await house.anna.ask("DELETE", house.path(f"/participants/{BRUNOS}"))).status == 204
    house.media.removed.clear()
    assert (await house.at_the_door(before)).status == 401
    assert (await house.ticket(BRUNO, odd)).status == 403
    await house.media.join(house.call, f"{BRUNO}:{odd}")
    assert house.media.removed == [f"{BRUNO}:{odd}"]


async def test_who_comes_with_a_colon_in_a_devices_name_is_removed_for_good(house: House) -> None:
    await called(house)
    await house.media.join(house.call, f"{BRUNO}:X:Y")
    assert (await house.anna.ask("DELETE", house.path(f"/participants/{BRUNO}:X:Y"))).status == 204
    assert sorted(house.media.removed) == sorted([BRUNOS, BRUNOS_PHONE, f"{BRUNO}:X:Y"])
    assert (await house.ticket(BRUNO, "DESK")).status == 403


async def test_a_removed_guest_is_gone(house: House) -> None:
    token, _ = await house.link(lobby=False)
    guest, joined = await house.guest(token)
    identity = (await guest.get("/api/v1/guest")).body["sfu"]["identity"]
    await house.media.join(house.call, identity)
    assert (await house.anna.ask("DELETE", house.path(f"/participants/{identity}"))).status == 204
    assert house.media.removed == [identity]
    visit = (await guest.get("/api/v1/guest")).body
    assert (visit["guest"]["state"], visit["sfu"]) == ("removed", None)
    assert house.web.homeserver.user_id(f"_guest_{joined.body['guest']['id']}") in house.rooms.gone
    again = await house.anna.ask("DELETE", house.path(f"/participants/{identity}"))
    assert (again.status, again.code) == (404, "participant_not_found")


async def test_an_identity_may_come_quoted_as_browsers_do(house: House) -> None:
    await called(house)
    path = house.anna.base + house.path(f"/participants/{quote(BRUNOS, safe='')}/mute")
    asked = house.anna.http.request(
        "POST", URL(path, encoded=True), json={"source": "microphone"}, headers={"X-Unisono": "1"}
    )
    async with asked as response:
        assert response.status == 204, await response.text()


async def test_a_media_server_that_is_away_is_said_to_be(house: House) -> None:
    await called(house)
    house.media.away = True
    answer = await house.anna.ask(
        "POST", house.path(f"/participants/{BRUNOS}/mute"), {"source": "microphone"}
    )
    assert (answer.status, answer.code) == (503, "media_unavailable")


async def test_only_the_media_server_is_believed(house: House) -> None:
    told = await house.media.tell("room_started", house.call, secret="x" * 40)
    assert (told.status, told.code) == (401, "not_authorised")
    for headers, data in (({}, b"{}"), ({"Authorization": "a.b.c"}, b"{}"), ({"Authorization": ""}, b"")):
        answer = await house.web.browser().ask("POST", "/internal/v1/sfu/webhook", headers=headers, data=data)
        assert (answer.status, answer.code) == (401, "not_authorised")
    ordinary = mint_for(house, sub=ANNAS)
    answer = await house.web.browser().ask(
        "POST", "/internal/v1/sfu/webhook", headers={"Authorization": ordinary}, data=b"{}"
    )
    assert (answer.status, answer.code) == (401, "not_authorised")


def mint_for(house: House, **claims: Any) -> str:
    return mint("unisono", house.web.secrets.sfu_secret, {"exp": 2**40, **claims})


@pytest.mark.parametrize("event", ["track_published", "egress_started", ""])
async def test_what_is_none_of_our_business_changes_nothing(house: House, event: str) -> None:
    assert (await house.media.tell(event, house.call)).status == 204
    assert await people_in(house) == 0


async def test_calls_of_rooms_without_a_meeting_are_left_alone(house: House) -> None:
    await house.media.join(rules.room_name("!elsewhere"), ANNAS)
    assert house.media.removed == []


async def test_a_visitor_of_nobody_is_put_out(house: House) -> None:
    made_up = "@_guest_ffff:localhost:GUEST"
    await house.media.join(house.call, made_up)
    assert house.media.removed == [made_up]


async def test_who_is_disabled_is_out_and_has_no_way_back(house: House) -> None:
    before = await house.ticket(BRUNO, "DESK")
    assert before.status == 200
    assert (await house.at_the_door(before)).status != 401
    ada = await house.administrator()
    await called(house)
    await disable(ada, "bruno")
    assert sorted(house.media.removed) == [BRUNOS, BRUNOS_PHONE]
    house.media.removed.clear()
    await house.media.join(house.call, BRUNOS)  # past the door
    assert house.media.removed == [BRUNOS]
    assert (await house.at_the_door(before)).status == 401
    refused = await house.ticket(BRUNO, "DESK")  # Matrix's OpenID token is good for an hour
    assert (refused.status, refused.body["errcode"]) == (403, "M_FORBIDDEN")
    refused = await house.ticket_again(BRUNO, "DESK")
    assert refused.status == 403
    assert (await house.ticket(ANNA, "DESK")).status == 200


async def test_who_is_out_of_the_room_has_a_ticket_that_is_worth_nothing(house: House) -> None:
    before = await house.ticket(BRUNO, "DESK")
    await house.rooms.leave(house.room_id, BRUNO)
    assert (await house.at_the_door(before)).status == 401
    await house.media.join(house.call, BRUNOS)
    assert house.media.removed == [BRUNOS]


async def test_the_desk_phone_of_who_is_disabled_is_hung_up_too(house: House) -> None:
    caller = {"user_id": BRUNO, "number": "202"}
    pin = house.meeting["dial_in"]["pin"]
    entered = await house.web.internal("POST", "/meetings/pin", {"pin": pin, "caller": caller})
    assert entered.body["state"] == "admitted"
    await disable(await house.administrator(), "bruno")
    visit = await house.web.internal("GET", f"/meetings/visitors/{entered.body['visitor_id']}")
    assert (visit.body["state"], visit.body["sfu"]) == ("left", None)


async def test_a_new_password_ends_what_the_other_devices_hold(house: House) -> None:
    (mine,) = house.web.homeserver.open_devices[BRUNO]
    phone = house.web.browser()
    await phone.sign_in("bruno@unisono.example", layout="phone")
    (other,) = house.web.homeserver.open_devices[BRUNO] - {mine}
    held = [await house.ticket(BRUNO, device) for device in (mine, other, "ELEMENT")]
    body = {"current": PASSWORD, "password": "teal lantern underneath bridges"}
    assert (await house.bruno.ask("PUT", "/api/v1/account/password", body)).status == 204
    house.web.homeserver.open_devices[BRUNO].discard("ELEMENT")
    doors = [(await house.at_the_door(ticket)).status for ticket in held]
    assert [status == 401 for status in doors] == [False, True, True]
    again = [(await house.ticket_again(BRUNO, device)).status for device in (mine, other, "ELEMENT")]
    assert again == [200, 403, 403]
    await house.media.join(house.call, f"{BRUNO}:{other}")
    assert house.media.removed == [f"{BRUNO}:{other}"]
