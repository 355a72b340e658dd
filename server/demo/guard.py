"""The demo stays on its machine and among its own people: what it shows to everybody would open a real house.

`config/loader.py` sees to the addresses, `here.py` to the names that requests come under.
"""

import hashlib
import importlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from server.config import Config, DataDir

#: Says of a data directory that it has never been anything but a demo's.
_NOTE = "demo"


class RealData(Exception):
    """People of a real organisation are in the data that a demo was to be started with, or may be."""


async def check(config: Config, data: DataDir) -> None:
    """Let the demo have new data, or data that were always a demo's; raises `RealData`.

    People may be invited within a demo: a note in the data directory says that it began as one. A start
    without the demo takes the note away, because whoever comes then is real.
    """
    note, content = data.root / _NOTE, _note(config)
    if not config.demo.enabled:
        note.unlink(missing_ok=True)
    elif not _says(note, content):
        seeded = {person.email.casefold() for person in config.demo.people}
        strangers = sorted((await _emails(config, data)) - seeded)
        if strangers:
            raise RealData(
                f"{'the database' if config.database.url else data.root} holds people who are not the demo's"
                f" ({strangers[0]}{_more(strangers)}): the demo shows passwords and codes to everybody."
                " Start it with a data directory of its own, or set `demo.enabled = false`"
            )
        note.write_text(content, "ascii")


def _note(config: Config) -> str:
    """A database elsewhere is not the data directory's: the note is about this one only."""
    return hashlib.sha256(config.database.url.encode()).hexdigest() + "\n"


def _says(note: Path, content: str) -> bool:
    return note.exists() and note.read_text("ascii", "replace") == content


def _more(found: Collection[str]) -> str:
    return f" and {len(found) - 1} more" if len(found) > 1 else ""


async def _emails(config: Config, data: DataDir) -> set[str]:
    """Loaded for a demo alone: the supervisor lives as long as the server, and needs no database itself."""
    people: Any = importlib.import_module("server.demo.people")
    found: set[str] = await people.emails(config, data)
    return found
