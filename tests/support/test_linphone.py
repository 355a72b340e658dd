"""The second make of desk phone by itself: two of them call each other without a server between."""

from pathlib import Path

from tests.support.baresip import Baresip, Line
from tests.support.linphone import Linphone


def unregistered(username: str) -> Line:
    return Line(username, "", "127.0.0.1:9", regint=0)


async def test_two_phones_hear_each_others_tone_and_digits_and_hold(tmp_path: Path) -> None:
    async with (
        Linphone(tmp_path / "a", unregistered("201"), tone_hz=600) as anna,
        Linphone(tmp_path / "b", unregistered("202"), tone_hz=1400) as bruno,
    ):
        await anna.dial(f"sip:202@127.0.0.1:{bruno.sip_port}")
        call = await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_established()
        await anna.wait_hears(1400)
        await bruno.wait_hears(600)
        await anna.send_dtmf("5")
        assert (await bruno.events.wait("DTMF"))["param"] == "5"
        await bruno.hold()
        await anna.events.wait("CALL_HELD")
        await bruno.resume(call["id"])
        await bruno.wait_hears(600)
        await bruno.hang_up()
        await anna.wait_closed()


async def test_it_and_the_other_make_hear_each_other(tmp_path: Path) -> None:
    async with (
        Linphone(tmp_path / "a", unregistered("201"), tone_hz=600) as anna,
        Baresip(tmp_path / "b", unregistered("202"), tone_hz=1400) as bruno,
    ):
        await anna.dial(f"sip:202@127.0.0.1:{bruno.sip_port}")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_established()
        await anna.wait_hears(1400)
        await bruno.wait_hears(600)
        await anna.hang_up()
        await bruno.wait_closed()


async def test_a_phone_that_refuses_ends_the_call(tmp_path: Path) -> None:
    async with (
        Linphone(tmp_path / "a", unregistered("201")) as anna,
        Linphone(tmp_path / "b", unregistered("202")) as bruno,
    ):
        await anna.dial(f"sip:202@127.0.0.1:{bruno.sip_port}")
        await bruno.wait_ringing()
        await bruno.hang_up()
        await anna.wait_closed()
