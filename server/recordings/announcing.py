"""What is played before a recording in place of our words: a file, or words that this machine speaks."""

import os
import subprocess
import sys

from logs import log
from server.edge.refusals import Refusal
from server.recordings.rules import ANNOUNCEMENT_SECONDS, AnnouncementTooLong, Language
from server.sounds.decoding import DecoderBusy, NotASound
from server.workers import Busy, Workers

_log = log.get(__name__)

_COMMAND = (
    sys.executable,
    "-m",
    "bridges.sip.voicemail.announcement_file",
    str(ANNOUNCEMENT_SECONDS),
)
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
#: The voices and the pace of our own words.
_VOICES: dict[Language, str] = {"it": "it", "en": "en-gb"}
_SPEAK = ("espeak-ng", "-s", "150", "--stdout", "-v")
#: The exit code for what lasts too long; seconds that making one, and speaking the longest text, may take;
#: files that wait meanwhile.
_TOO_LONG, _PATIENCE, _SPEAKING, _QUEUE = 3, 60.0, 20.0, 4


class NoVoice(Refusal):
    """This server has no voice of its own (espeak-ng): upload a sound."""

    code, status, field = "no_voice", 409, "text"


class VoiceFailed(Refusal):
    """The server's voice did not speak these words: try again, or upload a sound."""

    code, status, field = "voice_failed", 503, "text"


class AnnouncementMaker:
    """One at a time. `speak`: what speaks the text on its standard input, without the voice's name, that
    is its last argument; it has so many seconds."""

    def __init__(self, speak: tuple[str, ...] = _SPEAK, speaking: float = _SPEAKING) -> None:
        self._threads = Workers("announcements", 1, _QUEUE)
        self._speak, self._speaking = speak, speaking

    async def of_file(self, content: bytes) -> tuple[bytes, float]:
        """Ogg Opus, and its seconds. Raises `NotASound`, `AnnouncementTooLong`, `DecoderBusy`, OSError."""
        try:
            return await self._threads.run(_made, content)
        except Busy as error:
            raise DecoderBusy from error

    async def of_text(self, text: str, language: Language) -> tuple[bytes, float]:
        """The same of words. Raises `NoVoice` and `VoiceFailed`, too."""
        try:
            return await self._threads.run(self._spoken, text, language)
        except Busy as error:
            raise DecoderBusy from error

    def _spoken(self, text: str, language: Language) -> tuple[bytes, float]:
        try:
            done = _run((*self._speak, _VOICES[language]), text.encode(), self._speaking)
        except FileNotFoundError as error:
            raise NoVoice from error
        except (OSError, subprocess.TimeoutExpired) as error:
            _log.error("voice_failed", why=type(error).__name__)
            raise VoiceFailed from error
        if done.returncode != 0 or not done.stdout:
            _log.error("voice_failed", code=done.returncode)
            raise VoiceFailed
        return _made(done.stdout)


def _made(content: bytes) -> tuple[bytes, float]:
    try:
        done = _run(_COMMAND, content)
    except subprocess.TimeoutExpired as error:
        raise NotASound from error
    if done.returncode == _TOO_LONG:
        raise AnnouncementTooLong
    if done.returncode != 0:
        _log.info("announcement_not_read", code=done.returncode)
        raise NotASound
    milliseconds, _, sound = done.stdout.partition(b"\n")
    return sound, int(milliseconds) / 1000


def _run(
    command: tuple[str, ...], given: bytes, patience: float = _PATIENCE
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(  # noqa: S603 - our own module, and a voice
        command,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | _ENVIRONMENT,
        check=False,
        timeout=patience,
    )
