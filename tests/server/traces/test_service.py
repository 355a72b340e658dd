"""What is kept, and for how long."""

from collections.abc import Sequence
from typing import Any

from server.audit.service import AuditLog, Entry
from server.directory.access import Actor
from server.traces.figures import By, Counted
from server.traces.rules import Keeping
from server.traces.service import Traces
from wire.record import CallRecord
from wire.trace import CallTrace

DAY = 24 * 3600 * 1000


class Store:
    def __init__(self) -> None:
        self.put_ids: list[str] = []
        self.purged: list[tuple[int, int]] = []

    async def put(self, traces: Sequence[CallTrace]) -> None:
        self.put_ids += [trace.id for trace in traces]

    async def get(self, call_id: str) -> CallTrace | None:
        return None

    async def kept(self, call_ids: Sequence[str]) -> set[str]:
        return set()

    async def purge(self, before: int, size: int) -> int:
        self.purged.append((before, size))
        return 1


class Records:
    async def latest(self, before: int | None, limit: int) -> Sequence[CallRecord]:
        return []

    async def one(self, call_id: str) -> CallRecord | None:
        return CallRecord(id=call_id, via="sip", started_at=1)


class Bridge:
    """A bridge of another version, whose answer is no trace."""

    async def call_messages(self, call_id: str) -> dict[str, Any] | None:
        return {"id": call_id, "messages": "none"}


class Counts:
    def __init__(self) -> None:
        self.asked: list[tuple[By, int, int]] = []

    async def counted(self, by: By, since: int, until: int) -> Sequence[Counted]:
        self.asked.append((by, since, until))
        return []


class Log:
    async def add(self, entry: Entry) -> None: ...

    async def page(self, before: int | None, limit: int) -> Sequence[Entry]:
        return []


def traces(store: Store, days: int) -> Traces:
    audit = AuditLog(Log(), lambda: 1)
    return Traces(store, Records(), Bridge(), audit, Keeping(days, 3), lambda: 20 * DAY, Counts())


async def test_days_and_size_are_those_of_the_configuration() -> None:
    store = Store()
    await traces(store, 14).purge()
    assert store.purged == [(6 * DAY, 3_000_000)]


async def test_with_no_days_nothing_is_kept_and_what_was_is_forgotten() -> None:
    store = Store()
    kept = traces(store, 0)
    await kept.keep([CallTrace(id="A", ended_at=1)])
    await kept.purge()
    assert store.put_ids == []
    assert store.purged == [(20 * DAY, 3_000_000)]
    await traces(store, 1).keep([CallTrace(id="A", ended_at=1)])
    assert store.put_ids == ["A"]


async def test_an_answer_that_is_no_trace_is_as_none() -> None:
    found = await traces(Store(), 1).read(Actor("ada"), "A", "text")
    assert (found.record.id, found.trace) == ("A", None)
