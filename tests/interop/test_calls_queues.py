"""Queues, with real phones and the carrier; checked by the tones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridges.sip.voice.prompts import Language, Prompt
from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Api, Office
from tests.support.patience import PATIENCE
from tests.support.prompts import wait_words

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ, CALLER_HZ, SECOND_HZ = 600, 1400, 1000, 800, 1800
HOTLINE = "+390612345310"
SAID = (Prompt.ON_DUTY, Prompt.OFF_DUTY, Prompt.ON_A_BREAK)
WAITING = {"wrap_up": 0, "announce": 0, "welcome": False}


@asynccontextmanager
async def hotline(office: Office, waiting: dict[str, Any] | None = None, **wanted: Any) -> AsyncIterator[Api]:
    """Anna, who has made a queue of herself and Bruno, until the test is over."""
    body = {
        "name": "Hotline",
        "extension": "310",
        "numbers": [HOTLINE],
        "strategy": "in_order",
        "members": [{"user_id": ANNA.user_id}, {"user_id": BRUNO.user_id}],
        "waiting": WAITING | (waiting or {}),
    }
    async with office.api(ANNA) as api:
        status, made = await api.ask("POST", "/groups", body | wanted)
        assert status == 201, made
        try:
            yield api
        finally:
            await api.ask("PUT", "/queues/duty", {"duty": "off"})
            assert (await api.ask("DELETE", f"/groups/{made['group']['id']}"))[0] == 204


async def duty(api: Api, what: str) -> None:
    status, answer = await api.ask("PUT", "/queues/duty", {"duty": what})
    assert status == 200, answer


async def board(api: Api) -> dict[str, Any]:
    queues: list[dict[str, Any]] = (await api.ask("GET", "/queues"))[1]["queues"]
    return next(one for one in queues if one["name"] == "Hotline")


async def shows(api: Api, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The board, once `holds` is true of it."""
    seen: dict[str, Any] = {}
    for _ in range(int(PATIENCE * 10)):
        seen = await board(api)
        if holds(seen):
            return seen
        await asyncio.sleep(0.1)  # records come when the bridge has delivered them
    raise TimeoutError(f"the board is {seen}")


def state(row: dict[str, Any], name: str) -> str:
    return next(str(one["state"]) for one in row["agents"] if one["name"] == name)


async def test_callers_wait_in_order_until_an_agent_is_free(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        hotline(office) as api,
    ):
        await duty(api, "on")
        first = await office.carrier.call_in(HOTLINE, tone_hz=CALLER_HZ)
        assert OUTSIDE in (await anna.wait_ringing())["peeruri"]
        second = await office.carrier.call_in(HOTLINE, "+390698765433", tone_hz=SECOND_HZ)
        await shows(api, lambda row: len(row["waiting"]) == 2)
        await anna.answer()
        await office.carrier.wait_hears(first, ANNA_HZ)
        await anna.wait_hears(CALLER_HZ)
        await shows(
            api,
            lambda row: (
                state(row, ANNA.name) == "talking" and [one["rings"] for one in row["waiting"]] == [False]
            ),
        )
        await office.carrier.hang_up(first)
        await anna.wait_ringing()
        await anna.answer()
        await office.carrier.wait_hears(second, ANNA_HZ)
        await office.carrier.hang_up(second)
        await shows(
            api,
            lambda row: (state(row, ANNA.name), row["today"]["answered"], row["waiting"]) == ("ready", 2, []),
        )


async def test_agents_sign_in_by_code_and_who_does_not_answer_is_passed_over(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        hotline(office, {"welcome": True, "announce": 60}, seconds=10) as api,
    ):
        for phone in (anna, bruno):
            await phone.dial("*45#")
            await wait_words(phone.heard, Prompt.ON_DUTY, Language.IT, SAID)
            await phone.wait_closed()
        call_id = await office.carrier.call_in(HOTLINE, tone_hz=CALLER_HZ)
        await anna.wait_ringing()
        await bruno.wait_ringing()
        await bruno.answer()
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await shows(api, lambda row: (state(row, ANNA.name), state(row, BRUNO.name)) == ("ready", "talking"))
        await bruno.hang_up()
        await anna.dial("#45#")
        await wait_words(anna.heard, Prompt.OFF_DUTY, Language.IT, SAID)
        await anna.wait_closed()
        await bruno.dial("*46#")
        await wait_words(bruno.heard, Prompt.ON_A_BREAK, Language.IT, SAID)
        await bruno.wait_closed()
        await shows(api, lambda row: (state(row, ANNA.name), state(row, BRUNO.name)) == ("off", "paused"))
        async with office.api(BRUNO) as bruno_api:
            await duty(bruno_api, "off")


async def test_who_presses_the_key_is_called_back_in_their_turn(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        hotline(office, {"call_back": "1", "welcome": True}, members=[{"user_id": ANNA.user_id}]) as api,
    ):
        await duty(api, "on")
        await duty(api, "break")
        await bruno.dial("310")
        await wait_words(bruno.heard, Prompt.QUEUE_CALL_BACK, Language.IT, (Prompt.QUEUE_CALL_BACK,))
        await bruno.send_dtmf("1")
        await bruno.wait_closed()
        row = await shows(api, lambda row: any(one["call_back"] for one in row["waiting"]))
        assert [one["caller"]["name"] for one in row["waiting"]] == [BRUNO.name]
        # It is their turn: first the agent is called, and hears why, then who hung up.
        await duty(api, "on")
        await anna.wait_ringing()
        await anna.answer()
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await shows(
            api,
            lambda row: (
                (row["today"]["called_back"], state(row, ANNA.name), row["waiting"]) == (1, "talking", [])
            ),
        )
        await bruno.hang_up()
        await shows(api, lambda row: state(row, ANNA.name) == "ready")


async def test_who_has_waited_for_too_long_goes_elsewhere_and_what_is_said_is_said(
    office: Office, tmp_path: Path
) -> None:
    otherwise = {"kind": "colleague", "user_id": CHIARA.user_id}
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        hotline(office, {"longest": 12, "announce": 60, "welcome": True}, otherwise=otherwise) as api,
    ):
        await anna.dial("310")  # nobody is there
        await chiara.wait_ringing()
        await chiara.hang_up()
        await anna.wait_closed()
        await duty(api, "on")
        await duty(api, "break")
        await bruno.dial("310")
        await wait_words(bruno.heard, Prompt.QUEUE_WELCOME, Language.IT, (Prompt.QUEUE_WELCOME,))
        await wait_words(bruno.heard, Prompt.QUEUE_NEXT, Language.IT, (Prompt.QUEUE_NEXT,))
        await chiara.wait_ringing()
        await chiara.answer()
        await bruno.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(BRUNO_HZ)
        await bruno.hang_up()
        await chiara.wait_closed()
        # What became of a call is known when its record has come.
        await shows(
            api,
            lambda row: (
                row["waiting"] == []
                and row["today"]["calls"]
                == sum(row["today"][one] for one in ("answered", "abandoned", "elsewhere"))
            ),
        )
