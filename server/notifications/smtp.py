"""Delivery to a mail server (RFC 5321), by `aiosmtplib`."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

import aiosmtplib

from server.config.sections import Mail as MailSection
from server.notifications.service import DeliveryFailed, Mail

_TIMEOUT = 20.0


class SmtpCarrier:
    """`notifications.service.MailCarrier`. `domain` is the right side of message ids."""

    def __init__(self, section: MailSection, sender: str, domain: str) -> None:
        self._section = section
        self._sender = sender
        self._domain = domain

    async def deliver(self, message_id: str, recipient: str, mail: Mail) -> None:
        section = self._section
        try:
            await aiosmtplib.send(
                compose(message_id, self._domain, self._sender, recipient, mail),
                hostname=section.host,
                port=section.port,
                use_tls=section.security == "tls",
                start_tls=section.security == "starttls",
                username=section.username or None,
                password=section.password or None,
                timeout=_TIMEOUT,
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # The words of some servers repeat the address and the whole dialogue; the kind says enough.
            code = getattr(error, "code", "")
            raise DeliveryFailed(f"{type(error).__name__} {code}".strip()) from error


def sender_or_default(configured: str, organisation: str, domain: str) -> str:
    """The From field: as configured, or the organisation with an address of its domain."""
    name, address = parseaddr(configured) if configured else (organisation, f"unisono@{domain}")
    return str(Address(display_name=name.replace("\r", "").replace("\n", ""), addr_spec=address))


def compose(message_id: str, domain: str, sender: str, recipient: str, mail: Mail) -> EmailMessage:
    """The message (RFC 5322), text and HTML alternatives. The id is the same at each attempt."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{message_id}@{domain}>"
    # No holiday notices in return (RFC 3834, Section 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    if mail.calendar:
        _add_calendar(message, mail.calendar)
    if mail.sound:
        subtype = mail.sound_type.removeprefix("audio/")
        message.add_attachment(mail.sound, maintype="audio", subtype=subtype, filename=f"voicemail.{subtype}")
    return message


def _add_calendar(message: EmailMessage, calendar: str) -> None:
    """As an alternative, which calendars take by themselves, and as a file for all others (RFC 6047, 2.4)."""
    method = next(line for line in calendar.splitlines() if line.startswith("METHOD:")).partition(":")[2]
    # As bytes, because the library would take away the CR at the ends of lines (RFC 5545, Section 3.1).
    content = calendar.encode()
    parameters = {"charset": "utf-8", "method": method, "component": "VEVENT"}
    message.add_alternative(content, maintype="text", subtype="calendar", params=parameters)
    message.add_attachment(
        content, maintype="text", subtype="calendar", params=parameters, filename="invite.ics"
    )
