"""What is played before a recording, out of a file that somebody uploaded or words that a machine spoke.

`python -m bridges.sip.voicemail.announcement_file SECONDS` reads the file from its standard input and writes
its length in milliseconds, on a line, and Ogg Opus at the level of our own voice. A process of its own, with
bounds, as for greetings. Exit codes: 0, 2 where there is no sound in it, 3 where it lasts too long.
"""

import io
import resource
import sys

import numpy as np

from bridges.media.music import RATE, UnreadableSound, read
from bridges.sip.voice.hold_music import encoded, levelled
from bridges.sip.voicemail.greeting_file import BOUNDS, NO_SOUND, OPTIONS, TOO_LONG


def main() -> int:
    """Make one ready."""
    for what, most in BOUNDS.items():
        resource.setrlimit(what, (most, most))
    longest = int(sys.argv[1])
    try:
        samples = read(sys.stdin.buffer.read(), longest + 1, OPTIONS)
    except UnreadableSound:
        return NO_SOUND
    if len(samples) > longest * RATE:
        return TOO_LONG
    made = io.BytesIO()
    encoded(made, levelled(samples.astype(np.float64)))
    sys.stdout.buffer.write(b"%d\n" % (len(samples) * 1000 // RATE) + made.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
