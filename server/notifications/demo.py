"""The demo's post office: a real SMTP server on loopback and a box for text messages, both shown on a page.

Everything stays in memory, the newest messages only.
"""

import asyncio
import email
import email.policy
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from itertools import count
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

from server.config.sections import Mail as MailSection
from server.notifications.service import Mail
from server.notifications.smtp import SmtpCarrier

_KEPT = 100
_HOST = "127.0.0.1"
_MAX_MAIL = 10_000_000


@dataclass(frozen=True, slots=True)
class Message:
    """One mail or text message, in the shape of the API. `at` in milliseconds since the epoch."""

    id: int
    at: int
    kind: Literal["mail", "sms"]
    to: str
    subject: str
    text: str
    html: str


class DemoOutbox:
    """What has arrived, newest first."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._ids = count(1)
        self._messages: deque[Message] = deque(maxlen=_KEPT)

    def put(self, kind: Literal["mail", "sms"], to: str, subject: str, text: str, html: str = "") -> None:
        self._messages.appendleft(Message(next(self._ids), self._now_ms(), kind, to, subject, text, html))

    def messages(self) -> list[Message]:
        return list(self._messages)


class DemoSms:
    """`notifications.service.SmsCarrier` into the demo's outbox."""

    def __init__(self, outbox: DemoOutbox) -> None:
        self._outbox = outbox

    async def deliver(self, number: str, text: str) -> None:
        self._outbox.put("sms", number, "", text)


class _Mailbox:
    """aiosmtpd's handler."""

    def __init__(self, outbox: DemoOutbox) -> None:
        self._outbox = outbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        if isinstance(message, EmailMessage):
            to = ", ".join(envelope.rcpt_tos)
            self._outbox.put(
                "mail", to, str(message["Subject"]), _part(message, "plain"), _part(message, "html")
            )
        return "250 taken"


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""


class DemoPost:
    """The SMTP server and our delivery to it. `notifications.service.MailCarrier`.

    `section` is the configuration's; only its host and port are replaced by where the server listens.
    """

    def __init__(self, outbox: DemoOutbox, section: MailSection, port: int, sender: str, domain: str) -> None:
        self._outbox = outbox
        self._section = section
        self._port = port
        self._sender = sender
        self._domain = domain
        self._server: asyncio.Server | None = None
        self._carrier: SmtpCarrier | None = None

    async def start(self) -> None:
        loop, mailbox = asyncio.get_running_loop(), _Mailbox(self._outbox)
        self._server = await loop.create_server(
            lambda: SMTP(mailbox, hostname=_HOST, data_size_limit=_MAX_MAIL, loop=loop), _HOST, self._port
        )
        port = self._server.sockets[0].getsockname()[1]
        local = replace(self._section, host=_HOST, port=port, security="none", username="", password="")
        self._carrier = SmtpCarrier(local, self._sender, self._domain)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def deliver(self, message_id: str, recipient: str, mail: Mail) -> None:
        if self._carrier is None:
            raise RuntimeError("the demo's post office was not started")
        await self._carrier.deliver(message_id, recipient, mail)
