"""What becomes of a calendar that goes wrong in a way that has no name, and who is told of changes."""

from typing import cast

import msgspec

from server.audit.service import Audit
from server.calendars import rules
from server.calendars.service import Calendars, CalendarStore, Choice, Kept
from server.calendars.sources import Connection, Fetched, Found, Source, Validators
from server.directory.service import Person
from server.sealing import Seal

ANNA = Person("p1", "@anna:localhost", "Anna", "anna@example.org", "user")
SEAL = Seal("secret")
NOW = 1_000_000_000_000


class Store:
    def __init__(self) -> None:
        self.kept = list[Kept]()

    async def put(self, one: Kept) -> bool:
        self.kept.append(one)
        return True

    async def of(self, person_id: str) -> list[Kept]:
        return self.kept[-1:]

    async def put_choice(self, person_id: str, choice: Choice) -> None:
        pass


class Failing:
    async def read(self, *_: object) -> Fetched:
        raise RuntimeError("nobody foresaw this")

    async def find(self, *_: object) -> list[Found]:
        return []


class People:
    async def by_id(self, person_id: str) -> Person | None:
        return ANNA


class Nobody:
    def publish(self, event: str, data: object, to: str | None = None) -> None:
        pass


def kept() -> Kept:
    sealed = SEAL.seal(msgspec.json.encode(Connection("ics", "https://example.org/a.ics")).decode())
    none = SEAL.seal("[]")
    until = NOW + rules.AHEAD
    return Kept(
        "c1", ANNA.id, "ics", "example.org", "Work", "tag", sealed, Validators(), none, 1, until, 0, None, NOW
    )


def service(store: Store) -> Calendars:
    return Calendars(
        cast("CalendarStore", store),
        cast("Source", Failing()),
        SEAL,
        People(),
        Nobody(),
        cast("Audit", None),
        "Europe/Rome",
        lambda: NOW,
        lambda: "c2",
    )


async def test_what_nobody_foresaw_waits_for_its_turn_as_well() -> None:
    store = Store()
    after = await service(store).refresh(kept())
    assert store.kept == [after]
    assert (after.problem, after.failures) == ("calendar_error", 1)
    assert after.next_at >= NOW + rules.EVERY


async def test_what_rings_changes_for_those_alone_who_want_silence() -> None:
    calendars, told = service(Store()), list[tuple[str, bool]]()
    calendars.on_changed = lambda person_id, rings: told.append((person_id, rings))
    for whole_days, silent in ((True, None), (None, True), (False, None), (None, False), (True, None)):
        await calendars.change(ANNA, whole_days=whole_days, silent=silent)
    assert told == [("p1", False), ("p1", True), ("p1", True), ("p1", True), ("p1", False)]
