"""What can be found, in SQL: by trigrams, of FTS5 in a file of its own or of `pg_trgm` in PostgreSQL."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Select,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from server.search.folding import fold
from server.search.question import Question
from server.search.reading import Change, Edited, Redacted, Restricted, Said
from server.search.rules import COUNTER, Found, Unread
from server.search.tables import POSTGRESQL, SQLITE, found, gone, messages, metadata, rooms, state
from server.storage import Database

#: Another one begins from nothing.
VERSION = 1
#: Who is in rooms that hold fewer messages than this has each of them looked at: that is quicker than to go
#: through all that was ever said with a common word in it.
FEW = 20_000


class SqlSearch:
    """`search.service.SearchStore` and `search.history.HistoryStore`. `prepare` first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sqlite = database.engine.dialect.name == "sqlite"

    async def prepare(self, *, anew: bool = False) -> None:
        """Make the tables where there are none; after another version, and `anew`, as if nothing was said."""
        async with self._database.engine.begin() as connection:
            if self._sqlite:
                # Else what makes tables would be no part of the transaction.
                await connection.execute(text("BEGIN IMMEDIATE"))
            if anew or await self._version(connection) not in {None, VERSION}:
                await connection.execute(text("DROP TABLE IF EXISTS search_found"))
                await connection.run_sync(metadata.drop_all)
            await connection.run_sync(metadata.create_all)
            for statement in SQLITE if self._sqlite else POSTGRESQL:
                await connection.execute(text(statement))
            if await self._version(connection) is None:
                await connection.execute(insert(state).values(version=VERSION, complete=0))

    async def _version(self, connection: AsyncConnection) -> int | None:
        if not await connection.run_sync(lambda plain: inspect(plain).has_table(state.name)):
            return None
        version: int | None = await connection.scalar(select(state.c.version))
        return version

    async def counts(self) -> tuple[int, int]:
        """Rooms and messages."""
        async with self._database.engine.connect() as connection:
            query = select(func.count(), func.coalesce(func.sum(rooms.c.messages), 0)).select_from(rooms)
            row = (await connection.execute(query)).one()
            return int(row[0]), int(row[1])

    # What was said before

    async def is_complete(self) -> bool:
        """Whether all was read that was said before we were told of each event."""
        async with self._database.engine.connect() as connection:
            return bool(await connection.scalar(select(state.c.complete)))

    async def completed(self) -> None:
        async with self._database.engine.begin() as connection:
            await connection.execute(update(state).values(complete=1))
            await connection.execute(delete(gone))

    async def walked(self, room_id: str) -> None:
        """The history of this room was read to its beginning."""
        async with self._database.engine.begin() as connection:
            await self._numbers(connection, [room_id])
            await connection.execute(update(rooms).values(walked=1).where(rooms.c.room_id == room_id))

    async def rooms_walked(self) -> set[str]:
        async with self._database.engine.connect() as connection:
            return set(await connection.scalars(select(rooms.c.room_id).where(rooms.c.walked == 1)))

    # Changes

    async def apply(self, changes: Sequence[Change]) -> list[Unread]:
        """Durably, all or none, in this order; those whose text has to be asked for."""
        unread: list[Unread] = []
        if not changes:
            return unread
        async with self._database.engine.begin() as connection:
            numbers = await self._numbers(connection, {change.room_id for change in changes})
            for kind, run in groupby(changes, type):
                if kind is Said:
                    await self._say(connection, numbers, [one for one in run if isinstance(one, Said)])
                else:
                    for change in run:
                        unread += await self._change(connection, numbers[change.room_id], change)
        return unread

    async def _numbers(self, connection: AsyncConnection, room_ids: Iterable[str]) -> Mapping[str, int]:
        """Those of these rooms, which are given one where they have none."""
        ids = sorted(room_ids)
        await connection.execute(self._new(rooms), [{"room_id": room_id} for room_id in ids])
        query = select(rooms.c.room_id, rooms.c.room).where(rooms.c.room_id.in_(ids))
        return {row.room_id: row.room for row in await connection.execute(query)}

    def _new(self, table: Any) -> Any:
        """An insertion that leaves alone what is there."""
        made: Any = sqlite.insert(table) if self._sqlite else postgresql.insert(table)
        return made.on_conflict_do_nothing()

    async def _change(self, connection: AsyncConnection, room: int, change: Change) -> list[Unread]:
        match change:
            case Edited():
                return await self._edit(connection, room, change)
            case Redacted():
                return await self._redact(connection, room, change)
            case Restricted():
                await connection.execute(update(rooms).values(restricted=1).where(rooms.c.room == room))
        return []

    async def _say(
        self, connection: AsyncConnection, numbers: Mapping[str, int], said: Sequence[Said]
    ) -> None:
        m = messages.c
        ids = [one.event_id for one in said]
        known = set(await connection.scalars(select(m.event_id).where(m.event_id.in_(ids))))
        known |= set(await connection.scalars(select(gone.c.event_id).where(gone.c.event_id.in_(ids))))
        fresh = list({one.event_id: one for one in said if one.event_id not in known}.values())
        if not fresh:
            return
        firsts = sorted({one.sent_at * COUNTER for one in fresh})
        taken = set(await connection.scalars(select(m.n).where(m.n.in_(firsts))))
        following = {first: await self._next(connection, first) for first in firsts if first in taken}
        rows: list[dict[str, Any]] = []
        for one in fresh:
            first = one.sent_at * COUNTER
            n = following.get(first, first)
            following[first] = n + 1
            rows.append(
                {
                    "n": n,
                    "event_id": one.event_id,
                    "room": numbers[one.room_id],
                    "sender": one.sender,
                    "is_file": int(one.is_file),
                    "edit_id": one.edit_id,
                    "body": one.body,
                    "folded": fold(one.body),
                }
            )
        await connection.execute(insert(messages), rows)
        for room, more in Counter(row["room"] for row in rows).items():
            await self._count(connection, room, more)

    async def _next(self, connection: AsyncConnection, first: int) -> int:
        """The number after all of this moment."""
        n = messages.c.n
        last: int = await connection.scalar(select(func.max(n)).where(n >= first, n < first + COUNTER))
        return last + 1

    async def _edit(self, connection: AsyncConnection, room: int, edited: Edited) -> list[Unread]:
        m = messages.c
        theirs = (m.event_id == edited.event_id) & (m.room == room)
        sender = await connection.scalar(select(m.sender).where(theirs))
        if sender is None:
            return [Unread(edited.room_id, edited.event_id, edited.sender)]
        if sender == edited.sender:
            changed = update(messages).where(theirs)
            await connection.execute(
                changed.values(body=edited.body, folded=fold(edited.body), edit_id=edited.edit_id)
            )
        return []

    async def _redact(self, connection: AsyncConnection, room: int, redacted: Redacted) -> list[Unread]:
        """Of an edit that is gone, the message: it has its text from before again."""
        m, event_id = messages.c, redacted.event_id
        query = select(m.n, m.event_id, m.sender).where(m.room == room)
        row = (
            await connection.execute(query.where(or_(m.event_id == event_id, m.edit_id == event_id)))
        ).first()
        if row is not None and row.event_id != event_id:
            return [Unread(redacted.room_id, row.event_id, row.sender)]
        if row is not None:
            await connection.execute(delete(messages).where(m.n == row.n))
            await self._count(connection, room, -1)
        elif not await connection.scalar(select(state.c.complete)):
            # Whoever reads history may have it in hand, as it was.
            await connection.execute(self._new(gone), {"event_id": event_id})
        return []

    async def _count(self, connection: AsyncConnection, room: int, more: int) -> None:
        changed = update(rooms).values(messages=rooms.c.messages + more)
        await connection.execute(changed.where(rooms.c.room == room))

    # Questions

    async def find(
        self, question: Question, room_ids: Sequence[str], below: int | None, limit: int
    ) -> list[Found]:
        """The newest messages of these rooms that the index finds, older than the number `below`."""
        async with self._database.engine.connect() as connection:
            query = select(rooms.c.room, rooms.c.messages).where(rooms.c.room_id.in_(room_ids))
            mine = (await connection.execute(query)).all()
            if not mine:
                return []
            few = sum(row.messages for row in mine) < FEW
            query = self._query(question, [row.room for row in mine], below, few=few)
            rows = (await connection.execute(query.limit(limit))).all()
        return [
            Found(
                row.n,
                row.room_id,
                bool(row.restricted),
                row.event_id,
                row.sender,
                bool(row.is_file),
                row.body,
                row.folded,
            )
            for row in rows
        ]

    def _query(
        self, question: Question, numbers: Sequence[int], below: int | None, *, few: bool
    ) -> Select[Any]:
        m = messages.c
        n: Any = m.n
        among = messages.join(rooms, rooms.c.room == m.room)
        # What one person said, and files, are few enough to look at each.
        narrow = few or question.sender is not None or question.has_file
        by_index = self._sqlite and question.needles and not narrow
        if by_index:
            # Its rows come newest first, and no more of them than are wanted.
            n = found.c.rowid
            among = found.join(messages, m.n == n).join(rooms, rooms.c.room == m.room)
        query = select(
            m.n, m.event_id, m.sender, m.is_file, m.body, m.folded, rooms.c.room_id, rooms.c.restricted
        )
        query = query.select_from(among).where(m.room.in_(numbers)).order_by(n.desc())
        if by_index:
            match = " ".join('"' + needle.replace('"', '""') + '"' for needle in question.needles)
            query = query.where(found.c.search_found.op("MATCH")(match))
        else:
            for needle in question.needles:
                query = query.where(self._holds(needle))
        if below is not None:
            query = query.where(n < below)
        if question.until is not None:
            query = query.where(n < question.until * COUNTER)
        if question.since is not None:
            query = query.where(n >= question.since * COUNTER)
        if question.sender is not None:
            query = query.where(m.sender == question.sender)
        return query.where(m.is_file == 1) if question.has_file else query

    def _holds(self, needle: str) -> Any:
        folded = messages.c.folded
        return func.instr(folded, needle) > 0 if self._sqlite else folded.contains(needle, autoescape=True)
