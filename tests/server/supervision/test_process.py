"""The subprocess shell with small real processes."""

import asyncio
import os
import signal
import sys
from dataclasses import replace

from server.supervision.process import ProcessSpec, Supervised
from tests.support.patience import PATIENCE
from tests.support.stack import wait_until


class Lines:
    """A sink that lets a test wait for what a process says."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.changed = asyncio.Condition()
        self.closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    def write(self, line: bytes) -> None:
        self.lines.append(line)
        task = asyncio.create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def count(self, wanted: int) -> None:
        async with self.changed, asyncio.timeout(PATIENCE):
            await self.changed.wait_for(lambda: len(self.lines) >= wanted)

    def close(self) -> None:
        self.closed = True


def python(code: str) -> ProcessSpec:
    return ProcessSpec("part", (sys.executable, "-u", "-c", code), {"PART": "yes"})


WAITING = "import os, signal; print(os.environ['PART'], os.getpid(), flush=True); signal.pause()"


async def test_what_is_killed_is_started_again_at_once() -> None:
    sink = Lines()
    part = Supervised(python(WAITING), sink)
    run = asyncio.create_task(part.run())
    await sink.count(1)
    first = part.pid
    assert first is not None
    assert sink.lines == [f"yes {first}\n".encode()]
    os.kill(first, signal.SIGKILL)
    await sink.count(2)
    assert part.pid != first
    await part.stop(5)
    await asyncio.wait_for(run, PATIENCE)
    assert sink.closed


#: Leaves a child behind that has its end of the pipe, and goes on speaking.
PARENT = """
import os, sys, time
if not os.fork():
    for _ in range(600):
        print("child", os.getppid(), flush=True)
        time.sleep(0.05)
    sys.exit(0)
print("parent", os.getpid(), flush=True)
while True:
    time.sleep(60)
"""


async def test_a_process_has_ended_though_its_child_goes_on_speaking() -> None:
    sink = Lines()
    part = Supervised(python(PARENT), sink)
    run = asyncio.create_task(part.run())
    await sink.count(2)
    first = part.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await asyncio.to_thread(wait_until, lambda: part.pid not in {None, first}, PATIENCE)
    heard = len(sink.lines)
    await sink.count(heard + 5)
    assert any(line.startswith(b"child") and not line.endswith(b" %d\n" % first) for line in sink.lines)
    await part.stop(5)
    await asyncio.wait_for(run, PATIENCE)
    assert sink.closed


async def test_what_ignores_sigterm_is_killed_after_its_patience() -> None:
    sink = Lines()
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    part = Supervised(python(code + "while True: signal.pause()"), sink)
    run = asyncio.create_task(part.run())
    await sink.count(1)
    await part.stop(0.1)
    await asyncio.wait_for(run, PATIENCE)
    assert part.pid is None


async def test_who_has_nobody_after_them_is_told_by_the_signal_of_their_farewell() -> None:
    sink = Lines()
    code = "import signal\nfor n in (2, 15): signal.signal(n, lambda n, _: (print('got', n), exit(0)))\n"
    code += "print('up')\n"
    spec = replace(python(code + "while True: signal.pause()"), farewell=signal.SIGINT)
    part = Supervised(spec, sink)
    run = asyncio.create_task(part.run())
    await sink.count(1)
    await part.stop(PATIENCE)
    await asyncio.wait_for(run, PATIENCE)
    assert sink.lines == [b"up\n", b"got 2\n"]


async def test_a_last_line_without_an_end_is_kept() -> None:
    sink = Lines()
    part = Supervised(python("import sys; sys.stdout.write('last words')"), sink)
    run = asyncio.create_task(part.run())
    await sink.count(1)
    assert sink.lines[0] == b"last words\n"
    await part.stop(5)
    await asyncio.wait_for(run, PATIENCE)


async def test_a_stop_while_it_starts_is_not_lost() -> None:
    part = Supervised(python(WAITING), Lines())
    run = asyncio.create_task(part.run())
    await asyncio.sleep(0)
    await part.stop(5)
    await asyncio.wait_for(run, PATIENCE)


class FullDisk(Lines):
    def write(self, line: bytes) -> None:
        super().write(line)
        raise OSError(28, "No space left on device")


async def test_a_full_disk_ends_nothing() -> None:
    sink = FullDisk()
    part = Supervised(python("import signal\nfor n in range(3): print(n, flush=True)\nsignal.pause()"), sink)
    run = asyncio.create_task(part.run())
    await sink.count(3)
    first = part.pid
    assert first is not None
    await part.stop(5)
    await asyncio.wait_for(run, PATIENCE)


async def test_a_program_that_does_not_exist_is_waited_for_and_can_be_stopped() -> None:
    part = Supervised(ProcessSpec("part", ("/nonexistent/program",), {}), Lines())
    run = asyncio.create_task(part.run())
    await asyncio.sleep(0)
    await part.stop(5)
    await asyncio.wait_for(run, PATIENCE)
