"""The calendars of each person, and when each is busy by them."""

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
from msgspec.structs import replace

from logs import log
from server.audit.service import Audit
from server.calendars import addresses, rules
from server.calendars.fetching import Credentials
from server.calendars.refusals import CalendarRefusal, CalendarTwice, UnknownCalendar, refusal_of
from server.calendars.rules import Appointment, BusyTime, Kind
from server.calendars.sources import Connection, Fetched, Found, Source, Validators, Window
from server.directory.access import Actor
from server.directory.ports import PersonById
from server.directory.service import Person
from server.events.hub import Audience
from server.sealing import BrokenSeal, Seal

_log = log.get(__name__)


class Kept(msgspec.Struct, frozen=True):
    """A calendar as it is kept; see `tables.calendars`."""

    id: str
    person_id: str
    kind: Kind
    host: str
    name: str
    address_tag: str
    connection: str
    validators: Validators
    appointments: str
    read_at: int
    covers_until: int
    failures: int
    problem: str | None
    next_at: int

    def __repr__(self) -> str:
        return f"Kept({self.id})"


class Choice(msgspec.Struct, frozen=True):
    """What somebody wants of their appointments, and when those are."""

    whole_days: bool = False
    silent: bool = False
    times: tuple[BusyTime, ...] = ()


class CalendarStore(Protocol):
    async def of(self, person_id: str) -> Sequence[Kept]: ...

    async def add(self, one: Kept) -> None:
        """Durably. Raises `CalendarTwice`, `TooManyCalendars`."""

    async def put(self, one: Kept) -> bool:
        """False where it is there no more."""

    async def remove(self, person_id: str, calendar_id: str) -> bool: ...

    async def due(self, now: int, most: int) -> Sequence[Kept]:
        """Those that are to be read, the one that waits longest first; of people who are here."""

    async def people(self) -> Sequence[str]:
        """The ids of those who have a calendar."""

    async def choices(self) -> Mapping[str, Choice]:
        """By person id."""

    async def put_choice(self, person_id: str, choice: Choice) -> None: ...


class Seen(msgspec.Struct):
    """A calendar as its owner sees it: `host` is all of its address. `problem` is the code of a refusal,
    while the last read failed."""

    id: str
    kind: Kind
    name: str
    host: str
    read_at: int
    problem: str | None
    next: Appointment | None


