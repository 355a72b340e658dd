"""Sound of telephones as a small file, made in a process of its own."""

import asyncio
import os
import subprocess
import sys

from logs import log
from server.sounds.wave import wave
from server.workers import Busy, Workers

_log = log.get(__name__)

_COMMAND = (sys.executable, "-m", "bridges.sip.voicemail.opus_file")
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
#: Seconds that one may take, with those that it waits for others: the bridge asks again after fifteen.
_PATIENCE, _QUEUE = 10.0, 4


class OpusMaker:
    """One file at a time."""

    def __init__(self) -> None:
        self._threads = Workers("opus", 1, _QUEUE)

    async def ogg(self, sound: bytes) -> bytes:
        """Ogg Opus of G.711 mu-law; nothing where it cannot be made now."""
        try:
            async with asyncio.timeout(_PATIENCE):
                done = await self._threads.run(_run, wave(sound))
        except (Busy, OSError, TimeoutError, subprocess.TimeoutExpired) as error:
            _log.warning("sound_not_made_small", why=repr(error))
            return b""
        if done.returncode != 0:
            _log.error("sound_not_made_small", code=done.returncode)
            return b""
        return done.stdout


def _run(content: bytes) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(  # noqa: S603 - our own module
        _COMMAND,
        input=content,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | _ENVIRONMENT,
        check=False,
        timeout=_PATIENCE,
    )
