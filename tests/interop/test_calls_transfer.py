"""Desk phones of two makes transfer calls: the others hear each other, and the transferrer is out."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.support.baresip import Baresip
from tests.support.linphone import Linphone
from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Colleague, Office
from tests.support.recording import wait_tones

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ, CARRIER_HZ = 600, 1400, 2000, 440
TONE = "+390698765402"
BRUNO_USES = pytest.mark.parametrize("bruno_uses", ["baresip", "linphone"])
CHIARA_USES = pytest.mark.parametrize("chiara_uses", ["baresip", "linphone"])


def phone(
    office: Office, make: str, who: Colleague, folder: Path, hz: int
) -> AbstractAsyncContextManager[Baresip] | AbstractAsyncContextManager[Linphone]:
    make_of = office.linphone if make == "linphone" else office.desk_phone
    return make_of(who, folder, tone_hz=hz)


@BRUNO_USES
@CHIARA_USES
async def test_who_was_called_transfers_the_caller_to_a_colleague(
    office: Office, tmp_path: Path, bruno_uses: str, chiara_uses: str
) -> None:
    async with (
        phone(office, chiara_uses, ANNA, tmp_path, ANNA_HZ) as anna,
        phone(office, bruno_uses, BRUNO, tmp_path, BRUNO_HZ) as bruno,
        phone(office, chiara_uses, CHIARA, tmp_path, CHIARA_HZ) as chiara,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.transfer("203")
        assert "201" in (await chiara.wait_ringing())["peeruri"]
        await chiara.answer()
        await bruno.wait_closed()
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await chiara.wait_closed()


@BRUNO_USES
async def test_who_called_transfers_the_called_one_to_a_number_outside(
    office: Office, tmp_path: Path, bruno_uses: str
) -> None:
    async with (
        phone(office, bruno_uses, BRUNO, tmp_path, BRUNO_HZ) as bruno,
        phone(office, "linphone", ANNA, tmp_path, ANNA_HZ) as anna,
    ):
        await bruno.dial("201")
        await anna.wait_ringing()
        await anna.answer()
        await bruno.wait_hears(ANNA_HZ)
        await bruno.transfer(TONE)
        await bruno.wait_closed()
        await anna.wait_hears(CARRIER_HZ)
        call = await office.carrier.wait_call(lambda call: call["to"] == TONE and call["state"] == "answered")
        await office.carrier.wait_hears(call["id"], ANNA_HZ)
        await anna.hang_up()
        await office.carrier.wait_call(lambda ended: ended["id"] == call["id"] and ended["state"] == "ended")


@BRUNO_USES
async def test_a_caller_outside_is_transferred_to_a_colleague(
    office: Office, tmp_path: Path, bruno_uses: str
) -> None:
    async with (
        phone(office, bruno_uses, BRUNO, tmp_path, BRUNO_HZ) as bruno,
        phone(office, "linphone", CHIARA, tmp_path, CHIARA_HZ) as chiara,
    ):
        call_id = await office.carrier.call_in(BRUNO.number, tone_hz=CARRIER_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(CARRIER_HZ)
        await bruno.transfer("203")
        assert OUTSIDE[3:] in (await chiara.wait_ringing())["peeruri"]
        await chiara.answer()
        await bruno.wait_closed()
        await chiara.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        await chiara.hang_up()
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")


async def test_a_transfer_that_is_declined_brings_the_call_back(office: Office, tmp_path: Path) -> None:
    """To linphone. Baresip hangs up by itself when a transfer fails."""
    async with (
        phone(office, "linphone", ANNA, tmp_path, ANNA_HZ) as anna,
        phone(office, "linphone", BRUNO, tmp_path, BRUNO_HZ) as bruno,
        phone(office, "baresip", CHIARA, tmp_path, CHIARA_HZ) as chiara,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.transfer("203")
        await chiara.wait_ringing()
        await chiara.hang_up()
        await chiara.wait_closed()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await bruno.wait_closed()


@CHIARA_USES
async def test_who_was_called_asks_a_colleague_first_and_joins_the_two(
    office: Office, tmp_path: Path, chiara_uses: str
) -> None:
    """RFC 3891, by linphone: the REFER names its second call. Baresip records nothing after it was held."""
    async with (
        phone(office, "linphone", ANNA, tmp_path, ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        phone(office, chiara_uses, CHIARA, tmp_path, CHIARA_HZ) as chiara,
        office.api(CHIARA) as chiara_api,
    ):
        await anna.dial("202")
        first = str((await bruno.wait_ringing())["id"])
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.hold()
        second = await bruno.dial("203")
        await chiara.wait_ringing()
        await chiara.answer()
        await chiara.wait_hears(BRUNO_HZ)
        await bruno.transfer_to_call(first, second)
        await bruno.wait_closed()
        await bruno.wait_closed()
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await chiara.wait_closed()
        latest = await chiara_api.ended_call()
        assert latest["peer"]["user_id"] == ANNA.user_id
        assert latest["transferred_by"]["user_id"] == BRUNO.user_id


async def test_a_caller_outside_is_joined_with_a_number_outside(office: Office, tmp_path: Path) -> None:
    """Both legs are the line's; who joins them has asked there first."""
    async with office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno:
        caller = await office.carrier.call_in(BRUNO.number, tone_hz=ANNA_HZ)
        first = str((await bruno.wait_ringing())["id"])
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        await bruno.hold()
        second = await bruno.dial(TONE)
        await bruno.wait_hears(CARRIER_HZ)
        called = await office.carrier.wait_call(
            lambda call: call["to"] == TONE and call["state"] == "answered"
        )
        await bruno.transfer_to_call(first, second)
        await office.carrier.wait_hears(caller, CARRIER_HZ)
        await office.carrier.wait_hears(called["id"], ANNA_HZ)
        await bruno.wait_closed()
        await bruno.wait_closed()
        await office.carrier.hang_up(caller)
        await office.carrier.wait_call(lambda call: call["id"] == called["id"] and call["state"] == "ended")


async def test_the_star_code_makes_one_call_of_all_that_a_phone_has(office: Office, tmp_path: Path) -> None:
    """A third call, from a phone that has put two on hold: it is what the phone goes on with. Baresip records
    nothing after it was held."""
    async with (
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.linphone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
    ):
        caller = await office.carrier.call_in(BRUNO.number, tone_hz=ANNA_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        await bruno.hold()
        await bruno.dial(CHIARA.extension)
        await chiara.wait_ringing()
        await chiara.answer()
        await chiara.wait_hears(BRUNO_HZ)
        await bruno.hold()
        merged = await bruno.dial("*3")
        await bruno.wait_closed()
        await bruno.wait_closed()
        await wait_tones(bruno.heard, [ANNA_HZ, CHIARA_HZ], "Bruno")
        await wait_tones(chiara.heard, [ANNA_HZ, BRUNO_HZ], "Chiara")
        # RFC 4579: whom it refers to the conference's address is added.
        await bruno.transfer(TONE)
        await wait_tones(chiara.heard, [ANNA_HZ, CARRIER_HZ], "Chiara, with one more")
        added = await office.carrier.wait_call(
            lambda call: call["to"] == TONE and call["state"] == "answered"
        )
        await bruno.hang_up(merged)
        await office.carrier.hang_up(added["id"])
        await chiara.wait_hears(ANNA_HZ)
        await office.carrier.wait_hears(caller, CHIARA_HZ)
        await chiara.hang_up()
        await office.carrier.wait_call(lambda call: call["id"] == caller and call["state"] == "ended")
