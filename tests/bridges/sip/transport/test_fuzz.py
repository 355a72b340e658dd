"""Damaged and shuffled messages of a live call, straight into the engine: nothing in it ever fails."""

import random
from typing import Any

import pytest
import structlog

from bridges.sip.message import Flow, Transport
from tests.bridges.sip.transport.endpoints import ANSWER, OFFER, Listener, pair

#: What the engine logs when code of ours has raised.
FAULTS = {"sip_request_failed", "sip_handler_failed", "sip_timer_failed", "sip_incoming_failed"}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The message with a few bytes lost, doubled, or made others."""
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        start = chance.randrange(len(data))
        piece = data[start : start + chance.randrange(12)]
        replacement = chance.choice(
            [b"", piece * 2, chance.randbytes(len(piece)), b";", b'"', b"<", b",", b"\r\n "]
        )
        data = data[:start] + replacement + data[start + len(piece) :]
    return data


@pytest.mark.parametrize("seed", range(6))
async def test_no_damaged_message_of_a_call_makes_the_engine_fail(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable damage
    async with pair() as link:
        heard: list[tuple[Any, bytes, Flow]] = []
        for endpoint in (link.a, link.b):
            network = endpoint._core.network
            genuine = network.receive

            def record(data: bytes, flow: Flow, genuine: Any = genuine) -> None:
                heard.append((genuine, data, flow))
                genuine(data, flow)

            network._udp._protocol._receive = record  # type: ignore[union-attr]
        await talk(link)
        assert len(heard) > 8
        with structlog.testing.capture_logs() as logs:
            for _ in range(600):
                receive, data, flow = chance.choice(heard)
                receive(damaged(data, chance), chance.choice([flow, Flow(Transport.UDP, "127.0.0.2", 9)]))
        assert not [entry for entry in logs if entry["event"] in FAULTS]


async def talk(link: Any) -> None:
    """A call with everything in it."""
    outgoing, incoming = await link.call()
    caller, callee = Listener(outgoing), Listener(incoming)
    incoming.ring()
    await caller.next(object)
    incoming.answer(ANSWER)
    await caller.next(object)
    await callee.next(object)
    outgoing, incoming = await link.call(sdp=OFFER)
    incoming.ring()
    caller = Listener(outgoing)
    await caller.next(object)
    outgoing.cancel()
    await caller.next(object)
    outgoing, incoming = await link.call()
    incoming.reject(486)
    await Listener(outgoing).next(object)
