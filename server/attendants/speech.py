"""Texts that are spoken: by espeak-ng, whose sound is made ready for telephones as an uploaded file is."""

import subprocess
from collections.abc import Awaitable, Callable
from shutil import which

from server.attendants.rules import Language, NoVoice, VoiceFailed
from server.workers import Busy, Workers

#: The program's voices and words a minute, as those of our own prompts.
_VOICES: dict[Language, tuple[str, ...]] = {
    "it": ("-v", "it", "-s", "150"),
    "en": ("-v", "en-gb", "-s", "150"),
}
#: Seconds that a text may take.
_PATIENCE = 20.0
_QUEUE = 40


class EspeakVoice:
    """`decode` makes G.711 mu-law of a file of sound."""

    def __init__(self, decode: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._decode = decode
        self._threads = Workers("speech", 1, _QUEUE)

    async def speak(self, text: str, language: Language) -> bytes:
        """G.711 mu-law. Raises `NoVoice`, `VoiceFailed`, and what `decode` raises."""
        program = which("espeak-ng")
        if program is None:
            raise NoVoice
        try:
            done = await self._threads.run(_run, program, text, language)
        except (Busy, OSError, subprocess.TimeoutExpired) as error:
            raise VoiceFailed from error
        if done.returncode != 0:
            raise VoiceFailed
        return await self._decode(done.stdout)


def _run(program: str, text: str, language: Language) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(  # noqa: S603 - the text comes by its standard input
        (program, *_VOICES[language], "--stdin", "--stdout"),
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=_PATIENCE,
    )
