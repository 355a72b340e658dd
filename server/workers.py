"""Threads for one kind of work, so that a flood of one kind holds up no other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Busy(Exception):
    """Too much of this work waits already."""


class Workers:
    """At most `most` pieces of work at a time; `queue` others wait, in the order in which they came."""

    def __init__(self, kind: str, most: int = 1, queue: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix=kind)
        self._room = None if queue is None else most + queue
        self._under_way = 0

    async def run(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Raises `Busy`, and what `work` raises."""
        if self._room is not None and self._under_way >= self._room:
            raise Busy
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *arguments, **named))
        try:
            return await future
        finally:
            self._under_way -= 1
