"""What becomes of a file with a greeting."""

from __future__ import annotations

import io
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from bridges.media.music import RATE, UnreadableSound
from bridges.sip.voicemail.greeting_file import NO_SOUND, TOO_LONG, TooLong, greeting
from tests.support.audio import decode_g711, tone_share
from wire import voicemail

PCMU = ("PCMU", 8000)


def recorded(seconds: float, hz: float = 600.0, rate: int = RATE) -> bytes:
    """A WAV file."""
    made = io.BytesIO()
    samples = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * hz / rate) * 9000
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return made.getvalue()


def in_webm(seconds: float) -> bytes:
    """As browsers record."""
    made = io.BytesIO()
    with av.open(made, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=48_000)
        stream.layout = "mono"
        samples = np.frombuffer(recorded(seconds, rate=48_000)[44:], "<i2")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
        frame.sample_rate = 48_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return made.getvalue()


@pytest.mark.parametrize("content", [recorded(2.0), in_webm(2.0)], ids=["wav", "webm"])
def test_what_was_said_is_what_telephones_hear(content: bytes) -> None:
    sound = greeting(content)
    assert 1.9 < len(sound) / voicemail.RATE < 2.1
    assert tone_share(decode_g711(sound[4000:12000], PCMU), 8000, 600) > 0.9


def test_a_greeting_may_last_a_minute_and_no_longer() -> None:
    assert len(greeting(recorded(60.0))) > 59.9 * voicemail.RATE
    with pytest.raises(TooLong):
        greeting(recorded(60.1))


@pytest.mark.parametrize(
    "content",
    [b"", b"no sound", recorded(2.0)[:20], recorded(0.001)],
    ids=["empty", "text", "cut", "too short"],
)
def test_what_holds_no_sound_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableSound):
        greeting(content)


def test_a_playlist_reads_no_other_file(tmp_path: Path) -> None:
    other = tmp_path / "other.wav"
    other.write_bytes(recorded(2.0))
    for playlist in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{other}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{other}'\n",
    ):
        with pytest.raises(UnreadableSound):
            greeting(playlist.encode())


@pytest.mark.parametrize(
    ("content", "code"), [(recorded(1.0), 0), (b"none", NO_SOUND), (recorded(61.0), TOO_LONG)]
)
def test_the_program_says_by_its_exit_code_what_was_wrong(content: bytes, code: int) -> None:
    command = (sys.executable, "-m", "bridges.sip.voicemail.greeting_file")
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    assert (done.returncode, bool(done.stdout)) == (code, code == 0)
