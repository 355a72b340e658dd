"""What a telephone in a meeting is told before it is recorded, out of our files or the organisation's own."""

import asyncio
import importlib
from pathlib import Path

from bridges.sip.voice.sounds import samples


async def words_of(path: Path) -> bytes:
    """Mu-law, a byte a sample. Raises OSError, ValueError."""
    return await asyncio.to_thread(samples if path.suffix == ".wav" else _decoded, path)


def _decoded(path: Path) -> bytes:
    # Large, and needed only where somebody has words of their own.
    decoded: bytes = importlib.import_module("bridges.sip.meeting.own_words").decoded(path.read_bytes())
    return decoded
