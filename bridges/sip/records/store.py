"""What must survive the process: live calls, records not yet acknowledged, events, registrations.

One SQLite file. Writes are collected while the previous ones go to disk and are then committed
together, the last state of each call only: under load the number of commits does not grow with the
number of calls. `flushed` waits for what was put before.

On a disk that is full or hangs calls go on, and all that is to be written waits in memory until it writes
again (docs/decisions/0061).
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bridges.sip.records.database import READING, Database
from bridges.sip.trace.traces import Fresh
from logs import log
from wire.record import CallRecord
from wire.trace import CallTrace, TracedMessage

_log = log.get(__name__)

#: Writes a live call down as it is by now: what msgspec writes as JSON.
MakeSnapshot = Callable[[], Mapping[str, Any]]

#: WAL with NORMAL survives kill -9; only a power cut may take the last commits.
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS live_calls (id TEXT PRIMARY KEY, kind TEXT NOT NULL, snapshot TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    kind TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS unhandled (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS heartbeat (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS registrations (username TEXT PRIMARY KEY, rows TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (username TEXT PRIMARY KEY, rows TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS traces (id TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS live_traces (id TEXT NOT NULL, messages BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS live_traces_id ON live_traces (id);
"""

_PUT_LIVE = "INSERT OR REPLACE INTO live_calls VALUES (?, ?, ?)"
_DROP_LIVE = "DELETE FROM live_calls WHERE id = ?"
_DROP_LIVE_TRACE = "DELETE FROM live_traces WHERE id = ?"
_PUT_UNHANDLED = "INSERT OR REPLACE INTO unhandled VALUES (?, ?)"
_DROP_UNHANDLED = "DELETE FROM unhandled WHERE id = ?"
_PUT_RECORD = """INSERT INTO outbox VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE
SET revision = excluded.revision, body = excluded.body WHERE excluded.revision > outbox.revision"""


#: Seconds until a disk that took nothing is tried again.
AGAIN = 0.5
#: Traces that wait for the web; beyond them the oldest are given up, unlike records.
TRACES_KEPT = 2_000


_TOO_MANY_TRACES = "DELETE FROM traces WHERE rowid <= (SELECT max(rowid) FROM traces) - ?"


class PhoneTable(NamedTuple):
    """What is kept of phones by their SIP user names, as rows of JSON: its statements."""

    select: str
    put: str
    drop: str


