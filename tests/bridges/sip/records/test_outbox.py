"""Delivery to the web: repeated until acknowledged."""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bridges.sip.records import outbox as outbox_module
from bridges.sip.records.outbox import Outbox, StateReporter
from bridges.sip.records.store import Pending, Store
from bridges.sip.routing.client import WebRefused, WebUnavailable
from tests.support.patience import PATIENCE
from wire.record import CallRecord
from wire.state import TelephonyState


class FakeWeb:
    """Refuses or is away as often as told, then takes everything."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        #: The calls whose records it will never take; how often records were delivered.
        self.wrong: set[str] = set()
        self.posts = 0
        self.taken: list[tuple[str, Any]] = []
        self.took = asyncio.Event()

    def _take(self, what: str, body: Any) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken.append((what, body))
        self.took.set()

    async def post_records(self, bodies: Sequence[str]) -> None:
        self.posts += 1
        records = [json.loads(body) for body in bodies]
        if any(record["id"] in self.wrong for record in records):
            raise WebRefused(400, "invalid_field")
        if self.troubles:
            raise self.troubles.pop(0)
        for record in records:
            self._take(record["id"], record["revision"])

    async def put_telephony_state(self, state: TelephonyState) -> None:
        self._take("state", state.registered)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "delay", lambda *_args, **_options: 0.0)
    monkeypatch.setattr(outbox_module, "GATHER_RECORDS", 0.0)
    monkeypatch.setattr(outbox_module, "GATHER_STATES", 0.0)


def record(call_id: str) -> CallRecord:
    return CallRecord(id=call_id, via="sip", dialled="202", started_at=1, revision=1)


async def delivered(store: Store, web: FakeWeb) -> None:
    """Deliver until the last record, B, has arrived."""
    task = asyncio.create_task(Outbox(store, web).run())
    async with asyncio.timeout(PATIENCE):
        while ("B", 1) not in web.taken:
            web.took.clear()
            await web.took.wait()
    task.cancel()


async def test_records_wait_for_the_web_and_arrive_in_order(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "bridge.db")
    store.put_record(record("A"))
    store.put_record(record("B"))
    await store.flushed()
    web = FakeWeb(WebUnavailable("down"), WebUnavailable("still down"))
    await delivered(store, web)
    assert web.taken == [("A", 1), ("B", 1)]
    await store.close()


async def test_a_record_that_the_web_will_never_take_does_not_stop_the_others(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "bridge.db")
    store.put_record(record("A"))
    store.put_record(record("B"))
    await store.flushed()
    web = FakeWeb()
    web.wrong = {"A"}
    await delivered(store, web)
    assert web.taken == [("B", 1)]
    assert await store.outbox_depth() == 0
    await store.close()


async def test_records_of_many_calls_are_delivered_together(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "bridge.db")
    for number in range(30):
        store.put_record(record(f"A{number}"))
    store.put_record(record("B"))
    await store.flushed()
    web = FakeWeb()
    await delivered(store, web)
    assert (len(web.taken), web.posts) == (31, 1)
    await store.close()


async def test_records_are_delivered_again_that_a_full_disk_kept_from_being_crossed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Store.open(tmp_path / "bridge.db")
    store.put_record(record("A"))
    store.put_record(record("B"))
    await store.flushed()
    acknowledge, failures = store.acknowledge, [sqlite3.OperationalError("database or disk is full")]

    async def full(pending: Iterable[Pending]) -> None:
        if failures:
            raise failures.pop()
        await acknowledge(pending)

    monkeypatch.setattr(store, "acknowledge", full)
    web = FakeWeb()
    task = asyncio.create_task(Outbox(store, web).run())
    async with asyncio.timeout(PATIENCE):
        while web.posts < 2:
            web.took.clear()
            await web.took.wait()
        while await store.outbox_depth():
            store.record_written.set()
    task.cancel()
    assert web.taken == [("A", 1), ("B", 1)] * 2
    await store.close()


async def test_the_state_is_reported_at_start_and_when_it_changed() -> None:
    web = FakeWeb(WebUnavailable("down"), WebRefused(400, "x"))
    reporter = StateReporter(web)
    registered = ["201"]
    task = asyncio.create_task(reporter.run(lambda: TelephonyState({}, tuple(registered))))
    async with asyncio.timeout(PATIENCE):
        await web.took.wait()
        web.took.clear()
        registered.clear()
        reporter.changed()
        await web.took.wait()
    task.cancel()
    assert web.taken == [("state", ("201",)), ("state", ())]


async def test_what_the_web_has_to_know_of_hears_that_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "delay", lambda _failures, longest=0.0: 0.0)
    web = FakeWeb(*(WebUnavailable("down") for _ in range(outbox_module.UNTOLD + 1)))
    untold: list[int] = []
    reporter = StateReporter(web, lambda: untold.append(1))
    task = asyncio.create_task(reporter.run(lambda: TelephonyState({}, ())))
    async with asyncio.timeout(PATIENCE):
        await web.took.wait()
    task.cancel()
    assert len(untold) == 2
