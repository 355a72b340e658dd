"""Sound in G.722, made by FFmpeg's encoder."""

from av import AudioFrame
from av.audio.codeccontext import AudioCodecContext
from av.codec import CodecContext

from bridges.sip.media import g722
from tests.support.audio import pcm, tone


def encoded(samples: list[int]) -> list[bytes]:
    """Payloads of 20 ms of 16 kHz samples."""
    codec = CodecContext.create("g722", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.format, codec.layout = 16000, "s16", "mono"
    found: list[bytes] = []
    for start in range(0, len(samples), 320):
        frame = AudioFrame(format="s16", layout="mono", samples=320)
        frame.planes[0].update(pcm(samples[start : start + 320]))
        frame.sample_rate = 16000
        found += [bytes(packet) for packet in codec.encode(frame)]
    return found


def test_a_tone_is_sound_even_a_soft_one() -> None:
    for amplitude in (8000, 500):
        payloads = encoded(tone(440, 0.4, 16000, amplitude))
        assert len(payloads[5]) == 160
        assert all(g722.is_sound(payload) for payload in payloads[5:])


def test_silence_and_faint_noise_are_not() -> None:
    for amplitude in (0, 10):
        assert not any(g722.is_sound(payload) for payload in encoded(tone(440, 0.4, 16000, amplitude))[5:])
