"""Calls outside have limits for real phones: refused with a cause, and help can always be called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.office import ANNA, BRUNO, Office, office_of
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

TONE, PREMIUM, FAR = "+390698765402", "899123456", "+5352123456"
_LIMITS = """
[telephony]
calls_at_once = 1
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """The demo, where a person makes one call outside at a time."""
    folder = tmp_path_factory.mktemp("limits")
    with await asyncio.to_thread(Stack.start, folder, demo=True, extra=_LIMITS) as stack:
        await asyncio.to_thread(stack.wait_ready)
        async with office_of(stack) as office:
            yield office


async def test_a_call_too_many_is_refused_while_112_and_colleagues_are_reached(
    narrow: Office, tmp_path: Path
) -> None:
    async with (
        narrow.desk_phone(ANNA, tmp_path / "first", tone_hz=600) as first,
        narrow.desk_phone(ANNA, tmp_path / "second", tone_hz=700) as second,
        narrow.desk_phone(BRUNO, tmp_path, tone_hz=800) as colleague,
    ):
        await first.dial(TONE)
        await first.wait_established()
        await second.dial(TONE)
        assert "403" in await second.wait_closed()
        # Help is called past the limit, and another person has a call of their own.
        for phone, number in ((second, "112"), (colleague, TONE)):
            await phone.dial(number)
            await phone.wait_established()
            await phone.hang_up()
        async with narrow.api(ANNA) as api:
            status, answer = await api.ask("POST", "/dial", {"number": TONE})
            assert (status, answer["error"]["code"]) == (429, "too_many_calls")
        await first.hang_up()
        await narrow.carrier.wait_call(lambda call: call["to"] == TONE and call["state"] == "ended")


async def test_numbers_that_nobody_may_call_are_not_called(narrow: Office, tmp_path: Path) -> None:
    async with narrow.desk_phone(ANNA, tmp_path, tone_hz=600) as phone, narrow.api(ANNA) as api:
        for number in (PREMIUM, FAR):
            await phone.dial(number)
            assert "403" in await phone.wait_closed()
        status, answer = await api.ask("POST", "/dial", {"number": PREMIUM})
        assert (status, answer["error"]["code"]) == (403, "premium_number")
