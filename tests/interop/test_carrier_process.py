"""The carrier as a process of its own: sipp takes the bridge's place, audio is checked by content."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.rtp import RtpPeer
from tests.support.sipp import Sipp, SippError

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXTENSION_NUMBER = "+390612345201"


@dataclass
class RunningCarrier:
    """The process, and how to talk with it."""

    http: aiohttp.ClientSession
    base: str
    sip_port: int
    bridge_port: int
    process: asyncio.subprocess.Process
    folder: Path

    async def call_in(self, **body: Any) -> tuple[int, Any]:
        async with self.http.post(f"{self.base}/v1/call-in", json=body) as answer:
            return answer.status, await answer.json()

    async def calls(self) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.base}/v1/calls") as answer:
            calls: list[dict[str, Any]] = (await answer.json())["calls"]
            return calls

    async def wait_call(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first call for which ``holds`` becomes true."""
        for _ in range(int(PATIENCE * 20)):
            if found := [call for call in await self.calls() if holds(call)]:
                return found[0]
            await asyncio.sleep(0.05)  # the control has no events
        raise TimeoutError(f"no such call: {await self.calls()}")

    def dials(self, number: str, media: RtpPeer, scenario: str = "set_up_and_end") -> Sipp:
        """The bridge calls ``number``."""
        keys: dict[str, str | int] = {"rtp_port": media.port, "caller": EXTENSION_NUMBER}
        target = f"127.0.0.1:{self.sip_port}"
        return Sipp(self.folder / number, scenario, target, port=self.bridge_port, service=number, keys=keys)


@asynccontextmanager
async def running(folder: Path, **config: Any) -> AsyncIterator[RunningCarrier]:
    first = free_block(20)
    path = folder / "carrier.json"
    path.write_text(
        json.dumps(
            {
                "sip": {"port": first},
                "control": {"port": first + 1},
                "bridge": {"port": first + 2},
                "media": {"rtp_port_min": first + 3, "rtp_port_max": first + 19},
                **config,
            }
        )
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridges.carrier", "--config", str(path)),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while json.loads(await process.stderr.readline())["event"] != "ready":
            pass
    rest = asyncio.create_task(process.stderr.read())
    try:
        async with aiohttp.ClientSession() as http:
            yield RunningCarrier(http, f"http://127.0.0.1:{first + 1}", first, first + 2, process, folder)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE)
        await rest


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carrier(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCarrier]:
    """One for all tests that do not end it."""
    async with running(tmp_path_factory.mktemp("carrier")) as process:
        yield process


async def test_the_bridge_dials_the_tone_and_both_hear_each_other(carrier: RunningCarrier) -> None:
    async with RtpPeer(1000) as media, carrier.dials("+390698765402", media, "calls_and_stays") as phone:
        await media.wait_hears(440)
        call = await carrier.wait_call(lambda call: call["heard"]["tone_hz"] == 1000)
        assert call["direction"] == "from_bridge"
        async with carrier.http.delete(f"{carrier.base}/v1/calls/{call['id']}") as answer:
            assert answer.status == 204
        await phone.wait()


async def test_the_echo_number_gives_back_the_callers_voice(carrier: RunningCarrier) -> None:
    async with RtpPeer(770) as media, carrier.dials("+390698765401", media, "calls_and_stays"):
        await media.wait_hears(770)


async def test_a_call_in_reaches_the_bridge_with_number_and_tone(carrier: RunningCarrier) -> None:
    async with (
        RtpPeer(1200) as media,
        Sipp(
            carrier.folder / "in",
            "carrier_answers",
            "127.0.0.1",
            port=carrier.bridge_port,
            keys={"rtp_port": media.port},
        ) as callee,
    ):
        status, body = await carrier.call_in(to="06 12345201", **{"from": "+390698765432"}, tone_hz=600)
        assert status == 200, body
        await media.wait_hears(600)
        call = await carrier.wait_call(lambda call: call["heard"]["tone_hz"] == 1200)
        assert call["id"] == body["call_id"]
        assert f"INVITE sip:{EXTENSION_NUMBER}@" in callee.transcript()
        assert "sip:+390698765432@" in callee.transcript()
        async with carrier.http.delete(f"{carrier.base}/v1/calls/{call['id']}") as answer:
            assert answer.status == 204
        await callee.wait()


@pytest.mark.parametrize(
    ("number", "status"),
    [("+390698765403", "486"), ("+390698765405", "603"), ("+390698765408", "404"), ("+390698765409", "503")],
)
async def test_special_numbers_refuse(carrier: RunningCarrier, number: str, status: str) -> None:
    async with RtpPeer() as media, carrier.dials(number, media) as phone:
        with pytest.raises(SippError, match=status):
            await phone.wait()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"to": "anna", "from": "+390698765432"}, "not_a_number", None),
        ({"to": EXTENSION_NUMBER}, "invalid", None),
        ({"to": EXTENSION_NUMBER, "from": "+390698765432", "tone_hz": 9}, "invalid", "tone_hz"),
        ({"to": EXTENSION_NUMBER, "from": "+390698765432", "tune": 9}, "invalid", None),
    ],
)
async def test_a_bad_order_is_refused(
    carrier: RunningCarrier, body: Any, code: str, field: str | None
) -> None:
    status, answer = await carrier.call_in(**body)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (400, code, field)


async def test_a_form_posted_by_a_web_page_is_refused(carrier: RunningCarrier) -> None:
    async with (
        carrier.http.post(f"{carrier.base}/v1/call-in", data=b'{"to":"1","from":"2"}') as answer,
    ):
        assert answer.status == 415


async def test_sigterm_hangs_up_and_ends_cleanly(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as carrier,
        RtpPeer(1000) as media,
        carrier.dials("+390698765402", media, "calls_and_stays") as phone,
    ):
        await media.wait_hears(440)
        carrier.process.terminate()
        await phone.wait()
        assert await asyncio.wait_for(carrier.process.wait(), PATIENCE) == 0


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    async with running(tmp_path) as carrier:
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bridges.carrier", "--config", str(tmp_path / "carrier.json")),
            stderr=asyncio.subprocess.PIPE,
        )
        _, complaint = await asyncio.wait_for(second.communicate(), PATIENCE)
        assert second.returncode == 1
        assert str(carrier.sip_port) in complaint.decode()
