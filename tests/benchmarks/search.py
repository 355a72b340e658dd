"""A question among 1,000,000 messages, as the page asks it, and how fast messages come to be found."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from server.search.question import read
from server.search.reading import Change, Said
from server.search.service import Search
from server.search.store import SqlSearch
from server.storage import Database

MESSAGES, ROOMS, MINE, WORDS = 1_000_000, 1_000, 60, 30_000
_BATCH = 5_000
_ROUNDS = 5
_NOW = 1_800_000_000_000
_ME = "@anna:localhost"
_ENDINGS = ("o", "a", "i", "e", "are", "zione", "mente", "ing", "s", "")


def words() -> list[str]:
    """Made up, with endings that stems take off."""
    chance = random.Random(1)  # noqa: S311 - the same words each time
    syllables = [a + b for a in "bcdfglmnprstvz" for b in "aeiou"]
    return [
        "".join(chance.choices(syllables, k=chance.randint(2, 4))) + chance.choice(_ENDINGS)
        for _ in range(WORDS)
    ]


class Mine:
    """Rooms that somebody is in; no room restricts its history."""

    def __init__(self, rooms: int) -> None:
        self._rooms = {f"!r{n}" for n in range(0, ROOMS, ROOMS // rooms)}

    async def joined(self, _user_id: str) -> set[str]:
        return self._rooms

    async def event(self, room_id: str, event_id: str, as_user: str) -> None:
        raise AssertionError


async def answers(folder: Path, database: Database | None = None) -> tuple[float, float, float]:
    """(median, 95th percentile) of milliseconds for an answer, and messages a second that are taken in."""
    database = database or Database(f"sqlite+aiosqlite:///{folder / 'search.db'}")
    store = SqlSearch(database)
    try:
        await store.prepare(anew=True)
        vocabulary = words()
        began = time.perf_counter()
        for batch in _batches(vocabulary):
            await store.apply(batch)
        rate = MESSAGES / (time.perf_counter() - began)
        async with database.engine.begin() as connection:
            # As a database does by itself sooner or later.
            await connection.execute(text("ANALYZE"))
        taken = []
        for mine in (1, MINE, ROOMS):
            for asked in _questions(vocabulary):
                taken += [await _ms(store, mine, asked) for _ in range(_ROUNDS)]
    finally:
        await database.close()
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1], rate


def _batches(vocabulary: list[str]) -> Iterator[list[Change]]:
    chance = random.Random(2)  # noqa: S311 - the same messages each time
    weights = [1 / (rank + 10) for rank in range(WORDS)]
    for start in range(0, MESSAGES, _BATCH):
        yield [
            Said(
                # Half of the rooms have most of what is said.
                f"!r{int(ROOMS * chance.random() ** 2)}",
                f"${number}",
                f"@person{chance.randrange(200)}:localhost",
                _NOW - (MESSAGES - number) * 30_000,
                " ".join(chance.choices(vocabulary, weights, k=chance.randint(3, 16))),
                chance.random() < 0.02,
            )
            for number in range(start, start + _BATCH)
        ]


def _questions(vocabulary: list[str]) -> list[str]:
    """Common, middling, rare and unknown; one word and several; with filters."""
    return [
        vocabulary[0],
        vocabulary[5],
        vocabulary[100],
        vocabulary[3000],
        vocabulary[29_000],
        vocabulary[0][:3],
        vocabulary[700][:4],
        f"{vocabulary[0]} {vocabulary[1]}",
        f"{vocabulary[0]} {vocabulary[20_000]}",
        f"{vocabulary[200]} {vocabulary[300]}",
        f'"{vocabulary[2]} {vocabulary[3]}"',
        f"from:person7 {vocabulary[4]}",
        f"has:file {vocabulary[50]}",
        "from:person7",
        f"before:2026-06-01 {vocabulary[9]}",
        "xyzzyxyzzy",
    ]


async def _ms(store: SqlSearch, mine: int, asked: str) -> float:
    question = read(asked, ZoneInfo("Europe/Rome"), lambda name: f"@{name}:localhost")
    began = time.perf_counter()
    await Search(store, Mine(mine)).find(_ME, question, None)
    return (time.perf_counter() - began) * 1000
