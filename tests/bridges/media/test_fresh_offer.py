"""Offers made for a side that asks for one: from what we can do, not from the last answer (field case 8)."""

from collections.abc import AsyncIterator

import pytest

from bridges.media.gateway import Profile, UnknownLeg
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.settings import MediaSettings
from tests.support.ports import free_block

RTP = Profile.RTP


@pytest.fixture
async def gateway() -> AsyncIterator[InProcessMediaGateway]:
    first = free_block(12)
    made = InProcessMediaGateway(
        MediaSettings(webrtc_port=first, rtp_port_min=first + 2, rtp_port_max=first + 11)
    )
    await made.start()
    yield made
    await made.close()


def sdp(way: str = "sendrecv", formats: str = "8 0 101") -> str:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio 9 RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\na={way}\r\n"
    )


async def renegotiate(gateway: InProcessMediaGateway, from_leg: str, to_leg: str, way: str, back: str) -> str:
    offer = await gateway.offer("c", from_leg, to_leg, sdp(way), RTP, RTP)
    await gateway.answer("c", to_leg, from_leg, sdp(back, "8 101"))
    return offer


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("b", "a")])
async def test_after_a_hold_the_offer_is_full_again(
    gateway: InProcessMediaGateway, one: str, other: str
) -> None:
    """Case 8: on each side: all codecs, and the direction that the other side would like."""
    await renegotiate(gateway, "a", "b", "sendrecv", "sendrecv")
    await renegotiate(gateway, one, other, "sendonly", "recvonly")
    offer = await gateway.fresh_offer("c", other, one)
    assert "a=sendrecv" in offer
    assert "PCMA/8000" in offer and "PCMU/8000" in offer and "telephone-event/8000" in offer
    assert "a=sendrecv" in await renegotiate(gateway, one, other, "sendrecv", "sendrecv")


async def test_a_hold_of_the_other_side_stays_and_what_it_hid_is_not_forgotten(
    gateway: InProcessMediaGateway,
) -> None:
    """Case 8: while B holds, A is offered no more; for an offer to B, A's limited answer does not count."""
    await renegotiate(gateway, "a", "b", "sendrecv", "sendrecv")
    await renegotiate(gateway, "b", "a", "sendonly", "recvonly")
    assert "a=sendonly" in await gateway.fresh_offer("c", "b", "a")
    assert "a=recvonly" in await renegotiate(gateway, "a", "b", "recvonly", "sendonly")
    assert "a=sendrecv" in await gateway.fresh_offer("c", "a", "b")


async def test_a_leg_that_is_not_there_is_named(gateway: InProcessMediaGateway) -> None:
    await renegotiate(gateway, "a", "b", "sendrecv", "sendrecv")
    with pytest.raises(UnknownLeg):
        await gateway.fresh_offer("c", "a", "x")
