"""Calls that begin at a phone or a trunk, over fakes: races, refusals, hang-ups, re-offers."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from bridges.media.gateway import LegReport, MediaReport, Peer, Profile
from bridges.sip.message import Flow, Transport
from bridges.sip.records import database as database_module
from bridges.sip.records.database import Database
from bridges.sip.records.store import Store
from bridges.sip.transport.api import (
    Account,
    Dtmf,
    FromPhone,
    FromTrunk,
    NameAddress,
    Reinvite,
)
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming
from tests.bridges.sip.b2bua.fakes import (
    ACKNOWLEDGED,
    BRUNO,
    GHOST,
    HUNG_UP,
    MATRIX_LEG,
    PHONE_LEG,
    ROOM,
    SPARE_LEG,
    TRUNK_LEG,
    House,
    answer_content,
    party,
    phones_talk,
    until,
)
from tests.bridges.sip.records.disks import closed, full, hanging
from wire.route import Party
from wire.state import CallsOfUser


async def test_phone_calls_phone_and_both_talk() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    assert phone.sdp == "caller-offer>phone-1:RTP"
    assert phone.max_forwards == caller.max_forwards - 1
    assert caller.log == [("ring", 180, None), ("answer", "v=0 phone-answer>caller")]
    assert (phone.from_.name, phone.from_.uri) == ("Anna Rossi", "sip:201@localhost")
    assert house.exchange.telephony_state().users == {ANNA: CallsOfUser(1), BRUNO: CallsOfUser(1)}
    caller.happen(HUNG_UP)
    assert (await house.did(phone, "bye"))[1] == 16
    record = await house.ended()
    assert (record["outcome"], record["answered_on"], record["via"]) == ("answered", "desk_phone", "sip")
    assert house.exchange.telephony_state().users == {}
    assert house.records.live == {}
    assert house.gateway.deleted[-1] is None


async def test_which_way_sound_passed_is_on_record_when_the_media_has_ended() -> None:
    house = House()
    caller, _ = await phones_talk(house)
    spoke = LegReport(Profile.RTP, packets_out=10, audio_seen=True)
    silent = LegReport(Profile.RTP, packets_out=10)
    house.gateway.counted = MediaReport({"caller": spoke, "phone-1": silent})
    caller.happen(HUNG_UP)
    audio = (await house.ended())["audio"]
    assert (audio["caller_to_callee"], audio["callee_to_caller"]) == (True, False)


async def test_callee_hangs_up() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    phone.happen(HUNG_UP)
    await house.did(caller, "bye")
    assert (await house.ended())["outcome"] == "answered"


async def test_the_route_is_asked_with_who_calls_and_who_is_registered() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.refuse("not_found")
    caller = await house.phone_calls("999")
    assert (await house.did(caller, "reject"))[1] == 404
    asked = house.router.asked[0]
    assert (asked.caller, asked.dialled, asked.via) == (Party(ANNA, "Anna Rossi", "201"), "999", "sip")
    assert asked.registered == ("202",)
    assert (await house.ended())["outcome"] == "failed"


@pytest.mark.parametrize(
    ("cause", "status", "outcome"),
    [("unreachable", 480, "unreachable"), ("no_trunk", 503, "failed"), ("own_number", 403, "failed")],
)
async def test_refused_routes(cause: str, status: int, outcome: str) -> None:
    house = House()
    house.refuse(cause)
    caller = await house.phone_calls()
    assert (await house.did(caller, "reject"))[1] == status
    assert (await house.ended())["outcome"] == outcome


async def test_nobody_registered_is_480_and_a_record() -> None:
    house = House()
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    assert (await house.did(caller, "reject"))[1] == 480
    assert (await house.ended())["outcome"] == "unreachable"


async def test_offer_without_common_codec_is_488() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls(sdp="no-codec")
    assert (await house.did(caller, "reject"))[1] == 488
    assert (await house.ended())["reason"] == "not_acceptable"


async def test_answer_without_common_codec_ends_both_sides() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.answers("no-codec")
    assert (await house.did(caller, "reject"))[1] == 488
    await house.did(phone, "bye")


async def test_both_phones_ring_and_the_loser_learns_that_it_was_answered_elsewhere() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    await house.phone_calls()
    first, second = await house.forks(2)
    second.answers()
    assert await house.did(first, "cancel") == ("cancel", 200)


async def test_two_phones_answer_at_once_and_one_is_hung_up() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    first, second = await house.forks(2)
    first.answers("one")
    second.answers("two")
    assert await house.did(second, "bye") == ("bye", 200)
    assert await house.did(caller, "answer") == ("answer", "one>caller")
    assert not first.ended


async def test_caller_cancels_while_it_rings() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    caller.cancelled()
    await house.did(phone, "cancel")
    assert (await house.ended())["outcome"] == "cancelled"


async def test_an_answer_that_crosses_the_cancel_is_hung_up() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    caller.cancelled()
    phone.answers()
    await house.did(phone, "bye")
    assert not [entry for entry in caller.log if entry[0] == "answer"]


async def test_all_busy_is_busy() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    for phone in await house.forks(2):
        phone.refuses(486)
    assert (await house.did(caller, "reject"))[1] == 486
    assert (await house.ended())["outcome"] == "busy"


async def test_matrix_clients_and_phones_ring_together_and_the_browser_answers() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([MATRIX_LEG, PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    invite = await house.sent("m.call.invite")
    assert house.homeserver.sent[0][:2] == (ANNA, ROOM)
    assert invite["offer"]["sdp"] == "caller-offer>matrix-1:WEBRTC"
    assert invite["invitee"] == BRUNO
    assert await house.did(caller, "ring") == ("ring", 180, None)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b", invite["call_id"]))
    assert await house.did(caller, "answer") == ("answer", "v=0 web-answer>caller")
    assert await house.did(phone, "cancel") == ("cancel", 200)
    assert (await house.sent("m.call.select_answer"))["selected_party_id"] == "web-b"
    caller.happen(HUNG_UP)
    assert (await house.sent("m.call.hangup"))["reason"] == "user_hangup"
    record = await house.ended()
    assert (record["answered_on"], record["room_id"]) == ("matrix", ROOM)


async def test_phone_answers_and_the_browsers_stop() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([MATRIX_LEG, PHONE_LEG])
    await house.phone_calls()
    (phone,) = await house.forks(1)
    await house.sent("m.call.invite")
    phone.answers()
    hangup = await house.sent("m.call.hangup")
    assert hangup["reason"] == "answered_elsewhere"
    assert hangup["org.unisono.answered_on"] == "desk_phone"


async def test_the_browser_declines_and_the_desk_phone_stops() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([MATRIX_LEG, PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    invite = await house.sent("m.call.invite")
    house.room_event(BRUNO, "m.call.reject", party("web-b", invite["call_id"]))
    assert (await house.did(caller, "reject"))[1] == 603
    await house.did(phone, "cancel")
    assert (await house.ended())["outcome"] == "rejected"


async def test_outside_call_shows_our_number_and_fails_over_to_the_spare_trunk() -> None:
    house = House()
    house.endpoint.trunks["carrier"] = False
    house.plan([TRUNK_LEG], [SPARE_LEG])
    caller = await house.phone_calls("+390698765432")
    (trunk,) = await house.forks(1)
    assert trunk.target.host == "spare"
    assert trunk.from_.uri == "sip:+390612345000@localhost"
    assert trunk.headers["P-Asserted-Identity"] == "<sip:+390612345000@localhost>"
    trunk.rings(183, "early")
    assert await house.did(caller, "ring") == ("ring", 183, "early>caller")
    trunk.answers("late")
    assert await house.did(caller, "answer") == ("answer", "late>caller")


async def test_a_withheld_number_is_shown_on_no_way_out() -> None:
    """Case 5: neither a colleague's phone nor an outside line shows who withholds the number; the provider
    is told whom to bill."""
    for legs, privacy in (([PHONE_LEG], None), ([TRUNK_LEG], "id")):
        house = House()
        house.endpoint.phones = {"202": 1}
        house.plan(legs, withheld=True)
        account = Account("201", "", "", ANNA, "Anna Rossi")
        call = FakeIncoming(FromPhone(account), "202")
        call.withheld = True
        await house.ingress.on_invite(call)
        (fork,) = await house.forks(1)
        assert house.router.asked[0].withheld
        assert fork.from_ == NameAddress("sip:anonymous@anonymous.invalid", "Anonymous")
        assert fork.headers.get("Privacy") == privacy
        assert ("P-Asserted-Identity" in fork.headers) == (privacy is not None)
        call.cancelled()
        record = await house.ended()
        assert (record["withheld"], record["caller"]["user_id"]) == (True, ANNA)


async def test_the_name_of_an_outside_caller_who_withholds_the_number_is_withheld_too() -> None:
    house = House()
    house.refuse("not_found")
    call = FakeIncoming(FromTrunk("carrier"), "+390612345202")
    call.caller, call.caller_number, call.withheld = NameAddress("sip:a@b", "Dario"), None, True
    await house.ingress.on_invite(call)
    await house.did(call, "reject")
    assert house.router.asked[0].caller == Party()


async def test_every_trunk_down_is_503() -> None:
    house = House()
    house.endpoint.trunks = {"carrier": False}
    house.plan([TRUNK_LEG], [SPARE_LEG])
    caller = await house.phone_calls("+390698765432")
    assert (await house.did(caller, "reject"))[1] == 503


async def test_a_call_from_outside_rings_as_its_ghost() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan(
        [MATRIX_LEG | {"as_user": GHOST, "room_id": "!ghost:localhost"}, PHONE_LEG],
        caller={"name": "+39 06 9876 5432", "number": "+390698765432"},
        ghost={"user_id": GHOST, "name": "+39 06 9876 5432"},
        room_id="!ghost:localhost",
    )
    await house.trunk_calls("+390612345202")
    (phone,) = await house.forks(1)
    await house.sent("m.call.invite")
    assert house.router.asked[0].via == "trunk:carrier"
    assert house.homeserver.sent[0][:2] == (GHOST, "!ghost:localhost")
    assert (phone.from_.name, phone.from_.uri) == ("+39 06 9876 5432", "sip:+390698765432@localhost")
    record = house.records.last
    assert (record["caller"]["user_id"], record["callee"]["user_id"]) == (GHOST, BRUNO)
    assert house.exchange.telephony_state().users == {}


async def test_web_away_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridges.sip.b2bua.dialling.ROUTE_PATIENCE", 0.0)
    house = House()
    caller = await house.phone_calls()
    assert (await house.did(caller, "reject"))[1] == 503
    assert (await house.ended())["reason"] == "unavailable"


async def test_a_key_by_info_goes_on_as_an_event() -> None:
    house = House()
    caller, _ = await phones_talk(house)
    caller.happen(Dtmf("5"))
    await until(lambda: house.gateway.keys, "key")
    assert house.gateway.keys == [("phone-1", "5")]


async def test_lost_media_ends_both_sides() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    house.exchange.on_media_timeout(house.records.last["id"], "phone-1")
    await house.did(caller, "bye")
    await house.did(phone, "bye")
    assert (await house.ended())["reason"] == "media_failed"


@pytest.mark.parametrize(
    ("knows", "seconds", "ends"),
    [
        (True, 61.0, False),
        (True, 36_000.0, False),
        (None, 61.0, False),
        (None, 181.0, True),
        (False, 61.0, True),
    ],
)
async def test_case_10_a_silent_telephone_is_asked_and_its_call_ends_only_if_it_is_gone(
    knows: bool | None, seconds: int, ends: bool
) -> None:
    """Case 10: a minute without media ended the call of one who listened."""
    house = House()
    caller, phone = await phones_talk(house)
    phone.knows = knows
    house.exchange.on_silence(house.records.last["id"], "phone-1", seconds)
    await house.did(phone, "probe")
    if ends:
        await house.did(caller, "bye")
        assert (await house.ended())["reason"] == "media_failed"
    else:
        await until(lambda: house.gateway.vouched, "vouched for")
        assert house.exchange.calls()[0]["bridge_state"] == "talking"
        assert not phone.ended


async def test_shutdown_ends_calls_politely_and_closes_their_records() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    await house.exchange.shutdown()
    assert caller.ended
    assert phone.ended
    assert house.records.last["outcome"] == "interrupted"
    late = await house.phone_calls()
    assert late.log == [("reject", 503)]


@pytest.mark.parametrize("leg", [PHONE_LEG, TRUNK_LEG])
async def test_nothing_is_sent_to_a_phone_that_a_kill_would_leave_ringing(leg: dict[str, Any]) -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    on_disk: list[Any] = []
    house.endpoint.on_sent = lambda call: on_disk.extend(house.records.disk.values())
    house.plan([leg])
    await house.phone_calls()
    calls = await house.forks(2 if leg is PHONE_LEG else 1)
    for kind, snapshot in on_disk:
        assert kind == "bridged"
        rung = [leg["sip"] for leg in snapshot["legs"] if leg["name"] != "caller"]
        assert rung == [call.snapshot() for call in calls]
    assert len(on_disk) == len(calls)


async def test_a_browser_is_called_when_its_call_is_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    written = asyncio.Event()

    async def flushed() -> None:
        if any(len(snapshot["legs"]) == 2 for _, snapshot in house.records.live.values()):
            await written.wait()

    monkeypatch.setattr(house.records, "flushed", flushed)
    house.plan([MATRIX_LEG])
    await house.phone_calls()
    await until(
        lambda: any(len(snapshot["legs"]) == 2 for _, snapshot in house.records.live.values()), "remembered"
    )
    for _ in range(20):
        await asyncio.sleep(0)
    assert house.homeserver.sent == []
    written.set()
    await house.sent("m.call.invite")


@pytest.mark.parametrize("disk", [hanging, full])
async def test_calls_begin_and_end_while_the_disk_takes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    disk: Callable[[Database], AbstractAsyncContextManager[None]],
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE", 0.02)
    store = await Store.open(tmp_path / "bridge.db")
    house = House()
    monkeypatch.setattr(house.records, "flushed", store.flushed)
    async with disk(store._db):
        store.put_call("one before", "bridged", lambda: {"legs": ["x" * 50_000]})
        await store.flushed()
        caller, phone = await phones_talk(house)
        await phone.acknowledged.wait()
        caller.happen(HUNG_UP)
        await house.did(phone, "bye")
        assert (await house.ended())["outcome"] == "answered"
    await store.close()
    await closed(store._db)


async def test_case_9_the_media_is_told_where_each_sides_signalling_comes_from() -> None:
    """Case 9: what an SDP says of a phone behind a router is not true; its signalling's address is."""
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    assert house.gateway.peers == {
        "caller": [Peer("192.0.2.1", authenticated=True)],
        "phone-1": [Peer("phone0", authenticated=True)],
    }
    phone.answers()
    await house.did(caller, "answer")
    # Its NAT gives it another address in mid call: its re-INVITE says so.
    caller.peer = Flow(Transport.UDP, "198.51.100.7", 5060)
    caller.happen(Reinvite("moved"))
    await house.did(caller, "accept_reinvite")
    assert house.gateway.peers["caller"][-1] == Peer("198.51.100.7", authenticated=True)


@pytest.mark.parametrize(("transport", "waits"), [(Transport.UDP, True), (Transport.TCP, False)])
async def test_a_line_known_by_one_datagram_has_shown_that_it_is_there_with_its_ack(
    transport: Transport, waits: bool
) -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    call = FakeIncoming(FromTrunk("carrier"), "+390612345202")
    call.peer = Flow(transport, "192.0.2.1", 5060)
    await house.ingress.on_invite(call)
    (phone,) = await house.forks(1)
    phone.answers()
    await house.did(call, "answer")
    assert house.gateway.peers["caller"][-1].proven is not waits
    if waits:
        assert house.exchange.calls()[0]["bridge_state"] == "answering"
        call.happen(ACKNOWLEDGED)
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    assert house.gateway.peers["caller"][-1] == Peer("192.0.2.1", authenticated=False, proven=True)
