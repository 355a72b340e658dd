"""Threads for one kind of work, so that a flood of one kind holds up no other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """At most `most` pieces of work at a time; others wait in the order in which they came."""

    def __init__(self, kind: str, most: int = 1) -> None:
        self._pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix=kind)

    async def run(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, partial(work, *arguments, **named)
        )
