"""What every store of traces must do, whatever the database."""

from server.storage.database import Database
from server.telephony.limits import Reservation
from server.telephony.reservation_store import SqlReservations
from server.telephony.store import SqlCallRecords
from server.traces.figures import BUCKET_MS, By, Counted
from server.traces.store import SqlCallCounts, SqlTraces
from wire.record import CallRecord
from wire.route import Party, PhoneLeg, Plan, Stage
from wire.trace import CallTrace, TracedMessage


def trace(call_id: str, ended_at: int = 1, text: str = "INVITE") -> CallTrace:
    message = TracedMessage(at=1, kind="sip", sent=True, text=text)
    plan = Plan("ring", stages=(Stage(20, (PhoneLeg("202"),)),))
    return CallTrace(id=call_id, messages=(message,), plan=plan, ended_at=ended_at)


async def test_a_trace_comes_back_as_it_was_put(database: Database) -> None:
    store = SqlTraces(database.engine)
    await store.put([trace("A"), trace("B")])
    assert await store.get("A") == trace("A")
    assert await store.get("C") is None
    assert await store.kept(["A", "C"]) == {"A"}
    assert await store.kept([]) == set()


async def test_given_again_it_takes_the_place_of_the_first(database: Database) -> None:
    store = SqlTraces(database.engine)
    await store.put([trace("A", text="one")])
    await store.put([trace("A", text="two"), trace("A", text="three")])
    assert await store.get("A") == trace("A", text="three")


async def test_what_ended_too_long_ago_is_forgotten(database: Database) -> None:
    store = SqlTraces(database.engine)
    await store.put([trace("A", 99), trace("B", 100)])
    assert await store.purge(100, 1_000_000) == 1
    assert await store.kept(["A", "B"]) == {"B"}


async def test_beyond_the_size_the_oldest_go(database: Database) -> None:
    store = SqlTraces(database.engine)
    await store.put([trace("A", 1), trace("B", 2), trace("C", 3)])
    async with database.engine.connect() as connection:
        size = int((await connection.exec_driver_sql("SELECT max(size) FROM call_traces")).scalar_one())
    assert await store.purge(0, 2 * size) == 1
    assert await store.kept(["A", "B", "C"]) == {"B", "C"}
    assert await store.purge(0, size - 1) == 2


async def test_calls_are_counted_by_day_line_and_person(database: Database) -> None:
    records, counts = SqlCallRecords(database.engine), SqlCallCounts(database.engine)
    out = CallRecord(
        id="out", via="matrix", started_at=BUCKET_MS, answered_at=BUCKET_MS + 1_000,
        ended_at=BUCKET_MS + 4_000, caller=Party("@anna:localhost"), callee=Party(None, "", "+39333"),
        outcome="answered",
    )  # fmt: skip
    came = CallRecord(
        id="in", via="trunk:carrier", started_at=BUCKET_MS + 5, ended_at=BUCKET_MS + 9, outcome="missed",
        caller=Party(None, "", "+39333"), callee=Party("@anna:localhost"),
    )  # fmt: skip
    inside = CallRecord(
        id="inside",
        via="sip",
        started_at=0,
        caller=Party("@anna:localhost"),
        callee=Party("@bruno:localhost"),
    )
    await records.put(out, came, inside)
    await SqlReservations(database.engine).add(Reservation("out", "@anna:localhost", "other", 1))

    async def counted(by: By, since: int = 0) -> set[Counted]:
        return set(await counts.counted(by, since, 2 * BUCKET_MS))

    assert await counted("day") == {
        Counted("0", "in_progress", 1, 0), Counted("1", "answered", 1, 3_000), Counted("1", "missed", 1, 0),
    }  # fmt: skip
    assert await counted("line", 1) == {
        Counted("other", "answered", 1, 3_000), Counted("carrier", "missed", 1, 0)
    }  # fmt: skip
    assert await counted("person") == {
        Counted("@anna:localhost", "answered", 1, 3_000), Counted("@anna:localhost", "missed", 1, 0),
        Counted("@anna:localhost", "in_progress", 1, 0), Counted("@bruno:localhost", "in_progress", 1, 0),
    }  # fmt: skip
