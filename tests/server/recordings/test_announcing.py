"""Announcements that a voice speaks: what hangs or fails is said in words, and holds up nobody for ever."""

import sys

import pytest

from server.recordings.announcing import AnnouncementMaker, NoVoice, VoiceFailed


@pytest.mark.parametrize(
    ("speak", "refusal"),
    [
        ((sys.executable, "-c", "import sys; sys.stdin.read(); sys.stdout.close(); input()"), VoiceFailed),
        ((sys.executable, "-c", "raise SystemExit(1)"), VoiceFailed),
        ((sys.executable, "-c", "import signal; signal.pause()"), VoiceFailed),
        ((sys.executable, "-c", "pass"), VoiceFailed),
        (("/no/such/voice",), NoVoice),
    ],
)
async def test_a_voice_that_does_not_speak_is_refused_in_words(
    speak: tuple[str, ...], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await AnnouncementMaker(speak, 0.5).of_text("Ciao", "it")


def test_its_code_is_stable() -> None:
    assert (VoiceFailed.code, VoiceFailed.status) == ("voice_failed", 503)
