"""``sipp`` as the other end: a carrier, a provider's registrar, or a caller, by scenarios of our own.

The media of its calls is an :class:`tests.support.rtp.RtpPeer` beside it, whose port goes into the scenario
as ``[rtp_port]``.
"""

from __future__ import annotations

import asyncio
import csv
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


#: A request to the server itself, without a user part.
_NO_SERVICE = "service"


def _credentials(account: tuple[str, str], service: str, remote: str) -> tuple[str, ...]:
    """For the answer to a challenge; sipp would leave the user part of the request's URI out of it."""
    uri = remote if service == _NO_SERVICE else f"{service}@{remote}"
    return ("-au", account[0], "-ap", account[1], "-auth_uri", uri)


def _pace(rate: float) -> tuple[str, ...]:
    return ("-r", str(round(rate))) if rate >= 1 else ("-r", "1", "-rp", str(round(1000 / rate)))


class Sipp:
    """One run of a scenario of ``tests/support/scenarios``. ``async with`` ends it if it still runs.

    :param remote: ``host:port`` of the bridge.
    :param calls: how many calls until it exits by itself.
    :param rate: calls a second (callers only).
    :param users: so many calls at once all the time, instead of ``rate``.
    :param trace: keep all messages for :meth:`transcript`.
    :param credentials: user name and password for the digest that it is asked for.
    :param digest_uri: the Request-URI that the digest is made for, where it has a user part.
    :param account: name and password for a challenge.
    :param hold: seconds of a pause without a length of its own.
    :param lenient: overlook messages that the scenario does not expect, such as a 180 after the 200.
    :param statistics: count calls for :meth:`ended`.
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
        service: str = _NO_SERVICE,
        calls: int = 1,
        rate: float = 10,
        users: int | None = None,
        trace: bool = True,
        timeout: int = 60,
        credentials: tuple[str, str] | None = None,
        digest_uri: str = "",
        lenient: bool = False,
        keys: Mapping[str, str | int] | None = None,
        account: tuple[str, str] | None = None,
        hold: float | None = None,
        statistics: bool = False,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._transport = transport
        self._process: asyncio.subprocess.Process | None = None
        self._log: IO[bytes] | None = None
        self._errors = folder / f"{scenario}.errors"
        self.messages = folder / f"{scenario}.messages"
        #: What the scenario writes down by its actions, a line each.
        self.log = folder / f"{scenario}.log"
        self._statistics = folder / f"{scenario}.csv"
        self._arguments = [
            *("-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", service, "-i", "127.0.0.1"),
            *("-p", str(self.port), "-t", {"udp": "u1", "tcp": "t1"}[transport], "-m", str(calls)),
            *(("-users", str(users)) if users else _pace(rate)),
            *(_credentials(account, service, remote) if account else ()),
            *(("-d", str(round(1000 * hold))) if hold is not None else ()),
            *("-timeout", str(timeout), "-timeout_error", "-cp", str(free_port()), "-mi", "127.0.0.1"),
            *("-nostdin", "-aa", "-trace_err", "-error_file", str(self._errors)),
            *("-trace_logs", "-log_file", str(self.log)),
            *(("-trace_stat", "-stf", str(self._statistics), "-fd", "10") if statistics else ()),
            *(("-trace_msg", "-message_file", str(self.messages)) if trace else ()),
            *(("-au", credentials[0], "-ap", credentials[1]) if credentials else ()),
            *(("-default_behaviors", "all,-abortunexp") if lenient else ()),
            *(("-auth_uri", digest_uri.removeprefix("sip:")) if digest_uri else ()),
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
        self.log.touch()
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
            said = self._errors if self._errors.exists() else self.folder / "sipp.log"
            raise SippError(f"sipp ended with {code}:\n{said.read_text(errors='replace')[:4000]}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def ended(self) -> tuple[int, int]:
        """How many of its calls went as the scenario says, and how many did not, once it has ended."""
        names, *rows = csv.reader(self._statistics.read_text().splitlines(), delimiter=";")
        last = dict(zip(names, rows[-1], strict=False))
        return int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])

    async def stop(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._log is not None:
            self._log.close()

    async def remote_media_port(self) -> int:
        """Where a caller is told to send its audio: the last port in its messages that is not its own."""
        for _ in range(int(PATIENCE / 0.02)):
            ports = [int(port) for port in re.findall(r"m=audio (\d+) ", self.transcript())]
            told = [port for port in ports if port != ports[0]]
            if told:
                return told[-1]
            await asyncio.sleep(0.02)  # it writes its messages down and tells nobody
        raise SippError("it was told no port")

    def transcript(self) -> str:
        """All messages it sent and received so far."""
        return self.messages.read_text(errors="replace") if self.messages.exists() else ""
