"""How long the calls of the soak stand."""

import asyncio

from tests.soak.hold import Hold
from tests.support.clock import let_pass

SECONDS = 600.0


async def test_a_call_stands_for_its_time_or_as_long_as_all_are_kept() -> None:
    hold = Hold(SECONDS)
    with hold.kept():
        kept = asyncio.create_task(hold.over())
        await asyncio.sleep(0)
        let_pass(SECONDS)
        await asyncio.sleep(0)
        assert not kept.done()
    await kept
    free = asyncio.create_task(hold.over())
    await asyncio.sleep(0)
    assert not free.done()
    let_pass(SECONDS)
    await free
