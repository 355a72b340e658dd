import asyncio

from server.background import end


async def test_a_task_that_swallows_a_cancellation_ends_all_the_same() -> None:
    started = asyncio.Event()

    async def stubborn() -> None:
        for _ in range(2):
            started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await started.wait()
    await end(task)
    assert task.cancelled()
    await end(task)
    await end(None)
