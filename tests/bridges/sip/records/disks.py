"""Disks that do not write."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridges.sip.records.database import Database


@asynccontextmanager
async def hanging(database: Database) -> AsyncIterator[None]:
    """Nothing comes back from the disk meanwhile."""
    begun, goes_on = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        goes_on.wait()

    work = asyncio.create_task(database._connection._execute(hang))  # type: ignore[no-untyped-call]
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        goes_on.set()
        await work


async def bound(database: Database, pages: int) -> None:
    """So many pages the file may have, or as many as it has already: SQLite's own bound stands in for the
    disk's, and the error is the same."""
    await database.rows(f"PRAGMA max_page_count = {pages}")


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    """There is no room meanwhile."""
    await bound(database, 1)
    try:
        yield
    finally:
        await bound(database, 1_000_000)


async def closed(database: Database) -> None:
    """Wait until nothing is left of it: its thread tells the loop of this test alone what it has done."""
    await asyncio.to_thread(database._connection._thread.join)
