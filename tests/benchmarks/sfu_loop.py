"""The forwarding loop by itself: encrypted packets read from a socket, sent on to ten subscribers.

Everything is real, handshakes included, but the clock is not waited for: the publisher's packets lie in the
socket when the loop begins, as they do in a process that has no time to spare.
"""

from __future__ import annotations

import time

import aiohttp

from logs import plain as log
from server.sfu.app import Sfu
from server.sfu.config import Config, Limits, Media, Web
from tests.benchmarks.bots.line import Line
from tests.benchmarks.bots.livekit_bot import LiveKitBot
from tests.support.sfu import KEY, SECRET, token

FAN_OUT = 10
_SECONDS = 4.0
#: Frames that lie in the socket at a time; fewer packets than the loop reads in one turn, but for keyframes.
_FRAMES = 20
_ROOM = "loop"


async def packets_a_second() -> float:
    """Packets out a second of CPU, with a fan-out of ten."""
    log.configure("warning")
    config = Config(keys={KEY: SECRET}, web=Web(port=0), media=Media(port=0), limits=Limits(bitrate=10**12))
    sfu = Sfu(config)
    await sfu.start()
    bots = [LiveKitBot() for _ in range(FAN_OUT + 1)]
    async with aiohttp.ClientSession() as http:
        for number, bot in enumerate(bots):
            host, port = sfu.address
            await bot.enter(http, f"http://{host}:{port}", token(f"bot-{number}", _ROOM))
        publisher, *subscribers = bots
        for bot in subscribers:
            bot.hush()
        for bot in subscribers:
            await bot.receiving.wait_received(100)
        publisher.hush()
        rate = _measure(sfu, publisher, [bot.receiving for bot in subscribers])
        for bot in bots:
            await bot.leave()
    await sfu.stop()
    return rate


def _measure(sfu: Sfu, publisher: LiveKitBot, receivers: list[Line]) -> float:
    """Fills the SFU's socket and has it read, by hand: only that is timed. What arrives counts."""
    for line in receivers:
        line.drain()
    before, spent = sum(line.received for line in receivers), 0.0
    while spent < _SECONDS:
        for _ in range(_FRAMES):
            publisher.show()
        began = time.process_time()
        sfu._port._read()
        spent += time.process_time() - began
        for line in receivers:
            line.drain()
    return (sum(line.received for line in receivers) - before) / spent
