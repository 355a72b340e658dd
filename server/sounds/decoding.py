"""Files that people upload become sound of telephones in a process of its own."""

import os
import subprocess
import sys

from logs import log
from server.edge.refusals import Refusal
from server.workers import Busy, Workers

_log = log.get(__name__)

#: Bytes of an upload: a minute as a studio keeps it.
UPLOAD_MAX = 12_000_000
_COMMAND = (sys.executable, "-m", "bridges.sip.voicemail.greeting_file")
#: Threads that nothing here needs would each reserve memory, which is bounded.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
#: Its exit code for what lasts too long.
_TOO_LONG = 3
#: Seconds that it may take on a machine that does much else.
_PATIENCE = 60.0
#: Files that wait while another is read.
_QUEUE = 4


class NotASound(Refusal):
    """This file holds no sound that can be played."""

    code, status, field = "not_a_sound", 400, "greeting"


class GreetingTooLong(Refusal):
    """A greeting, or a prompt, has at most one minute."""

    code, status, field = "greeting_too_long", 400, "greeting"


class DecoderBusy(Refusal):
    """Other greetings are being read at this moment; try again in a few seconds."""

    code, status = "busy", 503

    @property
    def retry_after(self) -> float:
        return 5


class GreetingDecoder:
    """One file at a time."""

    def __init__(self) -> None:
        self._threads = Workers("greetings", 1, _QUEUE)

    async def decode(self, content: bytes) -> bytes:
        """G.711 mu-law. Raises `NotASound`, `GreetingTooLong`, `DecoderBusy`, OSError."""
        try:
            done = await self._threads.run(_run, content)
        except Busy as error:
            raise DecoderBusy from error
        except subprocess.TimeoutExpired as error:
            raise NotASound from error
        if done.returncode == _TOO_LONG:
            raise GreetingTooLong
        if done.returncode != 0:
            _log.info("greeting_not_read", code=done.returncode)
            raise NotASound
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
