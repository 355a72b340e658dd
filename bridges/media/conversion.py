"""What cannot be passed on as it came: another codec, another packet length, keys for who knows no events."""

from collections.abc import Callable, Iterator

import numpy as np

from bridges.media.dtmf import KEYS
from bridges.media.sound import Decoder, Encoder, Resampler
from bridges.media.stream import HEADER
from bridges.sdp.codecs import OPUS, Key

#: Seconds of sound that are missing at most to be filled with silence; beyond that the stream begins anew.
_GAP = 1.0
#: Bytes in a millisecond of G.711 and G.722.
_BYTES = 8

#: `send(payload type, payload, ticks, now, fresh)`: see `OutgoingStream.append`.
Send = Callable[[int, bytes, int, float, bool], None]


def fitting(ptime: int | None, key: Key) -> int:
    """The packet length that a leg is sent, in milliseconds: what it asks for, if the codec can have it."""
    allowed = (10, 20, 40, 60) if key == OPUS.key else range(10, 121, 10)
    return ptime if ptime is not None and ptime in allowed else 20


class Conversion:
    """One direction between two legs. Of one stream only: made anew when a leg is joined anew.

    Args:
        source, target: codecs; the same one if only the packets' length differs.
        payload_type: of what is sent.
        ptime: milliseconds of a packet that is sent.
        send: takes what is to be sent.
    """

    def __init__(self, source: Key, target: Key, payload_type: int, ptime: int, send: Send) -> None:
        self._source, self._payload_type, self._send = source, payload_type, send
        self._ticks = target[1] * ptime // 1000
        self._ssrc: int | None = None
        self._expected: int | None = None
        self._work: _Transcoding | _Cutting
        if source == target:
            self._work = _Cutting(ptime)
        else:
            self._work = _Transcoding(source, target, ptime)

    def feed(self, packet: bytes, payload: bytes, now: float) -> None:
        """A packet and its payload; a late one is dropped, a lost one is silence."""
        _, _, _, timestamp, ssrc = HEADER.unpack_from(packet)
        if ssrc != self._ssrc:
            self._ssrc, self._expected = ssrc, None
        missing = 0 if self._expected is None else (timestamp - self._expected + 0x80000000) & 0xFFFFFFFF
        missing -= 0x80000000 if self._expected is not None else 0
        fresh = self._expected is None or abs(missing) > _GAP * self._source[1]
        if missing < 0 and not fresh:
            return
        ready = [] if fresh or not missing else self._work.silence(missing)
        length, more = self._work.sound(payload)
        self._expected = (timestamp + length) & 0xFFFFFFFF
        for made in (*ready, *more):
            self._send(self._payload_type, made, self._ticks, now, fresh)
            fresh = False


class _Transcoding:
    """Through samples."""

    def __init__(self, source: Key, target: Key, ptime: int) -> None:
        self._clock = source[1]
        self._decoder, self._encoder = Decoder(source), Encoder(target, ptime)
        self._resampler = Resampler(self._decoder.rate, self._encoder.rate)

    def silence(self, ticks: int) -> list[bytes]:
        return self._encoder.encode(np.zeros(ticks * self._encoder.rate // self._clock, np.int16))

    def sound(self, payload: bytes) -> tuple[int, list[bytes]]:
        """How long it is in ticks of the source, and what is ready."""
        samples = self._decoder.decode(payload)
        length = len(samples) * self._clock // self._decoder.rate
        return length, self._encoder.encode(self._resampler.resample(samples))


class _Cutting:
    """G.711 and G.722 are streams of bytes: packets of another length need no decoder."""

    def __init__(self, ptime: int) -> None:
        self._size = ptime * _BYTES
        self._waiting = b""

    def silence(self, _ticks: int) -> list[bytes]:
        """The receiver fills what is missing: a codec's silence would click in the other."""
        self._waiting = b""
        return []

    def sound(self, payload: bytes) -> tuple[int, list[bytes]]:
        self._waiting += payload
        return len(payload), list(self._full())

    def _full(self) -> Iterator[bytes]:
        while len(self._waiting) >= self._size:
            yield self._waiting[: self._size]
            self._waiting = self._waiting[self._size :]


class KeysAsTones:
    """Telephone events (RFC 4733) for a leg that knows none: `press(key)` once for each key."""

    def __init__(self, press: Callable[[str], None]) -> None:
        self._press = press
        self._last: int | None = None

    def feed(self, packet: bytes, payload: bytes, _now: float) -> None:
        timestamp = HEADER.unpack_from(packet)[3]
        if timestamp != self._last and payload and payload[0] < len(KEYS):
            self._last = timestamp
            self._press(KEYS[payload[0]])


#: Frequencies of a key's two tones in Hz (ITU-T Q.23), by row and column.
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
LAYOUT = "123A456B789C*0#D"


def key_tones(digit: str, key: Key, duration_ms: int, ptime: int) -> list[bytes]:
    """A key press as sound, in packets. Each tone at -9 dBFS, as most telephones have it."""
    place = LAYOUT.index(digit.upper())
    encoder = Encoder(key, ptime)
    times = np.arange(encoder.rate * duration_ms // 1000) / encoder.rate
    tones = (np.sin(2 * np.pi * hz * times) for hz in (ROWS[place // 4], COLUMNS[place % 4]))
    samples = sum(tones) * (0.35 * 32_767)
    return encoder.encode(np.asarray(samples, np.int16))
