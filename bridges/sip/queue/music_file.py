"""The music of calls on hold for those who wait in queues.

`python -m bridges.sip.queue.music_file FILE` writes it as G.711 mu-law to its standard output. A process of
its own: the bridge itself decodes nothing. Exit codes: 0, or 2 where there is no sound in it.
"""

import sys
from pathlib import Path

from bridges.media.music import RATE, UnreadableSound, read
from bridges.media.sound import Encoder, Resampler
from bridges.sdp.codecs import PCMU
from wire import voicemail


def music(content: bytes) -> bytes:
    """G.711 mu-law of what a file holds. Raises UnreadableSound."""
    narrow = Resampler(RATE, voicemail.RATE).resample(read(content))
    return b"".join(Encoder(PCMU.key).encode(narrow))


def main() -> int:
    """Make one ready."""
    try:
        sys.stdout.buffer.write(music(Path(sys.argv[1]).read_bytes()))
    except (OSError, IndexError, UnreadableSound):
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
