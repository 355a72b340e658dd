"""The call log in SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, insert, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.telephony.log.rules import Chosen, entries
from server.telephony.tables import call_log, call_peers, calls_seen
from wire.record import CallRecord

#: So many other sides are looked up one by one: the calls with each are in order in an index. With more of
#: them a page is found soon in the order of time.
_FEW = 40
#: Other sides that a search may mean. SQLite takes 32,766 parameters.
PEERS_MAX = 5_000


async def write(connection: AsyncConnection, records: Iterable[CallRecord]) -> None:
    """Put `records` into the logs of their people, in place of what stood there of these calls."""
    rows = [asdict(entry) for record in records for entry in entries(record)]
    ids = [record.id for record in records]
    if ids:
        await connection.execute(delete(call_log).where(call_log.c.call_id.in_(ids)))
    if rows:
        await connection.execute(insert(call_log), rows)
        # Writers that wait for each other's rows do so in one order.
        peers = sorted({(row["user_id"], row["peer"]) for row in rows})
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        known = dialect.insert(call_peers).on_conflict_do_nothing()
        await connection.execute(known, [{"user_id": user_id, "peer": peer} for user_id, peer in peers])


async def page(
    connection: AsyncConnection, user_id: str, chosen: Chosen, before: int | None, limit: int
) -> list[str]:
    """Ids of the person's calls that started before `before`, newest first.

    At least `limit` if there are as many; more when several started in the same millisecond as the last.
    """
    c = call_log.c
    rows = list((await connection.execute(_page(user_id, chosen, before, limit))).all())
    if len(rows) == limit:
        # The next page starts before this millisecond: whoever else is in it belongs to this one.
        last = rows[-1]
        same = _selected(user_id, chosen, None).where(
            c.started_at == last.started_at, c.call_id < last.call_id
        )
        rows += (await connection.execute(same.order_by(c.call_id.desc()))).all()
    return [row.call_id for row in rows]


def _page(user_id: str, chosen: Chosen, before: int | None, limit: int) -> Any:
    peers = chosen.peers
    if peers is None or not 1 < len(peers) <= _FEW:
        return _newest(_selected(user_id, chosen, before), call_log.c, limit)
    each = (_newest(_selected(user_id, chosen, before, peer), call_log.c, limit).subquery() for peer in peers)
    found = union_all(*(select(one.c.call_id, one.c.started_at) for one in each)).subquery()
    return _newest(select(found.c.call_id, found.c.started_at), found.c, limit)


def _newest(query: Select[Any], c: Any, limit: int) -> Select[Any]:
    return query.order_by(c.started_at.desc(), c.call_id.desc()).limit(limit)


def _selected(user_id: str, chosen: Chosen, before: int | None, peer: str | None = None) -> Select[Any]:
    c = call_log.c
    conditions: list[ColumnElement[bool]] = [c.user_id == user_id]
    if peer is not None:
        conditions.append(c.peer == peer)
    elif chosen.peers is not None:
        # Of so many the index of other sides would bring all calls, to be put in order.
        conditions.append(
            c.peer.concat("").in_(chosen.peers) if len(chosen.peers) > 1 else c.peer.in_(chosen.peers)
        )
    if chosen.kind is not None:
        conditions.append(c.kind == chosen.kind)
    if chosen.where is not None:
        conditions.append(c.inside.is_(chosen.where == "inside"))
    if chosen.since is not None:
        conditions.append(c.started_at >= chosen.since)
    if chosen.until is not None:
        conditions.append(c.started_at < chosen.until)
    if before is not None:
        conditions.append(c.started_at < before)
    return select(c.call_id, c.started_at).where(*conditions)


class SqlSeen:
    """`log.service.SeenStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        row = dialect.insert(calls_seen)
        later = calls_seen.c.until < row.excluded.until
        self._put = row.on_conflict_do_update(
            index_elements=[calls_seen.c.user_id], set_={"until": row.excluded.until}, where=later
        )

    async def see(self, user_id: str, until: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(self._put, {"user_id": user_id, "until": until})

    async def missed(self, user_id: str, limit: int) -> int:
        c = call_log.c
        seen = select(calls_seen.c.until).where(calls_seen.c.user_id == user_id).scalar_subquery()
        unseen = (c.user_id == user_id, c.missed_at > func.coalesce(seen, 0))
        some = select(c.call_id).where(*unseen).limit(limit).subquery()
        async with self._engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(some)) or 0)

    async def peers(self, user_id: str, among: Sequence[str], digits: Sequence[str]) -> list[str]:
        c = call_peers.c
        holding = or_(false(), *(c.peer.contains(wanted, autoescape=True) for wanted in digits))
        meant = or_(c.peer.in_(among[:PEERS_MAX]), and_(c.peer.not_like("@%"), holding))
        query = select(c.peer).where(c.user_id == user_id, meant).limit(PEERS_MAX)
        async with self._engine.connect() as connection:
            return list(await connection.scalars(query))
