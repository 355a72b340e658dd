"""Fixtures of the features' tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.attendants.speech import EspeakVoice
from tests.support.web import Web, running


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """All features on a real listener and an empty database; the homeserver is a fake."""
    async with running(tmp_path) as web:
        yield web


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What attendants had spoken, without the program that does."""
    texts: list[str] = []

    async def speak(_self: EspeakVoice, text: str, _language: str) -> bytes:
        texts.append(text)
        return b"\x80" * 800

    monkeypatch.setattr(EspeakVoice, "speak", speak)
    return texts
