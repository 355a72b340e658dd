"""PINs: with one its owner hears the mailbox from any telephone, while it greets them."""

import re
from collections.abc import Callable
from typing import Literal, Protocol

from server.accounts.rules import Throttle, TooBusy, subject
from server.accounts.service import Hasher
from server.accounts.throttling import Attempts
from server.directory.ports import PersonByExtension, PersonByUserId
from server.directory.service import Person
from server.edge.refusals import Refusal

_PIN = re.compile(r"[0-9]{6,10}")
_UP, _DOWN = "0123456789" * 2, "9876543210" * 2
#: Of one mailbox, from everywhere: nobody guesses one of a million with ten an hour.
_MAILBOX = Throttle(free=5, longest=3600.0, first=60.0)
#: Of one caller, at all mailboxes; those who withhold their number count together.
_CALLER = Throttle(free=10, longest=900.0, first=5.0)


class UnusablePin(Refusal):
    """A PIN has 6 to 10 digits that are not all the same, in a row, or your own number."""

    code, status, field = "unusable_pin", 400, "pin"


class WrongPin(Refusal):
    """This is not the PIN of the mailbox."""

    code, status, logged = "wrong_pin", 404, "wrong_voicemail_pin"


class PinStore(Protocol):
    """Owners are people's ids."""

    async def pin(self, owner: str) -> str | None:
        """Its hash."""

    async def choose_pin(self, owner: str, pin_hash: str | None, at: int) -> None:
        """None: there is none any more. `at`: milliseconds since the epoch."""


class PinNotice(Protocol):
    """See `accounts.notices.Notices`."""

    async def tell(self, person: Person, what: Literal["voicemail_pin", "no_voicemail_pin"]) -> None:
        """By mail: whose PIN it is notices what was not their doing."""


def is_usable(pin: str, own: tuple[str, ...]) -> bool:
    """Whether a PIN is hard to guess; `own` are extensions and numbers of its owner."""
    if _PIN.fullmatch(pin) is None or len(set(pin)) == 1 or pin in _UP or pin in _DOWN:
        return False
    return not any(number.endswith(pin) or pin == number for number in own)


class MailboxOwners(PersonByUserId, PersonByExtension, Protocol):
    """The directory, as PINs need it."""


class Pins:
    """Wrong ones are counted, by mailbox and by caller, and slow down whoever guesses. `now_ms` is the wall
    clock."""

    def __init__(
        self,
        store: PinStore,
        hasher: Hasher,
        attempts: Attempts,
        people: MailboxOwners,
        notice: PinNotice,
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._hasher, self._attempts, self._people = store, hasher, attempts, people
        self._notice, self._now_ms = notice, now_ms

    async def choose(self, me: Person, pin: str) -> None:
        """Raises `UnusablePin`, `TooBusy`."""
        if not is_usable(pin, (*me.extensions, *me.numbers)):
            raise UnusablePin
        await self._store.choose_pin(me.id, await self._hasher.hash(pin), self._now_ms())
        await self._notice.tell(me, "voicemail_pin")

    async def remove(self, me: Person) -> None:
        """The mailbox is heard at one's own telephones and in the browser only."""
        if await self._store.pin(me.id) is not None:
            await self._store.choose_pin(me.id, None, self._now_ms())
            await self._notice.tell(me, "no_voicemail_pin")

    async def open(self, user_id: str, pin: str, caller: str | None) -> None:
        """Judge a PIN that `caller` pressed. Raises `WrongPin`, `TooManyAttempts`, `TooBusy`."""
        await self._judge(user_id, await self._people.by_user_id(user_id), pin, caller)

    async def enter(self, number: str, pin: str, caller: str | None) -> Person:
        """Whose mailbox it is, by their extension and PIN; raises as `open` does. A wrong extension is told
        as a wrong PIN, and counts as one."""
        owner = await self._people.by_extension(number)
        await self._judge(owner.user_id if owner else number, owner, pin, caller)
        if owner is None:
            raise WrongPin
        return owner

    async def _judge(self, mailbox: str, owner: Person | None, pin: str, caller: str | None) -> None:
        limits = [
            (subject("voicemail-pin", mailbox), _MAILBOX),
            (subject("voicemail-pin-from", caller or "withheld"), _CALLER),
        ]
        await self._attempts.count(limits)
        pin_hash = await self._store.pin(owner.id) if owner is not None else None
        # Who has no PIN takes as long, and looks the same.
        try:
            right = await self._hasher.verify(pin_hash, pin)
        except TooBusy:
            # Nothing was judged.
            for counted, _ in limits:
                await self._attempts.forgive(counted)
            raise
        if not right:
            raise WrongPin
        for counted, _ in limits:
            await self._attempts.forgive(counted)
