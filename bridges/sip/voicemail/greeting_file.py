"""A greeting out of a file that somebody uploaded, or recorded in a browser.

`python -m bridges.sip.voicemail.greeting_file` reads the file from its standard input and writes G.711 mu-law
at the level of our own voice. A process of its own, with bounds: whoever may sign in can send what no decoder
was made for. Exit codes: 0, 2 where there is no sound in it, 3 where it lasts too long.
"""

import resource
import sys

import numpy as np

from bridges.media.music import RATE, UnreadableSound, read
from bridges.media.sound import Encoder, Resampler
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.hold_music import levelled
from wire import voicemail

#: Seconds of processor time, and bytes of address space and of files (it writes none).
BOUNDS = {resource.RLIMIT_CPU: 20, resource.RLIMIT_AS: 2_000_000_000, resource.RLIMIT_FSIZE: 0}
#: What browsers record, and people have. A playlist would have us read other files, or ask other servers.
_CONTAINERS = "wav,aiff,ogg,matroska,webm,mov,mp4,m4a,mp3,flac,aac,amr"
OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "none"}
NO_SOUND, TOO_LONG = 2, 3


class TooLong(ValueError):
    """It lasts longer than a greeting may."""


def greeting(content: bytes) -> bytes:
    """G.711 mu-law of what a file holds. Raises UnreadableSound, TooLong."""
    # One more, to tell what is too long from what just fits.
    samples = read(content, voicemail.GREETING_MOST + 1, OPTIONS)
    if len(samples) > voicemail.GREETING_MOST * RATE:
        raise TooLong(f"longer than {voicemail.GREETING_MOST} s")
    narrow = Resampler(RATE, voicemail.RATE).resample(levelled(samples.astype(np.float64)))
    made = b"".join(Encoder(PCMU.key).encode(narrow))
    if not made:
        raise UnreadableSound("the file holds no sound")
    return made


def main() -> int:
    """Make one ready."""
    for what, most in BOUNDS.items():
        resource.setrlimit(what, (most, most))
    try:
        made = greeting(sys.stdin.buffer.read())
    except UnreadableSound:
        return NO_SOUND
    except TooLong:
        return TOO_LONG
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
