"""What every store of second factors, tickets, settings, links and foreign sessions must do."""

import asyncio
from dataclasses import replace

import pytest

from server.accounts.factor_store import SqlFactors, SqlPersonData, SqlPhotos, SqlSettings, SqlTickets
from server.accounts.link_store import SqlLinks
from server.accounts.links import Link
from server.accounts.oidc.service import OidcSession
from server.accounts.oidc.store import SqlOidcSessions
from server.accounts.second_factor import Factor
from server.accounts.settings import PersonSettings
from server.accounts.store import SqlPasswords
from server.accounts.ticket import Enrolment, SentCode, Ticket
from server.directory.store import SqlPeople
from server.storage.database import Database
from tests.contracts.test_people_store import ANNA

TOTP = Factor(ANNA.id, "totp", "sealed", 1_000, last_step=5)
SMS = Factor(ANNA.id, "sms", "sealed number", 1_000)
TICKET = Ticket(ANNA.id, "code", 2_000, "phone", "Firefox", None, SentCode("tag", "number", 1_500))
LINK = Link("1", "hash-1", "invitation", ANNA.id, "it", "@ada:x", 1_000, 2_000)
FOREIGN = OidcSession("sid-1", ANNA.id, "Firefox", "192.0.2.1", 1_000)


@pytest.fixture
async def anna(database: Database) -> Database:
    """A database in which Anna exists."""
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return database


async def test_a_factor_a_method_is_kept_replaced_and_removed(anna: Database) -> None:
    store = SqlFactors(anna.engine)
    for factor in (TOTP, SMS, replace(SMS, secret="another")):
        await store.put(factor)
    assert {f.method: f.secret for f in await store.of(ANNA.id)} == {"totp": "sealed", "sms": "another"}
    assert await store.remove(ANNA.id, "totp")
    assert not await store.remove(ANNA.id, "totp")


async def test_what_is_kept_at_once_is_kept_once(anna: Database) -> None:
    passwords, factors, links = SqlPasswords(anna.engine), SqlFactors(anna.engine), SqlLinks(anna.engine)
    photos, settings = SqlPhotos(anna.engine), SqlSettings(anna.engine)
    for kept in (
        [passwords.put(ANNA.id, f"hash-{i}", i) for i in range(4)],
        [factors.put(replace(TOTP, secret=f"sealed-{i}")) for i in range(4)],
        [factors.put_recovery(ANNA.id, [f"{i}-a", f"{i}-b"]) for i in range(4)],
        [photos.put(ANNA.id, b"png", f"tag-{i}") for i in range(4)],
        [settings.distrust(ANNA.id, "it") for _ in range(4)],
        [links.add(replace(LINK, id=str(i), token_hash=f"hash-{i}")) for i in range(4)],
    ):
        await asyncio.gather(*kept)
    assert await factors.recovery_left(ANNA.id) == 2
    assert await settings.get(ANNA.id) == PersonSettings("it", 4)
    found = [await links.by_token(f"hash-{i}") for i in range(4)]
    assert len([link for link in found if link and link.revoked_at is None]) == 1


async def test_a_time_step_is_used_once_and_never_an_older_one(anna: Database) -> None:
    store = SqlFactors(anna.engine)
    await store.put(TOTP)
    assert not await store.use_step(ANNA.id, 5, 9)
    assert sorted(await asyncio.gather(*(store.use_step(ANNA.id, 7, 9) for _ in range(4)))) == [False] * 3 + [
        True
    ]
    assert not await store.use_step(ANNA.id, 6, 9)
    assert not await store.use_step("nobody", 9, 9)


async def test_a_time_step_of_a_clock_that_was_ahead_holds_nobody_up(anna: Database) -> None:
    store = SqlFactors(anna.engine)
    await store.put(replace(TOTP, last_step=250))
    assert not await store.use_step(ANNA.id, 10, 250)
    assert await store.use_step(ANNA.id, 10, 11)
    assert not await store.use_step(ANNA.id, 10, 11)
    assert await store.use_step(ANNA.id, 11, 11)


async def test_a_recovery_code_is_struck_off_once(anna: Database) -> None:
    store = SqlFactors(anna.engine)
    await store.put_recovery(ANNA.id, ["a", "b"])
    used = await asyncio.gather(*(store.use_recovery(ANNA.id, "a") for _ in range(4)))
    assert sorted(used) == [False, False, False, True]
    assert await store.recovery_left(ANNA.id) == 1
    await store.put_recovery(ANNA.id, [])
    assert await store.recovery_left(ANNA.id) == 0


