"""Mailboxes: taken from the bridge, listed, heard, deleted and brought back by their owners alone."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from logs import log
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience
from server.notifications.service import Language
from server.sounds.ports import Sounds
from server.telephony.dialplan import Mailbox
from server.voicemail.greetings import Greeting
from server.voicemail.keeping import MailboxRules
from server.voicemail.ports import NobodysMailbox
from server.voicemail.rules import UNDO, MailKind, Message, UnknownMessage
from wire.voicemail import RATE, KeptMessage, KeptSound, VoiceMessage, Waiting

_log = log.get(__name__)


class VoicemailStore(Protocol):
    """Owners are people's ids."""

    async def chosen(self, owner: str) -> bool | None:
        """Whether the person wants a mailbox; None when they have not said."""

    async def choose(self, owner: str, on: bool) -> None: ...

    async def mail(self, owner: str) -> MailKind:
        """What the person wants by mail."""

    async def choose_mail(self, owner: str, kind: MailKind) -> None: ...

    async def pin_chosen_at(self, owner: str) -> int | None:
        """When the person's PIN was chosen, milliseconds since the epoch; None: they have none."""

    async def add(self, owner: str, message: Message) -> bool:
        """Keep it, durably; whether it was not there yet."""

    async def all(self, owner: str) -> Sequence[Message]:
        """Those that are not deleted, the newest first."""

    async def count(self, owner: str) -> int: ...

    async def one(self, owner: str, message_id: str) -> Message | None: ...

    async def mark(self, owner: str, message_id: str, *, seen: bool) -> bool:
        """Whether there is such a message, as with `remove`."""

    async def remove(self, owner: str, message_id: str, at: int | None) -> bool:
        """Delete it, or bring it back (None)."""

    async def purge(self, left_before: int, deleted_before: int) -> None:
        """Forget what is too old."""

    async def greetings(self, owner: str) -> Sequence[Greeting]: ...

    async def known(self, message_ids: Sequence[str]) -> set[str]:
        """Which of them there are, deleted or not."""


class Mails(Protocol):
    """See `mails.MessageMails`."""

    def reaches(self, owner: Person) -> bool: ...

    async def tell(self, owner: Person, message: Message, sound: bytes, kind: MailKind) -> None: ...


class MailboxLamps(Protocol):
    """The lamps of desk phones that show whether messages wait."""

    async def mailbox_changed(self, user_id: str, waiting: Waiting) -> None:
        """Never raises."""


@dataclass(frozen=True, slots=True)
class MailboxView:
    """A person's mailbox, in the shape of the API. `on`: calls that nobody takes go there; `most`: messages
    that it holds, `days` for which it keeps them (0: for ever); `mail`: what is told of them by mail, None
    where none is sent; `pin`: it can be heard from any telephone, by a PIN that was chosen at `pin_chosen_at`
    (0: long ago)."""

    on: bool
    messages: tuple[Message, ...]
    unseen: int
    most: int
    days: int
    mail: MailKind | None
    pin: bool
    pin_chosen_at: int | None


