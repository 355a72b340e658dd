"""Breakouts of the whole server: Synapse, two processes of group calls, and the `livekit` SDK for all."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import pytest
from livekit import rtc

from server.homeserver.room_state import CALL_MEMBER_EVENTS
from server.meetings import rules
from tests.support.attendees import Client, browser, join, sfu_of, until
from tests.support.media_server import room_of
from tests.support.patience import PATIENCE
from tests.support.sfu import Person, connected, hear
from tests.support.stack import Stack, wait_until

BRUNO = "@bruno:localhost"
EXTRA = "[meetings]\nguests_without_lobby = true\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("breakouts")
    with Stack.start(
        folder, demo=True, sip=False, sfu=True, sfu_lines="processes = 2", extra=EXTRA
    ) as running:
        running.wait_ready()
        yield running


async def divide(who: Client, path: str, **people: list[str]) -> list[str]:
    """Breakouts by name; their slots."""
    wanted = [{"name": name, "people": those} for name, those in people.items()]
    made = await who.ask("PUT", f"{path}/breakouts", {"breakouts": wanted})
    return [rules.breakout_slot(one["id"]) for one in made["breakouts"]]


async def called_by_matrix(who: Client, room_id: str, user_id: str) -> list[bool]:
    """Each time that somebody said to be in the room's call, or not any more; the newest first."""
    found = await who.synapse("GET", f"/rooms/{quote(room_id)}/messages?dir=b&limit=100")
    events = [event for event in found["chunk"] if event["type"] == CALL_MEMBER_EVENTS[0]]
    return [bool(event["content"]) for event in events if event["sender"] == user_id]


async def place_told(page: Any) -> str:
    """The next place that a guest's page is told of, as it was sent."""
    async with asyncio.timeout(PATIENCE):
        while (await page.content.readline()).decode().strip() != "event: breakout":
            pass
        return str((await page.content.readline()).decode())


def others(person: Person) -> set[str]:
    return set(person.room.remote_participants)


async def shown_out(person: Person) -> None:
    async def gone() -> bool:
        return person.room.connection_state == rtc.ConnectionState.CONN_DISCONNECTED

    await until(gone)


async def test_people_in_one_room_do_not_hear_the_other_and_come_back(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack, "bruno") as bruno, browser(stack) as guest:
        meeting = await anna.ask("POST", "/meetings", {"title": "Workshop", "people": [BRUNO]}, 201)
        room, path = meeting["room_id"], f"/meetings/{meeting['id']}"
        link = await anna.ask("POST", f"{path}/links", {"hours": 1, "lobby": False}, 201)
        await join(guest, link["url"])
        assert '"id":null' in await place_told(guest.page)
        url, token, identity = await sfu_of(guest)
        user_id = identity.removesuffix(":GUEST")

        async def in_call() -> bool:
            return user_id in await anna.in_call_by_matrix(room)

        async with AsyncExitStack() as people:
            main = await people.enter_async_context(connected(url, token))
            await until(in_call)
            red, blue = await divide(anna, path, Red=[BRUNO, user_id], Blue=[anna.matrix["user_id"]])
            assert '"Red"' in await place_told(guest.page)
            url, token, _ = await sfu_of(guest)
            assert room_of(token) == rules.room_name(room, red)
            gino = await people.enter_async_context(connected(url, token))
            await main.leave()
            second = await people.enter_async_context(bruno.in_call(room, slot_id=red))
            first = await people.enter_async_context(anna.in_call(room, slot_id=blue))
            await first.speak(500)
            await second.speak(700)
            assert await hear(await gino.next_track(rtc.TrackKind.KIND_AUDIO), 700) > 0.8
            bruno_there = f"{BRUNO}:{bruno.matrix['device_id']}"
            assert (others(gino), others(second), others(first)) == ({bruno_there}, {identity}, set())
            assert gino.tracks.empty()

            async def seen() -> bool:
                view = await bruno.ask("GET", f"{path}/breakouts")
                inside = [set(one["inside"]) for one in view["breakouts"]]
                return inside[0] == {bruno_there, identity} and len(inside[1]) == 1

            await until(seen)
            assert (await anna.ask("GET", path))["participants"] == 3
            # To Matrix clients it is one call, which nobody has left.
            assert set(await called_by_matrix(anna, room, user_id)) == {True}
            await anna.ask("DELETE", f"{path}/breakouts", expect=204)
            assert '"id":null' in await place_told(guest.page)
            assert room_of((await sfu_of(guest))[1]) == rules.room_name(room)
            status, refusal = await bruno.ticket(room, slot_id=red)
            assert (status, refusal["errcode"]) == (404, "M_NOT_FOUND")
            assert room_of((await bruno.ticket(room))[1]["jwt"]) == rules.room_name(room)
            # Whoever does not come by themselves is shown out.
            for person in (gino, second, first):
                await shown_out(person)


async def test_only_who_is_assigned_or_moderates_gets_in(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack, "bruno") as bruno:
        meeting = await anna.ask("POST", "/meetings", {"title": "Rights", "people": [BRUNO]}, 201)
        room, path = meeting["room_id"], f"/meetings/{meeting['id']}"
        red, blue = await divide(anna, path, Red=[BRUNO], Blue=[])
        _, before = await bruno.ticket(room, slot_id=red)
        assert (await bruno.ticket(room, slot_id=blue))[0] == 403
        assert (await anna.ticket(room, slot_id=blue))[0] == 200
        assert (await bruno.ticket(room))[0] == 200
        wanted = {"breakouts": [{"name": "Mine", "people": []}]}
        refused = await bruno.ask("PUT", f"{path}/breakouts", wanted, 403)
        assert refused["error"]["code"] == "moderators_only"
        await bruno.ask("DELETE", f"{path}/breakouts", expect=403)
        # Put elsewhere, with the ticket from before.
        await divide(anna, path, Green=[BRUNO])
        with pytest.raises(rtc.ConnectError):
            async with connected(before["url"], before["jwt"]):
                pass


async def test_breakouts_survive_the_end_of_the_web_process_and_close_in_time(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack, "bruno") as bruno:
        meeting = await anna.ask("POST", "/meetings", {"title": "Restart", "people": [BRUNO]}, 201)
        room, path = meeting["room_id"], f"/meetings/{meeting['id']}/breakouts"
        (red,) = await divide(anna, f"/meetings/{meeting['id']}", Red=[BRUNO])
        before = await bruno.ask("GET", path)
        await restart_web(stack)
        assert await bruno.ask("GET", path) == before
        assert (await bruno.ticket(room, slot_id=red))[0] == 200
        await anna.ask("DELETE", f"{path}?in=1", expect=204)
        await restart_web(stack)

        async def closed() -> bool:
            return bool((await bruno.ask("GET", path))["breakouts"] == [])

        await until(closed)
        assert (await bruno.ticket(room, slot_id=red))[0] == 404


async def restart_web(stack: Stack) -> None:
    before = stack.children()["web"]
    os.kill(before, signal.SIGKILL)
    await asyncio.to_thread(
        wait_until, lambda: stack.children().get("web", before) != before, PATIENCE, stack.describe
    )
    await asyncio.to_thread(stack.wait_ready)
