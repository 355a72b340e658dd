"""Calls outside have limits, whichever way they come; emergency numbers have none."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.notifications.service import Mail
from server.telephony.destinations import Destinations
from server.telephony.dialplan import Outside, Refusal, Subscriber, Trunk
from server.telephony.limits import Limits
from server.telephony.outgoing import Outgoing
from server.telephony.reservation_store import SqlReservations
from tests.server.telephony.test_http import RECORD
from tests.support.web import Web, demo_config, migrated, running

ANNA = "@anna:localhost"
OUTSIDE = "+390698765432"
HOUR = 3_600_000


async def route(
    web: Web, call_id: str, dialled: str = OUTSIDE, via: str = "sip", extension: str = "201"
) -> str:
    """ "ring", or why the call is refused."""
    caller = {"number": extension} if via == "sip" else {"user_id": ANNA}
    body = {"call_id": call_id, "caller": caller, "dialled": dialled, "via": via}
    answer = await web.internal("POST", "/route", body)
    assert answer.status == 200, answer
    return str(answer.body["cause"] or answer.body["outcome"])


async def record(web: Web, call_id: str, revision: int = 1, **change: Any) -> None:
    callee = {"user_id": "@_tel_+390698765432:localhost", "name": "", "number": OUTSIDE}
    body = {**RECORD, "id": call_id, "revision": revision, "dialled": OUTSIDE, "callee": callee}
    body |= {"started_at": web.clock.now, **change}
    assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204


@pytest.fixture
async def office(web: Web) -> Web:
    await web.enrol("Anna", "201")
    await web.enrol("Bruno", "202")
    return web


async def test_the_fifth_call_of_a_person_is_refused_while_112_is_not(office: Web) -> None:
    for call_id in "abcd":
        assert await route(office, call_id) == "ring"
    assert await route(office, "e") == "too_many_calls"
    assert await route(office, "f", "112") == "ring"
    assert await route(office, "g", extension="202") == "ring"
    # Asked again for the same call, the answer is the same.
    assert await route(office, "a") == "ring"


@pytest.mark.parametrize("via", ["sip", "matrix", "meeting"])
async def test_of_thirty_calls_at_once_four_pass(office: Web, via: str) -> None:
    dialled = f"@_tel_{OUTSIDE}:localhost" if via == "matrix" else OUTSIDE
    found = await asyncio.gather(*(route(office, f"call-{n}", dialled, via) for n in range(30)))
    assert sorted(found) == ["ring"] * 4 + ["too_many_calls"] * 26


async def test_a_call_counts_until_its_record_ends(office: Web) -> None:
    for call_id in "abcd":
        assert await route(office, call_id) == "ring"
        await record(office, call_id)
    office.clock.now += 2 * HOUR
    assert await route(office, "e") == "too_many_calls"
    await record(office, "a", 2, ended_at=office.clock.now, outcome="missed")
    assert await route(office, "e") == "ring"


async def test_what_was_allowed_and_never_began_does_not_count_for_long(office: Web) -> None:
    for call_id in "abcd":
        assert await route(office, call_id) == "ring"
    office.clock.now += 121_000
    assert await route(office, "e") == "ring"


async def test_minutes_of_the_last_day_are_limited_and_those_of_a_call_that_goes_on_count(
    office: Web,
) -> None:
    began = office.clock.now
    await record(office, "long", answered_at=began, answered_on="outside", ended_at=began + 7 * HOUR)
    await record(office, "inside", answered_at=began, answered_on="desk_phone", ended_at=began + 7 * HOUR)
    office.clock.now += 7 * HOUR
    assert await route(office, "a") == "ring"
    await record(office, "a", answered_at=office.clock.now, answered_on="outside")
    office.clock.now += HOUR
    assert await route(office, "b") == "minutes_used"
    assert await route(office, "c", "112") == "ring"
    assert await route(office, "d", extension="202") == "ring"
    await record(
        office, "a", 2, answered_at=began + 7 * HOUR, answered_on="outside", ended_at=began + 8 * HOUR
    )
    office.clock.now += 17 * HOUR
    assert await route(office, "b") == "ring"


async def test_lines_are_busy_when_all_are_and_112_goes_through(tmp_path: Path) -> None:
    config = demo_config()
    limits = replace(config.telephony, calls_at_once=0, calls_at_once_a_trunk=2)
    async with running(tmp_path, replace(config, telephony=limits)) as web:
        await web.enrol("Anna", "201")
        assert [await route(web, call_id) for call_id in "abc"] == ["ring", "ring", "lines_busy"]
        assert await route(web, "d", "112") == "ring"


async def test_who_dials_in_the_client_is_told_before_the_call(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    for call_id in "abcd":
        assert await route(web, call_id) == "ring"
    answer = await anna.ask("POST", "/api/v1/dial", {"number": OUTSIDE})
    assert (answer.status, answer.code) == (429, "too_many_calls")
    assert (await anna.ask("POST", "/api/v1/dial", {"number": "112"})).status == 200


class OneLine:
    async def current(self) -> Sequence[Trunk]:
        return [Trunk("carrier")]


async def test_administrators_are_told_once_an_hour_who_reached_which_bound(
    office: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.enrol("Ada", role="administrator")
    mails: list[tuple[str, str]] = []

    async def send(recipient: str, mail: Mail, _lives: int) -> None:
        mails.append((recipient, mail.text))

    monkeypatch.setattr(office.features.account.outbox, "send", send)
    for call_id in "abcd":
        await route(office, call_id)
        await record(office, call_id)
    await asyncio.gather(*(route(office, f"call-{n}") for n in range(20)))
    assert await route(office, "far", "+5352123456") == "country_not_allowed"
    ((recipient, text),) = mails
    assert recipient == "ada@unisono.example"
    assert "Anna (201) ha raggiunto il limite di chiamate esterne contemporanee" in text
    office.clock.now += HOUR - 1
    assert await route(office, "again") == "too_many_calls"
    assert len(mails) == 1
    office.clock.now += 1
    assert await route(office, "again") == "too_many_calls"
    assert len(mails) == 2


async def test_a_mail_that_cannot_be_sent_costs_no_answer(
    office: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.enrol("Ada", role="administrator")

    async def send(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(office.features.account.outbox, "send", send)
    found = [await route(office, call_id) for call_id in "abcde"]
    assert found == ["ring"] * 4 + ["too_many_calls"]


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ("all", ["ring", "ring", "ring", "ring"]),
        ("national", ["ring", "ring", "class_of_service", "ring"]),
        ("inside", ["class_of_service", "class_of_service", "class_of_service", "ring"]),
    ],
)
async def test_a_persons_class_bounds_their_calls_and_not_those_for_help(
    office: Web, calls: str, found: list[str]
) -> None:
    ada = office.browser()
    await ada.sign_in(await office.enrol("Ada", role="administrator"))
    (row,) = (await ada.get("/api/v1/admin/people?q=anna")).body["people"]
    assert row["calls_outside"] == "all"
    path = f"/api/v1/admin/people/{row['id']}"
    changed = await ada.ask("PATCH", path, {"calls_outside": calls})
    assert changed.body["person"]["calls_outside"] == calls
    dialled = [OUTSIDE, "800123456", "+33139123456", "112"]
    for via in ("sip", "meeting"):
        assert [await route(office, f"{via}-{one}", one, via) for one in dialled] == found
        for one in dialled:
            await record(office, f"{via}-{one}", ended_at=office.clock.now, outcome="cancelled")


async def test_administrators_see_the_limits_and_what_is_used_of_them(office: Web) -> None:
    ada = office.browser()
    await ada.sign_in(await office.enrol("Ada", role="administrator"))
    await route(office, "a")
    shown = await ada.get("/api/v1/admin/calls-outside")
    assert shown.body == {
        "regions": ["AT", "CH", "FR", "IT", "SI", "SM", "VA"],
        "premium": False,
        "calls_at_once": 4,
        "calls_at_once_a_trunk": 30,
        "calls_at_once_in_all": 60,
        "minutes_a_day": 480,
        "live": 1,
    }
    chiara = await office.signed_in("Chiara")
    assert (await chiara.get("/api/v1/admin/calls-outside")).status == 403


async def test_an_unknown_class_is_refused(office: Web) -> None:
    ada = office.browser()
    await ada.sign_in(await office.enrol("Ada", role="administrator"))
    (row,) = (await ada.get("/api/v1/admin/people?q=anna")).body["people"]
    answer = await ada.ask("PATCH", f"/api/v1/admin/people/{row['id']}", {"calls_outside": "moon"})
    assert (answer.status, answer.code) == (400, "invalid_field")


async def test_limits_hold_over_a_restart(tmp_path: Path) -> None:
    database = await migrated(tmp_path / "unisono.db")

    def started() -> Outgoing:
        store = SqlReservations(database.engine)
        return Outgoing(OneLine(), store, Destinations("IT"), Limits(a_person=1), lambda: 1_000)

    caller = Subscriber(ANNA, "Anna")
    assert await started().admit("a", caller, Outside(OUTSIDE)) == (Trunk("carrier"),)
    assert await started().admit("b", caller, Outside(OUTSIDE)) is Refusal.TOO_MANY_CALLS
    await database.close()
