"""What people say of themselves, in SQL."""

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from server.directory.tables import people
from server.presence.choices import Choice
from server.presence.tables import presence_choices as choices
from server.storage import one_at_a_time


class SqlChoices:
    """`presence.choices.ChoiceStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, person_id: str) -> Choice:
        async with self._engine.connect() as connection:
            query = select(choices).where(choices.c.person_id == person_id)
            row = (await connection.execute(query)).first()
        return Choice(row.state, row.status_text, row.until) if row else Choice()

    async def put(self, person_id: str, choice: Choice) -> None:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            await connection.execute(delete(choices).where(choices.c.person_id == person_id))
            row = {"state": choice.state, "status_text": choice.status_text, "until": choice.until}
            await connection.execute(insert(choices).values(person_id=person_id, **row))

    async def hidden(self) -> frozenset[str]:
        """The ids of those who want to look offline."""
        async with self._engine.connect() as connection:
            return frozenset(
                await connection.scalars(select(choices.c.person_id).where(choices.c.state == "offline"))
            )

    async def due(self, now_ms: int) -> list[str]:
        """The ids of those whose words are over."""
        async with self._engine.connect() as connection:
            query = select(choices.c.person_id).where(choices.c.until <= now_ms)
            return list(await connection.scalars(query))

    async def forget(self, person_id: str) -> None:
        """The person is removed."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(choices).where(choices.c.person_id == person_id))
