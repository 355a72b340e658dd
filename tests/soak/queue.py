"""`python -m tests.soak.queue --minutes 10`: so many callers in a queue, and agents who answer by themselves.

Callers and agents are sipp. It ends with exit code 1 where somebody was lost or overtaken, or where the
figures of the queue are not those of its book, of the callers and of the records of calls. See
`docs/soak.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.soak.hold import Hold
from tests.soak.people import LIMITS, REGISTERED, Person, account_of, phone_of
from tests.soak.queue_result import Entry, Result, faults, report
from tests.support.office import ANNA, Api, Colleague, office_of
from tests.support.ports import free_port
from tests.support.sipp import Sipp
from tests.support.stack import Stack

#: The queue's extension, and who calls it.
EXTENSION = "310"
CALLER = Person("dario", "215")
#: Seconds in which all who wait are answered once nobody calls any more.
PATIENT = 600.0


def agents_of(number: int) -> list[Person]:
    return [Person(f"agent{at}", str(230 + at), "phone_answers_and_leaves") for at in range(number)]


async def run(folder: Path, minutes: float, callers: int, agents: int, talk: float) -> Result:
    """So many callers at all times, for so long; then until nobody is left."""
    people = agents_of(agents)
    extra = LIMITS + "".join(account_of(one) for one in (*people, CALLER))
    with await asyncio.to_thread(Stack.start, folder, demo=True, extra=extra) as stack:
        await asyncio.to_thread(stack.wait_ready)
        async with AsyncExitStack() as ends:
            office = await ends.enter_async_context(office_of(stack))
            for person in people:
                await ends.enter_async_context(phone_of(stack, folder, person, Hold(talk)))
            anna = await ends.enter_async_context(office.api(ANNA))
            await _open(anna, people)
            for person in people:
                async with office.api(_colleague(person)) as api:
                    await _asked(api, "PUT", "/queues/duty", {"duty": "on"})
            return await _call(stack, folder, anna, minutes, callers)


def _colleague(person: Person) -> Colleague:
    return Colleague(
        person.name, person.email, person.password, person.extension, person.sip_password, person.number
    )


async def _open(api: Api, people: Sequence[Person]) -> None:
    body = {
        "name": "Queue",
        "extension": EXTENSION,
        "strategy": "longest_idle",
        "members": [{"user_id": one.user_id} for one in people],
        "waiting": {"wrap_up": 0, "announce": 0, "welcome": False},
    }
    await _asked(api, "POST", "/groups", body)


async def _asked(api: Api, method: str, path: str, body: object = None) -> dict[str, Any]:
    status, answer = await api.ask(method, path, body)
    if status >= 400:
        raise RuntimeError(f"{method} {path}: {status} {answer}")
    return answer


async def _call(stack: Stack, folder: Path, api: Api, minutes: float, callers: int) -> Result:
    began = time.monotonic()
    bridge = f"127.0.0.1:{stack.ports.sip}"
    async with Sipp(
        folder / "callers",
        "phone_waits_in_a_queue",
        bridge,
        service=EXTENSION,
        calls=10**8,
        users=callers,
        timeout=10**6,
        trace=False,
        account=(CALLER.extension, CALLER.sip_password),
        keys={"rtp_port": free_port(), "caller": CALLER.extension},
        statistics=True,
    ) as sipp:
        waited = 0
        while time.monotonic() - began < 60 * minutes:
            (row,) = (await _asked(api, "GET", "/queues"))["queues"]
            waited = max(waited, len(row["waiting"]))
            _say(
                f"{time.monotonic() - began:.0f} s: {row['today']['calls']} calls, {len(row['waiting'])} wait"
            )
            await asyncio.sleep(10)
        os.kill(sipp.pid, signal.SIGUSR1)  # whoever waits is answered yet, and nobody else calls
        await sipp.wait(PATIENT)
    told = await _settled(api)
    entries = await asyncio.to_thread(_book, stack.data / "unisono.db")
    records = await asyncio.to_thread(_records, stack.data / "unisono.db")
    return Result(entries, waited, told, sipp.ended(), records, time.monotonic() - began)


async def _settled(api: Api) -> dict[str, Any]:
    """The queue's own figures, once all records of it have come."""
    row: dict[str, Any] = {}
    for _ in range(60):
        (row,) = (await _asked(api, "GET", "/queues"))["queues"]
        if not row["waiting"] and all(one["state"] == "ready" for one in row["agents"]):
            break
        await asyncio.sleep(1)  # records come when the bridge has delivered them
    return dict(row["today"])


def _book(path: Path) -> list[Entry]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT id, arrived_at, answered_at, outcome, agent FROM queue_calls ORDER BY arrived_at"
        )
        return [Entry(*row) for row in rows]


def _records(path: Path) -> int:
    """Records of calls to the queue's number: those of the waits."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        wanted = "SELECT count(*) FROM call_records WHERE id IN (SELECT id FROM queue_calls)"
        return int(database.execute(wanted).fetchone()[0])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _main(minutes: float, callers: int, agents: int, talk: float) -> int:
    if 60 * minutes + PATIENT > REGISTERED:
        raise SystemExit("a registration of the callers does not hold that long")
    with tempfile.TemporaryDirectory(prefix="unisono-queue-", ignore_cleanup_errors=True) as folder:
        result = await run(Path(folder), minutes, callers, agents, talk)
    wrong = faults(result)
    load = " ".join(f"{one:.0f}" for one in os.getloadavg())
    _say(f"{datetime.now(UTC):%Y-%m-%d}, load {load}\n{report(result)}")
    _say("\n".join(wrong or ["order kept, nobody lost, the figures are those of the records"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak.queue", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--callers", type=int, default=50, help="at all times")
    parser.add_argument("--agents", type=int, default=5)
    parser.add_argument("--talk", type=float, default=8, help="seconds of a conversation")
    chosen = parser.parse_args()
    sys.exit(asyncio.run(_main(chosen.minutes, chosen.callers, chosen.agents, chosen.talk)))
