"""An organisation's own words as a telephone hears them."""

from bridges.media.music import RATE, UnreadableSound, read
from bridges.media.sound import Resampler
from bridges.sip.voice.mixing import compress


def decoded(content: bytes) -> bytes:
    """A file of sound as mu-law, a byte a sample. Raises ValueError."""
    try:
        return compress(Resampler(RATE, 8000).resample(read(content)))
    except UnreadableSound as error:
        raise ValueError(str(error)) from error