@dataclass(frozen=True, slots=True)
class View:
    """`busy_until`: when the appointment ends that goes on now."""

    calendars: tuple[Seen, ...]
    whole_days: bool
    silent: bool
    busy_until: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A calendar as somebody types it; `chosen` are addresses of those that were found."""

    address: str
    user: str = ""
    password: str = ""
    chosen: tuple[str, ...] = ()


class Calendars:
    """`now_ms` is the wall clock in milliseconds since 1970, `timezone` the organisation's."""

    def __init__(
        self,
        store: CalendarStore,
        source: Source,
        seal: Seal,
        people: PersonById,
        audience: Audience,
        audit: Audit,
        timezone: str,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
        every: int = rules.EVERY,
    ) -> None:
        self._store, self._source, self._seal, self._people = store, source, seal, people
        self._audience, self._audit, self._timezone = audience, audit, timezone
        self._now_ms, self._fresh_id, self._every = now_ms, fresh_id, every
        self._choices: dict[str, Choice] = {}
        #: Of each person: what two reads find at once is counted one after the other.
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        #: Called with the id of whoever is busy at other times than before, and whether that says what rings.
        self.on_changed: Callable[[str, bool], None] = lambda _person_id, _rings: None

    async def start(self) -> None:
        """What was read before holds at once."""
        self._choices = dict(await self._store.choices())

    def busy(self) -> frozenset[str]:
        """The ids of those who have an appointment now."""
        now = self._now_ms()
        return frozenset(
            person_id
            for person_id, one in self._choices.items()
            if rules.busy_until(one.times, now) is not None
        )

    async def of(self, me: Person) -> View:
        now, choice = self._now_ms(), self._choices.get(me.id, Choice())
        seen = tuple(self._seen(one, now, choice) for one in await self._store.of(me.id))
        return View(seen, choice.whole_days, choice.silent, rules.busy_until(choice.times, now))

    async def add(self, actor: Actor, me: Person, wanted: Wanted) -> Sequence[Found]:
        """Tries it, and keeps what was chosen, or the only one there is. Of several, without a choice, none
        is kept, and they are answered. Raises a `CalendarRefusal`; what was kept until then stays."""
        url = addresses.calendar_url(wanted.address)
        found = await self._source.find(url, Credentials(wanted.user, wanted.password))
        chosen = [one for one in found if one.connection.url in wanted.chosen]
        if not chosen and len(found) > 1:
            return found
        twice: CalendarTwice | None = None
        added = False
        for one in chosen or found:
            try:
                await self._add(actor, me, one)
            except CalendarTwice as refusal:
                # The others of the account are wanted nevertheless.
                twice = refusal
            else:
                added = True
        if twice is not None and not added:
            raise twice
        return ()

    async def _add(self, actor: Actor, me: Person, found: Found) -> None:
        connection, now = found.connection, self._now_ms()
        fetched = await self._source.read(connection, self._window(me, now), None)
        host = addresses.host_of(connection.url)
        calendar_id = self._fresh_id()
        kept = Kept(
            calendar_id,
            me.id,
            connection.kind,
            host,
            found.name or host,
            self._seal.tag("calendar", me.id, connection.url),
            self._seal.seal(msgspec.json.encode(connection).decode()),
            fetched.validators,
            self._sealed(fetched),
            now,
            now + rules.AHEAD,
            0,
            None,
            rules.next_read(calendar_id, now, 0, None, self._every),
        )
        await self._store.add(kept)
        await self._audit.record(
            "calendar.added", actor=actor.name, subject=me.name, address=actor.address, details={"host": host}
        )
        await self._count(me.id)

    async def change(self, me: Person, *, whole_days: bool | None, silent: bool | None) -> None:
        """What is None stays."""
        await self._count(me.id, whole_days=whole_days, silent=silent)

    async def remove(self, actor: Actor, me: Person, calendar_id: str) -> None:
        """Raises `UnknownCalendar`."""
        if not await self._store.remove(me.id, calendar_id):
            raise UnknownCalendar
        await self._audit.record(
            "calendar.removed", actor=actor.name, subject=me.name, address=actor.address, details={}
        )
        await self._count(me.id)

    async def read_again(self, me: Person, calendar_id: str) -> None:
        """Now. Raises `UnknownCalendar`, and what is wrong with it, as a `CalendarRefusal`."""
        for one in await self._store.of(me.id):
            if one.id == calendar_id:
                after = await self.refresh(one)
                if after.problem is not None:
                    raise refusal_of(after.problem)
                return
        raise UnknownCalendar

    async def due(self, most: int) -> Sequence[Kept]:
        return await self._store.due(self._now_ms(), most)

    async def refresh(self, one: Kept) -> Kept:
        """Reads a calendar, and counts what is in it; how it went is kept, and answered."""
        now = self._now_ms()
        person = await self._people.by_id(one.person_id)
        if person is None:
            return one
        try:
            connection = msgspec.json.decode(self._seal.open(one.connection), type=Connection)
            enough = one.covers_until - now >= rules.ENOUGH
            known = one.validators if enough else None
            fetched = await self._source.read(connection, self._window(person, now), known)
        except BrokenSeal:
            after = self._failed(one, now, "calendar_error")
        except CalendarRefusal as refusal:
            after = self._failed(one, now, refusal.code)
        except Exception as error:
            # It comes again: it waits its turn, as what failed for a reason that has a name.
            _log.error("calendar_failed", calendar=one.id, exc_info=error)
            after = self._failed(one, now, CalendarRefusal.code)
        else:
            after = self._succeeded(one, now, fetched)
        if not await self._store.put(after):
            return after
        if after.appointments != one.appointments:
            await self._count(one.person_id)
        if (after.problem, after.appointments) != (one.problem, one.appointments):
            self._audience.publish("calendars", {"changed": True}, to=person.user_id)
        return after

    async def recount(self) -> None:
        """Of everybody: what was kept as the process before ended may not have been counted."""
        for person_id in {*await self._store.people(), *self._choices}:
            await self._count(person_id)
            # There are others who wait for the loop.
            await asyncio.sleep(0)

    def _failed(self, one: Kept, now: int, problem: str) -> Kept:
        failures = one.failures + 1
        if one.problem != problem:
            _log.info("calendar_not_read", calendar=one.id, host=one.host, why=problem)
        at = rules.next_read(one.id, now, failures, problem, self._every)
        return replace(one, failures=failures, problem=problem, next_at=at)

    def _succeeded(self, one: Kept, now: int, fetched: Fetched) -> Kept:
        at = rules.next_read(one.id, now, 0, None, self._every)
        after = replace(one, failures=0, problem=None, next_at=at, read_at=now, validators=fetched.validators)
        if fetched.reading is None:
            return after
        new = fetched.reading.appointments
        kept = one.appointments if self._opened(one) == new else self._sealed(fetched)
        return replace(after, appointments=kept, covers_until=now + rules.AHEAD)

    async def _count(
        self, person_id: str, *, whole_days: bool | None = None, silent: bool | None = None
    ) -> None:
        lock = self._locks.setdefault(person_id, asyncio.Lock())
        async with lock:
            before = self._choices.get(person_id, Choice())
            counted = before.whole_days if whole_days is None else whole_days
            found = [each for one in await self._store.of(person_id) for each in self._opened(one)]
            after = Choice(
                counted,
                before.silent if silent is None else silent,
                rules.busy_times(found, whole_days=counted),
            )
            if after == before:
                return
            await self._store.put_choice(person_id, after)
            self._choices[person_id] = after
        self.on_changed(person_id, before.silent or after.silent)
        person = await self._people.by_id(person_id)
        if person is not None:
            self._audience.publish("calendars", {"changed": True}, to=person.user_id)

    def _window(self, me: Person, now: int) -> Window:
        return Window(now - rules.DAY, now + rules.AHEAD, self._timezone, (me.email,) if me.email else ())

    def _sealed(self, fetched: Fetched) -> str:
        found = fetched.reading.appointments if fetched.reading else ()
        return self._seal.seal(msgspec.json.encode(found).decode())

    def _opened(self, one: Kept) -> tuple[Appointment, ...]:
        try:
            return msgspec.json.decode(self._seal.open(one.appointments), type=tuple[Appointment, ...])
        except BrokenSeal:
            # Sealed with another key: it is read anew.
            return ()

    def _seen(self, one: Kept, now: int, choice: Choice) -> Seen:
        counted = (each for each in self._opened(one) if choice.whole_days or not each.whole_day)
        return Seen(
            one.id,
            one.kind,
            one.name,
            one.host,
            one.read_at,
            one.problem,
            rules.next_appointment(counted, now),
        )
