"""The short form of the kill matrix: each process that carries or controls calls ends while some are in each
phase, over UDP, TCP and TLS."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.killmatrix.matrix import House, house
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.stack import Stack, load

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def frail(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house whose parts die."""
    tls_port, folder = free_port(), tmp_path_factory.mktemp("killed")
    sip = f"tls_port = {tls_port}"
    with await asyncio.to_thread(Stack.start, folder, demo=True, sfu=True, sip_lines=sip) as stack:
        await asyncio.to_thread(stack.wait_ready)
        async with house(stack, tls_port) as found:
            yield found


#: Of the bridge every telephone is once in each place: its dialogs go over each transport.
@pytest.mark.parametrize(
    ("part", "each"),
    [("sip", 3), ("drain sip", 1), ("media", 1), ("web", 1), ("homeserver", 1), ("drain homeserver", 1)],
)
async def test_calls_in_every_phase_outlive_each_process(frail: House, part: str, each: int) -> None:
    cells = await frail.kill(part, each)
    assert [cell for cell in cells if cell.faults] == []
    gaps = {cell.phase: cell.gap for cell in cells if cell.gap is not None}
    if part in {"sip", "drain sip"}:
        # What a meeting says, and who is in a call of several, comes through the bridge's own processes.
        del gaps["meeting"], gaps["several"]
    assert max(gaps.values()) < 1.0 * load()
    if part == "sip":
        said = await traced(frail, frail.calls[0])
        assert [line for line in ("INVITE", "BYE") if not any(each.startswith(line) for each in said)] == []


async def traced(house: House, call_id: str) -> list[str]:
    """The SIP messages of a call, as they are kept soon after its end."""
    stack = house.office.stack
    for _ in range(int(PATIENCE)):
        shown = await asyncio.to_thread(stack.cli, "trace", call_id, "--json")
        trace = json.loads(shown.stdout)["trace"] if shown.returncode == 0 else {}
        if trace.get("ended_at"):
            return [message["text"] for message in trace["messages"]]
        await asyncio.sleep(1)  # nobody is told when a trace has come
    raise TimeoutError(shown.stderr)
