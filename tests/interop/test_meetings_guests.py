"""Guests and members in a meeting of the whole server: Synapse, the SFU, and the `livekit` SDK for all."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from livekit import rtc

from tests.support.attendees import browser, join, listen, sfu_of, until
from tests.support.patience import PATIENCE
from tests.support.sfu import Person, connected, hear
from tests.support.stack import Stack, wait_until

BRUNO = "@bruno:localhost"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    extra = "[meetings]\nguest_grace_seconds = 8\nguests_without_lobby = true\n"
    folder = tmp_path_factory.mktemp("guests")
    with Stack.start(folder, demo=True, sip=False, sfu=True, extra=extra) as running:
        running.wait_ready()
        yield running


async def test_from_the_link_into_the_meeting_and_out_again(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack) as guest:
        meeting = await anna.ask("POST", "/meetings", {"title": "Budget", "people": [BRUNO]}, 201)
        secret = await anna.ask("POST", "/meetings", {"title": "Secret"}, 201)
        room, path = meeting["room_id"], f"/meetings/{meeting['id']}"
        link = await anna.ask("POST", f"{path}/links", {"hours": 1, "lobby": True}, 201)
        visitor_id = await join(guest, link["url"])
        assert (await guest.ask("GET", "/guest"))["sfu"] is None
        (seen,) = (await anna.ask("GET", f"{path}/visitors"))["visitors"]
        assert (seen["id"], seen["state"], seen["name"]) == (visitor_id, "waiting", "Gino")
        await anna.ask("POST", f"{path}/visitors/{visitor_id}", {"decision": "admit"}, 204)
        url, token, identity = await sfu_of(guest)
        user_id = identity.removesuffix(":GUEST")
        assert await anna.members(room) == {anna.matrix["user_id"], BRUNO, user_id}
        assert user_id not in await anna.members(secret["room_id"])
        async with anna.in_call(room) as one, connected(url, token) as other:
            await one.speak(700)
            await other.speak(500)
            assert await hear(await other.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE), 700) > 0.8
            assert await hear(await one.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE), 500) > 0.8
            shown = one.room.remote_participants[identity]
            assert (shown.name, shown.attributes["kind"]) == ("Gino", "guest")
            mine = other.room.remote_participants[f"{anna.matrix['user_id']}:{anna.matrix['device_id']}"]
            assert (mine.name, mine.attributes["kind"]) == ("Anna Rossi", "member")

            async def in_call() -> bool:
                return user_id in await anna.in_call_by_matrix(room)

            await until(in_call)
            live = await anna.ask("GET", path)
            assert (live["live"], live["participants"]) == (True, 2)
            await anna.ask("POST", f"{path}/participants/{identity}/mute", {"source": "microphone"}, 204)

            async def muted() -> bool:
                return all(
                    t.muted for t in one.room.remote_participants[identity].track_publications.values()
                )

            await until(muted)
            await guest.ask("DELETE", "/guest", expect=204)

        async def gone() -> bool:
            return user_id not in await anna.members(room)

        await until(gone)
        assert user_id not in await anna.in_call_by_matrix(room)
        await guest.ask("GET", "/guest", expect=401)


async def test_a_guest_hears_and_says_what_is_chatted_in_the_room_alone(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack) as guest:
        meeting = await anna.ask("POST", "/meetings", {"title": "Chat"}, 201)
        secret = await anna.ask("POST", "/meetings", {"title": "Secret"}, 201)
        link = await anna.ask("POST", f"/meetings/{meeting['id']}/links", {"hours": 1, "lobby": False}, 201)

        async def say(room_id: str, body: str) -> None:
            path = f"/rooms/{quote(room_id)}/send/m.room.message/{quote(body)}"
            await anna.synapse("PUT", path, {"msgtype": "m.text", "body": body})

        await say(meeting["room_id"], "before")
        await join(guest, link["url"])
        await say(secret["room_id"], "secret")
        await say(meeting["room_id"], "welcome")
        await guest.ask("POST", "/guest/messages", {"body": "thanks"}, 201)
        heard: list[str] = []
        assert guest.page is not None
        async with asyncio.timeout(PATIENCE):
            while len(heard) < 2:
                line = (await guest.page.content.readline()).decode()
                if line.startswith("data: ") and '"body"' in line:
                    heard.append(line)
        assert '"welcome"' in heard[0] and '"Anna Rossi"' in heard[0] and '"mine":false' in heard[0]
        assert '"thanks"' in heard[1] and '"mine":true' in heard[1]
        said = await anna.synapse("GET", f"/rooms/{quote(meeting['room_id'])}/messages?dir=b&limit=3")
        bodies = [event["content"].get("body") for event in said["chunk"]]
        assert "thanks" in bodies


async def test_a_guest_whose_page_vanished_is_gone_after_a_while(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack) as guest:
        meeting = await anna.ask("POST", "/meetings", {"title": "Away"}, 201)
        link = await anna.ask("POST", f"/meetings/{meeting['id']}/links", {"hours": 1, "lobby": False}, 201)
        await join(guest, link["url"])
        url, token, identity = await sfu_of(guest)
        async with connected(url, token):
            assert identity.removesuffix(":GUEST") in await anna.members(meeting["room_id"])
            assert guest.page is not None
            guest.page.close()

        async def gone() -> bool:
            return await anna.members(meeting["room_id"]) == {anna.matrix["user_id"]}

        await until(gone)
        assert (await guest.ask("GET", "/guest"))["guest"]["state"] == "left"


async def test_who_was_removed_does_not_come_back(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack, "bruno") as bruno:
        meeting = await anna.ask("POST", "/meetings", {"title": "Removal", "people": [BRUNO]}, 201)
        room, path = meeting["room_id"], f"/meetings/{meeting['id']}"
        _, before = await bruno.ticket(room)
        async with anna.in_call(room) as one:
            async with connected(before["url"], before["jwt"]) as other:
                identity = other.room.local_participant.identity
                await until(lambda: _present(one, identity))
                await anna.ask("DELETE", f"{path}/participants/{identity}", expect=204)
                await until(lambda: _absent(one, identity))
            status, refusal = await bruno.ticket(room)
            assert (status, refusal["errcode"]) == (403, "M_FORBIDDEN")
            # A ticket from before is of no use either, not even to who goes to the SFU itself.
            for url in (before["url"], f"ws://127.0.0.1:{stack.ports.sfu}"):
                with pytest.raises(rtc.ConnectError):
                    async with connected(url, before["jwt"]):
                        pass

        async def over() -> bool:
            return (await bruno.ticket(room))[0] == 200

        await until(over)


async def _present(person: Person, identity: str) -> bool:
    return identity in person.room.remote_participants


async def _absent(person: Person, identity: str) -> bool:
    return identity not in person.room.remote_participants


async def test_who_is_put_out_of_the_room_is_out_of_its_call(stack: Stack) -> None:
    async with browser(stack, "anna") as anna, browser(stack, "bruno") as bruno:
        meeting = await anna.ask("POST", "/meetings", {"title": "Kick", "people": [BRUNO]}, 201)
        room = meeting["room_id"]
        async with anna.in_call(room) as one, bruno.in_call(room) as other:
            identity = other.room.local_participant.identity
            await until(lambda: _present(one, identity))
            await anna.synapse("POST", f"/rooms/{quote(room)}/kick", {"user_id": BRUNO})
            await until(lambda: _absent(one, identity))
        assert (await bruno.ticket(room))[0] == 403


@pytest.mark.parametrize("way", ["the administration", "a command"])
async def test_who_is_disabled_in_a_meeting_is_out_and_stays_out(stack: Stack, way: str) -> None:
    async with browser(stack, "anna") as anna, browser(stack, "chiara") as chiara:
        people = (await anna.ask("GET", "/admin/people?q=chiara"))["people"]
        path, email = f"/admin/people/{people[0]['id']}", people[0]["email"]
        user_id = people[0]["user_id"]
        meeting = await anna.ask("POST", "/meetings", {"title": "Dismissal", "people": [user_id]}, 201)
        room = meeting["room_id"]
        openid = await chiara.openid()
        try:
            async with anna.in_call(room) as one, chiara.in_call(room) as other:
                identity = other.room.local_participant.identity
                _, before = await chiara.ticket(room)
                await until(lambda: _present(one, identity))
                if way == "a command":
                    done = await asyncio.to_thread(stack.cli, "people", "disable", email)
                    assert done.returncode == 0, done.stderr
                else:
                    await anna.ask("POST", f"{path}/disable")
                await until(lambda: _absent(one, identity))
                with pytest.raises(rtc.ConnectError):
                    async with connected(before["url"], before["jwt"]):
                        pass
                status, refusal = await chiara.ticket(room, openid)
                assert (status, refusal["errcode"]) == (403, "M_FORBIDDEN")
        finally:
            await anna.ask("POST", f"{path}/enable")


async def test_media_and_guests_survive_the_end_of_the_web_process(stack: Stack) -> None:
    # The SDK gives up its media as soon as signalling is away for a moment, which browsers do not: so these
    # two speak to the SFU without the front, as they would to a LiveKit cluster.
    sfu = f"ws://127.0.0.1:{stack.ports.sfu}"
    async with browser(stack, "anna") as anna, browser(stack) as guest:
        meeting = await anna.ask("POST", "/meetings", {"title": "Restart"}, 201)
        room = meeting["room_id"]
        link = await anna.ask("POST", f"/meetings/{meeting['id']}/links", {"hours": 1, "lobby": False}, 201)
        await join(guest, link["url"])
        _, token, identity = await sfu_of(guest)
        _, ticket = await anna.ticket(room)
        async with connected(sfu, ticket["jwt"]) as one, connected(sfu, token) as other:
            await one.speak(700)
            track = await other.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE)
            assert await hear(track, 700) > 0.8
            before = stack.children()
            os.kill(before["web"], signal.SIGKILL)
            assert await hear(track, 700) > 0.8
            wait_until(
                lambda: stack.children().get("web", before["web"]) != before["web"], PATIENCE, stack.describe
            )
            await asyncio.to_thread(stack.wait_ready)
            await listen(guest)
            assert await hear(track, 700) > 0.8
            visit = await guest.ask("GET", "/guest")
            assert (visit["guest"]["state"], visit["sfu"]["identity"]) == ("admitted", identity)

            async def known_again() -> bool:
                return bool((await anna.ask("GET", f"/meetings/{meeting['id']}"))["participants"] == 2)

            await until(known_again)
            assert identity.removesuffix(":GUEST") in await anna.in_call_by_matrix(room)
