"""``sipp`` as the other end: a carrier, a provider's registrar, or a caller, by scenarios of our own.

The media of its calls is an :class:`tests.support.rtp.RtpPeer` beside it, whose port goes into the scenario
as ``[rtp_port]``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.support.patience import PATIENCE
from tests.support.ports import free_port, is_held
from tests.support.programs import program

SCENARIOS = Path(__file__).parent / "scenarios"


class SippError(Exception):
    """A sipp run in which a call failed; the message holds what it complained about."""


class Sipp:
    """One run of a scenario of ``tests/support/scenarios``. ``async with`` ends it if it still runs.

    :param remote: ``host:port`` of the bridge.
    :param calls: how many calls until it exits by itself.
    :param rate: calls a second (callers only).
    :param users: so many calls at once all the time, instead of ``rate``.
    :param trace: keep all messages for :meth:`transcript`.
    :param keys: what ``[name]`` stands for in the scenario.
    """

    def __init__(
        self,
        folder: Path,
        scenario: str,
        remote: str,
        *,
        port: int | None = None,
        transport: str = "udp",
        service: str = "service",
        calls: int = 1,
        rate: int = 10,
        users: int | None = None,
        trace: bool = True,
        timeout: int = 60,
        keys: Mapping[str, str | int] | None = None,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._transport = transport
        self._process: asyncio.subprocess.Process | None = None
        self._log: IO[bytes] | None = None
        self._errors = folder / f"{scenario}.errors"
        self.messages = folder / f"{scenario}.messages"
        self._arguments = [
            *("-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", service, "-i", "127.0.0.1"),
            *("-p", str(self.port), "-t", {"udp": "u1", "tcp": "t1"}[transport], "-m", str(calls)),
            *(("-users", str(users)) if users else ("-r", str(rate))),
            *("-timeout", str(timeout), "-timeout_error", "-cp", str(free_port()), "-mi", "127.0.0.1"),
            *("-nostdin", "-aa", "-trace_err", "-error_file", str(self._errors)),
            *(("-trace_msg", "-message_file", str(self.messages)) if trace else ()),
            *(part for name, value in (keys or {}).items() for part in ("-key", name, str(value))),
            remote,
        ]

    async def __aenter__(self) -> Sipp:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it, and wait until it holds its port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log = (self.folder / "sipp.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            program("sipp"),
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=self.folder,
        )
        for _ in range(int(PATIENCE / 0.02)):
            if is_held(self.port) or self._process.returncode is not None:
                return
            await asyncio.sleep(0.02)  # it opens its port and tells nobody

    async def wait(self, timeout: float = PATIENCE) -> None:
        """Wait until all its calls went as the scenario says.

        :raises SippError: when one did not, with sipp's error log.
        """
        assert self._process is not None
        code = await asyncio.wait_for(self._process.wait(), timeout)
        if code:
            errors = self._errors.read_text(errors="replace") if self._errors.exists() else ""
            raise SippError(f"sipp ended with {code}:\n{errors[:4000]}")

    async def stop(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._log is not None:
            self._log.close()

    def remote_media_port(self) -> int:
        """Where a caller was told to send its audio: the last port in its messages that is not its own."""
        ports = [int(port) for port in re.findall(r"m=audio (\d+) ", self.transcript())]
        own = ports[0]
        return next(port for port in reversed(ports) if port != own)

    def transcript(self) -> str:
        """All messages it sent and received so far."""
        return self.messages.read_text(errors="replace") if self.messages.exists() else ""
