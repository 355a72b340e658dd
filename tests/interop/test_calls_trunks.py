"""Trunks against sipp: a carrier known by its address, and a provider that is registered with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.office import ANNA, OUTSIDE, Office, office_of
from tests.support.ports import free_block
from tests.support.rtp import RtpPeer
from tests.support.sip_presence import Present
from tests.support.sipp import Sipp
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE_HZ, CARRIER_HZ, PROVIDER_HZ = 600, 440, 880
CALLER_ID = "+390612345000"

_TRUNKS = """
[telephony]
ring_seconds = 10
[[trunks]]
name = "carrier"
kind = "peer"
host = "127.0.0.1"
port = {carrier}
caller_id = "{caller_id}"

[[trunks]]
name = "provider"
kind = "register"
host = "127.0.0.1"
port = {provider}
username = "unisono"
password = "secret"
"""


@dataclass
class Lines:
    """An office with two outside lines: the carrier has a scenario in each test, the provider answers."""

    office: Office
    present: Present
    carrier_port: int
    provider: Sipp
    provider_media: RtpPeer
    folder: Path

    @asynccontextmanager
    async def carrier(self, scenario: str, media: RtpPeer, service: str = ANNA.number) -> AsyncIterator[Sipp]:
        """The carrier plays this scenario; before and after it, it is only there."""
        keys: dict[str, str | int] = {"rtp_port": media.port, "caller": OUTSIDE}
        bridge, port = self.office.registrar, self.carrier_port
        await self.present.release()
        async with Sipp(
            self.folder / scenario, scenario, bridge, port=port, service=service, keys=keys
        ) as sipp:
            yield sipp
        await self.present.hold()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lines(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lines]:
    folder = tmp_path_factory.mktemp("trunks")
    first = free_block(4)
    trunks = _TRUNKS.format(carrier=first, provider=first + 2, caller_id=CALLER_ID)
    present = Present(first)
    await present.hold()
    async with RtpPeer(PROVIDER_HZ) as media:
        keys = {"rtp_port": media.port}
        async with Sipp(
            folder / "provider", "provider", "127.0.0.1", port=first + 2, calls=1000, timeout=900, keys=keys
        ) as provider:
            with await asyncio.to_thread(Stack.start, folder, extra=trunks) as stack:
                await asyncio.to_thread(_populate, stack)
                async with office_of(stack) as office:
                    yield Lines(office, present, first, provider, media, folder)


def _populate(stack: Stack) -> None:
    stack.wait_ready()
    added = stack.cli(
        *("people", "add", "--email", ANNA.email, "--name", ANNA.name, "--password", ANNA.password),
        *("--extension", ANNA.extension, "--sip-password", ANNA.sip_password, "--number", ANNA.number),
    )
    assert added.returncode == 0, added.stderr


async def test_the_carrier_answers_and_both_hear_each_other(lines: Lines, tmp_path: Path) -> None:
    async with (
        RtpPeer(CARRIER_HZ) as media,
        lines.carrier("carrier_answers", media) as carrier,
        lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
    ):
        await phone.dial("06 98765432".replace(" ", ""))
        await phone.wait_established()
        await phone.wait_hears(CARRIER_HZ)
        await media.wait_hears(PHONE_HZ)
        await phone.hang_up()
        await carrier.wait()
        invite = carrier.transcript()
        assert f"INVITE sip:{OUTSIDE}@" in invite
        assert f"sip:{ANNA.number}@" in invite  # her own number, not the trunk's


async def test_the_carrier_calls_in_and_both_hear_each_other(lines: Lines, tmp_path: Path) -> None:
    async with (
        RtpPeer(CARRIER_HZ) as media,
        lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
        lines.carrier("calls_and_stays", media) as carrier,
    ):
        await phone.wait_ringing()
        await phone.answer()
        media.send_to("127.0.0.1", await carrier.remote_media_port())
        await phone.wait_hears(CARRIER_HZ)
        await media.wait_hears(PHONE_HZ)
        await phone.hang_up()
        await carrier.wait()


async def test_a_busy_number_is_not_tried_on_the_next_trunk(lines: Lines, tmp_path: Path) -> None:
    async with (
        RtpPeer() as media,
        lines.carrier("carrier_busy", media) as carrier,
        lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
    ):
        await phone.dial(OUTSIDE)
        assert "486" in await phone.wait_closed()
        await carrier.wait()


async def test_giving_up_cancels_the_call_at_the_carrier(lines: Lines, tmp_path: Path) -> None:
    async with (
        RtpPeer() as media,
        lines.carrier("carrier_never_answers", media) as carrier,
        lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
    ):
        await phone.dial(OUTSIDE)
        await phone.events.wait("CALL_RINGING", "CALL_PROGRESS")
        await phone.hang_up()
        await carrier.wait()


async def test_a_caller_from_outside_hears_that_nobody_answers(lines: Lines, tmp_path: Path) -> None:
    async with (
        RtpPeer() as media,
        lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
        lines.carrier("expects_no_answer", media) as carrier,
        lines.office.api(ANNA) as api,
    ):
        await phone.wait_ringing()
        await phone.wait_closed()  # after ring_seconds
        await carrier.wait()
        record = await api.ended_call()
        assert (record["direction"], record["outcome"], record["peer"]["number"]) == (
            "inbound",
            "missed",
            OUTSIDE,
        )


async def test_a_number_of_nobody_is_not_found(lines: Lines) -> None:
    async with (
        RtpPeer() as media,
        lines.carrier("expects_not_found", media, service="+390612345999") as carrier,
    ):
        await carrier.wait()


async def test_an_offer_without_a_common_codec_is_not_acceptable(lines: Lines, tmp_path: Path) -> None:
    async with (
        RtpPeer() as media,
        lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ),
        lines.carrier("offers_no_common_codec", media) as carrier,
    ):
        await carrier.wait()


async def test_when_the_carrier_is_away_the_registered_provider_takes_the_call(
    lines: Lines, tmp_path: Path
) -> None:
    await lines.present.release()
    async with lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(OUTSIDE)
        await phone.wait_established()
        await phone.wait_hears(PROVIDER_HZ)
        await lines.provider_media.wait_hears(PHONE_HZ)
        await phone.hang_up()
        await phone.wait_closed()


async def test_without_any_line_the_phone_is_told_and_a_record_is_kept(lines: Lines, tmp_path: Path) -> None:
    """The last test of this module: the provider does not come back."""
    await lines.provider.stop()
    async with (
        lines.office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
        lines.office.api(ANNA) as api,
    ):
        await phone.dial(OUTSIDE)
        assert "503" in await phone.wait_closed()
        record = await api.ended_call()
        assert (record["direction"], record["outcome"], record["peer"]["number"]) == (
            "outbound",
            "failed",
            OUTSIDE,
        )
