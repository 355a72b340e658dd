"""`unisono contacts`: the company phonebook, in from a file and out into one."""

import argparse
import asyncio
import secrets
from pathlib import Path

from server.commandline.actions import Tools, add_action
from server.commandline.place import Failure
from server.composition.administration import now_ms
from server.directory.service import Person
from server.phonebooks.drafts import Preview
from server.phonebooks.files import ContactFiles, Format
from server.phonebooks.service import Phonebooks
from server.phonebooks.store import SqlContacts

#: Commands read and write the company's phonebook as an administrator would.
_ADMINISTRATOR = Person("", "", "command line", "", "administrator")


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    words = "add the contacts of a CSV or vCard file"
    read = add_action(actions, "import", words, _import)
    read.add_argument("file", type=Path)
    read.add_argument("--dry-run", action="store_true", help="say what would be added, and add nothing")
    read.add_argument("--skip-faulty", action="store_true", help="leave out the contacts that have faults")
    written = add_action(actions, "export", "write the phonebook into a file", _export)
    written.add_argument("file", type=Path, help="*.vcf for vCards, anything else for CSV")


async def _import(arguments: argparse.Namespace, tools: Tools) -> str:
    files = _files(tools)
    try:
        content = await asyncio.to_thread(arguments.file.read_bytes)
    except OSError as error:
        raise Failure(f"{arguments.file}: {error.strerror}") from error
    found = await files.preview(_ADMINISTRATOR, "company", content)
    if found.faulty and not (arguments.skip_faulty or arguments.dry_run):
        raise Failure(_described(found, "Nothing was added"))
    if not arguments.dry_run:
        await files.read_in(_ADMINISTRATOR, "company", content, skip_faulty=True)
    return _described(found, f"{'Would add' if arguments.dry_run else 'Added'} {len(found.good)}")


async def _export(arguments: argparse.Namespace, tools: Tools) -> str:
    kind: Format = "vcard" if arguments.file.suffix.lower() == ".vcf" else "csv"
    file = await _files(tools).export(_ADMINISTRATOR, "company", kind)
    try:
        await asyncio.to_thread(arguments.file.write_bytes, file.content)
    except OSError as error:
        raise Failure(f"{arguments.file}: {error.strerror}") from error
    return f"Wrote {arguments.file}."


def _files(tools: Tools) -> ContactFiles:
    region = tools.place.config.organisation.region
    store = SqlContacts(tools.database.engine)
    phonebooks = Phonebooks(store, region=region, fresh_id=lambda: secrets.token_hex(16), now_ms=now_ms)
    return ContactFiles(phonebooks, region)


def _described(found: Preview, done: str) -> str:
    lines = [f"line {fault.line}: {fault.message}: {fault.value}" for fault in found.faults]
    counts = f"{done}, {found.incomplete} of them incomplete"
    return "\n".join([*lines, f"{counts}; {found.duplicates} are there already, {found.faulty} have faults."])
