"""Re-INVITEs that are taken back, against a whole bridge with its real gateway and two phones."""

import asyncio
from contextlib import suppress
from pathlib import Path

from bridges.sip.transport.api import Answered, Call, Ended, Reinvite
from tests.bridges.sip.test_app import PHONE_PLAN, Phone, two_phones


async def test_rfc3261_14_1_a_cancelled_hold_gives_the_other_phone_its_old_session_again(
    tmp_path: Path,
) -> None:
    """The one that is held answers only after the other has cancelled: the gateway and it go back."""
    async with two_phones(tmp_path) as (around, _, anna, bruno):
        around.plan = PHONE_PLAN
        call = await anna.call("202")
        other = await bruno.answer()
        await anna.hears_of(Answered)
        holding = asyncio.ensure_future(call.reinvite(anna.rtp.sdp("sendonly")))
        held = await bruno.hears_of(Reinvite)
        assert "a=sendonly" in held.sdp
        holding.cancel()
        with suppress(asyncio.CancelledError):
            await holding
        other.accept_reinvite(bruno.rtp.sdp("recvonly"))
        restored = await bruno.hears_of(Reinvite)
        assert "a=sendrecv" in restored.sdp
        other.accept_reinvite(bruno.rtp.sdp())
        answer = await call.reinvite(anna.rtp.sdp("sendrecv"))
        assert "a=sendrecv" in (answer or "")
        call.bye()
        await bruno.hears_of(Ended)


async def accepting(phone: Phone, call: Call) -> None:
    """Whatever the bridge offers, the phone takes."""
    while True:
        await phone.hears_of(Reinvite)
        call.accept_reinvite(phone.rtp.sdp())


async def test_rfc3261_14_2_two_phones_that_hold_at_once_both_get_an_answer(tmp_path: Path) -> None:
    """The offers meet in the bridge, which has both sides' requests open: neither may wait for the other."""
    async with two_phones(tmp_path) as (around, _, anna, bruno):
        around.plan = PHONE_PLAN
        call = await anna.call("202")
        other = await bruno.answer()
        await anna.hears_of(Answered)
        takers = [
            asyncio.ensure_future(accepting(phone, leg)) for phone, leg in ((anna, call), (bruno, other))
        ]
        answers = await asyncio.gather(
            call.reinvite(anna.rtp.sdp("sendonly")), other.reinvite(bruno.rtp.sdp("sendonly"))
        )
        assert all(answers)
        for taker in takers:
            taker.cancel()
        assert not call.ended and not other.ended
        call.bye()
        await bruno.hears_of(Ended)
