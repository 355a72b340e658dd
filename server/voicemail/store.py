"""Messages and greetings in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from server.voicemail.greetings import Greeting
from server.voicemail.posting import Unposted
from server.voicemail.rules import Changes, MailKind, Message
from server.voicemail.tables import (
    mailboxes,
    voice_messages,
    voicemail_greetings,
    voicemail_mail,
    voicemail_pins,
    voicemail_rules,
)
from wire.route import Party
from wire.voicemail import Occasion

_AT_ONCE = 500


class SqlVoicemail:
    """`service.VoicemailStore`, `greetings.GreetingStore`, `pins.PinStore`, `keeping.RulesStore` and
    `posting.PostingStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = (postgresql if engine.dialect.name == "postgresql" else sqlite).insert

    async def chosen(self, owner: str) -> bool | None:
        query = select(mailboxes.c.on).where(mailboxes.c.owner == owner)
        async with self._engine.connect() as connection:
            found: bool | None = await connection.scalar(query)
        return found

    async def choose(self, owner: str, on: bool) -> None:
        row = self._insert(mailboxes).values(owner=owner, on=on)
        statement = row.on_conflict_do_update(index_elements=[mailboxes.c.owner], set_={"on": on})
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def mail(self, owner: str) -> MailKind:
        query = select(voicemail_mail.c.kind).where(voicemail_mail.c.owner == owner)
        async with self._engine.connect() as connection:
            found: MailKind | None = await connection.scalar(query)
        return found or "none"

    async def choose_mail(self, owner: str, kind: MailKind) -> None:
        c = voicemail_mail.c
        row = self._insert(voicemail_mail).values(owner=owner, kind=kind)
        statement = row.on_conflict_do_update(index_elements=[c.owner], set_={"kind": kind})
        async with self._engine.begin() as connection:
            if kind == "none":
                await connection.execute(delete(voicemail_mail).where(c.owner == owner))
            else:
                await connection.execute(statement)

    async def pin(self, owner: str) -> str | None:
        query = select(voicemail_pins.c.hash).where(voicemail_pins.c.owner == owner)
        async with self._engine.connect() as connection:
            found: str | None = await connection.scalar(query)
        return found

    async def pin_chosen_at(self, owner: str) -> int | None:
        query = select(voicemail_pins.c.chosen_at).where(voicemail_pins.c.owner == owner)
        async with self._engine.connect() as connection:
            found: int | None = await connection.scalar(query)
        return found

    async def choose_pin(self, owner: str, pin_hash: str | None, at: int) -> None:
        c, values = voicemail_pins.c, {"hash": pin_hash, "chosen_at": at}
        row = self._insert(voicemail_pins).values(owner=owner, **values)
        chosen = row.on_conflict_do_update(index_elements=[c.owner], set_=values)
        gone = delete(voicemail_pins).where(c.owner == owner)
        async with self._engine.begin() as connection:
            await connection.execute(gone if pin_hash is None else chosen)

    async def add(self, owner: str, message: Message) -> bool:
        row = self._insert(voice_messages).values(
            id=message.id,
            owner=owner,
            call_id=message.call_id,
            caller_user_id=message.caller.user_id,
            caller_name=message.caller.name,
            caller_number=message.caller.number,
            left_at=message.left_at,
            duration_ms=message.duration_ms,
            seen=message.seen,
        )
        async with self._engine.begin() as connection:
            added = await connection.execute(row.on_conflict_do_nothing())
        return bool(added.rowcount)

    async def all(self, owner: str) -> list[Message]:
        c = voice_messages.c
        query = select(voice_messages).where(c.owner == owner, c.deleted_at.is_(None))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(c.left_at.desc(), c.id))).all()
        return [_message(row) for row in rows]

    async def count(self, owner: str) -> int:
        c = voice_messages.c
        query = select(func.count()).where(c.owner == owner, c.deleted_at.is_(None))
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def one(self, owner: str, message_id: str) -> Message | None:
        c = voice_messages.c
        mine = (c.id == message_id) & (c.owner == owner) & c.deleted_at.is_(None)
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(voice_messages).where(mine))).first()
        return None if row is None else _message(row)

    async def mark(self, owner: str, message_id: str, *, seen: bool) -> bool:
        return await self._change(owner, message_id, seen=seen)

    async def remove(self, owner: str, message_id: str, at: int | None) -> bool:
        return await self._change(owner, message_id, deleted_at=at)

    async def _change(self, owner: str, message_id: str, **values: Any) -> bool:
        c = voice_messages.c
        change = update(voice_messages).where(c.id == message_id, c.owner == owner).values(**values)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(change)).rowcount)

    async def unposted(self, most: int) -> list[Unposted]:
        c = voice_messages.c
        query = select(voice_messages).where(~c.posted, c.deleted_at.is_(None)).order_by(c.left_at, c.id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.limit(most))).all()
        return [Unposted(row.owner, _message(row)) for row in rows]

    async def posted(self, message_id: str) -> None:
        change = update(voice_messages).where(voice_messages.c.id == message_id).values(posted=True)
        async with self._engine.begin() as connection:
            await connection.execute(change)

    async def purge(self, left_before: int, deleted_before: int) -> None:
        c = voice_messages.c
        old = (c.left_at < left_before) | (c.deleted_at < deleted_before)
        async with self._engine.begin() as connection:
            await connection.execute(delete(voice_messages).where(old))

    async def known(self, message_ids: Sequence[str]) -> set[str]:
        return await self._known(voice_messages, message_ids)

    async def _known(self, table: Table, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        async with self._engine.connect() as connection:
            # SQLite takes no more than 32,766 values in a statement, its older versions 999.
            for start in range(0, len(ids), _AT_ONCE):
                some = list(ids[start : start + _AT_ONCE])
                query = select(table.c.id).where(table.c.id.in_(some))
                found.update((await connection.scalars(query)).all())
        return found

    async def greetings(self, owner: str) -> list[Greeting]:
        c = voicemail_greetings.c
        query = select(voicemail_greetings).where(c.owner == owner).order_by(c.occasion)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [Greeting(row.occasion, row.id, row.duration_ms, row.made_at) for row in rows]

    async def greet_with(self, owner: str, greeting: Greeting) -> None:
        values = {"id": greeting.id, "duration_ms": greeting.duration_ms, "made_at": greeting.made_at}
        c = voicemail_greetings.c
        row = self._insert(voicemail_greetings).values(owner=owner, occasion=greeting.occasion, **values)
        statement = row.on_conflict_do_update(index_elements=[c.owner, c.occasion], set_=values)
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def greet_no_more(self, owner: str, occasion: Occasion) -> None:
        c = voicemail_greetings.c
        gone = delete(voicemail_greetings).where(c.owner == owner, c.occasion == occasion)
        async with self._engine.begin() as connection:
            await connection.execute(gone)

    async def known_greetings(self, ids: Sequence[str]) -> set[str]:
        return await self._known(voicemail_greetings, ids)

    async def rules(self) -> Changes:
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(voicemail_rules.c.chosen))
        return msgspec.json.decode(found, type=Changes) if found else Changes()

    async def choose_rules(self, chosen: Changes) -> None:
        content = msgspec.json.encode(chosen).decode()
        row = self._insert(voicemail_rules).values(id=1, chosen=content)
        statement = row.on_conflict_do_update(index_elements=[voicemail_rules.c.id], set_={"chosen": content})
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def forget_owner(self, owner: str) -> None:
        """Forget the mailbox of somebody who leaves."""
        async with self._engine.begin() as connection:
            for table in (mailboxes, voice_messages, voicemail_greetings, voicemail_mail, voicemail_pins):
                await connection.execute(delete(table).where(table.c.owner == owner))


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        call_id=row.call_id,
        caller=Party(row.caller_user_id, row.caller_name, row.caller_number),
        left_at=row.left_at,
        duration_ms=row.duration_ms,
        seen=row.seen,
    )
