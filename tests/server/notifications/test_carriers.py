"""Mails and text messages over the wire, to servers of the test."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiosmtpd.smtp import SMTP
from sanic import HTTPResponse, Request

from server import config as configuration
from server.config.sections import Mail as MailSection
from server.config.sections import SmsHttp, SmsSmpp
from server.notifications import texts
from server.notifications.demo import DemoOutbox, DemoPost
from server.notifications.service import DeliveryFailed
from server.notifications.sms import HttpSms, SmppSms, request_of
from server.notifications.smtp import SmtpCarrier, compose
from tests.support.patience import PATIENCE
from tests.support.served import bare_app, served

CONFIG = configuration.load()
SENDER = "Unisono <unisono@unisono.example>"
MAIL = texts.invitation("it", "Città", "Anna", "https://x.example/#/invitation?token=abc", 72)


async def test_the_demos_mail_goes_through_a_real_mail_server() -> None:
    outbox = DemoOutbox(lambda: 7)
    post = DemoPost(outbox, CONFIG.mail, 0, SENDER, "unisono.example")
    await post.start()
    try:
        await post.deliver("m1", "anna@unisono.example", MAIL)
    finally:
        await post.stop()
    (message,) = outbox.messages()
    assert (message.kind, message.to, message.subject) == ("mail", "anna@unisono.example", MAIL.subject)
    assert message.text.splitlines() == MAIL.text.splitlines()
    assert "token=abc" in message.html


class Refusing:
    async def handle_RCPT(self, *_: object) -> str:  # noqa: N802
        return "550 nobody here"


async def test_a_refusal_and_a_server_that_is_away_are_failures() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Refusing(), loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    section = MailSection("127.0.0.1", port, "none", "", "", "", "")
    carrier = SmtpCarrier(section, SENDER, "unisono.example")
    with pytest.raises(DeliveryFailed, match="SMTPRecipientsRefused"):
        await carrier.deliver("m1", "anna@unisono.example", MAIL)
    server.close()
    await server.wait_closed()
    with pytest.raises(DeliveryFailed):
        await carrier.deliver("m1", "anna@unisono.example", MAIL)


HTTP = SmsHttp(
    url="http://x/{to}",
    method="POST",
    content_type="application/json",
    body='{"to": "{to}", "text": "{text}", "extra": {"a": 1}}',
    authorization="Bearer {secret}",
    secret="s3cret",
    secret_file="",
)


def test_what_is_put_into_a_request_is_escaped_as_its_place_asks() -> None:
    url, headers, body = request_of(HTTP, "+39333", 'a "b" {secret}\n')
    assert url == "http://x/%2B39333"
    assert headers == {"Content-Type": "application/json", "Authorization": "Bearer s3cret"}
    assert body == '{"to": "+39333", "text": "a \\"b\\" {secret}\\n", "extra": {"a": 1}}'


async def test_an_http_provider_gets_the_message() -> None:
    app, got = bare_app("sms-provider"), []

    async def take(request: Request, to: str) -> HTTPResponse:
        got.append((to, request.json, request.headers["authorization"]))
        return HTTPResponse(status=503 if to == "%2B390" else 202)

    app.add_route(take, "/send/<to>", methods=["POST"])
    async with served(app) as base:
        carrier = HttpSms(SmsHttp(base + "/send/{to}", *[getattr(HTTP, n) for n in FIELDS]))
        await carrier.deliver("+39333", "il codice è 123456")
        with pytest.raises(DeliveryFailed, match="503"):
            await carrier.deliver("+390", "x")
    assert got[0][1] == {"to": "+39333", "text": "il codice è 123456", "extra": {"a": 1}}
    assert got[0][2] == "Bearer s3cret"
    with pytest.raises(DeliveryFailed):
        await carrier.deliver("+39333", "x")


FIELDS = ("method", "content_type", "body", "authorization", "secret", "secret_file")
_SUBMIT_SM, _BIND_TRANSMITTER, _UNBIND = 4, 2, 6


@asynccontextmanager
async def message_centre(status: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The least that passes for an SMPP 3.4 server: answers each PDU, `status` to submit_sm."""
    submitted: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length, command, _, sequence = struct.unpack("!IIII", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                refused = 0
                if command == _SUBMIT_SM:
                    submitted.append(body)
                    refused = status
                answer = {_SUBMIT_SM: b"id-1\0", _BIND_TRANSMITTER: b"centre\0"}.get(command, b"")
                writer.write(
                    struct.pack("!IIII", 16 + len(answer), command | 1 << 31, refused, sequence) + answer
                )
                if command == _UNBIND:
                    return
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], submitted
    finally:
        server.close()


async def test_smpp_submits_the_message() -> None:
    async with message_centre(0) as (port, submitted):
        section = SmsSmpp("127.0.0.1", port, "unisono", "pw", "", "Unisono")
        await SmppSms(section, timeout=PATIENCE).deliver("+393331234567", "123456 is your code")
    assert b"393331234567\0" in submitted[0]
    assert b"Unisono\0" in submitted[0]
    assert submitted[0].endswith(b"123456 is your code")


async def test_a_refusal_over_smpp_is_a_failure() -> None:
    async with message_centre(0x58) as (port, _):
        section = SmsSmpp("127.0.0.1", port, "unisono", "pw", "", "390612345")
        with pytest.raises(DeliveryFailed, match="PDUError"):
            await SmppSms(section, timeout=PATIENCE).deliver("+393331234567", "x")
    with pytest.raises(DeliveryFailed):
        await SmppSms(section, timeout=1).deliver("+393331234567", "x")


async def test_what_belongs_into_a_calendar_travels_as_its_own_part() -> None:
    calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nSUMMARY:Città\r\nEND:VCALENDAR\r\n"
    message = compose("m1", "here.example", SENDER, "x@there.example", replace(MAIL, calendar=calendar))
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_param("method") for part in parts] == ["REQUEST", "REQUEST"]
    assert [part.get_filename() for part in parts] == [None, "invite.ics"]
    assert [part.get_payload(decode=True) for part in parts] == [calendar.encode()] * 2
    assert message.get_body(("plain",)) is not None
