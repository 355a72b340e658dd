"""Presence follows the calls, through restarts and a homeserver that is away."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from server.composition.features import make_directory
from server.directory.service import Directory
from server.events.hub import Hub
from server.homeserver.client import Presence
from server.storage import Database
from server.telephony.on_the_phone import OnThePhone
from server.telephony.state import Changes, PhoneState, Snapshot
from server.telephony.store import SqlSavedPresences, SqlSnapshots
from server.telephony.watch import Watch
from tests.support.web import FakeHomeserver, demo_config, migrated

ANNA = "@anna:localhost"
CALLING = Snapshot({ANNA: 1}, frozenset({"201"}))
IDLE = Snapshot({}, frozenset({"201"}))


class Office:
    """One web process after the other over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.homeserver = FakeHomeserver("localhost")
        self.homeserver.presences[ANNA] = Presence("unavailable", "lunch", False)
        self.restart()

    def restart(self) -> None:
        self.state = PhoneState()
        self.engine = engine = self._database.engine
        directory: Directory = make_directory(demo_config(), self._database, self.state)
        self.phones = OnThePhone(
            self.state, SqlSnapshots(engine), SqlSavedPresences(engine), directory, self.homeserver, Hub()
        )

    async def hears(self, snapshot: Snapshot) -> None:
        await self.phones.update(snapshot)
        await self.phones.reconcile()

    @property
    def presence(self) -> tuple[str, str | None]:
        found = self.homeserver.presences[ANNA]
        return found.state, found.status


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = await migrated(tmp_path / "unisono.db")
    yield Office(database)
    await database.close()


async def test_a_second_call_changes_nothing(office: Office) -> None:
    await office.hears(CALLING)
    assert office.presence == ("busy", "lunch")
    await office.hears(Snapshot({ANNA: 2}, frozenset()))
    await office.hears(CALLING)
    assert office.homeserver.presence_puts.qsize() == 1
    await office.hears(IDLE)
    assert office.presence == ("unavailable", "lunch")


async def test_a_restart_in_mid_call_forgets_neither_the_call_nor_the_presence(office: Office) -> None:
    await office.hears(CALLING)
    office.restart()
    await office.phones.load()
    assert office.state.on_the_phone(ANNA)
    assert office.state.desk_phone(["201"])
    await office.hears(IDLE)
    assert office.presence == ("unavailable", "lunch")


async def test_what_the_homeserver_missed_is_made_up_for(office: Office) -> None:
    office.homeserver.away = True
    await office.hears(CALLING)
    office.homeserver.away = False
    await office.phones.reconcile()
    assert office.presence == ("busy", "lunch")
    office.homeserver.away = True
    await office.hears(IDLE)
    office.homeserver.away = False
    assert office.presence == ("busy", "lunch")
    await office.phones.reconcile()
    assert office.presence == ("unavailable", "lunch")


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (IDLE, IDLE, Changes(frozenset(), frozenset(), frozenset())),
        (IDLE, CALLING, Changes(frozenset({ANNA}), frozenset(), frozenset())),
        (CALLING, Snapshot(), Changes(frozenset(), frozenset({ANNA}), frozenset({"201"}))),
    ],
)
def test_snapshots_are_compared(before: Snapshot, after: Snapshot, changes: Changes) -> None:
    state = PhoneState()
    state.replace(before)
    assert state.replace(after) == changes


class Heard:
    """Takes what is published."""

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        assert to is None
        self.events.append((event, data))


async def test_the_state_of_the_service_is_told_when_it_changes() -> None:
    answers: Sequence[bool] = [False, True, True, False]
    waiting = iter(answers)

    async def probe() -> bool:
        return next(waiting)

    heard = Heard()
    watch = Watch(probe, heard)
    for _ in answers:
        await watch.look()
    assert heard.events == [("telephony", {"ready": True}), ("telephony", {"ready": False})]


@pytest.mark.parametrize("syncs", [1, 4])
async def test_a_device_that_stays_busy_is_told_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, syncs: int
) -> None:
    """A device that synchronises between two that are told takes busy over from the second."""
    await office.hears(CALLING)
    said, left = office.homeserver.presence, syncs

    async def presence(user_id: str) -> Presence:
        nonlocal left
        left -= 1
        return Presence("busy", "lunch", True) if left >= 0 else await said(user_id)

    monkeypatch.setattr(office.homeserver, "presence", presence)
    await office.hears(IDLE)
    await office.phones.reconcile()
    assert office.presence == ("unavailable", "lunch")
    assert await SqlSavedPresences(office.engine).all() == {}