class Voicemail:
    """`now_ms` is the wall clock, `language` what a person is greeted for in."""

    def __init__(
        self,
        store: VoicemailStore,
        sounds: Sounds,
        people: PersonByUserId,
        language: Callable[[Person], Awaitable[Language]],
        audience: Audience,
        lamps: MailboxLamps,
        mails: Mails,
        keeping: MailboxRules,
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._sounds, self._people = store, sounds, people
        self._language, self._audience, self._lamps = language, audience, lamps
        self._mails, self.keeping, self._now_ms = mails, keeping, now_ms
        #: Called when there is a message that was not there before.
        self.on_kept: Callable[[], None] = lambda: None

    # What the bridge brings, and what routes ask

    async def take(self, message: VoiceMessage) -> None:
        """Keep a message that a caller left. Idempotent. Raises `NobodysMailbox`, OSError."""
        note = message.note
        person = await self._owner(note.user_id)
        # The file first: a row without one would be a message that cannot be heard.
        await self._sounds.put(note.id, message.sound)
        kept = Message(
            id=note.id,
            call_id=note.call_id,
            caller=note.caller,
            left_at=note.started_at,
            duration_ms=len(message.sound) * 1000 // RATE,
            seen=False,
        )
        # Accepted before the message is: whoever dies between the two sends it twice, and never not at all.
        if note.id not in await self._store.known([note.id]):
            await self._mails.tell(person, kept, message.sound, await self._store.mail(person.id))
        if await self._store.add(person.id, kept):
            _log.info("voice_message_kept", id=note.id, call_id=note.call_id, user_id=note.user_id)
            self.on_kept()
            await self._tell(person)

    async def mailbox(self, user_id: str) -> Mailbox | None:
        """Where calls of the person go that nobody takes; None: they end there."""
        person = await self._people.by_user_id(user_id)
        if person is None or not await self._is_on(person):
            return None
        keeping = await self.keeping.now()
        full = await self._store.count(person.id) >= keeping.messages
        greetings = {each.occasion: each.id for each in await self._store.greetings(person.id)}
        return Mailbox(await self._language(person), keeping.seconds, full, greetings)

    async def waiting(self, user_id: str) -> Waiting:
        """What the lamps of somebody's phones show. Raises `NobodysMailbox`."""
        owner = await self._owner(user_id)
        return _waiting(await self.of(owner), owner)

    # What its owner does by telephone; each raises `NobodysMailbox`, and `UnknownMessage` as below

    async def messages_of(self, user_id: str) -> list[KeptMessage]:
        """The newest first."""
        found = await self._store.all((await self._owner(user_id)).id)
        return [KeptMessage(one.id, one.seen, one.caller) for one in found]

    async def sound_of(self, user_id: str, message_id: str) -> KeptSound:
        """As the bridge recorded it. Raises OSError, `sealing.BrokenSeal`."""
        return KeptSound((await self.sound(await self._owner(user_id), message_id))[1])

    async def heard_by(self, user_id: str, message_id: str) -> None:
        """It was heard."""
        await self.mark(await self._owner(user_id), message_id, seen=True)

    async def deleted_by(self, user_id: str, message_id: str) -> None:
        """Delete it."""
        await self.delete(await self._owner(user_id), message_id)

    # What its owner does; each raises `UnknownMessage` where a message is named

    async def of(self, me: Person) -> MailboxView:
        messages = tuple(await self._store.all(me.id))
        unseen = sum(not message.seen for message in messages)
        on = await self._is_on(me)
        mail = await self._store.mail(me.id) if self._mails.reaches(me) else None
        keeping = await self.keeping.now()
        most, days = keeping.messages, keeping.days
        chosen_at = await self._store.pin_chosen_at(me.id)
        pin = chosen_at is not None
        return MailboxView(on, messages, unseen, most, days, mail, pin, chosen_at)

    async def changed(self, me: Person) -> MailboxView:
        """Something about the mailbox was changed beside it."""
        return await self._tell(me)

    async def choose(self, me: Person, *, on: bool | None, mail: MailKind | None) -> MailboxView:
        """Have calls that nobody takes go to the mailbox, or end; be told of messages by mail. None: as it
        is."""
        if on is not None:
            await self._store.choose(me.id, on)
        if mail is not None:
            await self._store.choose_mail(me.id, mail)
        return await self._tell(me)

    async def sound(self, me: Person, message_id: str) -> tuple[Message, bytes]:
        """The message, and its sound as the bridge recorded it. Raises OSError, `sealing.BrokenSeal`."""
        message = await self._store.one(me.id, message_id)
        if message is None:
            raise UnknownMessage
        return message, await self._sounds.get(message_id)

    async def mark(self, me: Person, message_id: str, *, seen: bool) -> None:
        """It was heard, or is to look new again."""
        await self._changed(me, await self._store.mark(me.id, message_id, seen=seen))

    async def delete(self, me: Person, message_id: str) -> None:
        """Delete it; `restore` brings it back for an hour."""
        await self._changed(me, await self._store.remove(me.id, message_id, self._now_ms()))

    async def restore(self, me: Person, message_id: str) -> None:
        """Bring it back."""
        await self._changed(me, await self._store.remove(me.id, message_id, None))

    # What goes by itself

    async def purge(self) -> None:
        """Forget what is too old, what was deleted a while ago, and the sound of what is no more."""
        now = self._now_ms()
        await self._store.purge((await self.keeping.now()).oldest(now), now - UNDO)
        files = await self._sounds.kept_before(now - UNDO)
        gone = set(files) - await self._store.known(files)
        for message_id in gone:
            await self._sounds.drop(message_id)
        if gone:
            _log.info("voice_messages_forgotten", messages=len(gone))

    # Inside

    async def _owner(self, user_id: str) -> Person:
        person = await self._people.by_user_id(user_id)
        if person is None:
            raise NobodysMailbox
        return person

    async def _is_on(self, me: Person) -> bool:
        chosen = await self._store.chosen(me.id)
        return (await self.keeping.now()).by_default if chosen is None else chosen

    async def _changed(self, me: Person, found: bool) -> None:
        if not found:
            raise UnknownMessage
        await self._tell(me)

    async def _tell(self, me: Person) -> MailboxView:
        """Whoever looks sees it at once."""
        view = await self.of(me)
        self._audience.publish("voicemail", view, to=me.user_id)
        await self._lamps.mailbox_changed(me.user_id, _waiting(view, me))
        return view


def _waiting(view: MailboxView, owner: Person) -> Waiting:
    return Waiting(view.unseen, len(view.messages) - view.unseen, owner.extensions)
