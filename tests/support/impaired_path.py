"""A bad network in user space: UDP between clients and one port, with loss, delay, jitter and a narrow line.

The kernel of many machines lacks `netem`, and a test needs a path that is switched while it runs and that
loses the same packets each time. Clients are told the path's address instead of the server's; the path has
one socket towards the server for each of their addresses, as a NAT has.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

Address = tuple[str, int]


@dataclass(frozen=True)
class Conditions:
    """One direction of a path.

    Attributes:
        loss: share of packets that vanish, 0 to 1.
        delay: seconds for each packet; jitter: up to so many more, without changing their order.
        rate: bit/s, None for any.
        queue: bytes that may wait for a line of that rate; what comes beyond it is dropped.
    """

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    rate: float | None = None
    queue: int = 30_000


CLEAR = Conditions()
DARK = Conditions(loss=1.0)


class Line:
    """One direction of one client's path; a machine without a clock.

    Attributes:
        conditions: may be changed at any time.
        passed, dropped: packets. octets: bytes that passed.
    """

    def __init__(self, conditions: Conditions, seed: int) -> None:
        self.conditions = conditions
        self.passed = self.dropped = self.octets = 0
        self._chance = random.Random(seed)  # noqa: S311 (repeatable losses)
        self._free_at = 0.0
        self._last_due = 0.0

    def carry(self, size: int, now: float) -> float | None:
        """When a packet of `size` bytes that enters now comes out; None when it is lost."""
        on = self.conditions
        if self._chance.random() < on.loss:
            self.dropped += 1
            return None
        out = now
        if on.rate is not None:
            begins = max(now, self._free_at)
            if (begins - now) * on.rate / 8 + size > on.queue:
                self.dropped += 1
                return None
            out = self._free_at = begins + size * 8 / on.rate
        out += on.delay + self._chance.random() * on.jitter
        self._last_due = out = max(out, self._last_due)
        self.passed += 1
        self.octets += size
        return out


@dataclass(eq=False)
class Flow:
    """The path of one address of a client: `up` to the server, `down` from it."""

    client: Address
    up: Line
    down: Line
    server_side: asyncio.DatagramTransport | None = None


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, Address], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._receive(data, addr)


@dataclass
class ImpairedPath:
    """From `front`, a port of 127.0.0.1 that clients are told, to `target`, the server's.

    `up` and `down` are the conditions of flows that come from now on. Runs in a thread of its own, so that
    a busy test does not delay packets: use `impaired_path`.
    """

    front: int
    target: int
    up: Conditions = CLEAR
    down: Conditions = CLEAR
    flows: list[Flow] = field(default_factory=list)
    _by_client: dict[Address, Flow] = field(default_factory=dict)
    _due: list[tuple[float, int, Callable[[bytes], None], bytes]] = field(default_factory=list)
    _count: int = 0
    _timer: asyncio.TimerHandle | None = None
    _front_side: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._front_side, _ = await loop.create_datagram_endpoint(
            lambda: _Socket(self._from_client), local_addr=("127.0.0.1", self.front)
        )

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        for transport in (self._front_side, *(flow.server_side for flow in self.flows)):
            if transport:
                transport.close()

    def change(
        self,
        *,
        flows: Iterable[Flow] | None = None,
        up: Conditions | None = None,
        down: Conditions | None = None,
    ) -> None:
        """New conditions for `flows`, or for all that there are."""
        for flow in list(self.flows if flows is None else flows):
            flow.up.conditions = up or flow.up.conditions
            flow.down.conditions = down or flow.down.conditions

    def _from_client(self, data: bytes, client: Address) -> None:
        flow = self._by_client.get(client)
        if flow is None:
            number = 2 * len(self.flows)
            flow = Flow(client, Line(self.up, number), Line(self.down, number + 1))
            self._by_client[client] = flow
            self.flows.append(flow)
        self._enter(flow.up, data, partial(self._to_server, flow))

    def _to_server(self, flow: Flow, data: bytes) -> None:
        if flow.server_side is not None:
            flow.server_side.sendto(data)
        else:
            asyncio.ensure_future(self._connect(flow, data))  # noqa: RUF006 (a loopback socket is there at once)

    async def _connect(self, flow: Flow, data: bytes) -> None:
        def to_client(late: bytes) -> None:
            if self._front_side:
                self._front_side.sendto(late, flow.client)

        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Socket(lambda answer, _: self._enter(flow.down, answer, to_client)),
            remote_addr=("127.0.0.1", self.target),
        )
        if flow.server_side is None:
            flow.server_side = transport
        else:
            transport.close()
        flow.server_side.sendto(data)

    def _enter(self, line: Line, data: bytes, deliver: Callable[[bytes], None]) -> None:
        now = asyncio.get_running_loop().time()
        due = line.carry(len(data), now)
        if due is None:
            return
        if due <= now:
            deliver(data)
            return
        self._count += 1
        heapq.heappush(self._due, (due, self._count, deliver, data))
        self._arm()

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._due[0][0], self._run) if self._due else None

    def _run(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._due and self._due[0][0] <= now:
            _, _, deliver, data = heapq.heappop(self._due)
            deliver(data)
        self._arm()


@contextlib.contextmanager
def impaired_path(front: int, target: int) -> Iterator[ImpairedPath]:
    """Runs a path until the end of the block."""
    path = ImpairedPath(front, target)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="impaired path", daemon=True)
    thread.start()

    async def close() -> None:
        path.close()

    try:
        asyncio.run_coroutine_threadsafe(path.open(), loop).result(10)
        yield path
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