async def test_settings_are_kept_and_trust_is_withdrawn(anna: Database) -> None:
    store = SqlSettings(anna.engine)
    assert await store.get(ANNA.id) is None
    await store.distrust(ANNA.id, "it")
    await store.put_language(ANNA.id, "en")
    await store.distrust(ANNA.id, "it")
    assert await store.get(ANNA.id) == PersonSettings("en", 2)


async def test_a_ticket_changes_only_from_what_was_seen_and_is_taken_once(anna: Database) -> None:
    store = SqlTickets(anna.engine)
    await store.put("key", TICKET)
    assert await store.get("key", 1_999) == (TICKET, 1)
    assert await store.get("key", 2_000) is None
    enrolling = replace(TICKET, enrolment=Enrolment("totp", "sealed"), sent=None)
    assert await store.replace("key", 1, enrolling)
    assert not await store.replace("key", 1, TICKET)
    assert await store.get("key", 1_000) == (enrolling, 2)
    assert not await store.take("key", 1)
    assert sorted(await asyncio.gather(*(store.take("key", 2) for _ in range(3)))) == [False, False, True]
    await store.put("key", TICKET)
    await store.purge(2_000)
    assert not await store.take("key", None)


async def test_a_link_is_spent_once_with_the_password(anna: Database) -> None:
    store, passwords = SqlLinks(anna.engine), SqlPasswords(anna.engine)
    await store.add(LINK)
    reset = replace(LINK, id="2", token_hash="hash-2", purpose="reset")
    await store.add(reset)
    spent = await asyncio.gather(*(store.spend("hash-1", f"password-{n}", 1_500) for n in range(4)))
    assert sorted(spent) == [False, False, False, True]
    assert await passwords.get(ANNA.id) == f"password-{spent.index(True)}"
    found = await store.by_token("hash-1")
    assert found is not None and found.used_at == 1_500
    # A link that waited for the same person is void now.
    assert not await store.spend("hash-2", "stolen", 1_500)


async def test_a_link_that_expired_or_was_replaced_sets_no_password(anna: Database) -> None:
    store = SqlLinks(anna.engine)
    await store.add(LINK)
    assert not await store.spend("hash-1", "late", 2_000)
    newer = replace(LINK, id="2", token_hash="hash-2", created_at=1_200)
    await store.add(newer)
    assert not await store.spend("hash-1", "old", 1_500)
    assert list(await store.of_purpose("invitation")) == [newer]
    assert await store.revoke(ANNA.id, "invitation", 1_600)
    assert not await store.revoke(ANNA.id, "invitation", 1_700)
    assert not await store.spend("hash-2", "revoked", 1_700)
    assert await SqlPasswords(anna.engine).get(ANNA.id) is None


async def test_foreign_sessions_end_and_wait_until_they_were_told(anna: Database) -> None:
    store = SqlOidcSessions(anna.engine)
    second = replace(FOREIGN, sid="sid-2", created_at=1_100)
    for session in (FOREIGN, second):
        await store.add(session)
    assert list(await store.living(ANNA.id)) == [second, FOREIGN]
    assert not await store.end("somebody else", "sid-1")
    assert await store.end(ANNA.id, "sid-1")
    assert list(await store.living(ANNA.id)) == [second]
    assert list(await store.ended(10)) == [FOREIGN]
    await store.forget("sid-1")
    assert await store.end(ANNA.id, None)
    assert list(await store.ended(10)) == [second]


async def test_photos_are_replaced_and_removed(anna: Database) -> None:
    store = SqlPhotos(anna.engine)
    await store.put(ANNA.id, b"one", "tag-1")
    await store.put(ANNA.id, b"two", "tag-2")
    assert await store.get(ANNA.id) == (b"two", "tag-2")
    await store.remove(ANNA.id)
    assert await store.get(ANNA.id) is None


async def test_what_belongs_to_a_person_goes_with_them(anna: Database) -> None:
    factors, foreign = SqlFactors(anna.engine), SqlOidcSessions(anna.engine)
    await factors.put(TOTP)
    await factors.put_recovery(ANNA.id, ["a"])
    await SqlSettings(anna.engine).put_language(ANNA.id, "en")
    await SqlTickets(anna.engine).put("key", TICKET)
    await SqlLinks(anna.engine).add(LINK)
    await foreign.add(FOREIGN)
    await SqlPersonData(anna.engine).forget(ANNA.id)
    assert list(await factors.of(ANNA.id)) == []
    assert await factors.recovery_left(ANNA.id) == 0
    assert await SqlSettings(anna.engine).get(ANNA.id) is None
    assert await SqlTickets(anna.engine).get("key", 0) is None
    assert await SqlLinks(anna.engine).by_token("hash-1") is None
    assert list(await foreign.ended(10)) == [FOREIGN]
