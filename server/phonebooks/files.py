"""Files of contacts, in and out, whatever their format."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from server.directory.service import Person
from server.phonebooks import charsets, csv_files, drafts, rules, vcard
from server.phonebooks.drafts import Draft, Preview
from server.phonebooks.rules import Book, Details
from server.phonebooks.service import Phonebooks, may_write
from server.workers import Workers

Format = Literal["csv", "vcard"]


@dataclass(frozen=True, slots=True)
class File:
    """A file to send: its name, media type and content."""

    name: str
    media_type: str
    content: bytes


class ContactFiles:
    """Thousands of contacts take seconds: they are read in a thread of their own, one file at a time.

    The pool that hashes passwords and serves files stays free, whoever sends how many files. A file is held
    in memory while it waits: of each person one.
    """

    def __init__(self, phonebooks: Phonebooks, region: str) -> None:
        self._phonebooks = phonebooks
        self._region = region
        self._reading: set[str] = set()
        self._exporting = asyncio.Semaphore(1)
        self._thread = Workers("contacts")

    async def preview(self, me: Person, book: Book, content: bytes) -> Preview:
        """What reading a file in would do. Raises `ReadingAnother`, and what `read` raises."""
        may_write(me, book)
        if me.id in self._reading:
            raise rules.ReadingAnother
        self._reading.add(me.id)
        try:
            known = await self._phonebooks.fingerprints(me, book)
            return await self._thread.run(_preview, content, known, self._region)
        finally:
            self._reading.discard(me.id)

    async def read_in(self, me: Person, book: Book, content: bytes, *, skip_faulty: bool) -> Preview:
        """Add the contacts of a file. Raises `FaultyLines` unless those are to be left out."""
        found = await self.preview(me, book, content)
        if found.faulty and not skip_faulty:
            raise rules.FaultyLines(str(found.faulty))
        await self._phonebooks.add_checked(me, book, found.good)
        return found

    async def export(self, me: Person, book: Book, kind: Format) -> File:
        # A phonebook is not read before its turn: those who wait hold nothing.
        async with self._exporting:
            contacts = [contact.details for contact in await self._phonebooks.all_of(me, book)]
            return await self._thread.run(_export, contacts, book, kind)


def _preview(content: bytes, known: set[str], region: str) -> Preview:
    return drafts.preview(read(content), known, region)


def read(content: bytes) -> list[Draft]:
    """The contacts of a file. Raises `UnreadableFile`, `FileTooLarge`."""
    if len(content) > rules.FILE_MAX:
        raise rules.FileTooLarge
    text = decoded(content)
    found = vcard.read(text) if "BEGIN:VCARD" in text[:2000].upper() else csv_files.read(text)
    many = list(islice(found, rules.IMPORT_MAX + 1))
    if len(many) > rules.IMPORT_MAX:
        raise rules.FileTooLarge
    return many


def decoded(content: bytes) -> str:
    """UTF-16 by its mark or its zeros, UTF-8, or line by line UTF-8 or what Windows writes in the west."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    start = content[:400]
    if start[1::2].count(0) * 2 > len(start[1::2]) > 0:
        return content.decode("utf-16-le", "replace")
    if start[0::2].count(0) * 2 > len(start[0::2]) > 0:
        return content.decode("utf-16-be", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # Lines are folded by octets (RFC 6350, Section 3.2), so also in the middle of a letter.
    whole = _FOLDED_LETTER.sub(b"", content.removeprefix(b"\xef\xbb\xbf"))
    return "".join(_line(line) for line in whole.splitlines(keepends=True))


_FOLDED_LETTER = re.compile(rb"(?<=[\x80-\xff])\r?\n[ \t](?=[\x80-\xbf])")
_CHARSET = re.compile(rb"^[^:]*;CHARSET=\"?([\w-]+)", re.IGNORECASE)


def _line(line: bytes) -> str:
    """One letter of another program's does not spoil the names of the whole file."""
    named = _CHARSET.match(line[:200])
    return charsets.decode(line, "utf-8", named[1].decode("ascii") if named else "cp1252")


def _export(contacts: Sequence[Details], book: Book, kind: Format) -> File:
    if kind == "vcard":
        return File(f"{book}.vcf", "text/vcard; charset=utf-8", vcard.write(contacts).encode())
    return File(f"{book}.csv", "text/csv; charset=utf-8", csv_files.write(contacts).encode())
