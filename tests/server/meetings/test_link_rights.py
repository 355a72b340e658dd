"""Links and letting in need the right to invite, and last no longer than it does."""

from typing import Any

from server.homeserver.room_state import MODERATOR
from tests.server.meetings.conftest import ANNA, BRUNO, House
from tests.support.web import Answer, running

LINK = {"hours": 720, "lobby": False}


def only_moderators_invite(house: House, **levels: int) -> None:
    """A room whose moderators alone may invite."""
    room = house.rooms.rooms[house.room_id]
    room.creators = {ANNA}
    room.levels = {**room.levels, "invite": MODERATOR, "users": {BRUNO: levels.get("bruno", 0)}}


async def brunos_link(house: House, **link: Any) -> Answer:
    return await house.bruno.ask("POST", house.path("/links"), {**LINK, **link})


def token_of(link: Answer) -> str:
    assert link.status == 201, link
    return str(link.body["url"].rpartition("/")[2])


async def knocks(house: House, token: str) -> tuple[int, str]:
    """What a stranger gets with a link."""
    _, answer = await house.guest(token)
    return answer.status, answer.body["guest"]["state"] if answer.status == 201 else answer.code


async def test_who_may_not_invite_makes_no_link_past_the_lobby_and_lets_nobody_in(house: House) -> None:
    only_moderators_invite(house)
    view = (await house.bruno.get(house.path())).body
    assert (view["may_invite"], view["may_skip_lobby"]) == (False, False)
    refused = await brunos_link(house)
    assert (refused.status, refused.code) == (403, "may_not_invite")
    token = token_of(await brunos_link(house, lobby=True))
    assert await knocks(house, token) == (201, "waiting")
    (visitor,) = await house.visitors()
    path = house.path(f"/visitors/{visitor['id']}")
    refused = await house.bruno.ask("POST", path, {"decision": "admit"})
    assert (refused.status, refused.code) == (403, "may_not_invite")
    assert (await house.visitors())[0]["state"] == "waiting"
    assert (await house.anna.ask("POST", path, {"decision": "admit"})).status == 204


async def test_who_may_not_invite_calls_nobody_in_but_who_is_in_the_room(house: House) -> None:
    only_moderators_invite(house)
    refused = await house.bruno.ask("POST", house.path("/phones"), {"number": "06 98765432"})
    assert (refused.status, refused.code) == (403, "may_not_invite")
    refused = await house.bruno.ask("POST", house.path("/phones"), {"number": "203"})
    assert (refused.status, refused.code) == (403, "may_not_invite")
    # No bridge runs here: it is asked all the same.
    called = await house.bruno.ask("POST", house.path("/phones"), {"number": "202"})
    assert (called.status, called.code) == (503, "telephones_unavailable")


async def test_a_link_ends_with_the_power_of_who_made_it(house: House) -> None:
    only_moderators_invite(house, bruno=MODERATOR)
    past, waiting = token_of(await brunos_link(house)), token_of(await brunos_link(house, lobby=True))
    assert await knocks(house, past) == (201, "admitted")
    only_moderators_invite(house)
    assert await knocks(house, past) == (410, "link_revoked")
    assert await knocks(house, waiting) == (201, "waiting")
    listed = (await house.anna.get(house.path("/links"))).body["links"]
    assert [link["lobby"] for link in listed] == [True]


async def test_a_link_ends_with_the_membership_of_who_made_it(house: House) -> None:
    tokens = [token_of(await brunos_link(house, lobby=lobby)) for lobby in (True, False)]
    await house.rooms.leave(house.room_id, BRUNO)
    for token in tokens:
        assert await knocks(house, token) == (410, "link_revoked")
    look = await house.web.browser().ask("POST", "/api/v1/guest/look", {"token": tokens[0]})
    assert (look.status, look.code) == (410, "link_revoked")
    assert (await house.anna.get(house.path("/links"))).body["links"] == []


async def test_a_link_ends_with_the_account_of_who_made_it(house: House) -> None:
    tokens = [token_of(await brunos_link(house, lobby=lobby)) for lobby in (True, False)]
    ada = await house.administrator()
    found = (await ada.get("/api/v1/admin/people?q=bruno")).body["people"][0]
    assert (await ada.ask("POST", f"/api/v1/admin/people/{found['id']}/disable")).status == 200
    for token in tokens:
        assert await knocks(house, token) == (410, "link_revoked")
    await ada.ask("POST", f"/api/v1/admin/people/{found['id']}/enable")
    assert await knocks(house, tokens[0]) == (410, "link_revoked")


async def test_a_link_ends_with_who_made_it_whichever_process_removed_them(house: House) -> None:
    token = token_of(await brunos_link(house))
    await house.web.features.accounts.remove("bruno@unisono.example")
    assert await knocks(house, token) == (410, "link_revoked")


async def test_links_and_letting_in_are_written_down(house: House) -> None:
    made = await brunos_link(house, lobby=True)
    assert await knocks(house, token_of(made)) == (201, "waiting")
    (visitor,) = await house.visitors()
    await house.decide(visitor["id"])
    await house.anna.ask("DELETE", house.path(f"/links/{made.body['id']}"))
    ada = await house.administrator()
    entries = (await ada.get("/api/v1/admin/audit")).body["entries"]
    ours = [one for one in entries if one["action"].startswith(("meeting.", "visitor."))]
    assert [(one["action"], one["actor"], one["subject"]) for one in ours] == [
        ("meeting.link_revoked", ANNA, "Budget"),
        ("visitor.admitted", ANNA, "Gino"),
        ("meeting.link_made", BRUNO, "Budget"),
    ]
    assert all(one["details"]["link"] == made.body["id"] for one in ours)
    assert all(token_of(made) not in str(one) for one in ours)


async def test_unless_it_is_configured_every_guest_waits(tmp_path: Any) -> None:
    async with running(tmp_path) as web:
        anna = await web.signed_in("Anna Rossi")
        meeting = (await anna.ask("POST", "/api/v1/meetings", {"title": "Budget"})).body
        assert (meeting["may_invite"], meeting["may_skip_lobby"]) == (True, False)
        path = f"/api/v1/meetings/{meeting['id']}/links"
        refused = await anna.ask("POST", path, LINK)
        assert (refused.status, refused.code) == (403, "lobby_required")
        assert (await anna.ask("POST", path, {"hours": 1})).body["lobby"] is True
