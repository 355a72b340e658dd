"""What a telephone hears, 20 ms at a time: prompts, beneath them silence, music or the meeting. Pure."""

from bisect import bisect
from collections.abc import Iterable
from enum import Enum
from functools import cache
from itertools import pairwise

from bridges.media.g711 import DECODE
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.jitter_buffer import JitterBuffer
from bridges.sip.voice.playout import FRAME, SILENCE

QUIET = bytes([SILENCE]) * FRAME


class Beneath(Enum):
    """What is heard while nothing is said."""

    SILENCE = "silence"
    MUSIC = "music"
    MEETING = "meeting"


class Player:
    """`music` repeats, a byte a sample; `frame` is to be asked every 20 ms.

    `meeting` holds what comes from there.
    """

    def __init__(self, music: bytes) -> None:
        self.beneath = Beneath.SILENCE
        self._music, self._music_at = music, 0
        self._saying = b""
        self._at = 0
        self.meeting: JitterBuffer[bytes] = JitterBuffer()

    def say(self, clips: Iterable[bytes]) -> None:
        """Say these now, in place of what is being said."""
        self._saying, self._at = b"".join(clips), 0

    @property
    def speaking(self) -> bool:
        """Whether something is being said."""
        return self._at < len(self._saying)

    def hear(self, frame: bytes) -> None:
        """The meeting's next 20 ms."""
        self.meeting.push(frame)

    def frame(self) -> bytes:
        """The next 160 samples. While something is said, the meeting goes on more quietly beneath."""
        meeting = self.meeting.pop() or QUIET
        if self.speaking:
            clip = self._saying[self._at : self._at + FRAME]
            self._at += FRAME
            clip = clip.ljust(FRAME, bytes([SILENCE]))
            return _over(clip, meeting) if self.beneath is Beneath.MEETING and meeting != QUIET else clip
        if self.beneath is Beneath.MUSIC:
            return self._next_of_music()
        return meeting if self.beneath is Beneath.MEETING else QUIET

    def _next_of_music(self) -> bytes:
        if self._music_at >= len(self._music):
            self._music_at = 0
        clip = self._music[self._music_at : self._music_at + FRAME]
        self._music_at += FRAME
        return clip.ljust(FRAME, bytes([SILENCE]))


def _over(voice: bytes, beneath: bytes) -> bytes:
    """A prompt over the meeting, which is heard at half its level."""
    table = _sums()
    return bytes([table[one << 8 | other] for one, other in zip(voice, beneath, strict=True)])


@cache
def _sums() -> bytes:
    """The code nearest to each code plus half of each other: there are no samples in this process."""
    values = DECODE[PCMU.key]
    codes = sorted(range(256), key=values.__getitem__)
    between = [(values[one] + values[two]) / 2 for one, two in pairwise(codes)]
    halves = [value / 2 for value in values]
    return bytes(codes[bisect(between, value + half)] for value in values for half in halves)
