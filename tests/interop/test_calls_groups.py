"""Ring groups, with real phones and the carrier; checked by the tones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Api, Office

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ, CALLER_HZ = 600, 1400, 1000, 800
COMPANY = "+390612345300"


@asynccontextmanager
async def sales(office: Office, **wanted: Any) -> AsyncIterator[Api]:
    """Anna, who has made a group of herself and Bruno, until the test is over."""
    body = {
        "name": "Sales",
        "extension": "300",
        "numbers": [COMPANY],
        "members": [{"user_id": ANNA.user_id}, {"user_id": BRUNO.user_id}],
    }
    async with office.api(ANNA) as api:
        status, made = await api.ask("POST", "/groups", body | wanted)
        assert status == 201, made
        try:
            yield api
        finally:
            assert (await api.ask("DELETE", f"/groups/{made['group']['id']}"))[0] == 204


async def _ended(api: Api) -> dict[str, Any]:
    return await api.latest_call(lambda call: bool(call["ended_at"]) and bool(call["group"]))


async def test_an_outside_caller_reaches_the_company_number_and_both_phones_ring(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(BRUNO) as bruno_api,
        sales(office) as anna_api,
    ):
        call_id = await office.carrier.call_in(COMPANY, tone_hz=CALLER_HZ)
        for phone in (anna, bruno):
            assert OUTSIDE in (await phone.wait_ringing())["peeruri"]
        await bruno.answer()
        await anna.wait_closed()
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await bruno.wait_hears(CALLER_HZ)
        await office.carrier.hang_up(call_id)
        await bruno.wait_closed()
        his, hers = await _ended(bruno_api), await _ended(anna_api)
        assert his["id"] == hers["id"]
        assert (his["group"]["name"], his["outcome"], bool(his["answered_at"])) == ("Sales", "answered", True)
        assert (hers["picked_up_by"]["name"], hers["answered_at"]) == (BRUNO.name, None)


async def test_in_order_the_second_rings_when_the_first_declines_or_does_not_answer(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(CHIARA) as api,
        sales(office, strategy="in_order", seconds=10),
    ):
        for declines in (True, False):
            await chiara.dial("300")
            await anna.wait_ringing()
            if declines:
                await anna.hang_up()
            await bruno.wait_ringing()
            await anna.wait_closed()
            await bruno.answer()
            await chiara.wait_hears(BRUNO_HZ)
            await bruno.wait_hears(CHIARA_HZ)
            await chiara.hang_up()
            await bruno.wait_closed()
            seen = await _ended(api)
            assert (seen["peer"]["name"], seen["group"]["name"]) == (BRUNO.name, "Sales")


async def test_a_call_that_nobody_takes_goes_on_to_a_colleague(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(CHIARA) as api,
        sales(office, seconds=5, otherwise={"kind": "colleague", "user_id": CHIARA.user_id}),
    ):
        call_id = await office.carrier.call_in(COMPANY, tone_hz=CALLER_HZ)
        await bruno.wait_ringing()
        await bruno.wait_closed()
        await chiara.wait_ringing()
        await chiara.answer()
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        await chiara.hang_up()
        seen = await api.latest_call(lambda call: bool(call["ended_at"]) and bool(call["forwarded"]))
        assert seen["forwarded"][0]["by"]["name"] == "Sales"
