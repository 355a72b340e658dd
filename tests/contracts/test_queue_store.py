"""Queues: each database keeps what agents do, and the book of calls."""

from dataclasses import replace

import pytest

from server.queues.agents import Agent, State
from server.queues.rules import QueuedCall
from server.queues.store import SqlQueues
from server.storage import Database
from wire.route import Party

ANNA = "@anna:localhost"
TALKING = Agent(ANNA, State.TALKING, 1_700_000_000_000, "", "q", "w1", "r1", None, 2, 1_700_000_000_001)
CALL = QueuedCall("w1", "q", Party("@_tel_1:x", "Rossi", "+391"), 1_700_000_000_000)


@pytest.fixture
def store(database: Database) -> SqlQueues:
    return SqlQueues(database.engine)


async def test_agents_are_kept_as_they_are_while_they_are_on_duty(store: SqlQueues) -> None:
    paused = Agent("@bruno:localhost", State.PAUSED, 5, "pranzo", until=7)
    await store.put_agents(TALKING, paused)
    assert await store.agents() == {ANNA: TALKING, paused.user_id: paused}
    rung = Agent(ANNA, State.OFF, 6, call="w2")
    await store.put_agents(rung, paused.sign_out(9))
    assert await store.agents() == {ANNA: rung}


async def test_a_call_is_kept_as_it_is_and_waits_until_it_left(store: SqlQueues) -> None:
    await store.put_call(CALL)
    assert (await store.call("w1"), await store.waiting()) == (CALL, [CALL])
    over = replace(
        CALL,
        joined_at=CALL.arrived_at + 1,
        sent_at=3,
        tries=2,
        call_back_at=4,
        hung_up_at=5,
        attempt="a1",
        calls=1,
        not_before=6,
        left_at=CALL.arrived_at + 9,
        outcome="answered",
        agent=ANNA,
        answered_at=CALL.arrived_at + 9,
        ended_at=CALL.arrived_at + 20,
    )
    await store.put_call(over)
    assert (await store.call("w1"), await store.waiting()) == (over, [])
    assert await store.latest("q", 5) == [over]
    assert await store.latest("p", 5) == []
    assert await store.call("w2") is None
    assert (await store.of_attempt("a1"), await store.of_attempt("w1")) == (over, None)


async def test_the_book_by_queue_and_time_the_newest_first(store: SqlQueues) -> None:
    calls = [replace(CALL, id=f"w{at}", arrived_at=at, left_at=at) for at in range(4)]
    for call in (*calls, replace(CALL, id="other", queue_id="p", arrived_at=2)):
        await store.put_call(call)
    assert await store.book(["q"], 1, 3, 10) == [calls[2], calls[1]]
    assert await store.book(["q"], 0, 9, 1) == [calls[3]]
    await store.forget(2)
    assert {one.id for one in await store.book(["q", "p"], 0, 9, 10)} == {"w2", "w3", "other"}
