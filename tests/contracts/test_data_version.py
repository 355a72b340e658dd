"""The version of what routes are made of: raised by each change, by nothing else, whatever the database."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from server.attendants.store import SqlAttendants
from server.audit.tables import audit_log
from server.blocking.rules import Blocked
from server.blocking.store import SqlBlocked
from server.directory.service import ExtensionRecord
from server.directory.store import SqlPeople
from server.directory.tables import people
from server.forwarding.rules import Rule, Services
from server.forwarding.store import SqlServices
from server.groups.store import SqlGroups
from server.hours.store import SqlHours
from server.phonebooks.store import SqlContacts
from server.storage import Database
from server.storage.version import versioned_tables
from server.trunks.store import SqlLines
from server.voicemail.greetings import Greeting
from server.voicemail.store import SqlVoicemail
from tests.contracts.test_contact_stores import NICOLO
from tests.contracts.test_group_store import SALES
from tests.contracts.test_hours_store import HOURS
from tests.contracts.test_people_store import ANNA
from tests.contracts.test_trunk_store import CARRIER
from tests.server.attendants.test_rules import FRONT

GREETING = Greeting("busy", f"{1:032x}", 1000, 10)
Write = Callable[[Database], Awaitable[object]]


def _people(database: Database) -> SqlPeople:
    return SqlPeople(database.engine, "localhost")


#: In this order, each after those before.
WRITES: dict[str, Write] = {
    "a person comes": lambda d: _people(d).add(ANNA),
    "a person is renamed": lambda d: _people(d).change(ANNA.id, {"name": "Anna Verdi"}),
    "a person is disabled": lambda d: _people(d).change(ANNA.id, {"disabled_at": 2}),
    "an extension is given": lambda d: _people(d).put_extension(ANNA.id, ExtensionRecord("208", "m", "s")),
    "an extension is taken": lambda d: _people(d).remove_extension("208"),
    "a number is given": lambda d: _people(d).add_number(ANNA.id, "+390612345209"),
    "a number is taken": lambda d: _people(d).remove_number("+390612345209"),
    "a line is added": lambda d: SqlLines(d.engine).add(CARRIER),
    "a line is changed": lambda d: SqlLines(d.engine).replace(replace(CARRIER, enabled=False)),
    "a line is removed": lambda d: SqlLines(d.engine).remove(CARRIER.name),
    "a contact comes": lambda d: SqlContacts(d.engine).add([NICOLO]),
    "a contact is changed": lambda d: SqlContacts(d.engine).replace(replace(NICOLO, updated_at=9)),
    "a contact goes": lambda d: SqlContacts(d.engine).remove(NICOLO.id),
    "a rule is set": lambda d: SqlServices(d.engine).change(ANNA.id, lambda _: Services(busy=Rule(True))),
    "a caller is blocked": lambda d: SqlBlocked(d.engine).add(ANNA.id, Blocked("+391", 1), 5),
    "nobody is to disturb": lambda d: SqlServices(d.engine).change(
        ANNA.id, lambda _: Services(do_not_disturb=True)
    ),
    "hours are set": lambda d: SqlServices(d.engine).change(ANNA.id, lambda _: Services(quiet=True)),
    "a group is made": lambda d: SqlGroups(d.engine, "localhost").add(SALES, [ANNA.id], 5),
    "a member is there again": lambda d: SqlGroups(d.engine, "localhost").be_here("1", ANNA.id, here=True),
    "a group is removed": lambda d: SqlGroups(d.engine, "localhost").remove("1"),
    "opening hours are made": lambda d: SqlHours(d.engine).add(HOURS, 5),
    "opening hours are removed": lambda d: SqlHours(d.engine).remove("1"),
    "an attendant is made": lambda d: SqlAttendants(d.engine).add(FRONT, 5),
    "an attendant is removed": lambda d: SqlAttendants(d.engine).remove("a"),
    "a greeting is chosen": lambda d: SqlVoicemail(d.engine).greet_with(ANNA.id, GREETING),
    "a person is removed": lambda d: _people(d).remove(ANNA.id, 3),
}


async def test_each_change_raises_it(database: Database) -> None:
    for name, write in WRITES.items():
        before = await database.version.now()
        await write(database)
        assert await database.version.now() > before, name


async def test_what_another_process_changes_raises_it(database: Database) -> None:
    other = Database(database.engine.url.render_as_string(hide_password=False))
    before = await database.version.now()
    await WRITES["a person comes"](other)
    await other.close()
    assert await database.version.now() > before


async def test_what_is_not_committed_does_not_raise_it(database: Database) -> None:
    await _people(database).add(ANNA)
    before = await database.version.now()
    async with database.engine.connect() as connection:
        await connection.execute(people.update().values(name="Nobody"))
        await connection.rollback()
    assert await database.version.now() == before


async def test_what_routes_are_not_made_of_does_not_raise_it(database: Database) -> None:
    before = await database.version.now()
    async with database.engine.begin() as connection:
        row = {"at": 1, "action": "a", "actor": "", "subject": "", "address": "", "details": "{}"}
        await connection.execute(insert(audit_log).values(**row))
    assert await database.version.now() == before


async def test_it_goes_on_where_it_was_after_a_restart(database: Database) -> None:
    await _people(database).add(ANNA)
    before = await database.version.now()
    await database.close()
    again = Database(database.engine.url.render_as_string(hide_password=False))
    await again.upgrade()
    assert await again.version.now() == before
    await WRITES["a person is renamed"](again)
    assert await again.version.now() > before
    await again.close()


async def test_a_table_that_a_migration_copied_counts_again_after_the_upgrade(database: Database) -> None:
    name = (
        "data_changed_people_update" if database.engine.dialect.name == "sqlite" else "data_changed ON people"
    )
    async with database.engine.begin() as connection:
        await connection.execute(text(f"DROP TRIGGER {name}"))
    await database.upgrade()
    await _people(database).add(ANNA)
    before = await database.version.now()
    await WRITES["a person is renamed"](database)
    assert await database.version.now() > before


def test_the_tables_that_routes_are_made_of() -> None:
    assert versioned_tables() == [
        "account_settings", "attendants", "blocked_callers", "contact_numbers", "contacts", "delegates",
        "extensions", "forwards", "group_members", "group_numbers", "mailboxes", "mobiles", "numbers",
        "opening_hours", "own_appointments", "own_hours", "people",
        "ring_groups", "ringing", "star_codes", "trunks", "voice_messages", "voicemail_greetings",
        "voicemail_rules",
    ]  # fmt: skip


@pytest.mark.parametrize("write", ["a person comes", "a contact comes"])
async def test_two_writers_at_once_do_not_wait_for_each_other_in_vain(database: Database, write: str) -> None:
    """The one row is written at the end of a transaction: nobody holds it who waits for something else."""
    if database.engine.dialect.name == "sqlite":
        return  # it has one writer anyway
    async with database.engine.connect() as first:
        await first.execute(people.insert().values(**_row("x")))
        await WRITES[write](database)
        await first.commit()
    assert await database.version.now() >= 2


def _row(localpart: str) -> dict[str, object]:
    return {
        "id": localpart, "localpart": localpart, "name": localpart, "search_text": "", "role": "member",
        "created_at": 1,
    }  # fmt: skip
