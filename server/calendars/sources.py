"""Calendars where they are: a file at a secret address, or the collections of a CalDAV account."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from server.calendars import addresses, dav
from server.calendars.dav import Resource
from server.calendars.fetching import Answer, Credentials, Fetcher
from server.calendars.parser import Parser
from server.calendars.reading import Reading
from server.calendars.refusals import NoCalendar, NotACalendar, ServerTrouble
from server.calendars.rules import Kind
from server.workers import Workers

#: Bytes of what a server says of its collections, and how many of those are offered.
_SAID, OFFERED = 1024 * 1024, 50
#: Bytes that are looked through at once, in which nothing else runs.
_PIECE = 65536
#: Changes each time that a file is asked for, whatever is in it.
_STAMP = re.compile(rb"^(?:DTSTAMP|X-[A-Z-]*LASTSYNC)[^\n]*\n", re.MULTILINE)


class Connection(msgspec.Struct, frozen=True):
    """How a calendar is read; it is kept sealed. `mine` are the owner's addresses, by the server's word."""

    kind: Kind
    url: str
    user: str = ""
    password: str = ""
    mine: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Connection({self.kind})"

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.user, self.password)


class Validators(msgspec.Struct, frozen=True):
    """What the server said of the state that was read, and a digest of that."""

    etag: str = ""
    modified: str = ""
    tag: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """What is wanted of a calendar: between two moments, times without a zone in that `timezone`, and the
    addresses that the house knows of the owner."""

    start: int
    end: int
    timezone: str
    mine: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    connection: Connection
    name: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """`reading` is None where nothing has changed."""

    reading: Reading | None
    validators: Validators = field(default_factory=Validators)


class Source(Protocol):
    async def find(self, url: str, credentials: Credentials) -> list[Found]:
        """The calendars at an address. Raises a `CalendarRefusal`."""

    async def read(self, connection: Connection, window: Window, known: Validators | None) -> Fetched:
        """What is in one; without `known`, whether it has changed or not. Raises a `CalendarRefusal`."""


class WebSource:
    """`Source` by HTTP."""

    def __init__(self, fetcher: Fetcher, parser: Parser) -> None:
        self._fetcher, self._parser = fetcher, parser
        self._workers = Workers("calendars")

    async def find(self, url: str, credentials: Credentials) -> list[Found]:
        if credentials:
            try:
                return await self._collections(url, credentials)
            except (NoCalendar, NotACalendar, ServerTrouble):
                # A file behind a password, of a server that speaks no WebDAV.
                pass
        answer = await self._fetcher.ask("GET", url, credentials)
        if not _looks_like_one(answer.body):
            # Somebody who gave the address of an account without its password is told so.
            raise NotACalendar
        return [Found(Connection("ics", url, credentials.user, credentials.password), _name(answer.body))]

    async def read(self, connection: Connection, window: Window, known: Validators | None) -> Fetched:
        if connection.kind == "caldav":
            return await self._read_collection(connection, window, known)
        return await self._read_file(connection, window, known)

    # A file

    async def _read_file(self, connection: Connection, window: Window, known: Validators | None) -> Fetched:
        answer = await self._fetcher.ask(
            "GET", connection.url, connection.credentials, _conditions(known) if known else None
        )
        if answer.status == 304:
            return Fetched(None, known or Validators())
        digest = await self._workers.run(lambda: _digest(answer.body))
        headers = {name.lower(): value for name, value in answer.headers.items()}
        said = Validators(headers.get("etag", "")[:512], headers.get("last-modified", "")[:64], "", digest)
        if known is not None and known.digest == digest:
            return Fetched(None, said)
        return Fetched(await self._understood("ics", answer, connection, window), said)

    # A collection

    async def _read_collection(
        self, connection: Connection, window: Window, known: Validators | None
    ) -> Fetched:
        tag = ""
        for one in await self._look(connection.url, connection.credentials, depth=0):
            tag = one.tag[:512] or tag
        if known is not None and tag and known.tag == tag:
            return Fetched(None, known)
        answer = await self._fetcher.ask(
            "REPORT",
            connection.url,
            connection.credentials,
            {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"},
            dav.query(window.start, window.end),
        )
        reading = await self._understood("report", answer, connection, window)
        return Fetched(reading, Validators(tag=tag))

    async def _collections(self, url: str, credentials: Credentials) -> list[Found]:
        """From wherever one begins to the calendars (RFC 6764, Section 6)."""
        begin = [url, addresses.resolved(url, "/.well-known/caldav")]
        for number, start in enumerate(begin):
            try:
                found = await self._from(start, credentials)
            except (NoCalendar, NotACalendar, ServerTrouble):
                if number + 1 == len(begin):
                    raise
                continue
            if found:
                return found
        raise NoCalendar

    async def _from(self, start: str, credentials: Credentials) -> list[Found]:
        base, said = await self._first(start, credentials)
        mine = said.addresses
        if said.is_calendar:
            return [_found(start, base, said, credentials, mine)]
        home = said.home
        if home is None and said.principal is not None:
            principal = addresses.resolved(base, said.principal)
            _must_share(start, principal)
            base, said = await self._first(principal, credentials)
            home, mine = said.home, said.addresses or mine
        if home is not None:
            base = addresses.resolved(base, home)
            _must_share(start, base)
        inside = await self._look(base, credentials, depth=1)
        calendars = [one for one in inside if one.is_calendar][:OFFERED]
        return [_found(start, base, one, credentials, mine) for one in calendars]

    async def _first(self, url: str, credentials: Credentials) -> tuple[str, Resource]:
        answer = await self._propfind(url, credentials, depth=0)
        said = dav.resources(answer.body)
        if not said:
            raise NoCalendar
        return answer.url, said[0]

    async def _look(self, url: str, credentials: Credentials, depth: int) -> list[Resource]:
        return dav.resources((await self._propfind(url, credentials, depth)).body)

    async def _propfind(self, url: str, credentials: Credentials, depth: int) -> Answer:
        headers = {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"}
        return await self._fetcher.ask("PROPFIND", url, credentials, headers, dav.LOOK, _SAID)

    async def _understood(self, kind: str, answer: Answer, connection: Connection, window: Window) -> Reading:
        mine = {*window.mine, *connection.mine, *({connection.user} if "@" in connection.user else ())}
        return await self._parser.read(
            "report" if kind == "report" else "ics",
            answer.body,
            window.start,
            window.end,
            window.timezone,
            mine,
        )


def _must_share(first: str, other: str) -> None:
    if not addresses.shares_password(first, other):
        raise NoCalendar


def _found(start: str, base: str, said: Resource, credentials: Credentials, mine: tuple[str, ...]) -> Found:
    """`start` is what the password was typed for: where that leads to may be somebody else's."""
    url = addresses.resolved(base, said.href)
    _must_share(start, url)
    name = " ".join(said.name.split())[:200] or url.rstrip("/").rpartition("/")[2]
    return Found(Connection("caldav", url, credentials.user, credentials.password, mine), name)


def _conditions(known: Validators) -> Mapping[str, str]:
    if known.etag:
        return {"If-None-Match": known.etag}
    return {"If-Modified-Since": known.modified} if known.modified else {}


def _digest(body: bytes) -> str:
    """Piece by piece: nobody else has a turn while a pattern is looked for."""
    digest, begin = hashlib.sha256(), 0
    while begin < len(body):
        end = min(begin + _PIECE, len(body))
        line = body.rfind(b"\n", begin, end) + 1
        end = line if end < len(body) and line else end
        digest.update(_STAMP.sub(b"", body[begin:end]))
        begin = end
    return digest.hexdigest()


def _looks_like_one(body: bytes) -> bool:
    return b"BEGIN:VCALENDAR" in body[:1024].replace(b"\0", b"").upper()


def _name(body: bytes) -> str:
    found = re.search(rb"^X-WR-CALNAME[^:\n]*:([^\r\n]*)", body[:65536], re.MULTILINE)
    said = found[1].decode("utf-8", "replace").replace("\\,", ",") if found else ""
    return " ".join(said.split())[:200]
