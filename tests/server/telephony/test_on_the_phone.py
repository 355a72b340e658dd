"""Presence follows the calls, through restarts and a homeserver that is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from server.composition.directory import make_directory
from server.directory.service import Person
from server.events.hub import Hub
from server.homeserver.client import Presence
from server.presence.service import Presences, Said
from server.storage import Database
from server.telephony.on_the_phone import DEVICES_AGAIN, ONLINE_AGAIN, SAID_AGAIN, SETTLED, OnThePhone
from server.telephony.state import Changes, PhoneState, Snapshot
from server.telephony.store import SqlSavedPresences, SqlSnapshots
from server.telephony.watch import Watch
from tests.support.patience import PATIENCE
from tests.support.web import FakeHomeserver, demo_config, migrated
from wire.route import Party
from wire.state import LiveCall

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
CALLING = Snapshot({ANNA: 1}, frozenset({"201"}))
IDLE = Snapshot({}, frozenset({"201"}))


class Staff:
    """Everybody there is."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people

    async def everyone(self) -> Sequence[Person]:
        return self.people

    async def by_user_id(self, user_id: str) -> Person | None:
        return next((one for one in self.people if one.user_id == user_id), None)

    async def by_extension(self, extension: str) -> Person | None:
        return next((one for one in self.people if extension in one.extensions), None)


class Office:
    """One web process after the other over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.homeserver = FakeHomeserver("localhost")
        self.now = 1000.0
        self.staff = Staff([Person("a", ANNA, "Anna", "anna@localhost", "member", ("201",))])
        self.homeserver.presences[ANNA] = Presence("unavailable", "lunch", False)
        self.restart()

    def restart(self) -> None:
        self.state = PhoneState()
        self.engine = engine = self._database.engine
        self.presences = Presences(self.state, Hub())
        self.presences.clients_say({ANNA: Said("unavailable", "lunch")}, whole=True)
        self.phones = OnThePhone(
            self.state,
            SqlSnapshots(engine),
            SqlSavedPresences(engine),
            self.staff,
            self.homeserver,
            Hub(),
            lambda: self.now,
            self.presences,
        )

    async def hears(self, snapshot: Snapshot, after: float = SETTLED) -> None:
        await self.phones.update(snapshot)
        self.now += after
        await self.looks()

    async def looks(self) -> None:
        await self.presences.look(self.staff)
        await self.phones.reconcile()

    @property
    def presence(self) -> tuple[str, str | None]:
        found = self.homeserver.presences[ANNA]
        return found.state, found.status


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await migrated(tmp_path / "unisono.db")
    yield database
    await database.close()


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


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


async def test_a_call_that_is_over_at_once_is_not_told_to_matrix(office: Office) -> None:
    await office.hears(CALLING, after=SETTLED - 0.01)
    await office.hears(IDLE, after=SETTLED)
    assert office.presence == ("unavailable", "lunch")
    assert office.homeserver.presence_puts.empty()


async def test_a_pause_between_two_calls_is_not_told_either(office: Office) -> None:
    await office.hears(CALLING)
    await office.hears(IDLE, after=SETTLED - 0.01)
    await office.hears(CALLING)
    assert office.homeserver.presence_puts.qsize() == 1
    assert office.presence == ("busy", "lunch")


async def test_what_the_homeserver_missed_is_made_up_for(office: Office) -> None:
    office.homeserver.away = True
    await office.hears(CALLING)
    office.homeserver.away = False
    await office.looks()
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


async def test_the_watch_ends_when_it_is_nudged_at_the_same_moment() -> None:
    looked = asyncio.Event()

    async def probe() -> bool:
        looked.set()
        return True

    watch = Watch(probe, Heard(), pause=PATIENCE)
    await watch.start()
    await looked.wait()
    await asyncio.sleep(0)
    watch._look_now()
    async with asyncio.timeout(PATIENCE):
        await watch.stop()


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


async def test_each_person_is_told_of_their_own_calls_when_they_change(database: Database) -> None:
    hub = Hub()
    anna, bruno = hub.subscribe(ANNA, "a"), hub.subscribe(BRUNO, "b")
    state, engine = PhoneState(), database.engine
    directory = make_directory(demo_config(), database, state)
    phones = OnThePhone(
        state,
        SqlSnapshots(engine),
        SqlSavedPresences(engine),
        directory,
        FakeHomeserver("localhost"),
        hub,
        time.monotonic,
        Presences(state, hub),
    )
    ringing = LiveCall("01CALL", "outbound", Party(BRUNO), "ringing", 1000, "desk_phone")
    talking = msgspec.structs.replace(ringing, state="talking", since=2000)
    for live in ({ANNA: (ringing,)}, {ANNA: (ringing,)}, {ANNA: (talking,)}, {}):
        await phones.update(Snapshot(live=live))
    await phones.update(Snapshot(live={BRUNO: (ringing,)}))
    told = [(event.name, event.data) for event in [await anna.next() for _ in range(3)] if event]
    assert told == [("live_calls", {"calls": calls}) for calls in ((ringing,), (talking,), ())]
    event = await bruno.next()
    assert event is not None
    assert (event.name, event.data) == ("live_calls", {"calls": (ringing,)})


async def test_who_is_not_to_be_disturbed_is_busy_for_other_clients_and_goes_on_to_be(office: Office) -> None:
    office.presences.silent = frozenset({"a"})
    await office.looks()
    assert office.presence == ("busy", "lunch")
    await office.looks()
    assert office.homeserver.presence_puts.qsize() == 1
    # Synapse would forget it within the hour.
    office.now += SAID_AGAIN
    await office.looks()
    assert office.homeserver.presence_puts.qsize() == 2
    office.presences.silent = frozenset()
    await office.looks()
    assert office.presence == ("unavailable", "lunch")


async def test_who_has_a_desk_phone_and_no_client_is_online_while_it_is_registered(office: Office) -> None:
    office.homeserver.open_devices[ANNA] = set()
    office.presences.clients_say({}, whole=True)
    await office.hears(IDLE)
    assert office.presence == ("online", None)
    office.now += ONLINE_AGAIN
    await office.looks()
    assert office.homeserver.presence_puts.qsize() == 2
    # Matrix tells what we said ourselves.
    office.presences.clients_say({ANNA: Said("online")})
    await office.hears(Snapshot())
    assert office.presence == ("offline", None)


async def test_who_signs_in_at_a_client_speaks_for_themselves_again(office: Office) -> None:
    office.homeserver.open_devices[ANNA] = set()
    office.presences.clients_say({}, whole=True)
    await office.hears(IDLE)
    office.homeserver.open_devices[ANNA] = {"LAPTOP"}
    await office.hears(IDLE, after=DEVICES_AGAIN)
    assert office.presence == ("offline", None)
    await office.hears(IDLE, after=ONLINE_AGAIN)
    assert office.homeserver.presence_puts.qsize() == 2


async def test_an_hour_by_a_desk_phone_costs_what_synapse_forgets_and_little_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    devices = office.homeserver.devices

    async def counted(user_id: str) -> list[str]:
        nonlocal asked
        asked += 1
        return await devices(user_id)

    monkeypatch.setattr(office.homeserver, "devices", counted)
    office.homeserver.open_devices[ANNA] = set()
    office.presences.clients_say({}, whole=True)
    await office.hears(IDLE)
    for _ in range(1200):
        office.now += 3
        await office.looks()
    # Synapse forgets "online" after 30 seconds; the looks come every three.
    assert office.homeserver.presence_puts.qsize() == 1 + 3600 // 21
    assert asked == 12
