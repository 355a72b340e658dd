"""What survives the process."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridges.sip.records import database as database_module
from bridges.sip.records import store as store_module
from bridges.sip.records.backoff import delay
from bridges.sip.records.store import LiveCall, Pending, Store
from tests.bridges.sip.records.disks import bound, closed, hanging
from wire.record import Audio, CallRecord
from wire.route import Party


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "sip" / "bridge.db")
    yield opened
    await opened.close()


def record(call_id: str = "A", revision: int = 1) -> CallRecord:
    return CallRecord(id=call_id, via="sip", dialled="202", started_at=1, revision=revision)


def test_a_record_is_read_back_as_it_was_written() -> None:
    one = record()
    one.caller, one.audio = Party(user_id="@a:localhost", number="201"), Audio(True, None)
    assert CallRecord.from_json(json.loads(json.dumps(one.to_json()))) == one


async def test_live_calls_and_records_are_found_by_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    first = await Store.open(path)
    first.put_call("A", "watched", lambda: {"x": 1})
    first.put_call("A", "bridged", lambda: {"x": 2})
    first.put_call("B", "bridged", dict)
    first.drop_call("B")
    first.put_record(record())
    await first.beat(1234)
    await first.close()
    second = await Store.open(path)
    assert await second.live_calls() == [LiveCall("A", "bridged", {"x": 2})]
    assert [pending.id for pending in await second.pending()] == ["A"]
    assert await second.last_beat() == 1234
    await second.close()


async def test_only_the_acknowledged_revision_leaves_the_outbox(store: Store) -> None:
    store.put_record(record(revision=1))
    await store.flushed()
    (sent,) = await store.pending()
    store.put_record(record(revision=2))
    await store.flushed()
    await store.acknowledge([sent])
    (left,) = await store.pending()
    assert left.revision == 2
    await store.acknowledge([left])
    assert await store.pending() == []


async def test_an_older_revision_never_replaces_a_newer_one(store: Store) -> None:
    store.put_record(record(revision=3))
    await store.flushed()
    store.put_record(record(revision=2))
    await store.flushed()
    assert [pending.revision for pending in await store.pending()] == [3]


async def test_acknowledging_what_is_gone_is_harmless(store: Store) -> None:
    await store.acknowledge([Pending("X", 1, "{}")])
    await store.acknowledge([])


async def test_an_event_is_accepted_once(store: Store) -> None:
    assert await store.accept(bodies("$a", "$b"), 100.0) == {"$a", "$b"}
    assert await store.accept(bodies("$b", "$c"), 101.0) == {"$c"}
    await store.forget_seen(101.0)
    assert await store.accept(bodies("$a", "$c"), 102.0) == {"$a"}


async def test_an_event_is_told_to_the_next_process_until_it_has_been_acted_on(tmp_path: Path) -> None:
    first = await Store.open(tmp_path / "bridge.db")
    await first.accept(bodies("$b", "$a"), 100.0)
    await first.accept(bodies("$a", "$c"), 101.0)
    first.handled("$a")
    first.put_call("A", "bridged", dict)
    await first.close()
    second = await Store.open(tmp_path / "bridge.db")
    assert await second.unhandled() == bodies("$b", "$c")
    assert list(await second.unhandled()) == ["$b", "$c"]
    second.handled("$b")
    second.handled("$c")
    await second.flushed()
    assert await second.unhandled() == {}
    assert await second.accept(bodies("$a", "$b", "$c"), 102.0) == set()
    await second.close()


async def test_registrations_are_replaced_by_user_name(store: Store) -> None:
    await store.save("201", [{"uri": "sip:one"}, {"uri": "sip:two"}])
    await store.save("202", [{"uri": "sip:three"}])
    await store.save("201", [{"uri": "sip:four"}])
    assert sorted(row["uri"] for row in await store.load()) == ["sip:four", "sip:three"]
    await store.save("202", [])
    assert [row["uri"] for row in await store.load()] == ["sip:four"]


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (20, 30.0)])
def test_back_off_doubles_up_to_a_bound(failures: int, seconds: float) -> None:
    assert delay(failures) == seconds


async def test_on_a_full_disk_calls_go_on_and_what_is_written_waits_for_room(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.put_record(record("A"))
    await store.flushed()
    await bound(store._db, 1)
    store.put_call("B", "bridged", lambda: {"legs": ["x" * 50_000]})
    store.put_record(record("B"))
    await store.flushed()
    events = bodies(*(f"$event-{number}-{'x' * 200}" for number in range(400)))
    assert await store.accept(events, 1.0) == set(events), "they are acted on"
    assert await store.accept(events, 2.0) == set(), "once"
    await store.flushed()
    assert [pending.id for pending in await store.pending()] == ["A"]
    store.record_written.clear()
    await bound(store._db, 1_000_000)
    await store.record_written.wait()
    assert [pending.id for pending in await store.pending()] == ["A", "B"]
    assert [call.id for call in await store.live_calls()] == ["B"]
    assert await store.accept({**events, **bodies("$new")}, 3.0) == {"$new"}
    assert capsys.readouterr().out.count("disk_takes_nothing") == 1


async def test_on_a_disk_that_hangs_calls_go_on_and_what_is_written_waits_for_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE", 0.02)
    monkeypatch.setattr(store_module, "AGAIN", 0.01)
    async with hanging(store._db):
        store.put_call("A", "bridged", lambda: {"state": "ringing"})
        await store.flushed()
        assert await store.accept(bodies("$a"), 1.0) == {"$a"}
        assert await store.accept(bodies("$a"), 1.0) == set()
        store.handled("$a")
        store.put_call("A", "bridged", lambda: {"state": "talking"})
        store.put_record(record("A"))
        await store.flushed()
        with pytest.raises(sqlite3.OperationalError):
            await store.save("201", [{"uri": "sip:one"}])
    monkeypatch.undo()
    await store.record_written.wait()
    assert [pending.id for pending in await store.pending()] == ["A"]
    assert [call.snapshot for call in await store.live_calls()] == [{"state": "talking"}]
    assert await store.unhandled() == {}
    store.put_record(record("B"))
    await store.flushed()
    assert [pending.id for pending in await store.pending()] == ["A", "B"], "it is waited for again"
    assert capsys.readouterr().out.count("disk_takes_nothing") == 1


async def test_a_process_ends_beside_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE", 0.02)
    opened = await Store.open(tmp_path / "bridge.db")
    async with hanging(opened._db):
        opened.put_record(record())
        await opened.close()
    await closed(opened._db)


def bodies(*event_ids: str) -> dict[str, object]:
    return {event_id: {"id": event_id} for event_id in event_ids}
