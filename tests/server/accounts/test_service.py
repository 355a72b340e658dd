"""Sign-in over real stores, with a hasher that counts and a clock that stands still until it is moved."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from server.accounts import rules
from server.accounts.devices import MatrixDevices
from server.accounts.service import Accounts
from server.accounts.store import SqlFailures, SqlPasswords, SqlSessions
from server.composition.directory import make_directory
from server.config import Config
from server.directory.service import NewPerson
from server.storage import Database
from server.telephony.state import PhoneState
from tests.support.web import FakeHomeserver, demo_config, migrated

EMAIL, PASSWORD = "anna@unisono.example", "correct horse"
HOME = "192.0.2.1"


class CountingHasher:
    """Writes passwords backwards; `old` ones are outdated."""

    def __init__(self) -> None:
        self.verified: list[str | None] = []
        self.old = False
        self.busy = False

    async def hash(self, password: str) -> str:
        return password[::-1]

    async def verify(self, password_hash: str | None, password: str) -> bool:
        if self.busy:
            raise rules.TooBusy
        self.verified.append(password_hash)
        # Lets everybody else go first, as the real one does.
        await asyncio.sleep(0)
        return password_hash == password[::-1]

    def outdated(self, _password_hash: str) -> bool:
        return self.old


class Leaving:
    """Notes how many devices there were when a session's end was told, in which its pages take leave."""

    def __init__(self, homeserver: FakeHomeserver) -> None:
        self.told: list[tuple[str, int]] = []
        self._homeserver = homeserver

    async def session_ended(self, token_hash: str, reason: str, browser: str) -> None:
        await asyncio.sleep(0)
        self.told.append((reason, len(self._homeserver.open_devices["@anna:localhost"])))


class Office:
    def __init__(self, database: Database, config: Config) -> None:
        self.now = 1_000_000.0
        self.hasher = CountingHasher()
        self.homeserver = FakeHomeserver("localhost")
        self.leaving = Leaving(self.homeserver)
        numbers = count(1)
        self.sessions = SqlSessions(database.engine)
        self.passwords = SqlPasswords(database.engine)
        self.directory = make_directory(config, database, PhoneState())
        self.accounts = Accounts(
            self.directory,
            self.passwords,
            self.sessions,
            SqlFailures(database.engine),
            MatrixDevices(self.homeserver),
            self.hasher,
            now_ms=lambda: round(self.now * 1000),
            fresh_token=lambda: f"token-{next(numbers)}",
            fresh_device_id=lambda: f"UNISONO_{next(numbers)}",
            listeners=[self.leaving],
        )

    async def try_in(
        self, password: str = PASSWORD, email: str = EMAIL, address: str = HOME, browser: str | None = None
    ) -> str:
        """How an attempt ends: the name of the refusal, or "in"."""
        try:
            await self.accounts.verify(email, password, address, browser)
        except rules.AccountError as error:
            return type(error).__name__
        return "in"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = await migrated(tmp_path / "unisono.db")
    office = Office(database, demo_config())
    await office.accounts.enrol(NewPerson(EMAIL, "Anna Rossi"), PASSWORD)
    yield office
    await database.close()


async def test_an_unknown_address_costs_as_many_hashes_as_a_wrong_password(office: Office) -> None:
    assert await office.try_in("wrong") == "BadCredentials"
    known = len(office.hasher.verified)
    assert await office.try_in("wrong", "nobody@unisono.example") == "BadCredentials"
    assert len(office.hasher.verified) == 2 * known
    assert office.hasher.verified[-1] is None


async def test_the_right_password_must_wait_too_and_then_clears_the_account(office: Office) -> None:
    assert [await office.try_in("wrong") for _ in range(5)] == ["BadCredentials"] * 5
    assert await office.try_in() == "TooManyAttempts"
    office.now += 1.0
    assert await office.try_in() == "in"
    assert [await office.try_in("wrong") for _ in range(5)] == ["BadCredentials"] * 5


async def test_guesses_made_at_once_do_not_slip_through(office: Office) -> None:
    results = await asyncio.gather(*(office.try_in(f"guess {i}") for i in range(20)))
    assert sorted(results) == ["BadCredentials"] * 5 + ["TooManyAttempts"] * 15
    assert len(office.hasher.verified) == 5


async def test_an_address_that_tries_many_accounts_is_slowed_down(office: Office) -> None:
    tried = [await office.try_in("wrong", f"person{i}@unisono.example") for i in range(21)]
    assert tried == ["BadCredentials"] * 20 + ["TooManyAttempts"]
    assert await office.try_in() == "TooManyAttempts"
    assert await office.try_in(address="192.0.2.2") == "in"


