"""Makes the sounds beside it anew: `python bridges/sip/meeting/sounds/make.py`; needs espeak-ng and sox.

Speech comes from `texts.json`, the numbers of rooms from `numbers`, the waiting music is computed here;
everything is G.711 mu-law, 8 kHz, mono. With names of texts (`in_room muted`) only those are made.
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

HERE = Path(__file__).parent
VOICES = {"it": ("it", "150"), "en": ("en-gb", "150")}
RATE = 8000
#: The numbers that are spoken: a meeting has no more rooms.
NUMBERS = range(1, 51)
#: Seconds of one chord and the chords, as midi notes: a quiet progression that repeats without a seam.
BAR = 3.2
CHORDS = ((45, 57, 60, 64), (41, 53, 57, 60), (48, 55, 60, 64), (43, 55, 59, 62))
#: The order in which a chord's notes are plucked, eight in a bar.
PLUCKED = (1, 2, 3, 2, 1, 3, 2, 3)


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
    if not wanted or "music" in wanted:
        write_music(HERE / "music.wav")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
