"""Enrolment, sign-in and sign-out.

A web session is one Matrix device. The session's cookie is ours; the Matrix token behind it is handed to
the client and never stored here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from server.accounts import rules
from server.directory.rules import PersonNotFound, email_key
from server.directory.service import Added, NewPerson, Person

Layout = Literal["desktop", "phone"]

#: Sessions closed in one sweep: enough for any day, few enough not to flood the homeserver.
_SWEEP = 100


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


class People(Protocol):
    """The directory, as the accounts need it."""

    async def add(self, new: NewPerson) -> Added: ...

    async def remove(self, email: str) -> Person: ...

    async def by_id(self, person_id: str) -> Person | None: ...

    async def by_email(self, email: str) -> Person | None: ...


class Passwords(Protocol):
    async def get(self, person_id: str) -> str | None: ...

    async def put(self, person_id: str, password_hash: str, now_ms: int) -> None: ...

    async def delete(self, person_id: str) -> None: ...


class Hasher(Protocol):
    """A slow hash. `verify` against None takes as long as any, and is False."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password_hash: str | None, password: str) -> bool: ...

    def outdated(self, password_hash: str) -> bool: ...


class Sessions(Protocol):
    """Ended sessions wait here until their Matrix devices are gone."""

    async def add(self, session: Session) -> None: ...

    async def get(self, token_hash: str, now_ms: int) -> Session | None:
        """The session, unless it has ended or expired."""

    async def end(self, token_hash: str) -> None: ...

    async def end_all(self, person_id: str) -> list[Session]: ...

    async def over(self, now_ms: int, limit: int) -> list[Session]:
        """Sessions that have ended or expired and are not forgotten yet."""

    async def forget(self, token_hash: str) -> None: ...


class FailureStore(Protocol):
    async def get(self, subject: str) -> rules.Failures | None: ...

    async def replace(self, subject: str, seen: rules.Failures | None, new: rules.Failures | None) -> bool:
        """Set what is known of `subject` if it is still what was `seen`; False when somebody was faster."""

    async def forget_before(self, time: float) -> None: ...


class Devices(Protocol):
    """The homeserver, as the accounts need it."""

    async def open(self, person: Person, device_id: str, layout: Layout) -> MatrixDevice:
        """A new device of the person, who is registered when missing. Raises `HomeserverError`."""

    async def close(self, user_id: str, device_id: str) -> bool:
        """Whether the device is gone; False when the homeserver could not be asked."""


class SessionListener(Protocol):
    def session_ended(self, token_hash: str) -> None: ...


