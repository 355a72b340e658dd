"""Calls are forwarded as their people have set it, with real phones and the carrier; checked by the tones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.interop.test_voicemail import message, recorded, samples
from tests.support.audio import tone_share
from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Api, Colleague, Office

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ, CARRIER_HZ = 600, 1400, 1000, 440
#: A number of the carrier that answers with a tone.
TONE = "+390698765402"
#: One that is always busy.
ENGAGED = "+390698765403"
TO_MAILBOX = {"on": True, "target": {"kind": "voicemail"}}
RULES = ("always", "busy", "no_answer", "unreachable")


def to(who: Colleague | str) -> dict[str, Any]:
    number = who if isinstance(who, str) else who.extension
    return {"on": True, "target": {"kind": "number", "number": number}}


@asynccontextmanager
async def services(office: Office, **wanted: Any) -> AsyncIterator[Api]:
    """What Bruno has set, until the test is over."""
    async with office.api(BRUNO) as api:
        assert (await api.ask("PATCH", "/services", wanted))[0] == 200
        try:
            yield api
        finally:
            off: dict[str, Any] = {rule: {"on": False} for rule in RULES}
            off |= {"do_not_disturb": False, "rings": {"desk_phone": True, "clients": True}}
            assert (await api.ask("PATCH", "/services", off))[0] == 200


def _came(why: str, call: dict[str, Any]) -> bool:
    return bool(call["ended_at"]) and [one["why"] for one in call["forwarded"]] == [why]


def _is(one: dict[str, Any], call: dict[str, Any]) -> bool:
    return bool(call["id"] == one["id"])


#: Bruno's desk phone alone: a client of an earlier test may still count as there, and would ring on.
PHONE_ONLY = {"desk_phone": True, "clients": False}
#: Why a call goes on, and by which of Bruno's rules; only where he declines may he take his time.
GOES_ON: list[tuple[str, dict[str, Any]]] = [
    ("busy", {"busy": to(CHIARA)}),
    ("no_answer", {"no_answer": to(CHIARA) | {"after": 5}}),
]


@pytest.mark.parametrize(("why", "rule"), GOES_ON)
async def test_a_call_goes_on_when_nobody_answers_and_when_it_is_declined(
    office: Office, tmp_path: Path, why: str, rule: dict[str, Any]
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        services(office, rings=PHONE_ONLY, **rule) as bruno_api,
        office.api(CHIARA) as chiara_api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        if why == "busy":
            await bruno.hang_up()
        assert "201" in (await chiara.wait_ringing())["peeruri"]
        await bruno.wait_closed()
        await chiara.answer()
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await chiara.wait_closed()
        hers = await chiara_api.latest_call(partial(_came, why))
        assert (hers["peer"]["name"], hers["forwarded"][0]["by"]["name"]) == (ANNA.name, BRUNO.name)
        his = await bruno_api.latest_call(partial(_is, hers))
        assert (his["forwarded_to"]["name"], his["peer"]["name"]) == (CHIARA.name, ANNA.name)


async def test_an_outside_call_is_forwarded_outside_with_the_number_of_who_forwards_it(
    office: Office, tmp_path: Path
) -> None:
    async with services(office, always=to(TONE)) as bruno_api:
        call_id = await office.carrier.call_in(BRUNO.number, tone_hz=BRUNO_HZ)
        out = await office.carrier.wait_call(lambda call: call["to"] == TONE and call["state"] == "answered")
        assert out["from"] == BRUNO.number
        await office.carrier.wait_hears(call_id, CARRIER_HZ)
        await office.carrier.wait_hears(out["id"], BRUNO_HZ)
        await office.carrier.hang_up(call_id)
        await office.carrier.wait_call(lambda call: call["id"] == out["id"] and call["state"] == "ended")
        his = await bruno_api.latest_call(lambda call: bool(call["forwarded_to"]) and bool(call["ended_at"]))
        assert (his["peer"]["number"], his["forwarded_to"]["number"]) == (OUTSIDE, TONE)


async def test_who_is_not_to_be_disturbed_is_busy_and_their_phone_silent(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        async with services(office, do_not_disturb=True):
            await anna.dial("202")
            assert "486" in await anna.wait_closed()
        await anna.dial("202")
        await bruno.wait_ringing()
        await anna.hang_up()
        await bruno.wait_closed()


async def test_who_has_no_phone_there_is_reached_elsewhere(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
    ):
        await office.wait_unregistered(BRUNO)
        async with services(office, unreachable=to(CHIARA), rings=PHONE_ONLY):
            await anna.dial("202")
            await chiara.wait_ringing()
            await chiara.answer()
            await anna.wait_hears(CHIARA_HZ)
            await chiara.hang_up()
            await anna.wait_closed()


async def test_a_phone_sets_it_by_codes_and_hears_what_became_of_them(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        services(office) as api,
    ):
        for code, always in (("*21*203", True), ("%2321%23", False)):
            bruno.clear_recordings()
            await bruno.dial(code)
            await bruno.wait_established()
            await bruno.wait_loud()
            await bruno.wait_closed()
            status, seen = await api.ask("GET", "/services")
            assert (status, seen["always"]["on"]) == (200, always)
            assert seen["always"]["target"]["name"] == CHIARA.name


@asynccontextmanager
async def mailbox(office: Office) -> AsyncIterator[Api]:
    """Bruno has one until the test is over."""
    async with office.api(BRUNO, "desktop") as api:
        assert (await api.ask("PUT", "/voicemail/settings", {"on": True}))[0] == 200
        try:
            yield api
        finally:
            _, found = await api.ask("GET", "/voicemail")
            for left in found["messages"]:
                await api.ask("DELETE", f"/voicemail/{left['id']}")
            await api.ask("PUT", "/voicemail/settings", {"on": False})


@pytest.mark.parametrize("rule", [TO_MAILBOX, to(ENGAGED)], ids=["chosen", "nobody-takes-it-outside"])
async def test_the_mailbox_of_who_forwards_records_what_they_send_there_and_what_nobody_takes_outside(
    office: Office, tmp_path: Path, rule: dict[str, Any]
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        mailbox(office) as messages,
        services(office, always=rule) as bruno_api,
    ):
        await anna.dial("202")
        await anna.wait_established()
        await recorded(office, 2.0)
        await anna.hang_up()
        left = await message(messages)
        assert left["caller"]["user_id"] == ANNA.user_id
        assert tone_share((await samples(messages, left["id"]))[4000:12000], 8000, ANNA_HZ) > 0.9
        his = await bruno_api.latest_call(lambda call: call["answered_on"] == "voicemail")
        assert (his["outcome"], his["forwarded_to"], his["forwarded"]) == ("missed", None, [])


async def test_a_desk_phone_sends_a_call_on_by_itself(office: Office, tmp_path: Path) -> None:
    """To a colleague, who is heard; to a number that its owner may not call, where it is over."""
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(CHIARA) as chiara_api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        bruno.command(f"redirect all sip:203@{office.registrar}")
        await chiara.wait_ringing()
        await chiara.answer()
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await chiara.wait_closed()
        hers = await chiara_api.latest_call(partial(_came, "deflected"))
        assert hers["forwarded"][0]["by"]["name"] == BRUNO.name
        await bruno.wait_closed()
        await anna.dial("202")
        await bruno.wait_ringing()
        bruno.command(f"redirect all sip:899123456@{office.registrar}")
        assert "480" in await anna.wait_closed()
