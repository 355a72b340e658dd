"""sippy as the peer of SIP set-ups: a back-to-back user agent in Python, without media."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks.measure import log_file, made
from tests.support.ports import is_held

SIPPY = importlib.util.find_spec("sippy")


@asynccontextmanager
async def sippy(folder: Path, port: int, target: int) -> AsyncIterator[int]:
    """Run its simple example on ``port`` calling ``target``, both UDP ports of 127.0.0.1; its process id."""
    # It writes every message down unless it is told where to put its log.
    quiet = {**os.environ, "SIPLOG_LOGFILE_FILE": str(made(folder) / "messages.log"), "SIPLOG_BEND": "none"}
    where = ("-l", "127.0.0.1", "-p", str(port), "-n", f"127.0.0.1:{target}")
    with log_file(folder, "sippy.log") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sippy.b2bua_simple", "-f", *where), env=quiet, stdout=log, stderr=log
        )
        try:
            while not is_held(port):
                if process.returncode is not None:
                    raise RuntimeError((folder / "sippy.log").read_text())
                await asyncio.sleep(0.05)  # it opens its port and tells nobody
            yield process.pid
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
