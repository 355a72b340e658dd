"""Enrolment, sign-in and sign-out.

A web session is one Matrix device. The session's cookie is ours; the Matrix token behind it is handed to
the client and never stored here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from server.accounts import rules
from server.accounts.throttling import Attempts, FailureStore
from server.directory.rules import PersonNotFound, email_key
from server.directory.service import Added, NewPerson, Person

Layout = Literal["desktop", "phone"]

#: SessionStore closed in one sweep: enough for any day, few enough not to flood the homeserver.
_SWEEP = 100
#: Milliseconds for which a browser that asks late is told why its session ended.
_REMEMBERED = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. Times in milliseconds since the epoch."""

    token_hash: str
    person_id: str
    user_id: str
    layout: Layout
    device_id: str
    created_at: int
    expires_at: int
    browser: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session ended: "signed_out", "elsewhere" (a session of the same layout began in `browser`),
    "ended" (from the list of sessions), "password" (it was changed), "removed". `at` in milliseconds."""

    reason: str
    at: int = 0
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """Where a sign-in comes from."""

    layout: Layout
    address: str
    browser: str = ""


@dataclass(frozen=True, slots=True)
class MatrixDevice:
    user_id: str
    device_id: str
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is the cookie's value: it exists here and in the browser, nowhere else."""

    person: Person
    session: Session
    device: MatrixDevice
    token: str = field(repr=False)


class PersonEnrolment(Protocol):
    """The directory, as the accounts need it."""

    async def add(self, new: NewPerson) -> Added: ...

    async def remove(self, email: str) -> Person: ...

    async def by_id(self, person_id: str) -> Person | None: ...

    async def by_email(self, email: str) -> Person | None: ...


class PasswordStore(Protocol):
    async def get(self, person_id: str) -> str | None: ...

    async def put(self, person_id: str, password_hash: str, now_ms: int) -> None: ...

    async def delete(self, person_id: str) -> None: ...


class Hasher(Protocol):
    """A slow hash; both raise `rules.TooBusy`. `verify` against None takes as long as any, and is False."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password_hash: str | None, password: str) -> bool: ...

    def outdated(self, password_hash: str) -> bool: ...


class SessionStore(Protocol):
    """Ended sessions wait here until their Matrix devices are gone, and then until they are purged."""

    async def add(self, session: Session) -> None: ...

    async def add_alone(self, session: Session, ending: Ending) -> list[Session]:
        """Add the session, ending those of the same person and layout, at once; which these were."""

    async def get(self, token_hash: str, now_ms: int) -> Session | None:
        """The session, unless it has ended or expired."""

    async def ending(self, token_hash: str) -> Ending | None:
        """How a session ended that is not purged yet."""

    async def living(self, person_id: str, now_ms: int) -> list[Session]:
        """Newest first."""

    async def end(self, token_hash: str, ending: Ending) -> bool:
        """False when it had ended before."""

    async def end_all(self, person_id: str, ending: Ending, keep: str | None = None) -> list[Session]:
        """End all of a person's but `keep` (a token hash); those that may still have a device."""

    async def over(self, now_ms: int, limit: int) -> list[Session]:
        """Sessions that have ended or expired and whose device may still be there."""

    async def over_among(self, device_ids: Sequence[str], now_ms: int) -> list[tuple[str, str]]:
        """Those of these devices, as (user id, device id), whose session has ended or expired."""

    async def forget(self, token_hash: str) -> None:
        """The device is gone."""

    async def purge(self, before_ms: int) -> None:
        """Drop sessions without a device that ended or expired before."""


class PersonData(Protocol):
    """What else is kept of a person and goes with them."""

    async def forget(self, person_id: str) -> None: ...


class OtherClientsEnding(Protocol):
    """Matrix clients that are not ours, signed in through the OIDC provider."""

    async def end_all(self, person_id: str) -> None: ...


class MatrixDeviceOpener(Protocol):
    """The homeserver, as the accounts need it."""

    async def open(self, person: Person, device_id: str, layout: Layout) -> MatrixDevice:
        """A new device of the person, who is registered when missing. Raises `HomeserverError`."""

    async def close(self, user_id: str, device_id: str) -> bool:
        """Whether the device is gone; False when the homeserver could not be asked."""


class SessionListener(Protocol):
    async def session_ended(self, token_hash: str, reason: str, browser: str) -> None:
        """Returns, in bounded time, when the session's pages no longer need its device."""


