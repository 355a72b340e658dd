"""Files of contacts, in and out, whatever their format."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from server.directory.service import Person
from server.phonebooks import csv_files, drafts, rules, vcard
from server.phonebooks.drafts import Draft, Preview
from server.phonebooks.rules import Book, Details
from server.phonebooks.service import Phonebooks, may_write

Format = Literal["csv", "vcard"]


@dataclass(frozen=True, slots=True)
class File:
    """A file to send: its name, media type and content."""

    name: str
    media_type: str
    content: bytes


class ContactFiles:
    """Reading and writing takes place in a thread: thousands of contacts take seconds."""

    def __init__(self, phonebooks: Phonebooks, region: str) -> None:
        self._phonebooks = phonebooks
        self._region = region

    async def preview(self, me: Person, book: Book, content: bytes) -> Preview:
        """What reading a file in would do. Raises a `PhonebookError` for what is no such file."""
        may_write(me, book)
        known = await self._phonebooks.fingerprints(me, book)
        return await asyncio.to_thread(_preview, content, known, self._region)

    async def read_in(self, me: Person, book: Book, content: bytes, *, skip_faulty: bool) -> Preview:
        """Add the contacts of a file. Raises `FaultyLines` unless those are to be left out."""
        found = await self.preview(me, book, content)
        if found.faulty and not skip_faulty:
            raise rules.FaultyLines(str(found.faulty))
        await self._phonebooks.add_checked(me, book, found.good)
        return found

    async def export(self, me: Person, book: Book, kind: Format) -> File:
        contacts = [contact.details for contact in await self._phonebooks.all_of(me, book)]
        return await asyncio.to_thread(_export, contacts, book, kind)


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
    """UTF-8 or UTF-16 by their marks, else UTF-8, else what Windows writes in western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _export(contacts: Sequence[Details], book: Book, kind: Format) -> File:
    if kind == "vcard":
        return File(f"{book}.vcf", "text/vcard; charset=utf-8", vcard.write(contacts).encode())
    return File(f"{book}.csv", "text/csv; charset=utf-8", csv_files.write(contacts).encode())
