"""The sounds of the voice as G.711 mu-law bytes."""

import struct
from functools import cache
from pathlib import Path
from typing import Literal

from bridges.sip.voice.prompts import Language, Prompt, Words, language_of

HERE = Path(__file__).parent
#: The music of calls on hold, Ogg Opus.
BUILT_IN = HERE / "hold.ogg"
#: `fmt ` of the files: mu-law, one channel, 8000 a second (RFC 2361, Appendix A).
_FORMAT = struct.pack("<HHI", 7, 1, 8000)


@cache
def spoken(words: Words, language: Language) -> bytes:
    """A prompt or number, a byte a sample. Raises OSError, ValueError for a file that is not one of ours."""
    name = f"numbers/{words}" if isinstance(words, int) else words.value
    return samples(HERE / f"{name}.{language.value}.wav")


def recorded_words(region: str, number: str | None) -> tuple[Literal["it", "en"], Path, float]:
    """That a call is recorded, for who has a number in an organisation's country: the language, the file, and
    its seconds. Raises OSError, ValueError."""
    language, words = language_of(number, region), Prompt.CALL_RECORDED
    path = HERE / f"{words.value}.{language.value}.wav"
    return language.value, path, len(spoken(words, language)) / 8000


@cache
def music() -> bytes:
    """The waiting music: repeats without a seam."""
    return samples(HERE / "music.wav")


@cache
def tone() -> bytes:
    """What a mailbox plays before it records."""
    return samples(HERE / "voicemail_tone.wav")


def samples(path: Path) -> bytes:
    """What a mu-law WAV file holds, which the `wave` module cannot read. Raises OSError, ValueError."""
    data = path.read_bytes()
    if data[:4] != b"RIFF" or _FORMAT not in data[:64]:
        raise ValueError(f"{path} is not mu-law, 8000 Hz, mono")
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise ValueError(f"{path} holds no sound")
