"""Trunks in SQL, their passwords in files."""

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.secrets import write_private
from server.trunks.rules import Line, TrunkTaken
from server.trunks.settings import Settings
from server.trunks.tables import trunks


class SqlLines:
    """`trunks.service.LineStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> list[Line]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(trunks).order_by(trunks.c.position))).all()
        return [
            Line(
                row.name,
                row.kind,
                row.host,
                row.port or None,
                row.transport,
                row.username,
                row.caller_id,
                row.enabled,
                msgspec.json.decode(row.settings, type=Settings),
            )
            for row in rows
        ]

    async def add(self, line: Line) -> None:
        try:
            async with self._engine.begin() as connection:
                last = await connection.scalar(select(func.coalesce(func.max(trunks.c.position), 0)))
                row = insert(trunks).values(name=line.name, position=int(last or 0) + 1, **_values(line))
                await connection.execute(row)
        except IntegrityError as error:
            raise TrunkTaken from error

    async def replace(self, line: Line) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(trunks).where(trunks.c.name == line.name).values(**_values(line)))

    async def remove(self, name: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(trunks).where(trunks.c.name == name))


def _values(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "host": line.host,
        "port": line.port or 0,
        "transport": line.transport,
        "username": line.username,
        "caller_id": line.caller_id,
        "enabled": line.enabled,
        "settings": msgspec.json.encode(line.settings).decode(),
    }


class PasswordFiles:
    """`trunks.service.Passwords`: one file a trunk, mode 0600. Names were checked: none is a path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str | None:
        path = self._folder / name
        return path.read_text("utf-8").rstrip("\n") if path.exists() else None

    def put(self, name: str, password: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._folder / name, password + "\n")

    def delete(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)
