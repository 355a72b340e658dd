"""PostgreSQL for tests: a server of their own, whatever this machine runs, and one database for all.

Nothing is left of the server: it listens on a socket in a temporary folder alone, and dies with the tests.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.storage import Database, metadata
from tests.support.patience import PATIENCE
from tests.support.programs import found

#: Where Debian and its kin keep what they leave out of the PATH.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "50",
    "shared_buffers": "32MB",
    # What a crash would lose is thrown away anyway.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


class NotHere(Exception):
    """There is no PostgreSQL on this machine; the text says what to do."""


def programs() -> Path:
    """The folder of `initdb` and `postgres`; of several versions the newest. Raises NotHere."""
    if path := found("initdb"):
        return Path(path).resolve().parent
    raise NotHere(
        "there is no PostgreSQL here: install it (on Debian: sudo apt-get install postgresql),"
        " or give the URL of a database for tests in UNISONO_TEST_POSTGRESQL"
    )


@contextlib.contextmanager
def own_server() -> Iterator[str]:
    """The URL of a database of a server that runs until the end of the block. Raises NotHere."""
    binaries = programs()
    # Not pytest's folder: a socket's path is short (unix(7)), and the server's user must get there.
    folder = Path(tempfile.mkdtemp(prefix="unisono-postgresql-", dir="/tmp"))
    try:
        command = ["setpriv", "--pdeathsig=QUIT", *_somebody_else(folder)]
        making = [
            str(binaries / "initdb"),
            "--username=unisono",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ]
        _run([*command, *making, "--no-sync", f"--pgdata={folder / 'data'}"], folder)
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        serving = [
            str(binaries / "postgres"),
            "-D",
            str(folder / "data"),
            "-k",
            str(folder),
            *settings,
        ]
        with _serving([*command, *serving], folder):
            yield f"postgresql+asyncpg://unisono@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder)


def _somebody_else(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid():
        return []
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def _environment() -> dict[str, str]:
    """Without PGDATA and its like, and in English."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}


@contextlib.contextmanager
def _serving(command: list[str], folder: Path) -> Iterator[None]:
    server = subprocess.Popen(
        command, cwd=folder, env=_environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    said: list[str] = []
    decided = threading.Event()

    def read() -> None:
        for line in server.stderr or ():
            if not decided.is_set():
                said.append(line)
                if "ready to accept connections" in line:
                    decided.set()
        decided.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        if not decided.wait(PATIENCE) or server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {''.join(said)}")
        yield
    finally:
        # It would write everything down first (SIGINT), for nobody.
        server.send_signal(signal.SIGQUIT)
        server.wait(PATIENCE)
        reader.join(PATIENCE)
        if server.stderr:
            server.stderr.close()


_END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class OneDatabase:
    """The database of `url`, which belongs to one test after the other.

    A database for each, even the copy of another, takes ten times as long as emptying one.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._migrated = False

    async def empty(self) -> Database:
        """Without tables."""
        self._migrated = False
        database = Database(self._url)
        async with database.engine.begin() as connection:
            await _alone(connection)
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
        return database

    async def migrated(self) -> Database:
        """With all tables, and nothing in them."""
        if not self._migrated:
            database = await self.empty()
            await database.upgrade()
            self._migrated = True
            return database
        database = Database(self._url)
        async with database.engine.begin() as connection:
            await _alone(connection)
            for table in reversed(metadata.sorted_tables):
                await connection.execute(table.delete())
        return database


async def _alone(connection: AsyncConnection) -> None:
    """A connection that the test before left open could hold a lock."""
    await connection.execute(_END_OTHERS)
