"""Accepted mails reach the carrier, whatever happens in between."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from server.notifications import rules
from server.notifications.service import DeliveryFailed, Mail, Outbox
from server.notifications.store import SqlOutbox
from server.sealing import Seal
from server.storage import Database
from tests.support.web import Clock, migrated

MAIL = Mail("Invitation", "the secret link", "<p>the secret link</p>")
HOUR = 3_600_000


class Carrier:
    def __init__(self) -> None:
        self.away = False
        self.taken: list[tuple[str, str, Mail]] = []

    async def deliver(self, message_id: str, recipient: str, mail: Mail) -> None:
        if self.away:
            raise DeliveryFailed("away")
        self.taken.append((message_id, recipient, mail))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await migrated(tmp_path / "unisono.db")
    yield database
    await database.close()


def outbox(database: Database, clock: Clock) -> Outbox:
    """As a process that has just started would have it."""
    numbers = count(1)
    return Outbox(
        SqlOutbox(database.engine), Seal("key"), now_ms=clock, fresh_id=lambda: f"mail-{next(numbers)}"
    )


async def test_an_accepted_mail_survives_the_process(database: Database) -> None:
    clock, carrier = Clock(), Carrier()
    await outbox(database, clock).send("anna@unisono.example", MAIL, HOUR)
    assert await outbox(database, clock).deliver(carrier) == 1
    assert carrier.taken == [("mail-1", "anna@unisono.example", MAIL)]
    assert await outbox(database, clock).deliver(carrier) == 0


async def test_a_link_that_waits_is_not_readable_in_the_database(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    await outbox(database, clock).send("anna@unisono.example", MAIL, HOUR)
    (waiting,) = await SqlOutbox(database.engine).due(clock(), 1)
    assert "secret" not in waiting.content
    assert "secret" not in repr(MAIL)


async def test_a_refused_mail_is_tried_again_later_and_later(database: Database) -> None:
    clock, carrier = Clock(), Carrier()
    box = outbox(database, clock)
    await box.send("anna@unisono.example", MAIL, HOUR)
    carrier.away = True
    for pause in (5_000, 10_000, 20_000):
        assert await box.deliver(carrier) == 0
        carrier.away = False
        clock.now += pause - 1
        assert await box.deliver(carrier) == 0
        carrier.away = True
        clock.now += 1
    carrier.away = False
    assert await box.deliver(carrier) == 1


async def test_a_mail_that_nobody_took_in_its_time_is_given_up(database: Database) -> None:
    clock, carrier = Clock(), Carrier()
    box = outbox(database, clock)
    await box.send("anna@unisono.example", MAIL, HOUR)
    clock.now += HOUR
    assert await box.deliver(carrier) == 0
    assert carrier.taken == []
    assert list(await SqlOutbox(database.engine).due(2**60, 10)) == []


@pytest.mark.parametrize(
    ("attempts", "pause"), [(0, 5_000), (1, 5_000), (2, 10_000), (7, 320_000), (8, 600_000), (999, 600_000)]
)
def test_pauses_double_up_to_ten_minutes(attempts: int, pause: int) -> None:
    assert rules.pause_after(attempts) == pause
