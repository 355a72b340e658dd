"""What real phones and providers send, against a whole bridge: the calls come about all the same."""

from pathlib import Path

import pytest

from bridges.sip.transport.api import Answered, Ended, NameAddress
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
