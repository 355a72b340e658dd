"""The voice that answers a code: it is heard once, and hangs up."""

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers, CallInput, Gone
from bridges.sip.voice.announcer import Announcer
from bridges.sip.voice.prompts import Language, Prompt
from bridges.sip.voice.sounds import spoken
from wire.route import AnnouncementLeg

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


async def test_it_answers_speaks_and_hangs_up() -> None:
    heard: list[CallInput] = []
    announcer = Announcer("127.0.0.1")
    leg = await announcer.answer("announcement-1", AnnouncementLeg("not_set", "it"), OFFER, heard.append)
    assert [type(event) for event in heard] == [Answers]
    assert leg.snapshot() is not None
    leg.tick()
    leg.established()
    for _ in range(1000):
        leg.tick()
    assert heard[1:] == [Gone("announcement-1", Cause.NORMAL)]
    assert leg.snapshot() is None


async def test_who_hangs_up_first_ends_it() -> None:
    heard: list[CallInput] = []
    announcer = Announcer("127.0.0.1")
    leg = await announcer.answer("announcement-1", AnnouncementLeg("not_set", "en"), OFFER, heard.append)
    leg.drop(Cause.NORMAL)
    leg.drop(Cause.NORMAL)
    announcer.stop()
    assert [type(event) for event in heard] == [Answers]


def test_all_that_may_be_said_is_there_in_both_languages() -> None:
    for said in AnnouncementLeg.__annotations__["say"].__args__:
        for language in Language:
            assert len(spoken(Prompt(said), language)) > 4000
