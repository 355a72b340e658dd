"""Search as people use it, over a store in memory of SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.search.history import History
from server.search.question import read
from server.search.service import Feed, Hits, Search
from server.search.store import SqlSearch
from server.storage import Database

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"


class Away(Exception):
    """The homeserver does not answer."""


class Rooms:
    """What the homeserver knows: events by room, who is in which, and who may not read which event."""

    def __init__(self) -> None:
        self.members: dict[str, set[str]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.hidden: set[tuple[str, str]] = set()
        self.asked: list[str] = []
        self.away = False

    def say(self, room_id: str, event_id: str, body: str, sender: str = ANNA, **more: Any) -> dict[str, Any]:
        event = {
            "type": "m.room.message",
            "room_id": room_id,
            "event_id": event_id,
            "sender": sender,
            "origin_server_ts": len(self.events) * 1000 + len(self.events.get(room_id, [])),
            "content": {"msgtype": "m.text", "body": body},
            **more,
        }
        self.events.setdefault(room_id, []).append(event)
        return event

    async def joined(self, user_id: str) -> set[str]:
        return {room_id for room_id, members in self.members.items() if user_id in members}

    async def event(self, room_id: str, event_id: str, as_user: str) -> dict[str, Any] | None:
        if self.away:
            raise Away
        self.asked.append(event_id)
        if (event_id, as_user) in self.hidden:
            return None
        return next((one for one in self.events.get(room_id, []) if one["event_id"] == event_id), None)

    async def history(
        self, room_id: str, as_user: str, start: str | None, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        if self.away:
            raise Away
        events = list(self.events.get(room_id, []))[::-1]
        begin = int(start or 0)
        page = events[begin : begin + 2]
        return page, str(begin + 2) if page else None


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlSearch]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'search.db'}")
    store = SqlSearch(database)
    await store.prepare()
    yield store
    await database.close()


async def looked_for(store: SqlSearch, rooms: Rooms, user_id: str, text: str, **more: Any) -> Hits:
    question = read(text, ZoneInfo("UTC"), lambda name: f"@{name}:localhost")
    return await Search(store, rooms).find(user_id, question, more.pop("below", None), **more)


def ids(hits: Hits) -> list[str]:
    return [hit.event_id for hit in hits.hits]


async def test_one_finds_what_was_said_where_one_is(store: SqlSearch, rooms: Rooms) -> None:
    rooms.members = {"!a": {ANNA, BRUNO}, "!b": {BRUNO}}
    await Feed(store, rooms).take(
        [rooms.say("!a", "$1", "La riunione è alle 9"), rooms.say("!b", "$2", "riunioni")]
    )
    assert ids(await looked_for(store, rooms, ANNA, "riunioni")) == ["$1"]
    assert ids(await looked_for(store, rooms, BRUNO, "riunioni")) == ["$2", "$1"]
    assert ids(await looked_for(store, rooms, "@eva:localhost", "riunioni")) == []
    rooms.members["!a"].discard(ANNA)
    assert ids(await looked_for(store, rooms, ANNA, "riunioni")) == []


async def test_a_hit_shows_what_is_around_it_as_a_page_counts(store: SqlSearch, rooms: Rooms) -> None:
    rooms.members = {"!a": {ANNA}}
    body = "🎉 " + "x " * 100 + "La RIUNIÓNE 🎉 c'è " + "y " * 200
    await Feed(store, rooms).take([rooms.say("!a", "$1", body)])
    hit = (await looked_for(store, rooms, ANNA, "riunione")).hits[0]
    units = hit.text.encode("utf-16-le")
    ((begin, end),) = hit.matches
    assert units[2 * begin : 2 * end].decode("utf-16-le") == "RIUNIÓNE"
    assert hit.text.startswith("…") and hit.text.endswith("…") and len(hit.text) < 260


async def test_where_a_room_restricts_its_history_each_hit_is_asked_for(
    store: SqlSearch, rooms: Rooms
) -> None:
    rooms.members = {"!a": {ANNA, BRUNO}}
    restricts = rooms.say("!a", "$0", "")
    restricts |= {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": "joined"},
    }
    await Feed(store, rooms).take(
        [restricts, *(rooms.say("!a", f"${n}", "ciao a tutti") for n in range(1, 8))]
    )
    rooms.hidden = {(f"${n}", BRUNO) for n in range(1, 5)}
    assert ids(await looked_for(store, rooms, BRUNO, "ciao", limit=2)) == ["$7", "$6"]
    assert ids(await looked_for(store, rooms, BRUNO, "ciao")) == ["$7", "$6", "$5"]
    assert len(ids(await looked_for(store, rooms, ANNA, "ciao"))) == 7


async def test_pages_go_on_where_the_one_before_ended(store: SqlSearch, rooms: Rooms) -> None:
    rooms.members = {"!a": {ANNA}}
    await Feed(store, rooms).take([rooms.say("!a", f"${n}", f"ciao {n}") for n in range(250)])
    seen: list[str] = []
    below: int | None = None
    while True:
        page = await looked_for(store, rooms, ANNA, "ciao", below=below, limit=30)
        seen += ids(page)
        if page.next is None:
            break
        below = int(page.next)
    assert seen == [f"${n}" for n in range(249, -1, -1)]


async def test_what_is_edited_and_deleted_is_found_as_it_is_now(store: SqlSearch, rooms: Rooms) -> None:
    rooms.members = {"!a": {ANNA}}
    feed, first = Feed(store, rooms), rooms.say("!a", "$1", "prima")
    edit = rooms.say("!a", "$2", "* dopo") | {
        "content": {
            "body": "* dopo",
            "m.new_content": {"body": "dopo"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"},
        }
    }
    await feed.take([first, edit])
    await feed.take([first, edit])
    assert ids(await looked_for(store, rooms, ANNA, "dopo")) == ["$1"]
    assert ids(await looked_for(store, rooms, ANNA, "prima")) == []
    undone = rooms.say("!a", "$3", "") | {"type": "m.room.redaction", "redacts": "$2"}
    rooms.away = True
    with pytest.raises(Away):
        await feed.take([undone])
    rooms.away = False
    await feed.take([undone])
    assert ids(await looked_for(store, rooms, ANNA, "prima")) == ["$1"]
    assert ids(await looked_for(store, rooms, ANNA, "dopo")) == []
    await feed.take([rooms.say("!a", "$4", "") | {"type": "m.room.redaction", "redacts": "$1"}])
    assert ids(await looked_for(store, rooms, ANNA, "prima")) == []


async def test_who_did_not_write_it_edits_nothing(store: SqlSearch, rooms: Rooms) -> None:
    rooms.members = {"!a": {ANNA}}
    relation = {"rel_type": "m.replace", "event_id": "$1"}
    content = {"body": "", "m.new_content": {"body": "falso"}, "m.relates_to": relation}
    forged = rooms.say("!a", "$2", "", BRUNO) | {"content": content}
    await Feed(store, rooms).take([rooms.say("!a", "$1", "vero"), forged])
    assert ids(await looked_for(store, rooms, ANNA, "vero")) == ["$1"]
    assert ids(await looked_for(store, rooms, ANNA, "falso")) == []


async def test_history_is_read_once_and_goes_on_where_it_stopped(store: SqlSearch, rooms: Rooms) -> None:
    rooms.members = {"!a": {ANNA, BRUNO}, "!b": {BRUNO}}
    for n in range(5):
        rooms.say("!a", f"$a{n}", f"vecchio {n}")
    rooms.say("!b", "$b", "vecchio")

    async def people() -> list[str]:
        return [ANNA, BRUNO]

    async def wake() -> None:
        if rooms.away:
            raise Away

    history = History(store, rooms, people, wake, Away)
    rooms.away = True
    with pytest.raises(Away):
        await history.read()
    assert not await store.is_complete()
    rooms.away = False
    # Deleted while it is read: the page that was asked for before has it still.
    await Feed(store, rooms).take(
        [rooms.say("!x", "$x", "") | {"room_id": "!a", "type": "m.room.redaction", "redacts": "$a3"}]
    )
    assert await history.read() == 2
    assert await store.is_complete()
    assert sorted(ids(await looked_for(store, rooms, BRUNO, "vecchio"))) == ["$a0", "$a1", "$a2", "$a4", "$b"]
    assert await history.read() == 0


async def test_made_anew_there_is_nothing(store: SqlSearch, rooms: Rooms) -> None:
    rooms.members = {"!a": {ANNA}}
    await Feed(store, rooms).take([rooms.say("!a", "$1", "ciao")])
    assert await store.counts() == (1, 1)
    await store.prepare()
    assert await store.counts() == (1, 1)
    await store.prepare(anew=True)
    assert await store.counts() == (0, 0)
    await Feed(store, rooms).take([rooms.say("!a", "$1", "ciao")])
    assert ids(await looked_for(store, rooms, ANNA, "ciao")) == ["$1"]
