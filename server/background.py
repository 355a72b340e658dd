"""Tasks that run beside the requests, and their end."""

import asyncio

#: Seconds between two attempts to end a task.
_AGAIN = 0.2


async def end(task: asyncio.Task[None] | None) -> None:
    """Cancel until it is over.

    Libraries may swallow a cancellation: `asyncio.wait_for` of Python 3.11 does, when what it waits for comes
    at the same moment.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN)
