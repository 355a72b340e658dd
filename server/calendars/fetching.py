"""Reads from addresses that people give, and from nowhere inside of the server's own network."""

import asyncio
import base64
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from server.calendars import addresses
from server.calendars.addresses import Network
from server.calendars.refusals import (
    BadAddress,
    BadCertificate,
    ForbiddenAddress,
    NoCalendar,
    PlainHttp,
    ServerTrouble,
    TooLarge,
    TooSlow,
    Unreachable,
    WrongPassword,
)
from server.version import version

#: Bytes of an answer, unpacked.
LARGEST = 10 * 1024 * 1024
#: Seconds for one answer, all of its redirects included; and for a connection.
PATIENCE, CONNECT = 20.0, 6.0
REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Credentials:
    """For HTTP's Basic authentication (RFC 7617)."""

    user: str = ""
    password: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.user or self.password)


@dataclass(frozen=True, slots=True)
class Answer:
    """`url` is where it came from in the end; a 304 has no body."""

    url: str = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class _Forbidden(OSError):
    """No address of a host may be asked."""


class _Resolver(AbstractResolver):
    """Gives the addresses that may be asked alone: what is connected to is what was looked at."""

    def __init__(self, allowed: Sequence[Network], *, public: bool) -> None:
        self._resolver = aiohttp.ThreadedResolver()
        self._allowed, self._public = allowed, public

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        may = [one for one in found if addresses.may_reach(one["host"], self._allowed, public=self._public)]
        # A name that leads inside as well is somebody's trick.
        if len(may) < len(found) or not may:
            raise _Forbidden
        return may

    async def close(self) -> None:
        await self._resolver.close()


def _guarded(allowed: Sequence[Network], *, public: bool) -> Callable[[aiohttp.AddrInfoType], socket.socket]:
    """Opens sockets for addresses that may be asked. No resolver is asked for a host that is an address once
    its letters are made plain (UTS #46 makes 127.0.0.1 of wide digits), or that a library takes for one."""

    def opened(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, at = info
        if not addresses.may_reach(str(at[0]), allowed, public=public):
            raise _Forbidden
        return socket.socket(family, kind, protocol)

    return opened


class Fetcher:
    """`allowed` are the networks inside that may be read from, by plain HTTP, too."""

    def __init__(self, allowed: Sequence[Network] = (), *, patience: float = PATIENCE) -> None:
        self._allowed, self._patience = allowed, patience
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def start(self) -> None:
        for scheme in ("https", "http"):
            public = scheme == "https"
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(self._allowed, public=public),
                socket_factory=_guarded(self._allowed, public=public),
                use_dns_cache=False,
                limit=16,
                force_close=True,
            )
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._patience, sock_connect=CONNECT),
                headers={"User-Agent": f"Unisono/{version()}", "Accept-Encoding": "gzip"},
                auto_decompress=False,
                trust_env=False,
            )

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def ask(
        self,
        method: str,
        url: str,
        credentials: Credentials,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
        largest: int = LARGEST,
    ) -> Answer:
        """Follows redirects. Answers with a success or 304; raises a `CalendarRefusal`, which names no part
        of the address."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._followed(method, url, credentials, headers or {}, body, largest)
        except TimeoutError as error:
            raise TooSlow from error

    async def _followed(
        self,
        method: str,
        url: str,
        credentials: Credentials,
        headers: Mapping[str, str],
        body: str | None,
        largest: int,
    ) -> Answer:
        at = addresses.checked(url)
        for _ in range(REDIRECTS + 1):
            self._check(at)
            sent = credentials if credentials and addresses.shares_password(url, at) else None
            async with self._request(method, at, sent, headers, body) as response:
                if response.status not in {301, 302, 303, 307, 308}:
                    _raise_for(response.status)
                    content = b"" if response.status == 304 else await _content(response, largest)
                    return Answer(at, response.status, dict(response.headers), content)
                onward = addresses.resolved(at, response.headers.get("Location", ""))
                if at.startswith("https:") and onward.startswith("http:"):
                    raise PlainHttp
                at = onward
        raise ServerTrouble

    def _check(self, url: str) -> None:
        host, public = addresses.host_of(url), url.startswith("https:")
        if not addresses.is_literal(host) or addresses.may_reach(host, self._allowed, public=public):
            return
        raise PlainHttp if addresses.may_reach(host, self._allowed) else ForbiddenAddress

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        credentials: Credentials | None,
        headers: Mapping[str, str],
        body: str | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        scheme = "https" if url.startswith("https:") else "http"
        basic = {"Authorization": _basic(credentials)} if credentials else {}
        try:
            async with self._sessions[scheme].request(
                method,
                url,
                headers={**headers, **basic},
                data=body.encode() if body is not None else None,
                allow_redirects=False,
            ) as response:
                yield response
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise BadCertificate from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _Forbidden):
                raise (PlainHttp if scheme == "http" else ForbiddenAddress) from error
            raise Unreachable from error
        except TimeoutError as error:
            raise TooSlow from error
        except aiohttp.InvalidURL as error:
            raise BadAddress from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable from error


def _basic(credentials: Credentials) -> str:
    """RFC 7617."""
    pair = f"{credentials.user}:{credentials.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _raise_for(status: int) -> None:
    if status in {401, 403}:
        raise WrongPassword
    if status in {404, 405, 410, 501}:
        raise NoCalendar
    if status == 413:
        raise TooLarge
    if status != 304 and not 200 <= status < 300:
        raise ServerTrouble


async def _content(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """Unpacked by ourselves: a small answer may be a large one (RFC 9110, Section 8.4)."""
    packing = response.headers.get("Content-Encoding", "identity").lower()
    if packing not in {"identity", "gzip", "x-gzip", "deflate", ""}:
        raise ServerTrouble
    unpack = None if packing in {"identity", ""} else zlib.decompressobj(47)
    if unpack is None and (response.content_length or 0) > largest:
        raise TooLarge
    body = bytearray()
    async for chunk in response.content.iter_any():
        try:
            body += chunk if unpack is None else unpack.decompress(chunk, largest + 1 - len(body))
        except zlib.error as error:
            raise ServerTrouble from error
        if len(body) > largest:
            raise TooLarge
    return bytes(body)
