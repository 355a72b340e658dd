"""The process in the rooms of the SFU, seen from the bridge: started when needed, and again when it dies.

It is a process of its own because LiveKit's SDK is large, native and threaded: a bridge without telephones
in meetings does not pay for it, and its death ends no call.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable

from bridges.sip.meeting.link import LinkError, Order, Report, ReportReader, Tick, encode
from logs import log

_log = log.get(__name__)

#: Bytes that may wait for a process that does not read, and seconds in which it must say something.
_MAX_WAITING = 200_000
_SILENT = 4.0
#: Seconds given to it to leave its rooms.
_FAREWELL = 2.0


class RoomProcess:
    """Args: on_report, told what it says; on_gone, told that it died unasked."""

    def __init__(
        self, on_report: Callable[[Report], None], on_gone: Callable[[], None], log_level: str = "info"
    ) -> None:
        self._on_report, self._on_gone, self._log_level = on_report, on_gone, log_level
        self._writer: asyncio.StreamWriter | None = None
        self._running: asyncio.Task[None] | None = None
        self._waiting: list[Order] = []
        #: Since when a tick waits for its answer.
        self._unanswered: float | None = None
        self._stopping = False
        self.pid: int | None = None

    @property
    def up(self) -> bool:
        """Whether it takes orders at once."""
        return self._writer is not None

    def start(self) -> None:
        """Have it there soon; nothing if it is."""
        if self._running is None:
            self._stopping = False
            self._running = asyncio.create_task(self._run())

    def send(self, order: Order) -> None:
        """Give an order; before the process is up only ticks are forgotten."""
        if self._writer is None:
            if not isinstance(order, Tick):
                self._waiting.append(order)
            return
        if self._writer.is_closing():
            return  # it is gone, which is told in a moment
        if self._stuck():
            _log.error("meeting_process_stuck", pid=self.pid)
            self._writer.transport.abort()
            return
        if isinstance(order, Tick) and self._unanswered is None:
            self._unanswered = asyncio.get_running_loop().time()
        self._writer.write(encode(order))

    async def stop(self) -> None:
        """Let it leave its rooms and end."""
        self._stopping = True
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        if self._running is not None:
            await asyncio.wait({self._running}, timeout=_FAREWELL + 1)

    def _stuck(self) -> bool:
        if self._writer is None:
            return False
        if self._writer.transport.get_write_buffer_size() > _MAX_WAITING:
            return True
        silent = self._unanswered is not None and asyncio.get_running_loop().time() - self._unanswered
        return bool(silent) and silent > _SILENT

    async def _run(self) -> None:
        try:
            await self._live()
        except (OSError, LinkError) as error:
            _log.error("meeting_process_failed", why=str(error))
        finally:
            self._writer, self._running, self._waiting, self._unanswered = None, None, [], None
            if not self._stopping:
                _log.warning("meeting_process_gone", pid=self.pid)
                self._on_gone()

    async def _live(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bridges.sip.meeting", "--fd", str(theirs.fileno()),
                "--log-level", self._log_level, pass_fds=[theirs.fileno()],
            )  # fmt: skip
        self.pid = process.pid
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            await self._listen(reader, writer)
        finally:
            self._writer = None
            writer.close()
            await self._reap(process)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Its first words say that it is up."""
        reports = ReportReader()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                self._unanswered = None
                if self._writer is None and not self._stopping:
                    self._up(writer)
                for report in reports.reports(data):
                    self._on_report(report)

    def _up(self, writer: asyncio.StreamWriter) -> None:
        _log.info("meeting_process_up", pid=self.pid)
        self._writer = writer
        waiting, self._waiting = self._waiting, []
        for order in waiting:
            self.send(order)

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(_FAREWELL if self._stopping else 0.2):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
