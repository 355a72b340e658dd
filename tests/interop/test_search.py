"""What is said is found by those who may read it, with a real Synapse and through the ends of processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote, urlencode

import aiohttp
import pytest

from tests.interop.test_people_api import Person
from tests.support.patience import PATIENCE
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack.start(tmp_path_factory.mktemp("search"), demo=True, sip=False) as running:
        running.wait_ready()
        yield running


@pytest.fixture
async def people(stack: Stack) -> AsyncIterator[list[Person]]:
    """Anna, Bruno and Chiara, signed in."""
    names = ("anna", "bruno", "chiara")
    opened = [
        Person(stack.url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))) for _ in names
    ]
    for person, name in zip(opened, names, strict=True):
        await person.sign_in(name)
    yield opened
    for person in opened:
        await person.http.close()


async def room(maker: Person, *others: Person, **more: object) -> str:
    invited = [other.matrix["user_id"] for other in others]
    _, made = await maker.matrix_ask(
        "POST", "/createRoom", {"preset": "private_chat", "invite": invited, **more}
    )
    for other in others:
        await other.matrix_ask("POST", f"/rooms/{quote(made['room_id'])}/join", {})
    return str(made["room_id"])


_said = iter(range(1_000_000))


async def say(person: Person, room_id: str, body: str, **more: object) -> str:
    path = f"/rooms/{quote(room_id)}/send/m.room.message/t{os.getpid()}-{next(_said)}"
    status, answer = await person.matrix_ask("PUT", path, {"msgtype": "m.text", "body": body, **more})
    assert status == 200, answer
    return str(answer["event_id"])


async def hits_of(person: Person, text: str) -> list[str]:
    status, answer = await person.ask("GET", "/api/v1/search/messages?" + urlencode({"q": text}))
    assert status == 200, answer
    return [hit["event_id"] for hit in answer["hits"]]


async def finds(person: Person, text: str, *event_ids: str) -> None:
    """Wait until exactly these are found."""
    seen: list[str] = []
    for _ in range(int(PATIENCE * 5)):
        seen = await hits_of(person, text)
        if seen == list(event_ids):
            return
        await asyncio.sleep(0.2)  # the index follows the homeserver and tells nobody
    raise AssertionError(f"{text}: {seen}, not {event_ids}")


async def test_a_message_is_found_by_who_may_read_it_as_long_as_they_may(people: list[Person]) -> None:
    anna, bruno, chiara = people
    team = await room(anna, bruno)
    first = await say(anna, team, "La RIUNIONE del trimestre è alle 15")
    await finds(bruno, "riunioni trimestre", first)
    assert await hits_of(chiara, "riunioni trimestre") == []
    relation = {"rel_type": "m.replace", "event_id": first}
    new = {"msgtype": "m.text", "body": "La cena del trimestre"}
    edit = await say(anna, team, "* La cena", **{"m.new_content": new, "m.relates_to": relation})
    await finds(bruno, "cena trimestre", first)
    assert await hits_of(bruno, "riunioni trimestre") == []
    await anna.matrix_ask("PUT", f"/rooms/{quote(team)}/redact/{quote(edit)}/r1", {})
    await finds(bruno, "riunioni trimestre", first)
    await anna.matrix_ask("PUT", f"/rooms/{quote(team)}/redact/{quote(first)}/r2", {})
    await finds(bruno, "trimestre")
    second = await say(anna, team, "Ancora il trimestre")
    await finds(bruno, "trimestre", second)
    await bruno.matrix_ask("POST", f"/rooms/{quote(team)}/leave", {})
    assert await hits_of(bruno, "trimestre") == []


async def test_who_joins_a_room_that_hides_its_past_does_not_find_it(people: list[Person]) -> None:
    anna, bruno, _ = people
    hidden = {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": "joined"},
    }
    team = await room(anna, initial_state=[hidden])
    before = await say(anna, team, "budget segretissimo")
    await finds(anna, "segretissimo", before)
    user_id = bruno.matrix["user_id"]
    await anna.matrix_ask("POST", f"/rooms/{quote(team)}/invite", {"user_id": user_id})
    await bruno.matrix_ask("POST", f"/rooms/{quote(team)}/join", {})
    after = await say(anna, team, "non più segretissimo")
    await finds(bruno, "segretissimo", after)
    await finds(anna, "segretissimo", after, before)


async def test_what_is_said_while_the_server_is_away_is_found_after_it(
    stack: Stack, people: list[Person]
) -> None:
    anna = people[0]
    team = await room(anna)
    os.kill(stack.children()["web"], signal.SIGKILL)
    url = f"http://127.0.0.1:{stack.ports.homeserver}/_matrix/client/v3/rooms/{quote(team)}/send/m.room.message/k"
    headers = {"Authorization": f"Bearer {anna.matrix['access_token']}"}
    async with anna.http.put(
        url, json={"msgtype": "m.text", "body": "detto al buio"}, headers=headers
    ) as answer:
        event_id = (await answer.json())["event_id"]
    await asyncio.to_thread(stack.wait_ready)
    await finds(anna, "buio", event_id)


async def test_old_messages_are_read_when_the_index_is_gone(stack: Stack, people: list[Person]) -> None:
    anna, bruno, _ = people
    team = await room(anna, bruno)
    kept = await say(anna, team, "antichissimo numero uno")
    gone = await say(bruno, team, "antichissimo numero due")
    await anna.matrix_ask("PUT", f"/rooms/{quote(team)}/redact/{quote(gone)}/r", {})
    await finds(bruno, "antichissimo", kept)
    config = stack.data.parent / "stack.toml"
    command = [
        sys.executable,
        "-m",
        "server.main",
        "search",
        "rebuild",
        "--config",
        str(config),
        "--data",
        str(stack.data),
    ]
    said = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "can be found" in said.stdout
    await finds(bruno, "antichissimo", kept)
    # And what is said now is found as before.
    later = await say(anna, team, "antichissimo no")
    await finds(bruno, "antichissimo", later, kept)


async def test_bad_questions_are_refused_in_words(people: list[Person]) -> None:
    for text, status, code in (
        ("ab", 400, "search_too_short"),
        ("x" * 10_000, 400, "search_too_long"),
        ("before:ieri", 400, "search_no_date"),
    ):
        found_status, answer = await people[0].ask("GET", "/api/v1/search/messages?" + urlencode({"q": text}))
        assert (found_status, answer["error"]["code"]) == (status, code)
