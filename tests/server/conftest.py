"""Fixtures of the features' tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.web import Web, running


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """All features on a real listener and an empty database; the homeserver is a fake."""
    async with running(tmp_path) as web:
        yield web
