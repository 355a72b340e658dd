"""The music of calls on hold: ours, or a file of the organisation's, made ready to be played.

`python -m bridges.sip.voice.hold_music SOURCE TARGET` reads any file that FFmpeg reads, ten minutes at most,
and writes it as Ogg Opus at the level of ours. Exit codes: 0, or 2 where there is no sound in it.
"""

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from bridges.media.music import RATE, UnreadableSound, read
from bridges.media.sound import Samples

#: What the level is brought to, the mean of the sound (RMS) and its highest peak as parts of full scale: -24
#: dBFS, which speech on a telephone has, and -6 dBFS.
_MEAN, _PEAK = 10 ** (-24 / 20), 10 ** (-6 / 20)
_BIT_RATE = 20_000


def levelled(sound: NDArray[np.float64]) -> Samples:
    """At the level that does not frighten whoever held the receiver to the ear. Silence stays silence."""
    mean, peak = np.sqrt(np.mean(sound**2)), np.max(np.abs(sound))
    factor = min(_MEAN / mean, _PEAK / peak) if peak else 0.0
    return np.asarray(np.round(sound * factor * 32_767), np.int16)


def write(target: Path, samples: Samples) -> None:
    """As Ogg Opus, mono; `RATE` samples a second. Raises OSError."""
    encoded(str(target), samples)


def encoded(target: str | BinaryIO, samples: Samples) -> None:
    """The same into a file that is open, or is made. Raises OSError."""
    with av.open(target, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE)
        stream.layout, stream.bit_rate = "mono", _BIT_RATE
        stream.codec_context.options = {"application": "audio", "frame_duration": "60"}
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def main(arguments: list[str] | None = None) -> int:
    """Make a file ready."""
    parser = argparse.ArgumentParser(prog="python -m bridges.sip.voice.hold_music")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        samples = read(chosen.source.read_bytes())
    except (OSError, UnreadableSound) as error:
        sys.stderr.write(f"{error.strerror if isinstance(error, OSError) else error}\n")
        return 2
    write(chosen.target, levelled(samples.astype(np.float64)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
