"""Two telephones joined by a `MediaGateway`, and what they hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bridges.media.gateway import MediaGateway, Profile
from bridges.sdp.audio import RemoteAudio, read_plain
from bridges.sdp.description import parse
from tests.support.audio import tone_share
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import RtpPhone

RTP, RATE = Profile.RTP, 8000


def plain(sdp: str) -> RemoteAudio:
    found = read_plain(parse(sdp))
    assert found is not None, sdp
    return found


async def join(gateway: MediaGateway, anna: RtpPhone, bruno: RtpPhone, call: str = "call") -> tuple[str, str]:
    """Anna calls Bruno; returns the offer to Bruno and the answer to Anna, and both talk."""
    offer = await gateway.offer(call, "anna", "bruno", anna.sdp(), RTP, RTP)
    answer = await gateway.answer(call, "bruno", "anna", bruno.sdp())
    anna.talk_to(answer)
    bruno.talk_to(offer)
    return offer, answer


async def hears(heard: Callable[[], Sequence[int]], hz: float) -> bool:
    """Whether its latest quarter of a second becomes this tone."""
    for _ in range(int(PATIENCE * 20)):
        samples = heard()[-RATE // 4 :]
        if len(samples) == RATE // 4 and tone_share(samples, RATE, hz) > 0.9:
            return True
        await asyncio.sleep(0.05)
    return False


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE * 50)):
        if condition():
            return
        await asyncio.sleep(0.02)
    assert condition()
