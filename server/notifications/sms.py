"""Those who carry text messages: an HTTP provider of any make, and SMPP 3.4."""

import json
from typing import Any
from urllib.parse import quote, quote_plus

import aiohttp
import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

from server.config.sections import SmsHttp, SmsSmpp
from server.notifications.service import DeliveryFailed
from server.workers import Workers

#: A person waits for the code: a provider that takes longer has failed. Seconds.
_TIMEOUT = 15.0
#: Messages handed over at once: a provider that hangs keeps each thread for as long as it may take.
_BINDS = 4


class NoSms:
    """`notifications.service.SmsCarrier` where none is configured."""

    async def deliver(self, number: str, text: str) -> None:
        raise DeliveryFailed("no SMS provider is configured")


class HttpSms:
    """One request a message, as the configuration describes it; any status below 300 means taken."""

    def __init__(self, section: SmsHttp, timeout: float = _TIMEOUT) -> None:
        self._section = section
        self._timeout = timeout

    async def deliver(self, number: str, text: str) -> None:
        section = self._section
        url, headers, body = request_of(section, number, text)
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout)) as session,
                session.request(
                    section.method,
                    url,
                    headers=headers,
                    data=None if section.method == "GET" else body.encode(),
                    # Where a redirect leads nobody has configured: the secret stays here.
                    allow_redirects=False,
                ) as response,
            ):
                if response.status >= 300:
                    raise DeliveryFailed(f"the provider answered {response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DeliveryFailed(type(error).__name__) from error


def request_of(section: SmsHttp, number: str, text: str) -> tuple[str, dict[str, str], str]:
    """URL, headers and body of a message. What is put in is escaped as its place asks."""
    values = {"to": number, "text": text, "secret": section.secret}
    escape = _escape_for(section.content_type)
    headers = {"Content-Type": section.content_type} if section.method != "GET" else {}
    if section.authorization:
        headers["Authorization"] = _fill(section.authorization, values, str)
    url = _fill(section.url, values, lambda value: quote(value, safe=""))
    return url, headers, _fill(section.body, values, escape)


def _escape_for(content_type: str) -> Any:
    if "json" in content_type:
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    if "x-www-form-urlencoded" in content_type:
        return quote_plus
    return str


def _fill(template: str, values: dict[str, str], escape: Any) -> str:
    """Not `str.format`: JSON is full of braces, and a text may hold `{secret}` itself."""
    parts = template.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        known = brace and name in values
        filled.append(escape(values[name]) + rest if known else "{" + part)
    return "".join(filled)


class SmppSms:
    """`smpplib` in a thread; one bind a message, because codes are rare and idle binds are dropped."""

    def __init__(self, section: SmsSmpp, timeout: float = _TIMEOUT) -> None:
        self._section = section
        self._timeout = timeout
        self._threads = Workers("smpp", _BINDS)

    async def deliver(self, number: str, text: str) -> None:
        try:
            await self._threads.run(self._submit, number, text)
        except (smpplib.exceptions.PDUError, smpplib.exceptions.ConnectionError, OSError) as error:
            raise DeliveryFailed(type(error).__name__) from error
        except smpplib.exceptions.UnknownCommandError as error:
            raise DeliveryFailed("the provider speaks no SMPP 3.4") from error

    def _submit(self, number: str, text: str) -> None:
        section = self._section
        client = smpplib.client.Client(
            section.host, section.port, timeout=self._timeout, allow_unknown_opt_params=True
        )
        try:
            client.connect()
            client.bind_transmitter(system_id=section.system_id, password=section.password)
            parts, coding, esm_class = smpplib.gsm.make_parts(text)
            for part in parts:
                sent = client.send_message(
                    **_source(section.sender),
                    dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                    dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                    destination_addr=number.removeprefix("+"),
                    short_message=part,
                    data_coding=coding,
                    esm_class=esm_class,
                )
                _await_taken(client, sent.sequence)
            client.unbind()
        finally:
            client.disconnect()


def _source(sender: str) -> dict[str, Any]:
    """A number in international form, or a name (SMPP 3.4, Section 5.2.5)."""
    if sender.removeprefix("+").isdigit():
        ton, npi = smpplib.consts.SMPP_TON_INTL, smpplib.consts.SMPP_NPI_ISDN
    else:
        ton, npi = smpplib.consts.SMPP_TON_ALNUM, smpplib.consts.SMPP_NPI_UNK
    return {"source_addr_ton": ton, "source_addr_npi": npi, "source_addr": sender.removeprefix("+")}


def _await_taken(client: Any, sequence: int) -> None:
    """Read until the answer to our submit_sm; an error status raises `PDUError`."""
    taken: list[int] = []
    client.set_message_sent_handler(lambda pdu: taken.append(pdu.sequence))
    while sequence not in taken:
        client.read_once()
