"""The media beside a call whose signalling is done by sipp."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.patience import PATIENCE
from tests.support.recording import Sound, wait_tone
from tests.support.rtp_phone import RtpPhone


class RtpPeer(RtpPhone):
    """A telephone without signalling: it talks to wherever packets come from, as gateways of carriers do."""

    def __init__(self, tone_hz: int = 440) -> None:
        super().__init__(tone_hz=tone_hz)
        self._source: Any = None

    async def __aenter__(self) -> RtpPeer:
        await super().__aenter__()
        return self

    def datagram_received(self, data: bytes, addr: Any) -> None:
        super().datagram_received(data, addr)
        if self._source != addr:  # another call
            self._source = addr
            self.send_to(addr[0], addr[1])

    def send_to(self, host: str, port: int) -> None:
        """Send the tone there from now on."""
        if self._talking is not None:
            self._talking.cancel()
        self._talking = asyncio.create_task(self._talk((host, port)))

    async def wait_hears(self, hz: float, timeout: float = PATIENCE) -> None:
        """Wait until the last half second that came is a tone of ``hz``."""
        await wait_tone(lambda: Sound(8000, self.heard()), hz, timeout, f"RTP port {self.port}")
