"""What every store of waiting mails must do, whatever the database."""

from dataclasses import replace

from server.notifications.service import Waiting
from server.notifications.store import SqlOutbox
from server.storage.database import Database

FIRST = Waiting("1", "anna@unisono.example", "sealed", 9_000, 0, 1_000)
SECOND = replace(FIRST, id="2", next_at=2_000)


async def test_what_is_due_comes_in_the_order_of_its_time(database: Database) -> None:
    store = SqlOutbox(database.engine)
    for waiting in (SECOND, FIRST):
        await store.add(waiting)
    assert list(await store.due(999, 10)) == []
    assert list(await store.due(1_000, 10)) == [FIRST]
    assert list(await store.due(5_000, 10)) == [FIRST, SECOND]
    assert list(await store.due(5_000, 1)) == [FIRST]


async def test_a_mail_of_a_clock_that_was_ahead_does_not_wait_until_then(database: Database) -> None:
    """Case 31: two hours ahead, then set right; no pause is that long."""
    store, ahead = SqlOutbox(database.engine), replace(FIRST, next_at=7_200_000)
    await store.add(ahead)
    assert list(await store.due(0, 10)) == [ahead]
    assert list(await store.due(7_200_000 - 600_000, 10)) == []


async def test_a_mail_is_put_off_and_at_last_removed(database: Database) -> None:
    store = SqlOutbox(database.engine)
    await store.add(FIRST)
    await store.put_off("1", 3, 7_000)
    assert list(await store.due(6_999, 10)) == []
    assert list(await store.due(7_000, 10)) == [replace(FIRST, attempts=3, next_at=7_000)]
    await store.remove("1")
    assert list(await store.due(9_999, 10)) == []
