"""What real phones and providers send, against a whole bridge: the calls come about all the same."""

import asyncio
from pathlib import Path

import pytest

from bridges.sip.transport.api import Answered, Ended, NameAddress, Reinvite
from tests.bridges.sip.test_app import PHONE_PLAN, two_phones


@pytest.mark.parametrize(
    ("old", "new", "end"),
    [
        ("", "", "  \r\n"),
        ("", "", "\x00"),
        ("o=", "o=- 1 1 IN IP4\r\nx=", ""),
        ("t=0 0", "t=0 0\r\nnonsense", ""),
        ("\r\nm=", "\r\n  \r\nm=", "\x00\x00"),
    ],
)
async def test_a_description_that_is_nearly_right_is_no_488(
    tmp_path: Path, old: str, new: str, end: str
) -> None:
    """Case 6: a line of blanks, a NUL at the end, a short `o=` line, in an offer and in an answer."""
    async with two_phones(tmp_path) as (around, _, anna, bruno):
        around.plan = PHONE_PLAN
        call = await anna.call("202", anna.rtp.sdp().replace(old, new, 1) + end)
        await bruno.answer(bruno.rtp.sdp().replace(old, new, 1) + end)
        await anna.hears_of(Answered)
        call.bye()
        await bruno.hears_of(Ended)


async def test_a_phone_that_hides_its_number_calls_as_who_signed_in_and_is_shown_as_nobody(
    tmp_path: Path,
) -> None:
    """Case 5: From anonymous, P-Preferred-Identity, Privacy: id, and the right credentials."""
    async with two_phones(tmp_path) as (around, _, anna, bruno):
        around.plan = {**PHONE_PLAN, "withheld": True}
        call = await anna.endpoint.invite(
            anna.endpoint.trunk_target("line", "202"),
            from_=NameAddress("sip:anonymous@anonymous.invalid", "Anonymous"),
            to=NameAddress("sip:202@localhost"),
            sdp=anna.rtp.sdp(),
            headers=(("P-Preferred-Identity", "<sip:201@localhost>"), ("Privacy", "id")),
            credentials=anna.endpoint.trunk_credentials("line"),
        )
        call.listen(anna.events.put_nowait)
        heard = await bruno.answer()
        assert (heard.caller_number, heard.caller.name) == (None, "Anonymous")
        await anna.hears_of(Answered)
        call.bye()
        record = await around.record()
        assert (record["withheld"], record["caller"]["number"]) == (True, "201")


async def test_a_resume_by_a_reinvite_without_offer_gets_a_full_one_and_reaches_the_other_side(
    tmp_path: Path,
) -> None:
    """Case 8: hold with sendonly, then a re-INVITE without body, answered with sendrecv in the ACK."""
    async with two_phones(tmp_path) as (around, _, anna, bruno):
        around.plan = PHONE_PLAN
        call = await anna.call("202")
        other = await bruno.answer()
        await anna.hears_of(Answered)
        holding = asyncio.ensure_future(call.reinvite(anna.rtp.sdp("sendonly")))
        held = await bruno.hears_of(Reinvite)
        assert "a=sendonly" in held.sdp
        other.accept_reinvite(bruno.rtp.sdp("recvonly"))
        assert "a=recvonly" in (await holding or "")
        offer = await call.reinvite(None) or ""
        call.acknowledge(anna.rtp.sdp("sendrecv"))
        assert "a=sendrecv" in offer
        assert {"PCMU/8000", "PCMA/8000", "telephone-event/8000"} <= set(offer.replace("\r\n", " ").split())
        resumed = await bruno.hears_of(Reinvite)
        assert "a=sendrecv" in resumed.sdp
        other.accept_reinvite(bruno.rtp.sdp())
        call.bye()
        await bruno.hears_of(Ended)
