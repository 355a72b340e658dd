"""What browsers play."""

from __future__ import annotations

import io
import wave as library
from array import array

from bridges.sdp.codecs import PCMU
from server.sounds.wave import wave, waveform
from tests.support.audio import decode_g711, encode_g711, tone


def test_a_message_is_a_wav_file_of_what_was_said() -> None:
    sound = encode_g711(tone(500, 0.5), PCMU.key)
    with library.open(io.BytesIO(wave(sound))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        samples = array("h", file.readframes(file.getnframes()))
    assert samples.tolist() == decode_g711(sound, PCMU.key)


def test_a_waveform_says_where_it_is_loud() -> None:
    shape = waveform(encode_g711([0] * 4000 + tone(500, 0.5), PCMU.key))
    assert len(shape) == 60
    assert max(shape[:30]) < 50
    assert min(shape[30:]) > 500
    assert waveform(b"\x00") == [*[0] * 59, 1024]
