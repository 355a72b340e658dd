"""What real phones and providers send, against a whole bridge: the calls come about all the same."""

from pathlib import Path

import pytest

from bridges.sip.transport.api import Answered, Ended
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
