"""A call between two browsers, peer to peer, comes into the house when a feature needs it there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.office import ANNA, BRUNO, CHIARA, Api, Office
from tests.support.recording import wait_tones
from tests.support.web_client import together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ = 600, 900, 1300
#: Seconds; more than it takes, on a machine with other things to do.
_GAP = 1.0


async def transfer(api: Api, call_id: str, to: str) -> str | None:
    """Give the other side to `to`; the code of the refusal, if it was refused."""
    status, answer = await api.ask("POST", f"/calls/{call_id}/commands", {"action": "transfer", "to": to})
    return None if status == 200 else str(answer["error"]["code"])


async def test_one_of_two_browsers_transfers_the_other_to_a_desk_phone(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        ) as (anna, bruno),
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(BRUNO) as api,
    ):
        await anna.dial(BRUNO.extension)
        await expect(bruno.incoming).to_be_visible()
        await bruno.answer()
        await anna.wait_in_call()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        for client in (anna, bruno):
            await client.watch_ringing()
        call = await api.latest_call(lambda call: call["answered_at"] is not None)
        async with anna.ears.longest_gap(BRUNO_HZ) as at_anna, bruno.ears.longest_gap(ANNA_HZ) as at_bruno:
            # Nobody has this number: they are in the house by then, and talk on there.
            assert await transfer(api, call["id"], "299") == "target_not_reachable"
            await anna.wait_hears(BRUNO_HZ)
            await bruno.wait_hears(ANNA_HZ)
        assert at_anna.seconds < _GAP
        assert at_bruno.seconds < _GAP
        assert await transfer(api, call["id"], CHIARA.extension) is None
        await chiara.wait_ringing()
        await chiara.answer()
        await bruno.wait_no_call()
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        assert not await anna.rang()
        assert not await bruno.rang()
        await chiara.hang_up()
        await anna.wait_no_call()


async def test_a_desk_phone_is_added_to_a_call_of_two_browsers_who_are_alone_again_when_it_leaves(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        ) as (anna, bruno),
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(BRUNO) as api,
    ):
        await anna.dial(BRUNO.extension)
        await expect(bruno.incoming).to_be_visible()
        await bruno.answer()
        await anna.wait_in_call()
        await anna.wait_hears(BRUNO_HZ)
        for client in (anna, bruno):
            await client.watch_ringing()
        call = await api.latest_call(lambda call: call["answered_at"] is not None)
        command = {"action": "add", "to": CHIARA.extension}
        status, answer = await api.ask("POST", f"/calls/{call['id']}/commands", command)
        assert status == 200, answer
        await chiara.wait_ringing()
        await chiara.answer()
        await wait_tones(chiara.heard, [ANNA_HZ, BRUNO_HZ], "Chiara")
        for client, other in ((anna, BRUNO_HZ), (bruno, ANNA_HZ)):
            for hz in (other, CHIARA_HZ):
                await client.page.wait_for_function("hz => unisonoTest.hears(hz, 0.15)", arg=hz, polling=100)
        await chiara.hang_up()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        assert not await anna.rang()
        assert not await bruno.rang()
        await bruno.hang_up()
        await anna.wait_no_call()