class Accounts:
    """`now_ms` is the wall clock, `fresh_token` makes 256 random bits as text."""

    def __init__(
        self,
        people: PersonEnrolment,
        passwords: PasswordStore,
        sessions: SessionStore,
        failures: FailureStore,
        devices: MatrixDeviceOpener,
        hasher: Hasher,
        *,
        now_ms: Callable[[], int],
        fresh_token: Callable[[], str],
        fresh_device_id: Callable[[], str],
        listeners: Sequence[SessionListener] = (),
        data: PersonData | None = None,
        others: OtherClientsEnding | None = None,
    ) -> None:
        self._people = people
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = Attempts(failures, now_ms)
        self._devices = devices
        self._hasher = hasher
        self._now_ms = now_ms
        self._fresh_token = fresh_token
        self._fresh_device_id = fresh_device_id
        self._listeners = listeners
        self._data = data
        self._others = others

    # Enrolment

    async def enrol(self, new: NewPerson, password: str) -> Added:
        """Raises `WeakPassword` or a `DirectoryError`; then nobody was added."""
        prepared = rules.check_password(password, new.email, new.name)
        password_hash = await self._hasher.hash(prepared)
        added = await self._people.add(new)
        await self._passwords.put(added.person.id, password_hash, self._now_ms())
        return added

    async def set_password(self, email: str, password: str) -> None:
        """Raises `WeakPassword`, `PersonNotFound`. Ends the sessions that the old password opened."""
        person = await self._people.by_email(email)
        if person is None:
            raise PersonNotFound(email)
        prepared = rules.check_password(password, person.email, person.name)
        await self.replace_password(person, prepared)

    async def replace_password(self, person: Person, prepared: str, keep: str | None = None) -> None:
        """Set a checked password and end all sessions but `keep` (a token hash)."""
        await self._passwords.put(person.id, await self._hasher.hash(prepared), self._now_ms())
        await self.end_all(person, "password", keep)

    async def hashed(self, prepared: str) -> str:
        return await self._hasher.hash(prepared)

    async def has_password(self, person: Person) -> bool:
        return await self._passwords.get(person.id) is not None

    async def remove(self, email: str) -> Person:
        """Remove a person and sign them out everywhere. Raises `PersonNotFound`."""
        person = await self._people.remove(email)
        await self._passwords.delete(person.id)
        if self._data is not None:
            await self._data.forget(person.id)
        await self.end_all(person, "removed")
        return person

    async def end_all(self, person: Person, reason: str, keep: str | None = None) -> None:
        """End all sessions of a person but `keep` (a token hash), other Matrix clients' too."""
        if self._others is not None:
            await self._others.end_all(person.id)
        ending = Ending(reason, self._now_ms())
        for session in await self._sessions.end_all(person.id, ending, keep):
            await self._close(session, ending)

    # Sign-in

    async def sign_in(
        self, email: str, password: str, layout: Layout, address: str, old_token: str | None = None
    ) -> SignedIn:
        """Password and session in one step: `verify`, then `open`."""
        person = await self.verify(email, password, address)
        return await self.open(person, Client(layout, address), old_token)

    async def verify(self, email: str, password: str, address: str, browser: str | None = None) -> Person:
        """Who this is. `browser` is the nonce of a browser that this person once signed in with.

        Raises `BadCredentials`, `TooManyAttempts`, `TooBusy`. An unknown e-mail address takes the same way
        and the same time as a wrong password.
        """
        return await self._judge(email, password, rules.guesses(email_key(email), address, browser))

    async def prove(self, person: Person, password: str) -> None:
        """Whether somebody who is signed in knows the password. Raises `BadCredentials`, `TooManyAttempts`.

        Counted apart: whoever guesses at the door keeps nobody inside from changing their password.
        """
        await self._judge(
            person.email, password, [(rules.subject("proof", person.id), rules.ACCOUNT_THROTTLE)]
        )

    async def _judge(self, email: str, password: str, limits: Sequence[rules.Limit]) -> Person:
        await self._attempts.count(limits)
        try:
            person = await self._verified(email, password)
        except rules.TooBusy:
            # Nothing was judged.
            for subject, _ in limits:
                await self._attempts.forgive(subject)
            raise
        if person is None:
            raise rules.BadCredentials
        # A success clears its own limit, but takes only itself off those that others may guess by.
        for place, (subject, _) in enumerate(limits):
            await self._attempts.forgive(subject, entirely=place == 0)
        return person

    async def _verified(self, email: str, password: str) -> Person | None:
        person = await self._people.by_email(email)
        known = await self._passwords.get(person.id) if person else None
        prepared = rules.prepare_password(password[: rules.PASSWORD_MAX + 1])
        if not await self._hasher.verify(known, prepared) or person is None or known is None:
            return None
        if self._hasher.outdated(known):
            await self._renew(person, prepared)
        return person

    async def _renew(self, person: Person, prepared: str) -> None:
        try:
            await self._passwords.put(person.id, await self._hasher.hash(prepared), self._now_ms())
        except rules.TooBusy:
            # The password was right all the same; the next sign-in renews its hash.
            return

    async def open(self, person: Person, client: Client, old_token: str | None = None) -> SignedIn:
        """A session for a person who has proved who they are. Raises what the homeserver raises.

        It is the only one of its layout: the one before ends at once. So does the session of `old_token` (the
        cookie the browser had): a token is never carried over a sign-in.
        """
        device = await self._devices.open(person, self._fresh_device_id(), client.layout)
        if old_token:
            await self.sign_out(old_token)
        token, now = self._fresh_token(), self._now_ms()
        session = Session(
            token_hash=rules.token_hash(token),
            person_id=person.id,
            user_id=person.user_id,
            layout=client.layout,
            device_id=device.device_id,
            created_at=now,
            expires_at=now + rules.SESSION_SECONDS * 1000,
            browser=client.browser,
            address=client.address,
        )
        ending = Ending("elsewhere", now, client.browser)
        for other in await self._sessions.add_alone(session, ending):
            await self._close(other, ending)
        return SignedIn(person, session, device, token)

    # Sessions

    async def who(self, token: str) -> tuple[Person, Session] | None:
        """The person behind a cookie, if its session lives."""
        session = await self._sessions.get(rules.token_hash(token), self._now_ms())
        person = await self._people.by_id(session.person_id) if session else None
        return (person, session) if session and person else None

    async def lives(self, session: Session) -> bool:
        """Whether a session found before has neither ended nor expired since."""
        return await self._sessions.get(session.token_hash, self._now_ms()) is not None

    async def signed_out(self, devices: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of these devices (user id, device id) whose session with us has ended or expired.

        Devices of other Matrix clients have none.
        """
        found = await self._sessions.over_among([device_id for _, device_id in devices], self._now_ms())
        return frozenset(found) & frozenset(devices)

    async def ending(self, token: str) -> Ending | None:
        """Why the session behind a cookie ended, when that is still known."""
        return await self._sessions.ending(rules.token_hash(token))

    async def sessions(self, person: Person) -> list[Session]:
        """The living ones, newest first."""
        return await self._sessions.living(person.id, self._now_ms())

    async def end_session(self, person: Person, device_id: str) -> bool:
        """End one of a person's sessions from their list; False when there is none."""
        for session in await self.sessions(person):
            if session.device_id == device_id:
                return await self._end(session, Ending("ended", self._now_ms()))
        return False

    async def sign_out(self, token: str) -> None:
        """End the session and its Matrix device (when the homeserver is away, as soon as it is back)."""
        found = await self.who(token)
        if found is not None:
            await self._end(found[1], Ending("signed_out", self._now_ms()))

    async def _end(self, session: Session, ending: Ending) -> bool:
        ended = await self._sessions.end(session.token_hash, ending)
        await self._close(session, ending)
        return ended

    async def sweep(self) -> None:
        """Delete the Matrix devices of sessions that are over, and forget old failures.

        What the homeserver could not be asked to delete is left for the next sweep.
        """
        now = self._now_ms()
        for session in await self._sessions.over(now, _SWEEP):
            await self._close(session, Ending("expired", now))
        await self._sessions.purge(now - _REMEMBERED)
        await self._attempts.forget_old()

    async def _close(self, session: Session, ending: Ending) -> None:
        # First the word, then the device: with it a page can still hang up its call.
        for listener in self._listeners:
            await listener.session_ended(session.token_hash, ending.reason, ending.browser)
        if await self._devices.close(session.user_id, session.device_id):
            await self._sessions.forget(session.token_hash)
