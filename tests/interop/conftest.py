"""One running demo organisation for all tests of calls that do not break it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.office import Office, office_of
from tests.support.stack import Stack


@pytest.fixture(scope="session")
def demo_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """``unisono serve`` with the demo's people and the carrier."""
    with Stack.start(tmp_path_factory.mktemp("demo"), demo=True) as stack:
        stack.wait_ready()
        yield stack


@pytest_asyncio.fixture
async def office(demo_stack: Stack) -> AsyncIterator[Office]:
    async with office_of(demo_stack) as office:
        yield office
