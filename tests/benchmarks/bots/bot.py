"""A bot: it plays a clip on one connection and counts what comes in on another."""

from __future__ import annotations

import asyncio

from tests.benchmarks.bots import clip, description
from tests.benchmarks.bots.clip import Player
from tests.benchmarks.bots.line import Line
from webrtc.dtls import Certificate

#: Making one takes long; who is who does not matter here.
_CERTIFICATE = Certificate()


class Bot:
    """Both connections with the server; signalling is up to those who know the server.

    :ivar sending, receiving: its lines.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.sending, self.receiving = Line(_CERTIFICATE, host), Line(_CERTIFICATE, host)
        self.sound = Player(clip.sound(), clip.OPUS, "0", 48_000)
        self.picture = Player(clip.picture(), clip.VP8, "1", 90_000)
        self._tasks: list[asyncio.Task[None]] = []
        self._hearing: asyncio.Task[None] | None = None

    def offer(self, names: tuple[str, str] = ("sound", "picture")) -> str:
        return description.offer(self.sending, (self.sound.ssrc, self.picture.ssrc), names)

    def answer(self, offer: str) -> str:
        return description.answer(self.receiving, offer)

    async def publish(self, answer: str) -> None:
        """Connects as the answer says, and plays from then on."""
        await _connect(self.sending, answer)
        self._tasks = [
            asyncio.create_task(self._play(self.sound, 0.02)),
            asyncio.create_task(self._play(self.picture, 1 / clip.FPS)),
        ]

    def listen(self, offer: str) -> None:
        """Connects the receiving line as the first offer says; later ones only add tracks."""
        if self._hearing is None:
            self._hearing = asyncio.create_task(_connect(self.receiving, offer))

    @property
    def sent_a_second(self) -> float:
        """Packets that it plays."""
        beats = (*clip.sound(), *clip.picture())
        return sum(len(beat.payloads) for beat in beats) / clip.SECONDS

    def hush(self) -> None:
        """It plays no more; both connections stay."""
        for task in self._tasks:
            task.cancel()

    def show(self) -> int:
        """Sends the next picture now; how many packets it was."""
        return self._transmit(self.picture)

    def _transmit(self, player: Player) -> int:
        assert self.sending.tx
        packets = player.beat(self.sending.tx)
        for packet in packets:
            self.sending.send(packet)
        return len(packets)

    async def _play(self, player: Player, every: float) -> None:
        loop = asyncio.get_running_loop()
        due, losses = loop.time(), self.sending.losses
        while True:
            if losses != self.sending.losses:
                losses = self.sending.losses
                player.rewind()
            self._transmit(player)
            due += every
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def close(self) -> None:
        self.hush()
        if self._hearing is not None:
            self._hearing.cancel()
        await asyncio.gather(self.sending.close(), self.receiving.close())


async def _connect(line: Line, text: str) -> None:
    remote = description.read(text)
    for place in remote.candidates:
        line.candidate(*place)
    # Whoever offers actpass lets us begin; an answer says who does.
    await line.connect(remote.ufrag, remote.password, remote.fingerprint, server=remote.setup == "active")
