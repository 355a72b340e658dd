"""The process as a whole."""

import asyncio
import gc
import time

import pytest

from server.sfu.app import run
from server.sfu.config import Config, Media, Web
from tests.support.patience import PATIENCE


async def test_garbage_is_looked_for_quickly_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look through all that the process is made of held every meeting, whenever somebody sent enough."""
    gc.unfreeze()
    until, frozen, freeze = asyncio.Event(), asyncio.Event(), gc.freeze

    def freezes() -> None:
        freeze()
        frozen.set()

    monkeypatch.setattr(gc, "freeze", freezes)
    task = asyncio.create_task(run(Config(keys={"k": "s" * 40}, web=Web(port=0), media=Media(port=0)), until))
    try:
        async with asyncio.timeout(PATIENCE):
            await frozen.wait()
        took = []
        for _ in range(3):
            began = time.thread_time()
            gc.collect()
            took.append(time.thread_time() - began)
        assert min(took) < 0.01
    finally:
        until.set()
        await task
        gc.unfreeze()
