"""The music of calls on hold, found by the note that sounds throughout it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.support.patience import PATIENCE
from tests.support.recording import Sound, hears, share_of_tone, strongest

#: Hz.
SIGNATURE = 392


async def wait_music(heard: Callable[[], Sound], timeout: float = PATIENCE) -> None:
    """Wait until the last half second of what is heard is our music.

    :raises TimeoutError: it never is.
    """
    for _ in range(int(timeout * 20)):
        if hears(heard(), SIGNATURE, share=0.3):
            return
        await asyncio.sleep(0.05)  # a file grows without telling anybody
    raise TimeoutError(f"no music is heard, but {strongest(heard())}")


async def wait_no_music(heard: Callable[[], Sound], timeout: float = PATIENCE) -> None:
    """Wait until nothing of it is left in the last half second: what came after it may be less than that.

    :raises TimeoutError: it goes on.
    """
    for _ in range(int(timeout * 20)):
        if share_of_tone(heard().last(0.5), SIGNATURE) < 0.01:
            return
        await asyncio.sleep(0.05)  # a file grows without telling anybody
    raise TimeoutError(f"music is heard beside {strongest(heard())}")
