"""Who waits to be called back, in SQL."""

from typing import Any

import msgspec
from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.call_backs.rules import CallBack
from server.call_backs.tables import call_backs
from server.storage.locking import one_word_at_a_time

_C = call_backs.c


class SqlCallBacks:
    """`call_backs.service.CallBackStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> tuple[CallBack, ...]:
        query = select(call_backs).order_by(_C.asked_at, _C.id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(CallBack(**row._mapping) for row in rows)

    async def ask(self, wanted: CallBack, most: int) -> bool:
        same = (_C.asker == wanted.asker) & (_C.wanted == wanted.wanted)
        # Whether whom they want has been in a call counts from now.
        later = {"why": wanted.why, "expires_at": wanted.expires_at, "tries": 0, "active": False}
        async with self._engine.begin() as connection:
            # Something is written before anything is read: SQLite has one writer.
            await one_word_at_a_time(connection, wanted.asker)
            if (await connection.execute(update(call_backs).where(same).values(**later))).rowcount:
                return True
            await connection.execute(insert(call_backs).values(**_row(wanted)))
            mine = select(func.count()).select_from(call_backs).where(_C.asker == wanted.asker)
            if (await connection.scalar(mine) or 0) <= most:
                return True
            await connection.execute(delete(call_backs).where(_C.id == wanted.id))
        return False

    async def begin(self, call_back_id: str, call_id: str, now: int) -> bool:
        waits = (_C.id == call_back_id) & _C.call_id.is_(None)
        async with self._engine.begin() as connection:
            change = update(call_backs).where(waits).values(call_id=call_id, called_at=now)
            return bool((await connection.execute(change)).rowcount)

    async def one(self, call_back_id: str) -> CallBack | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(call_backs).where(_C.id == call_back_id))).first()
        return CallBack(**row._mapping) if row else None

    async def change(self, before: CallBack, after: CallBack | None) -> bool:
        was = _row(before)
        same = and_(*(column == was[column.name] for column in _C))
        row = {} if after is None else _row(after)
        new = {name: value for name, value in row.items() if was[name] != value}
        change = update(call_backs).where(same).values(**new) if new else delete(call_backs).where(same)
        if after is not None and not new:
            return True
        async with self._engine.begin() as connection:
            return bool((await connection.execute(change)).rowcount)

    async def remove(self, call_back_id: str, asker: str | None = None) -> bool:
        mine = _C.id == call_back_id
        if asker is not None:
            mine &= _C.asker == asker
        async with self._engine.begin() as connection:
            return bool((await connection.execute(delete(call_backs).where(mine))).rowcount)


def _row(one: CallBack) -> dict[str, Any]:
    return msgspec.structs.asdict(one)
