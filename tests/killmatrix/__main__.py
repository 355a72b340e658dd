"""`python -m tests.killmatrix --calls 50`: the whole matrix, written to docs/kill-matrix.md."""

import argparse
import asyncio
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from logs import log
from tests.killmatrix.matrix import PARTS, PHASES, Cell, house
from tests.killmatrix.services import SERVICES
from tests.support.ports import free_port
from tests.support.stack import Ports, Stack

PAGE = Path(__file__).parents[2] / "docs" / "kill-matrix.md"
HEAD = """# The kill matrix

Each process is ended by `kill -9`, or followed by another by `unisono drain`, while calls are in each phase
at once. One of the three telephones speaks SIP over UDP, one over TCP, one over TLS; each of them calls, is
called, and is the third. Then what rings is answered, who is held talks again, who is transferred talks
with the next one, who is parked is fetched, of several one leaves the other two, and who is in a meeting by
PIN is heard there and hears; both sides look for the other's tone in what they hear, and one of them hangs
up. *Gap*: the longest time without sound that any of them had from the end until all was well again; who is
held or parked hears music. *Faults*: calls lost, a tone or a BYE that did not come, records that are not
one a call (a transfer, and fetching a parked call, begin another), or not true.

Then the same with calls to services: an agent of a queue talks, others wait for that agent with music,
another agent rings, and callers leave messages. Who waited is answered in turn, and each message is heard.

`python -m tests.killmatrix --calls {calls} --write` made this table on {date}, at a load of {load:.0f} on
{cpus} processors; CI does the same with fewer calls (`tests/interop/test_kill_matrix.py`).

What the table does not hold: calls with browsers and outside lines (`tests/interop/test_calls_faults.py`),
phones behind address translation, and what a meeting hears of its telephones meanwhile:
they are out of the room until the next bridge has brought them back.

| ended | phase | calls | well again after | gap | faults |
|---|---|---|---|---|---|
"""


def row(cell: Cell) -> str:
    """Of the table."""
    gap = "" if cell.gap is None else f"{cell.gap * 1000:.0f} ms"
    faults = "; ".join(cell.faults[:3]) or "none"
    how = cell.part if " " in cell.part else f"kill -9 {cell.part}"
    words = (how, cell.phase, cell.calls, f"{cell.healed:.1f} s", gap, faults)
    return f"| {' | '.join(map(str, words))} |\n"


async def run(calls: int, parts: list[str]) -> list[str]:
    """The rows."""
    rows: list[str] = []
    tls_port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        stack = await asyncio.to_thread(
            Stack.start,
            Path(folder),
            demo=True,
            sfu=True,
            sip_lines=f"tls_port = {tls_port}",
            ports=Ports.free(rtp=8 * calls + 100),
        )
        with stack:
            await asyncio.to_thread(stack.wait_ready)
            async with house(stack, tls_port) as found:
                for part in parts:
                    each = max(calls // len(PHASES), 1)
                    cells = [*await found.kill(part, each), *await found.kill(part, each, SERVICES)]
                    rows += [row(cell) for cell in cells]
                    sys.stdout.writelines(rows[-len(cells) :])
                    sys.stdout.flush()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.killmatrix", description=__doc__)
    parser.add_argument("--calls", type=int, default=50, help="calls at once when a process ends")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    log.configure("killmatrix", "error")
    rows = asyncio.run(run(options.calls, options.parts))
    if options.write:
        now, load = datetime.now(UTC).date(), os.getloadavg()[2]
        head = HEAD.format(calls=options.calls, date=now, load=load, cpus=os.cpu_count())
        PAGE.write_text(head + "".join(rows), "utf-8")
    return 0 if all(line.endswith("| none |\n") for line in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