_REGISTRATIONS = PhoneTable(
    "SELECT rows FROM registrations",
    "INSERT OR REPLACE INTO registrations VALUES (?, ?)",
    "DELETE FROM registrations WHERE username = ?",
)
_SUBSCRIPTIONS = PhoneTable(
    "SELECT rows FROM subscriptions",
    "INSERT OR REPLACE INTO subscriptions VALUES (?, ?)",
    "DELETE FROM subscriptions WHERE username = ?",
)


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

    def __init__(self, database: Database) -> None:
        self._db = database
        self._live: dict[str, tuple[str, MakeSnapshot] | None] = {}
        self._records: dict[str, tuple[int, str]] = {}
        #: Events that have been acted on since the last write.
        self._handled: set[str] = set()
        #: Events taken while the disk was full.
        self._seen_unwritten: set[str] = set()
        self._dirty = asyncio.Event()
        #: Why the disk took nothing when it was last tried.
        self._trouble: str | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._writer = asyncio.create_task(self._write_forever(), name="records-writer")
        #: Set when a record has reached the disk, for the outbox to send.
        self.record_written = asyncio.Event()

    @classmethod
    async def open(cls, path: Path) -> "Store":
        """Open or create the file. Raises `OSError` or `sqlite3.Error`."""
        return cls(await Database.open(path, _SCHEMA))

    async def close(self) -> None:
        """Write what waits, unless the disk does not take it, and close the file."""
        await self._tried()
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        await self._db.close()

    # --- calls and records ---

    def put_call(self, call_id: str, kind: str, snapshot: MakeSnapshot) -> None:
        """Remember a live call; replaces what was remembered of it. `snapshot` is asked when it is written:
        however much happens between two commits, the call is written down once."""
        self._live[call_id] = (kind, snapshot)
        self._dirty.set()

    def drop_call(self, call_id: str) -> None:
        """The call is over."""
        self._live[call_id] = None
        self._dirty.set()

    def put_record(self, record: CallRecord) -> None:
        """Put a record into the outbox; an older revision of it is replaced."""
        self._records[record.id] = (record.revision, _json(record))
        self._dirty.set()

    async def flushed(self) -> None:
        """Return when everything put so far is on disk. While that takes nothing nobody waits for it: whoever
        calls in vain for seconds hangs up, and what is written too late serves nobody but a later process."""
        if self._trouble is None:
            await self._tried()

    async def _tried(self) -> None:
        """Return when everything put so far is on disk, or that has failed."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._dirty.set()
        await waiter

    async def live_calls(self) -> list[LiveCall]:
        """What an earlier process left."""
        rows = await self._db.rows("SELECT id, kind, snapshot FROM live_calls", within=READING)
        return [LiveCall(row[0], row[1], json.loads(row[2])) for row in rows]

    async def pending(self, limit: int = 50) -> list[Pending]:
        """Records to be sent, oldest first."""
        rows = await self._db.rows("SELECT id, revision, body FROM outbox ORDER BY rowid LIMIT ?", (limit,))
        return [Pending(*row) for row in rows]

    async def outbox_depth(self) -> int:
        """How many records the web has not acknowledged."""
        rows = await self._db.rows("SELECT count(*) FROM outbox")
        return int(rows[0][0])

    async def acknowledge(self, pending: Iterable[Pending]) -> None:
        """The web has these revisions; newer ones stay."""
        taken = [(record.id, record.revision) for record in pending]
        if not taken:
            return
        query = "DELETE FROM outbox WHERE id = ? AND revision <= ?"
        await self._db.run(lambda database: database.executemany(query, taken))

    # --- traces ---

    async def put_live_traces(self, fresh: Sequence[Fresh]) -> None:
        """Keep what was said for calls that live."""
        anew = [(each.call_id,) for each in fresh if each.anew]
        rows = [(each.call_id, msgspec.json.encode(each.messages)) for each in fresh]

        def put(database: sqlite3.Connection) -> None:
            database.executemany(_DROP_LIVE_TRACE, anew)
            database.executemany("INSERT INTO live_traces VALUES (?, ?)", rows)

        await self._db.run(put)

    async def live_traces(self) -> dict[str, list[TracedMessage]]:
        """What an earlier process left of calls that lived."""
        found: dict[str, list[TracedMessage]] = {}
        rows = await self._db.rows("SELECT id, messages FROM live_traces ORDER BY rowid", within=READING)
        for call_id, messages in rows:
            kept = found.setdefault(call_id, [])
            with suppress(msgspec.DecodeError):  # of another version
                kept += msgspec.json.decode(messages, type=list[TracedMessage])
        return found

    async def put_traces(self, traces: Sequence[CallTrace]) -> None:
        """Keep those of calls that ended until the web has them."""
        rows = [(trace.id, msgspec.json.encode(trace)) for trace in traces]

        def put(database: sqlite3.Connection) -> None:
            database.executemany(_DROP_LIVE_TRACE, [(trace.id,) for trace in traces])
            database.executemany("INSERT OR REPLACE INTO traces VALUES (?, ?)", rows)
            database.execute(_TOO_MANY_TRACES, (TRACES_KEPT,))

        await self._db.run(put)

    async def waiting_traces(self, limit: int = 20) -> list[tuple[str, bytes]]:
        """Ids and the JSON of a CallTrace each, oldest first."""
        rows = await self._db.rows("SELECT id, body FROM traces ORDER BY rowid LIMIT ?", (limit,))
        return [(row[0], row[1]) for row in rows]

    async def drop_traces(self, ids: Iterable[str]) -> None:
        """The web has them, or will not have them."""
        gone = [(call_id,) for call_id in ids]
        await self._db.run(lambda database: database.executemany("DELETE FROM traces WHERE id = ?", gone))

    # --- the process's pulse ---

    async def beat(self, now_ms: int) -> None:
        """Note that the process lives (wall clock, milliseconds)."""
        query = "INSERT OR REPLACE INTO heartbeat VALUES (1, ?)"
        await self._db.run(lambda database: database.execute(query, (now_ms,)))

    async def last_beat(self) -> int | None:
        """When the last process was last known to live."""
        rows = await self._db.rows("SELECT at FROM heartbeat", within=READING)
        return int(rows[0][0]) if rows else None

    # --- transactions of the homeserver ---

    async def accept(self, events: Mapping[str, object], now: float) -> set[str]:
        """Note events by their ids, each as msgspec writes it as JSON, and return the ids of those never seen
        before: these are `unhandled` until they are told to be `handled`.

        On a disk that is full or hangs they are noted in memory: calls go on, and a process that ends then
        may see them again.
        """
        asked = {key: _json(event) for key, event in events.items() if key not in self._seen_unwritten}

        def note(database: sqlite3.Connection) -> set[str]:
            fresh = [event_id for event_id in asked if _first_sight(database, event_id, now)]
            database.executemany(_PUT_UNHANDLED, [(event_id, asked[event_id]) for event_id in fresh])
            return set(fresh)

        try:
            return await self._db.run(note)
        except sqlite3.Error as error:
            self._complain(error)
            self._seen_unwritten |= asked.keys()
            return set(asked)

    async def unhandled(self) -> dict[str, Any]:
        """The events that an earlier process had accepted, and not acted on to the end, in their order."""
        rows = await self._db.rows("SELECT id, body FROM unhandled ORDER BY rowid", within=READING)
        return {row[0]: json.loads(row[1]) for row in rows}

    def handled(self, event_id: str) -> None:
        """An event has been acted on: it is crossed out in one write with what was put of its call."""
        self._handled.add(event_id)
        self._dirty.set()

    async def forget_seen(self, before: float) -> None:
        """Drop ids noted before this time."""
        query = "DELETE FROM seen WHERE at < ?"
        await self._db.run(lambda database: database.execute(query, (before,)))

    # --- registrations (bridges.sip.transport.api.RegistrationStore) ---

    async def load(self) -> Sequence[Mapping[str, Any]]:
        """Every stored binding."""
        return await self.rows(_REGISTRATIONS)

    async def save(self, username: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the bindings of one SIP user name."""
        await self.put_rows(_REGISTRATIONS, username, rows)

    async def rows(self, table: PhoneTable) -> Sequence[Mapping[str, Any]]:
        """What is kept of all SIP user names."""
        found = await self._db.rows(table.select, within=READING)
        return [row for rows in found for row in json.loads(rows[0])]

    async def put_rows(self, table: PhoneTable, username: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace what is kept of one SIP user name."""
        kept = (table.put, (username, json.dumps([dict(row) for row in rows]))) if rows else None
        query, values = kept or (table.drop, (username,))
        await self._db.run(lambda database: database.execute(query, values))

    # --- the writer ---

    async def _write_forever(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            if self._trouble is not None and not await self._takes_something():
                continue
            live, self._live = self._live, {}
            records, self._records = self._records, {}
            handled, self._handled = self._handled, set()
            waiters, self._waiters = self._waiters, []
            try:
                await self._write(live, records, handled)
            except sqlite3.Error as error:
                # A full, locked or hanging disk: keep what is newer, and try again.
                self._live, self._records = live | self._live, records | self._records
                self._handled |= handled
                self._waiters = waiters + self._waiters
                await self._failed(error)
                continue
            if self._trouble is not None:
                _log.info("disk_writes_again", after=self._trouble)
                self._trouble = None
            _release(waiters)
            if records:
                self.record_written.set()

    async def _takes_something(self) -> bool:
        """Whether the disk can be written to, before all that waits is made ready to be written."""
        try:
            await self._db.run(lambda database: database.execute("UPDATE heartbeat SET at = at"))
        except sqlite3.Error as error:
            await self._failed(error)
            return False
        return True

    async def _failed(self, error: sqlite3.Error) -> None:
        """Keep nobody waiting, and try again soon."""
        self._complain(error)
        _release(self._waiters)
        self._waiters = []
        await asyncio.sleep(AGAIN)

    def _complain(self, error: sqlite3.Error) -> None:
        """Once, until it writes again."""
        if self._trouble is None:
            _log.error("disk_takes_nothing", why=str(error))
        self._trouble = str(error)
        self._dirty.set()

    async def _write(
        self,
        live: dict[str, tuple[str, MakeSnapshot] | None],
        records: dict[str, tuple[int, str]],
        handled: set[str],
    ) -> None:
        if not live and not records and not handled:
            return
        kept = [
            (key, value[0], made) for key, value in live.items() if value and (made := _made(key, value[1]))
        ]
        dropped = [(key,) for key, value in live.items() if value is None]
        rows = [(key, revision, body) for key, (revision, body) in records.items()]

        def write(database: sqlite3.Connection) -> None:
            database.executemany(_PUT_LIVE, kept)
            database.executemany(_DROP_LIVE, dropped)
            database.executemany(_PUT_RECORD, rows)
            database.executemany(_DROP_UNHANDLED, [(event_id,) for event_id in handled])

        await self._db.run(write)


def _release(waiters: Iterable[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _first_sight(database: sqlite3.Connection, event_id: str, now: float) -> bool:
    query = "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)"
    return database.execute(query, ("event", event_id, now)).rowcount == 1


def _made(call_id: str, snapshot: MakeSnapshot) -> str | None:
    """One call that cannot be written down keeps no other from it."""
    try:
        return _json(snapshot())
    except Exception:
        _log.exception("call_not_written", call_id=call_id)
        return None


def _json(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # bytes of a peer that are no UTF-8, in the state of its call
        return json.dumps(msgspec.to_builtins(value))


class SubscriptionRows:
    """`bridges.sip.transport.subscriptions.SubscriptionStore` in the bridge's database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self) -> Sequence[Mapping[str, Any]]:
        """Every stored subscription."""
        return await self._store.rows(_SUBSCRIPTIONS)

    async def save(self, username: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the subscriptions of one SIP user name."""
        await self._store.put_rows(_SUBSCRIPTIONS, username, rows)
