"""How a colleague is, who has a desk phone only: on another desk phone, for pages, and in Matrix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.office import ANNA, BRUNO, CHIARA, Api, Colleague, Office
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def shows(api: Api, who: Colleague, state: str) -> None:
    """Wait until colleagues see this."""
    seen = None
    for _ in range(int(PATIENCE * 20)):
        _, answer = await api.ask("GET", "/people")
        (seen,) = (each["state"] for each in answer["people"] if each["user_id"] == who.user_id)
        if seen == state:
            return
        await asyncio.sleep(0.05)  # pages have events for it
    raise TimeoutError(f"{who.name} is {seen}, never {state}")


@asynccontextmanager
async def not_disturbed(api: Api) -> AsyncIterator[None]:
    status, _ = await api.ask("PATCH", "/services", {"do_not_disturb": True})
    assert status == 200
    try:
        yield
    finally:
        await api.ask("PATCH", "/services", {"do_not_disturb": False})


async def test_a_colleague_with_a_desk_phone_only_is_seen_on_another_phone_and_by_pages(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.api(ANNA) as anna_api,
        office.api(BRUNO) as bruno_api,
        office.desk_phone(CHIARA, tmp_path, tone_hz=500, watches=(BRUNO.extension,)) as chiara,
    ):
        await shows(anna_api, BRUNO, "offline")
        await chiara.wait_shows(BRUNO.extension, "Offline")
        async with (
            office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
            office.desk_phone(ANNA, tmp_path, tone_hz=600) as anna,
        ):
            await shows(anna_api, BRUNO, "available")
            await chiara.wait_shows(BRUNO.extension, "Online")
            await anna.dial(BRUNO.extension)
            await bruno.wait_ringing()
            await shows(anna_api, BRUNO, "ringing")
            await chiara.wait_shows(BRUNO.extension, "Busy")
            await bruno.answer()
            await shows(anna_api, BRUNO, "on_the_phone")
            await chiara.wait_shows(BRUNO.extension, "Busy")
            await bruno.command("hold")
            await shows(anna_api, BRUNO, "held")
            await bruno.command("resume")
            await shows(anna_api, BRUNO, "on_the_phone")
            await anna.hang_up()
            await shows(anna_api, BRUNO, "available")
            await chiara.wait_shows(BRUNO.extension, "Online")
            async with not_disturbed(bruno_api):
                await shows(anna_api, BRUNO, "do_not_disturb")
                await chiara.wait_shows(BRUNO.extension, "Busy")
            await shows(anna_api, BRUNO, "available")
        await shows(anna_api, BRUNO, "offline")
        await chiara.wait_shows(BRUNO.extension, "Offline")
