"""Makes the sounds beside it anew: `python bridges/sip/voice/sounds/make.py`; needs espeak-ng and sox.

Speech comes from `texts.json`, the numbers of rooms from `numbers`; waiting music and music on hold are
computed here. All is G.711 mu-law, 8 kHz, mono, but the music on hold, which is Opus. With names of texts
(`in_room muted`), `numbers`, `tone`, `music` or `hold` only those are made.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import wave
from array import array
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridges.sip.voice.hold_music import levelled, write
from bridges.sip.voice.sounds import BUILT_IN

HERE = Path(__file__).parent
VOICES = {"it": ("it", "150"), "en": ("en-gb", "150")}
RATE = 8000
#: The numbers that are spoken: digits, and a meeting has no more rooms.
NUMBERS = range(51)
#: Seconds of one chord and the chords, as midi notes: a quiet progression that repeats without a seam.
BAR = 3.2
CHORDS = ((45, 57, 60, 64), (41, 53, 57, 60), (48, 55, 60, 64), (43, 55, 59, 62))
#: The order in which a chord's notes are plucked, eight in a bar.
PLUCKED = (1, 2, 3, 2, 1, 3, 2, 3)
#: The same of the music on hold: G4 (392 Hz) sounds throughout and fits each chord; None: no note is plucked.
HOLD_RATE, HOLD_BAR, HOLD_PEDAL = 16_000, 5.0, 67
HOLD_CHORDS = ((48, 60, 64, 71), (45, 57, 60, 64), (53, 57, 60, 64), (43, 55, 59, 62))
HOLD_PLUCKED = (1, None, 3, None, 2, None, 3, None)
#: Parts of a tone, and how far they are from it in Hz.
HOLD_VOICES = ((0.7, 0.0), (0.15, -0.3), (0.15, 0.3))
#: Seconds in which it rises from silence at its beginning, and dies at its end.
HOLD_RISE, HOLD_FALL = 0.6, 1.6


def speak(text: str, language: str, target: Path) -> None:
    """One spoken text as a telephone carries it: the band of G.711, level, and little silence around it.

    What is no whole sentence is said together with another text, without a pause between them.
    """
    voice, pace = VOICES[language]
    silence = ("silence", "1", "0.05", "0.3%")
    whole = ("pad", "0.1", "0.2")
    part = ("reverse", *silence, "reverse", "pad", "0.05", "0.1")
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        _run("espeak-ng", "-v", voice, "-s", pace, "-w", str(spoken), text)
        _to_telephone(spoken, target, "norm", "-7", *silence, *(whole if text.endswith(".") else part))


def _to_telephone(source: Path, target: Path, *effects: str) -> None:
    form = ["-r", str(RATE), "-c", "1", "-e", "mu-law"]
    _run("sox", "-D", str(source), *form, str(target), "sinc", "200-3600", *effects)


def music() -> array[int]:
    """Samples of the waiting music, `RATE` a second."""
    length = int(BAR * RATE)
    mixed = [0.0] * (length * len(CHORDS))
    for bar, chord in enumerate(CHORDS):
        _add(mixed, bar * length, BAR * 1.3, chord[0] + 12, 0.16, attack=0.5)
        for step, note in enumerate(PLUCKED):
            start = bar * length + step * length // len(PLUCKED)
            _add(mixed, start, 1.6, chord[note] + 12, 0.2, attack=0.012)
    loudest = max(abs(sample) for sample in mixed)
    return array("h", (round(7000 * sample / loudest) for sample in mixed))


def _add(mixed: list[float], start: int, seconds: float, note: int, level: float, *, attack: float) -> None:
    """One note with a soft start and a dying end; what is left at the end of the loop begins it."""
    hertz = 440 * 2 ** ((note - 69) / 12)
    for n in range(int(seconds * RATE)):
        at = n / RATE
        envelope = min(at / attack, 1) * math.exp(-2.2 * at) * min((seconds - at) / 0.1, 1)
        wave_form = math.sin(2 * math.pi * hertz * at) + 0.3 * math.sin(4 * math.pi * hertz * at)
        mixed[(start + n) % len(mixed)] += level * envelope * wave_form


def write_tone(target: Path) -> None:
    """After it a mailbox records: as answering machines have it."""
    form = ("-r", str(RATE), "-c", "1", "-e", "mu-law")
    shape = ("sine", "880", "gain", "-12", "fade", "q", "0.02", "0.5", "0.02", "pad", "0.2", "0")
    _run("sox", "-n", *form, str(target), "synth", "0.5", *shape)


def hold() -> NDArray[np.float64]:
    """The music on hold: four slow chords over one note that stays, `HOLD_RATE` samples a second.

    It begins and ends in silence, so that it can be repeated, whatever a codec does to its edges.
    """
    length = int(HOLD_BAR * HOLD_RATE)
    mixed: NDArray[np.float64] = np.zeros(length * len(HOLD_CHORDS))
    for bar, chord in enumerate(HOLD_CHORDS):
        for note in chord:
            _swell(mixed, bar * length, HOLD_BAR, note, 0.5)
        _swell(mixed, bar * length, HOLD_BAR, HOLD_PEDAL, 1.3)
        for step, place in enumerate(HOLD_PLUCKED):
            if place is not None:
                _bell(mixed, bar * length + step * length // len(HOLD_PLUCKED), chord[place] + 12, 0.22)
    at = np.arange(len(mixed)) / HOLD_RATE
    rise, fall = np.minimum(at / HOLD_RISE, 1), np.minimum((at[-1] - at) / HOLD_FALL, 1)
    mixed *= np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2
    return mixed


def _swell(mixed: NDArray[np.float64], start: int, seconds: float, note: int, level: float) -> None:
    """A soft tone of voices that are hardly apart; it rises and dies over the bars on either side."""
    at = np.arange(int(2 * seconds * HOLD_RATE)) / HOLD_RATE
    envelope = np.sin(np.pi * at / (2 * seconds)) ** 2
    hertz = 440 * 2 ** ((note - 69) / 12)
    voices = sum(part * np.sin(2 * np.pi * (hertz + beat) * at) for part, beat in HOLD_VOICES)
    overtones = 0.25 * np.sin(4 * np.pi * hertz * at) + 0.08 * np.sin(6 * np.pi * hertz * at)
    places = (start - int(seconds * HOLD_RATE / 2) + np.arange(len(at))) % len(mixed)
    mixed[places] += level * envelope * (voices + overtones)


def _bell(mixed: NDArray[np.float64], start: int, note: int, level: float) -> None:
    at = np.arange(int(2.5 * HOLD_RATE)) / HOLD_RATE
    envelope = np.minimum(at / 0.03, 1) * np.exp(-2.0 * at) * np.minimum((2.5 - at) / 0.3, 1)
    hertz = 440 * 2 ** ((note - 69) / 12)
    tone = np.sin(2 * np.pi * hertz * at) + 0.12 * np.sin(4 * np.pi * hertz * at)
    mixed[(start + np.arange(len(at))) % len(mixed)] += level * envelope * tone


def write_music(target: Path) -> None:
    """The loop as a file."""
    samples = music()
    # The band-pass of speech would cut the lowest notes and ring at the seam: it is left out here.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "music.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
        _run("sox", "-D", str(path), "-e", "mu-law", str(target))


def _run(*words: str) -> None:
    subprocess.run(words, check=True)  # noqa: S603 - words of this file and of texts.json


def main(wanted: list[str]) -> int:
    """Makes those that are `wanted`, else all of them."""
    texts: dict[str, dict[str, str]] = json.loads((HERE / "texts.json").read_text("utf-8"))
    for name, languages in texts.items():
        if not wanted or name in wanted:
            for language, text in languages.items():
                speak(text, language, HERE / f"{name}.{language}.wav")
    if not wanted or "numbers" in wanted:
        for language in VOICES:
            for number in NUMBERS:
                speak(str(number), language, HERE / "numbers" / f"{number}.{language}.wav")
    if not wanted or "tone" in wanted:
        write_tone(HERE / "voicemail_tone.wav")
    if not wanted or "music" in wanted:
        write_music(HERE / "music.wav")
    if not wanted or "hold" in wanted:
        write(BUILT_IN, levelled(hold()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
