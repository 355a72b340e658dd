"""What every store of traces must do, whatever the database."""

from server.storage.database import Database
from server.traces.store import SqlTraces
from wire.route import PhoneLeg, Plan, Stage
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
