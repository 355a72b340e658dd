"""What of a recording is speech. Pure; sound is G.711 mu-law, a byte a sample."""

from bridges.media.g711 import DECODE
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.playout import FRAME

#: Samples from this level on (of 32768; -42 dBFS) are loud: an open line stays below.
_LEVEL = 256
#: The least speech of a message: half a second. Less is a cough, or a receiver that is put down.
LEAST = 25
#: Frames that are kept after the last one with speech.
_AFTER = 50
_LOUD = bytes(abs(level) >= _LEVEL for level in DECODE[PCMU.key])


def is_speech(frame: bytes) -> bool:
    """Whether somebody speaks in these 20 ms: an eighth of it is loud. A few microseconds."""
    return frame.translate(_LOUD).count(1) * 8 >= FRAME


def message_of(sound: bytes) -> bytes:
    """The recording without the silence at its end; nothing where nobody spoke. Milliseconds."""
    loud = sound.translate(_LOUD)
    spoken = [at for at in range(0, len(sound), FRAME) if loud.count(1, at, at + FRAME) * 8 >= FRAME]
    return sound[: spoken[-1] + (1 + _AFTER) * FRAME] if len(spoken) >= LEAST else b""
