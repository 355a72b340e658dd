"""Mail that is accepted once and delivered at last, and the seams for those who carry it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import msgspec

from logs import log
from server import background
from server.notifications import rules
from server.sealing import Seal

Language = Literal["it", "en"]

_log = log.get(__name__)
#: Mails delivered in one round.
_ROUND = 20
#: Seconds after which the outbox is looked at again without being told: a command of another process may
#: have put something in.
_LOOK = 3.0


SoundType = Literal["audio/wav", "audio/ogg"]


@dataclass(frozen=True, slots=True)
class Mail:
    """What a person reads. `html` says the same as `text`; `calendar` is for their calendar (RFC 5545),
    `sound` a file that comes with it, of this type."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    calendar: str = field(repr=False, default="")
    sound: bytes = field(repr=False, default=b"")
    sound_type: SoundType = "audio/wav"


class _Content(msgspec.Struct, array_like=True):
    """A mail as it is sealed."""

    subject: str
    text: str
    html: str
    calendar: str = ""
    sound: bytes = b""
    sound_type: SoundType = "audio/wav"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail in the outbox; `content` is sealed. Times in milliseconds since the epoch."""

    id: str
    recipient: str
    content: str = field(repr=False)
    expires_at: int
    attempts: int
    next_at: int


class OutboxStore(Protocol):
    async def add(self, waiting: Waiting) -> None: ...

    async def due(self, now_ms: int, limit: int) -> Sequence[Waiting]:
        """Those whose time has come, the longest waiting first.

        So has that of mails which wait for longer than any pause: it was written while the clock was ahead.
        """

    async def put_off(self, mail_id: str, attempts: int, next_at: int) -> None: ...

    async def remove(self, mail_id: str) -> None: ...


class Mailer(Protocol):
    """Takes mails that are to arrive, whatever the mail server does; `lives` in milliseconds."""

    async def send(self, recipient: str, mail: Mail, lives: int) -> None: ...


class DeliveryFailed(Exception):
    """The mail server or SMS provider did not take the message; trying again may help."""


class MailCarrier(Protocol):
    async def deliver(self, message_id: str, recipient: str, mail: Mail) -> None:
        """Raises `DeliveryFailed`."""


class SmsCarrier(Protocol):
    async def deliver(self, number: str, text: str) -> None:
        """Send `text` to the E.164 `number`. Raises `DeliveryFailed`."""


class Outbox:
    """Takes mails: once `send` has returned, the mail is delivered even if the process dies at once."""

    def __init__(
        self, store: OutboxStore, sealer: Seal, *, now_ms: Callable[[], int], fresh_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._now_ms = now_ms
        self._fresh_id = fresh_id
        self._told = asyncio.Event()

    async def send(self, recipient: str, mail: Mail, lives: int) -> None:
        """Accept a mail that is worth delivering for `lives` milliseconds."""
        now = self._now_ms()
        said = _Content(mail.subject, mail.text, mail.html, mail.calendar, mail.sound, mail.sound_type)
        content = self._sealer.seal(msgspec.json.encode(said).decode())
        await self._store.add(Waiting(self._fresh_id(), recipient, content, now + lives, 0, now))
        self._told.set()

    async def something_new(self, timeout: float) -> None:
        """Return when a mail was accepted here, or after `timeout` seconds."""
        # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes with what it waits for.
        try:
            async with asyncio.timeout(timeout):
                await self._told.wait()
        except TimeoutError:
            return
        self._told.clear()

    async def deliver(self, carrier: MailCarrier) -> int:
        """One round over what is due; how many were delivered."""
        delivered = 0
        for waiting in await self._store.due(self._now_ms(), _ROUND):
            delivered += await self._deliver(waiting, carrier)
        return delivered

    async def _deliver(self, waiting: Waiting, carrier: MailCarrier) -> bool:
        if self._now_ms() >= waiting.expires_at:
            _log.error("mail_given_up", mail=waiting.id, attempts=waiting.attempts)
            await self._store.remove(waiting.id)
            return False
        said = msgspec.json.decode(self._sealer.open(waiting.content), type=_Content)
        mail = Mail(said.subject, said.text, said.html, said.calendar, said.sound, said.sound_type)
        try:
            await carrier.deliver(waiting.id, waiting.recipient, mail)
        except DeliveryFailed as error:
            tried = replace(waiting, attempts=waiting.attempts + 1)
            _log.warning("mail_not_delivered", mail=waiting.id, attempts=tried.attempts, why=str(error))
            pause = rules.pause_after(tried.attempts)
            await self._store.put_off(waiting.id, tried.attempts, self._now_ms() + pause)
            return False
        await self._store.remove(waiting.id)
        _log.info("mail_delivered", mail=waiting.id)
        return True


class Courier:
    """Empties the outbox while the web process lives."""

    def __init__(self, outbox: Outbox, carrier: MailCarrier) -> None:
        self._outbox = outbox
        self._carrier = carrier
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await background.end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                await self._outbox.deliver(self._carrier)
            except Exception as error:
                # A full disk or a locked database passes; the mails are still there.
                _log.error("outbox_failed", exc_info=error)
            await self._outbox.something_new(_LOOK)