class Accounts:
    """`now_ms` is the wall clock, `fresh_token` makes 256 random bits as text."""

    def __init__(
        self,
        people: People,
        passwords: Passwords,
        sessions: Sessions,
        failures: FailureStore,
        devices: Devices,
        hasher: Hasher,
        *,
        now_ms: Callable[[], int],
        fresh_token: Callable[[], str],
        fresh_device_id: Callable[[], str],
        listeners: Sequence[SessionListener] = (),
    ) -> None:
        self._people = people
        self._passwords = passwords
        self._sessions = sessions
        self._failures = failures
        self._devices = devices
        self._hasher = hasher
        self._now_ms = now_ms
        self._fresh_token = fresh_token
        self._fresh_device_id = fresh_device_id
        self._listeners = listeners

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
        await self._passwords.put(person.id, await self._hasher.hash(prepared), self._now_ms())
        await self._end_all(person)

    async def remove(self, email: str) -> Person:
        """Remove a person and sign them out everywhere. Raises `PersonNotFound`."""
        person = await self._people.remove(email)
        await self._passwords.delete(person.id)
        await self._end_all(person)
        return person

    async def _end_all(self, person: Person) -> None:
        for session in await self._sessions.end_all(person.id):
            await self._close(session)

    # Sign-in

    async def sign_in(
        self, email: str, password: str, layout: Layout, address: str, old_token: str | None = None
    ) -> SignedIn:
        """Raises `BadCredentials`, `TooManyAttempts`, or what the homeserver raises.

        An unknown e-mail address takes the same way and the same time as a wrong password. The session of
        `old_token` (the cookie the browser had) ends: a token is never carried over a sign-in.
        """
        subjects = (
            (rules.account_subject(email_key(email)), rules.ACCOUNT_THROTTLE),
            (rules.address_subject(address), rules.ADDRESS_THROTTLE),
        )
        # Counted before the password is looked at, so that guesses made at once do not slip through.
        for subject, throttle in subjects:
            await self._count_attempt(subject, throttle)
        person = await self._verified(email, password)
        if person is None:
            raise rules.BadCredentials
        for subject, _ in subjects:
            await self._forgive(subject, entirely=subject == subjects[0][0])
        if old_token:
            await self.sign_out(old_token)
        return await self._open(person, layout)

    async def _verified(self, email: str, password: str) -> Person | None:
        person = await self._people.by_email(email)
        known = await self._passwords.get(person.id) if person else None
        prepared = rules.prepare_password(password[: rules.PASSWORD_MAX + 1])
        if not await self._hasher.verify(known, prepared) or person is None or known is None:
            return None
        if self._hasher.outdated(known):
            await self._passwords.put(person.id, await self._hasher.hash(prepared), self._now_ms())
        return person

    async def _open(self, person: Person, layout: Layout) -> SignedIn:
        device = await self._devices.open(person, self._fresh_device_id(), layout)
        token, now = self._fresh_token(), self._now_ms()
        session = Session(
            token_hash=rules.token_hash(token),
            person_id=person.id,
            user_id=person.user_id,
            layout=layout,
            device_id=device.device_id,
            created_at=now,
            expires_at=now + rules.SESSION_SECONDS * 1000,
        )
        await self._sessions.add(session)
        return SignedIn(person, session, device, token)

    async def _count_attempt(self, subject: str, throttle: rules.Throttle) -> None:
        while True:
            seen, now = await self._failures.get(subject), self._now_ms() / 1000
            if wait := throttle.wait(seen, now):
                raise rules.TooManyAttempts(wait)
            if await self._failures.replace(subject, seen, throttle.failed(seen, now)):
                return

    async def _forgive(self, subject: str, *, entirely: bool) -> None:
        """A success clears the account, but takes only itself off the address others may guess from."""
        while True:
            seen = await self._failures.get(subject)
            if seen is None:
                return
            left = None if entirely or seen.count <= 1 else rules.Failures(seen.count - 1, seen.last_at)
            if await self._failures.replace(subject, seen, left):
                return

    # Sessions

    async def who(self, token: str) -> tuple[Person, Session] | None:
        """The person behind a cookie, if its session lives."""
        session = await self._sessions.get(rules.token_hash(token), self._now_ms())
        person = await self._people.by_id(session.person_id) if session else None
        return (person, session) if session and person else None

    async def lives(self, session: Session) -> bool:
        """Whether a session found before has neither ended nor expired since."""
        return await self._sessions.get(session.token_hash, self._now_ms()) is not None

    async def sign_out(self, token: str) -> None:
        """End the session and its Matrix device (when the homeserver is away, as soon as it is back)."""
        found = await self.who(token)
        if found is None:
            return
        _, session = found
        await self._sessions.end(session.token_hash)
        await self._close(session)

    async def sweep(self) -> None:
        """Delete the Matrix devices of sessions that are over, and forget old failures.

        What the homeserver could not be asked to delete is left for the next sweep.
        """
        now = self._now_ms()
        for session in await self._sessions.over(now, _SWEEP):
            await self._close(session)
        memory = max(rules.ACCOUNT_THROTTLE.memory, rules.ADDRESS_THROTTLE.memory)
        await self._failures.forget_before(now / 1000 - memory)

    async def _close(self, session: Session) -> None:
        for listener in self._listeners:
            listener.session_ended(session.token_hash)
        if await self._devices.close(session.user_id, session.device_id):
            await self._sessions.forget(session.token_hash)
