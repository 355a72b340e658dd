"""The scenarios against each other: what they say about the bridge must not be a fault of their own."""

from pathlib import Path

import pytest

from tests.support.rtp import RtpPeer
from tests.support.sipp import Sipp, SippError


async def test_caller_and_called_party_understand_each_other(tmp_path: Path) -> None:
    async with RtpPeer(500) as callee_media, RtpPeer(900) as caller_media:
        answering = {"rtp_port": callee_media.port}
        calling: dict[str, str | int] = {"rtp_port": caller_media.port, "caller": "+390698765432"}
        async with (
            Sipp(tmp_path / "callee", "carrier_answers", "127.0.0.1", keys=answering) as callee,
            Sipp(tmp_path / "caller", "set_up_and_end", f"127.0.0.1:{callee.port}", keys=calling) as caller,
        ):
            await caller.wait()
            await callee.wait()
            assert f"m=audio {callee_media.port} RTP/AVP 0" in caller.transcript()


async def test_media_ends_hear_each_other() -> None:
    async with RtpPeer(500) as one, RtpPeer(900) as other:
        one.send_to("127.0.0.1", other.port)
        await other.wait_hears(500)
        await one.wait_hears(900)


async def test_a_scenario_that_fails_says_why(tmp_path: Path) -> None:
    async with (
        Sipp(tmp_path / "callee", "carrier_busy", "127.0.0.1") as callee,
        Sipp(
            tmp_path / "caller",
            "set_up_and_end",
            f"127.0.0.1:{callee.port}",
            keys={"rtp_port": 4000, "caller": "1"},
        ) as caller,
    ):
        with pytest.raises(SippError, match="486"):
            await caller.wait()