async def test_a_success_does_not_clear_the_address_for_a_guesser(office: Office) -> None:
    for i in range(19):
        await office.try_in("wrong", f"person{i}@unisono.example")
    assert await office.try_in() == "in"
    assert await office.try_in("wrong", "person20@unisono.example") == "BadCredentials"
    assert await office.try_in("wrong", "person21@unisono.example") == "TooManyAttempts"


async def test_strangers_who_guess_keep_a_known_browser_out_of_nothing(office: Office) -> None:
    """Fifty wrong passwords from ten networks: a browser that once signed in, and other networks, come in."""
    for i in range(50):
        assert await office.try_in("wrong", address=f"198.51.100.{i % 10}") == "BadCredentials"
    assert await office.try_in(address="198.51.100.1") == "TooManyAttempts"
    assert await office.try_in(address="198.51.100.1", browser="hers") == "in"
    assert await office.try_in() == "in"


async def test_guesses_from_everywhere_together_are_bounded(office: Office) -> None:
    for i in range(100):
        assert await office.try_in("wrong", address=f"2001:db8:0:{i:x}::1") == "BadCredentials"
    assert await office.try_in("wrong", address="2001:db8:1::1") == "TooManyAttempts"
    assert await office.try_in(browser="hers") == "in"
    assert await office.try_in("wrong", address="2001:db8:1::1") == "TooManyAttempts"


async def test_a_known_browser_is_no_way_around_the_limits(office: Office) -> None:
    tried = [await office.try_in("wrong", browser="stolen") for _ in range(6)]
    assert tried == ["BadCredentials"] * 5 + ["TooManyAttempts"]
    assert await office.try_in() == "in"


async def test_who_is_refused_by_address_uses_up_no_account(office: Office) -> None:
    for i in range(20):
        await office.try_in("wrong", f"person{i}@unisono.example")
    assert [await office.try_in("wrong") for _ in range(200)] == ["TooManyAttempts"] * 200
    assert await office.try_in(address="192.0.2.2") == "in"


async def test_who_guesses_at_the_door_keeps_nobody_from_changing_their_password(office: Office) -> None:
    anna = await office.directory.by_email(EMAIL)
    assert anna is not None
    for i in range(200):
        await office.try_in("wrong", address=f"198.51.100.{i}")
    await office.accounts.prove(anna, PASSWORD)
    for _ in range(5):
        with pytest.raises(rules.BadCredentials):
            await office.accounts.prove(anna, "wrong")
    with pytest.raises(rules.TooManyAttempts):
        await office.accounts.prove(anna, PASSWORD)


async def test_a_session_taken_over_keeps_its_device_until_its_pages_have_left(office: Office) -> None:
    await office.accounts.sign_in(EMAIL, PASSWORD, "desktop", HOME)
    second = await office.accounts.sign_in(EMAIL, PASSWORD, "desktop", HOME)
    assert office.leaving.told == [("elsewhere", 2)]
    assert office.homeserver.open_devices["@anna:localhost"] == {second.device.device_id}


async def test_sessions_expire_and_their_devices_are_swept(office: Office) -> None:
    signed_in = await office.accounts.sign_in(EMAIL, PASSWORD, "desktop", HOME)
    assert await office.accounts.who(signed_in.token) is not None
    office.now += rules.SESSION_SECONDS
    assert await office.accounts.who(signed_in.token) is None
    await office.accounts.sweep()
    assert office.homeserver.open_devices == {"@anna:localhost": set()}
    assert await office.sessions.over(2**53, 10) == []


async def test_the_cookies_value_is_not_what_is_stored(office: Office) -> None:
    signed_in = await office.accounts.sign_in(EMAIL, PASSWORD, "desktop", HOME)
    assert signed_in.session.token_hash != signed_in.token
    assert await office.accounts.who(signed_in.session.token_hash) is None
    assert signed_in.token not in repr(signed_in)
    assert "token-of" not in repr(signed_in)


async def test_an_outdated_hash_is_renewed_at_sign_in(office: Office) -> None:
    office.hasher.old = True
    person = await office.directory.by_email(EMAIL)
    assert person is not None
    await office.passwords.put(person.id, PASSWORD[::-1], 7)
    assert await office.try_in() == "in"
    assert await office.passwords.get(person.id) == PASSWORD[::-1]


async def test_who_is_sent_away_because_many_sign_in_has_not_failed(office: Office) -> None:
    office.hasher.busy = True
    assert [await office.try_in() for _ in range(30)] == ["TooBusy"] * 30
    office.hasher.busy = False
    assert [await office.try_in("wrong") for _ in range(5)] == ["BadCredentials"] * 5


async def test_a_weak_password_adds_nobody(office: Office) -> None:
    with pytest.raises(rules.WeakPassword):
        await office.accounts.enrol(NewPerson("bruno@unisono.example", "Bruno"), "short")
    assert await office.directory.by_email("bruno@unisono.example") is None
