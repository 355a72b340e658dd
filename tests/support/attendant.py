"""An attendant for the tests of calls: what it says is a tone, so that whoever hears it can tell."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.audio import pcm, tone
from tests.support.office import Api

COMPANY, EXTENSION = "+390612345400", "400"


def sounding(hz: int, seconds: float = 4.0) -> bytes:
    """A WAV file of a tone."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(pcm(tone(hz, seconds)))
    return made.getvalue()


async def prompt(api: Api, hz: int) -> dict[str, Any]:
    """What a menu says: a tone."""
    status, kept = await api.send("POST", "/attendants/sounds", sounding(hz), "audio/wav")
    assert status == 201, kept
    return {"text": f"{hz} Hz", "sound": kept["sound"], "own": True}


async def menu(api: Api, hz: int, keys: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A menu that says a tone."""
    return {"kind": "menu", "prompt": await prompt(api, hz), "keys": keys} | more


@asynccontextmanager
async def attendant(api: Api, **wanted: Any) -> AsyncIterator[str]:
    """One that `api`, an administrator, has made, until the test is over; its path."""
    body = {"name": "Front desk", "extension": EXTENSION, "numbers": [COMPANY]}
    status, made = await api.ask("POST", "/attendants", body | wanted)
    assert status == 201, made
    path = f"/attendants/{made['attendant']['id']}"
    try:
        yield path
    finally:
        assert (await api.ask("DELETE", path))[0] == 204
