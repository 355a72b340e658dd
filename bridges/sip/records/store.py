"""What must survive the process: live calls, records not yet acknowledged, events seen, registrations.

One SQLite file. Writes are collected while the previous ones go to disk and are then committed
together, the last state of each call only: under load the number of commits does not grow with the
number of calls. `flushed` waits for what was put before.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
import msgspec

from logs import log
from wire.record import CallRecord

_log = log.get(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS live_calls (id TEXT PRIMARY KEY, kind TEXT NOT NULL, snapshot TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    kind TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS heartbeat (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS registrations (username TEXT PRIMARY KEY, rows TEXT NOT NULL);
"""

_PUT_LIVE = "INSERT OR REPLACE INTO live_calls VALUES (?, ?, ?)"
_DROP_LIVE = "DELETE FROM live_calls WHERE id = ?"
_PUT_RECORD = """INSERT INTO outbox VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE
SET revision = excluded.revision, body = excluded.body WHERE excluded.revision > outbox.revision"""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that had not ended when it was last written; `kind` says what `snapshot` holds."""

    id: str
    kind: str
    snapshot: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pending:
    """A record that the web has not acknowledged. `body` is the JSON of a CallRecord."""

    id: str
    revision: int
    body: str


class Store:
    """The bridge's database. Open it with `open`, close it with `close`."""

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._db = database
        self._lock = asyncio.Lock()
        self._live: dict[str, tuple[str, Mapping[str, Any]] | None] = {}
        self._records: dict[str, tuple[int, dict[str, Any]]] = {}
        self._dirty = asyncio.Event()
        self._waiters: list[asyncio.Future[None]] = []
        self._writer = asyncio.create_task(self._write_forever(), name="records-writer")
        #: Set when a record has reached the disk, for the outbox to send.
        self.record_written = asyncio.Event()

    @classmethod
    async def open(cls, path: Path) -> "Store":
        """Open or create the file. Raises `OSError` or `sqlite3.Error`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        database = await aiosqlite.connect(path)
        # WAL with NORMAL survives kill -9; only a power cut may take the last commits.
        await database.execute("PRAGMA journal_mode = WAL")
        await database.execute("PRAGMA synchronous = NORMAL")
        await database.executescript(_SCHEMA)
        await database.commit()
        return cls(database)

    async def close(self) -> None:
        """Write what waits, and close the file."""
        await self.flushed()
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        await self._db.close()

    # --- calls and records ---

    def put_call(self, call_id: str, kind: str, snapshot: Mapping[str, Any]) -> None:
        """Remember a live call; replaces what was remembered of it. `snapshot` must not change any more."""
        self._live[call_id] = (kind, snapshot)
        self._dirty.set()

    def drop_call(self, call_id: str) -> None:
        """The call is over."""
        self._live[call_id] = None
        self._dirty.set()

    def put_record(self, record: CallRecord) -> None:
        """Put a record into the outbox; an older revision of it is replaced."""
        self._records[record.id] = (record.revision, record.to_json())
        self._dirty.set()

    async def flushed(self) -> None:
        """Return when everything put so far is on disk."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._dirty.set()
        await waiter

    async def live_calls(self) -> list[LiveCall]:
        """What an earlier process left."""
        rows = await self._db.execute_fetchall("SELECT id, kind, snapshot FROM live_calls")
        return [LiveCall(row[0], row[1], json.loads(row[2])) for row in rows]

    async def pending(self, limit: int = 50) -> list[Pending]:
        """Records to be sent, oldest first."""
        rows = await self._db.execute_fetchall(
            "SELECT id, revision, body FROM outbox ORDER BY rowid LIMIT ?", (limit,)
        )
        return [Pending(*row) for row in rows]

    async def outbox_depth(self) -> int:
        """How many records the web has not acknowledged."""
        rows = list(await self._db.execute_fetchall("SELECT count(*) FROM outbox"))
        return int(rows[0][0])

    async def acknowledge(self, pending: Iterable[Pending]) -> None:
        """The web has these revisions; newer ones stay."""
        taken = [(record.id, record.revision) for record in pending]
        if not taken:
            return
        async with self._lock:
            await self._db.executemany("DELETE FROM outbox WHERE id = ? AND revision <= ?", taken)
            await self._db.commit()

    # --- the process's pulse ---

    async def beat(self, now_ms: int) -> None:
        """Note that the process lives (wall clock, milliseconds)."""
        async with self._lock:
            await self._db.execute("INSERT OR REPLACE INTO heartbeat VALUES (1, ?)", (now_ms,))
            await self._db.commit()

    async def last_beat(self) -> int | None:
        """When the last process was last known to live."""
        rows = list(await self._db.execute_fetchall("SELECT at FROM heartbeat"))
        return int(rows[0][0]) if rows else None

    # --- transactions of the homeserver ---

    async def accept(self, event_ids: Iterable[str], now: float) -> set[str]:
        """Note events, and return the ids of those never seen before."""
        async with self._lock:
            fresh = {event_id for event_id in event_ids if await self._first_sight("event", event_id, now)}
            await self._db.commit()
        return fresh

    async def forget_seen(self, before: float) -> None:
        """Drop ids noted before this time."""
        async with self._lock:
            await self._db.execute("DELETE FROM seen WHERE at < ?", (before,))
            await self._db.commit()

    async def _first_sight(self, kind: str, identifier: str, now: float) -> bool:
        cursor = await self._db.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (kind, identifier, now)
        )
        return cursor.rowcount == 1

    # --- registrations (bridges.sip.transport.api.RegistrationStore) ---

    async def load(self) -> Sequence[Mapping[str, Any]]:
        """Every stored binding."""
        rows = await self._db.execute_fetchall("SELECT rows FROM registrations")
        return [binding for row in rows for binding in json.loads(row[0])]

    async def save(self, username: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the bindings of one SIP user name."""
        async with self._lock:
            if rows:
                await self._db.execute(
                    "INSERT OR REPLACE INTO registrations VALUES (?, ?)",
                    (username, json.dumps([dict(row) for row in rows])),
                )
            else:
                await self._db.execute("DELETE FROM registrations WHERE username = ?", (username,))
            await self._db.commit()

    # --- the writer ---

    async def _write_forever(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            live, self._live = self._live, {}
            records, self._records = self._records, {}
            waiters, self._waiters = self._waiters, []
            try:
                await self._write(live, records)
            except aiosqlite.Error as error:
                # A full or locked disk: keep what is newer, and try again.
                _log.error("records_not_written", error=str(error))
                self._live, self._records = live | self._live, records | self._records
                self._waiters = waiters + self._waiters
                self._dirty.set()
                await asyncio.sleep(0.5)
                continue
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
            if records:
                self.record_written.set()

    async def _write(
        self,
        live: dict[str, tuple[str, Mapping[str, Any]] | None],
        records: dict[str, tuple[int, dict[str, Any]]],
    ) -> None:
        if not live and not records:
            return
        kept = [(key, value[0], _json(value[1])) for key, value in live.items() if value is not None]
        dropped = [(key,) for key, value in live.items() if value is None]
        async with self._lock:
            if kept:
                await self._db.executemany(_PUT_LIVE, kept)
            if dropped:
                await self._db.executemany(_DROP_LIVE, dropped)
            if records:
                rows = [(key, revision, _json(body)) for key, (revision, body) in records.items()]
                await self._db.executemany(_PUT_RECORD, rows)
            await self._db.commit()


def _json(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # bytes of a peer that are no UTF-8, in the state of its call
        return json.dumps(value)
