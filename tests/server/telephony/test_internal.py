from typing import Any

import pytest

from server.directory.rules import ha1
from server.directory.service import ExtensionRecord
from server.directory.store import SqlPeople
from server.homeserver.client import Presence
from server.phonebooks.rules import Details, Number, check
from server.phonebooks.service import COMPANY, Contact
from server.phonebooks.store import SqlContacts
from server.telephony import devices
from tests.server.telephony.test_http import RECORD
from tests.support.web import Web
from wire.route import OWN_ANY, OWN_CLIENTS

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"


@pytest.fixture
async def office(web: Web) -> Web:
    """Anna (201, a number) is online in a browser; Bruno (202) never signed in; Chiara has nothing."""
    await web.enrol("Anna", "201", "06 12345201")
    await web.enrol("Bruno", "202")
    await web.enrol("Chiara")
    web.homeserver.users |= {ANNA: "Anna", BRUNO: "Bruno"}
    web.homeserver.presences[ANNA] = Presence("online", "at work", True)
    return web


async def route(
    web: Web,
    dialled: str,
    via: str,
    caller: dict[str, Any] | None = None,
    registered: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    body = {
        **more,
        "call_id": more.get("call_id", "01CALL"),
        "caller": caller or {},
        "dialled": dialled,
        "via": via,
        "registered": list(registered),
    }
    answer = await web.internal("POST", "/route", body)
    assert answer.status == 200, answer
    plan: dict[str, Any] = answer.body
    return plan


async def test_a_desk_phone_rings_all_devices_of_a_colleague(office: Web) -> None:
    plan = await route(office, "201", "sip", {"number": "202"}, ("201", "202"))
    room = office.homeserver.rooms[frozenset((ANNA, BRUNO))]
    assert plan == {
        "outcome": "ring",
        "cause": None,
        "caller": {"user_id": BRUNO, "name": "Bruno", "number": "202"},
        "callee": {"user_id": ANNA, "name": "Anna", "number": "201"},
        "ghost": None,
        "room_id": room,
        "stages": [
            {
                "timeout": 45.0,
                "legs": [
                    {"kind": "matrix", "user_id": ANNA, "as_user": BRUNO, "room_id": room},
                    {"kind": "sip", "extension": "201"},
                ],
            }
        ],
        "rings_elsewhere": False,
        "withheld": False,
        "emergency": False,
        "service": None,
        "forwarded": [],
        "group": None,
        "on_behalf": None,
    }


async def test_a_homeserver_is_waited_for_longer_where_no_desk_phone_can_ring(
    office: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room of two who never talked is made first, at which small machines are slow."""
    monkeypatch.setattr(devices, "_PATIENCE", 0.0)
    plans = [await route(office, "201", "sip", {"number": "202"}, phones) for phones in (("201",), ())]
    legs = [[leg["kind"] for leg in plan["stages"][0]["legs"]] for plan in plans]
    assert legs == [["sip"], ["matrix"]]


async def test_a_withheld_number_reaches_a_colleagues_chat_as_nobodys(office: Web) -> None:
    """Case 5: privacy is kept towards Matrix, too: the invitation comes from the ghost of all such."""
    plan = await route(office, "201", "sip", {"number": "202"}, ("201",), withheld=True)
    ghost = "@_tel_anonymous:localhost"
    leg = plan["stages"][0]["legs"][0]
    assert (leg["user_id"], leg["as_user"]) == (ANNA, ghost)
    assert leg["room_id"] == office.homeserver.rooms[frozenset((ANNA, ghost))]
    assert (plan["withheld"], plan["room_id"]) == (True, None)
    assert frozenset((ANNA, BRUNO)) not in office.homeserver.rooms


async def test_a_withheld_number_is_withheld_outside_but_not_from_who_helps(office: Web) -> None:
    """Case 5: outside lines are asked to withhold; an emergency call always says who calls."""
    for dialled, withheld in (("+390698765432", True), ("112", False)):
        plan = await route(office, dialled, "sip", {"number": "201"}, withheld=True)
        assert plan["outcome"] == "ring", plan
        assert plan["withheld"] is withheld


BRUNO_GIVES = {"user_id": BRUNO, "name": "Bruno", "number": "202"}


async def test_one_who_is_transferred_rings_in_their_own_name_by_leave_of_who_transfers(office: Web) -> None:
    await office.enrol("Dario", "203")
    dario = {"user_id": "@dario:localhost", "name": "Dario", "number": "203"}
    plan = await route(office, "201", "sip", BRUNO_GIVES, ("201",), transferred=dario)
    leg = plan["stages"][0]["legs"][0]
    assert (plan["caller"], plan["callee"]["user_id"], leg["as_user"]) == (dario, ANNA, "@dario:localhost")
    assert leg["room_id"] == plan["room_id"] == office.homeserver.rooms[frozenset((ANNA, "@dario:localhost"))]


async def test_an_outside_party_who_is_transferred_rings_as_its_ghost(office: Web) -> None:
    ghost = "@_tel_+390698765432:localhost"
    outside = {"user_id": ghost, "name": "06 9876 5432", "number": "+390698765432"}
    plan = await route(office, ANNA, "sip", BRUNO_GIVES, ("201",), transferred=outside)
    leg = plan["stages"][0]["legs"][0]
    assert (plan["caller"]["number"], leg["as_user"]) == ("+390698765432", ghost)
    assert leg["room_id"] == office.homeserver.rooms[frozenset((ANNA, ghost))]


@pytest.mark.parametrize("user_id", [None, "@_tel_+390698765432:localhost"])
async def test_whoever_is_transferred_is_called_as_in_the_phonebook_of_who_is_told(
    office: Web, user_id: str | None
) -> None:
    """And not as in that of who transfers (docs/decisions/0007)."""
    contacts, people = SqlContacts(office.engine), office.features.directory
    outside = {"user_id": user_id, "name": "Bruno's dentist", "number": "+390698765432"}

    async def writes(user: str | None, name: str) -> None:
        person = await people.by_user_id(user) if user else None
        details = check(Details(name, numbers=(Number("0698765432", "work"),)), "IT")
        await contacts.add([Contact(name, person.id if person else COMPANY, details, 1)])

    async def called(dialled: str, by: dict[str, Any] = BRUNO_GIVES, **more: Any) -> str:
        plan = await route(office, dialled, "sip", by, ("201", "202"), transferred=outside, **more)
        assert plan["caller"] == outside | {"name": plan["caller"]["name"]}
        name: str = plan["caller"]["name"]
        return name

    await writes(BRUNO, "Bruno's dentist")
    assert await called(ANNA) == "+39 06 9876 5432"
    await writes(None, "ACME")
    assert await called("201") == "ACME"
    await writes(ANNA, "Anna's aunt")
    assert await called("201") == "Anna's aunt"
    # Where nobody else is told, the name stays; outside, no name is.
    assert await called(OWN_ANY) == "Bruno's dentist"
    assert await called("700") == "Bruno's dentist"
    assert await called("+390611112222") == ""


async def test_to_whom_one_is_transferred_outside_has_no_name_of_ones_own(office: Web) -> None:
    contacts, people = SqlContacts(office.engine), office.features.directory
    bruno = await people.by_user_id(BRUNO)
    assert bruno
    details = check(Details("Bruno's dentist", numbers=(Number("0698765432", "work"),)), "IT")
    await contacts.add([Contact("c", bruno.id, details, 1)])
    anna = {"user_id": ANNA, "name": "Anna", "number": "201"}
    for transferred, name in ((anna, "+39 06 9876 5432"), (BRUNO_GIVES, "Bruno's dentist")):
        plan = await route(office, "+390698765432", "sip", BRUNO_GIVES, (), transferred=transferred)
        assert plan["callee"]["name"] == name


@pytest.mark.parametrize("dialled", [OWN_CLIENTS, OWN_ANY, ANNA])
async def test_a_call_that_is_wanted_on_one_device_rings_there_alone(office: Web, dialled: str) -> None:
    by = {"user_id": ANNA} if dialled != ANNA else BRUNO_GIVES
    outside = {"user_id": None, "name": "06 9876 5432", "number": "+390698765432"}
    plan = await route(office, dialled, "sip", by, ("201",), transferred=outside, device="PAGE")
    ((leg,),) = (stage["legs"] for stage in plan["stages"])
    assert (leg["kind"], leg["user_id"], leg["device"]) == ("matrix", ANNA, "PAGE")


@pytest.mark.parametrize(
    ("dialled", "by", "cause"),
    [
        ("201", BRUNO_GIVES, "own_number"),  # to themselves
        ("202", BRUNO_GIVES, "own_number"),  # back to who transfers
        ("299", BRUNO_GIVES, "not_found"),
        ("+390698765432", {"user_id": "@nobody:localhost"}, "forbidden"),
        ("201", {"user_id": "@_tel_+390698765432:localhost"}, "forbidden"),
    ],
)
async def test_transfers_that_lead_nowhere(office: Web, dialled: str, by: dict[str, Any], cause: str) -> None:
    anna = {"user_id": ANNA, "name": "Anna", "number": "201"}
    plan = await route(office, dialled, "sip", by, ("201", "202"), transferred=anna)
    assert (plan["outcome"], plan["cause"]) == ("refuse", cause)


async def test_matrix_clients_that_ring_by_themselves_get_no_leg(office: Web) -> None:
    plan = await route(office, ANNA, "matrix", {"user_id": BRUNO}, ("201",))
    assert plan["rings_elsewhere"] is True
    assert plan["stages"] == [{"timeout": 45.0, "legs": [{"kind": "sip", "extension": "201"}]}]
    assert plan["caller"] == {"user_id": BRUNO, "name": "Bruno", "number": "202"}


async def test_a_desk_phone_may_be_all_that_rings(office: Web) -> None:
    plan = await route(office, BRUNO, "matrix", {"user_id": ANNA}, ("202",))
    assert plan["stages"] == [{"timeout": 45.0, "legs": [{"kind": "sip", "extension": "202"}]}]
    assert plan["rings_elsewhere"] is False


@pytest.mark.parametrize(
    ("dialled", "via", "caller"),
    [
        ("202", "sip", {"number": "201"}),
        ("202", "meeting", {"user_id": ANNA}),
        ("+39 06 12345202", "trunk:carrier", {"number": "0698765432"}),
    ],
)
async def test_a_client_that_sleeps_with_a_pusher_gets_its_ringing_time(
    office: Web, dialled: str, via: str, caller: dict[str, Any]
) -> None:
    """Reachability is not presence: the call was refused as unreachable at once."""
    await office.enrol("Dario", "203", "06 12345203")
    dario = "@dario:localhost"
    office.homeserver.users[dario] = "Dario"
    plan = await route(office, dialled.replace("202", "203"), via, caller)
    assert (plan["outcome"], plan["cause"]) == ("refuse", "unreachable")
    office.homeserver.pushed.add(dario)
    plan = await route(office, dialled.replace("202", "203"), via, caller, changed={"users": [dario]})
    assert [leg["kind"] for leg in plan["stages"][0]["legs"]] == ["matrix"]
    assert plan["stages"][0]["timeout"] == 45.0


async def test_a_call_between_matrix_clients_is_left_to_one_that_a_push_wakes(office: Web) -> None:
    office.homeserver.pushed.add(BRUNO)
    plan = await route(office, BRUNO, "matrix", {"user_id": ANNA})
    assert (plan["outcome"], plan["rings_elsewhere"], plan["stages"]) == ("ring", True, [])


async def test_matrix_clients_that_ring_without_a_desk_phone_are_left_to_ring(office: Web) -> None:
    plan = await route(office, ANNA, "matrix", {"user_id": BRUNO})
    assert (plan["outcome"], plan["cause"], plan["stages"]) == ("ring", None, [])


@pytest.mark.parametrize(
    ("dialled", "via", "caller", "cause"),
    [
        (BRUNO, "matrix", {"user_id": ANNA}, "unreachable"),
        ("202", "sip", {"number": "201"}, "unreachable"),
        ("+390612345999", "trunk:carrier", {"number": "0698765432"}, "not_found"),
        ("299", "sip", {"number": "201"}, "not_found"),
        ("anna", "sip", {"number": "201"}, "not_found"),
        ("201", "sip", {"number": "201"}, "own_number"),
        (ANNA, "matrix", {"user_id": ANNA}, "own_number"),
        ("@nobody:localhost", "matrix", {"user_id": ANNA}, "not_found"),
        ("@_tel_anonymous:localhost", "matrix", {"user_id": ANNA}, "not_found"),
        ("201", "sip", {"number": "999"}, "forbidden"),
        ("201", "sip", {"user_id": BRUNO}, "forbidden"),
        (ANNA, "matrix", {"user_id": "@_tel_+390698765432:localhost"}, "forbidden"),
        ("+390612345201", "sip", {"number": "201"}, "own_number"),
        ("+23276123456", "sip", {"number": "201"}, "country_not_allowed"),
        ("@_tel_+442079460000:localhost", "matrix", {"user_id": ANNA}, "country_not_allowed"),
        ("899123456", "sip", {"number": "201"}, "premium_number"),
        ("@_tel_+881612345678:localhost", "matrix", {"user_id": BRUNO}, "premium_number"),
        ("+19005551234", "meeting", {"user_id": BRUNO}, "premium_number"),
    ],
)
async def test_calls_that_cannot_be_placed_say_why(
    office: Web, dialled: str, via: str, caller: dict[str, Any], cause: str
) -> None:
    plan = await route(office, dialled, via, caller)
    assert (plan["outcome"], plan["cause"], plan["stages"]) == ("refuse", cause, [])


async def test_a_desk_phone_reaches_the_voice_that_asks_for_the_pin(office: Web) -> None:
    plan = await route(office, "800", "sip", {"number": "201"})
    assert (plan["outcome"], plan["stages"]) == ("meeting", [])
    assert plan["caller"] == {"user_id": ANNA, "name": "Anna", "number": "201"}
    assert plan["callee"] == {"user_id": None, "name": "Riunioni", "number": "800"}


async def test_outside_callers_do_not_reach_it_by_its_extension(office: Web) -> None:
    plan = await route(office, "800", "trunk:carrier", {"number": "0698765432"})
    assert (plan["outcome"], plan["cause"]) == ("refuse", "not_found")


async def test_a_matrix_client_reaches_it_by_its_ghost(office: Web) -> None:
    plan = await route(office, "@_tel_800:localhost", "matrix", {"user_id": ANNA})
    assert (plan["outcome"], plan["callee"]["number"]) == ("meeting", "800")
    assert plan["caller"] == {"user_id": ANNA, "name": "Anna", "number": "201"}


async def test_a_meeting_rings_all_devices_of_a_colleague(office: Web) -> None:
    plan = await route(office, "201", "meeting", {"user_id": BRUNO}, ("201",))
    room = office.homeserver.rooms[frozenset((ANNA, BRUNO))]
    assert plan["stages"][0]["legs"] == [
        {"kind": "matrix", "user_id": ANNA, "as_user": BRUNO, "room_id": room},
        {"kind": "sip", "extension": "201"},
    ]


async def test_a_meeting_calls_ones_own_telephone_and_numbers_outside(office: Web) -> None:
    plan = await route(office, "201", "meeting", {"user_id": ANNA}, ("201",))
    assert plan["stages"] == [{"timeout": 45.0, "legs": [{"kind": "sip", "extension": "201"}]}]
    plan = await route(office, "+390698765432", "meeting", {"user_id": ANNA})
    assert [leg["kind"] for leg in plan["stages"][0]["legs"]] == ["trunk"]
    assert plan["stages"][0]["legs"][0]["from_number"] == "+390612345201"


@pytest.mark.parametrize(
    ("dialled", "caller", "cause"),
    [
        ("800", ANNA, "not_found"),
        ("201", ANNA, "unreachable"),
        ("201", "@nobody:localhost", "forbidden"),
        ("anna", ANNA, "not_found"),
    ],
    ids=["itself", "no desk phone", "a stranger's wish", "no number"],
)
async def test_a_meeting_that_cannot_call_says_why(
    office: Web, dialled: str, caller: str, cause: str
) -> None:
    plan = await route(office, dialled, "meeting", {"user_id": caller})
    assert (plan["outcome"], plan["cause"]) == ("refuse", cause)


async def test_an_outside_call_goes_through_the_trunk_with_the_callers_number(office: Web) -> None:
    ghost = "@_tel_+390698765432:localhost"
    for dialled, via, caller in (
        ("06 9876 5432", "sip", {"number": "201"}),
        (ghost, "matrix", {"user_id": ANNA}),
    ):
        plan = await route(office, dialled, via, caller)
        assert plan["stages"] == [
            {
                "timeout": 120.0,
                "legs": [
                    {
                        "kind": "trunk",
                        "trunk": "carrier",
                        "number": "+390698765432",
                        "from_number": "+390612345201",
                    }
                ],
            }
        ]
        assert plan["ghost"] == {"user_id": ghost, "name": "+39 06 9876 5432", "number": "+390698765432"}
        assert plan["callee"] == {"user_id": None, "name": "+39 06 9876 5432", "number": "+390698765432"}


async def test_people_without_a_number_call_with_the_main_one(office: Web) -> None:
    plan = await route(office, "112", "sip", {"number": "202"})
    leg = plan["stages"][0]["legs"][0]
    assert (leg["number"], leg["from_number"]) == ("112", "+390612345000")
    assert plan["emergency"] is True


async def test_the_ghost_of_a_colleagues_number_stays_inside(office: Web) -> None:
    plan = await route(office, "@_tel_+390612345201:localhost", "matrix", {"user_id": BRUNO})
    assert plan["callee"] == {"user_id": ANNA, "name": "Anna", "number": "+390612345201"}
    assert [leg["kind"] for leg in plan["stages"][0]["legs"]] == ["matrix"]


@pytest.mark.parametrize("dialled", ["+390612345201", "390612345201", "0612345201"])
async def test_an_outside_caller_reaches_a_person_by_their_number(office: Web, dialled: str) -> None:
    plan = await route(office, dialled, "trunk:carrier", {"number": "0698765432"}, ("201",))
    ghost = "@_tel_+390698765432:localhost"
    assert plan["caller"] == {"user_id": None, "name": "+39 06 9876 5432", "number": "+390698765432"}
    assert plan["ghost"]["user_id"] == ghost
    assert plan["room_id"] == office.homeserver.rooms[frozenset((ANNA, ghost))]
    assert [leg["kind"] for leg in plan["stages"][0]["legs"]] == ["matrix", "sip"]
    assert plan["stages"][0]["legs"][0]["as_user"] == ghost


async def test_a_withheld_number_has_a_ghost_too(office: Web) -> None:
    plan = await route(office, "+390612345201", "trunk:carrier", {"number": "anonymous"})
    assert plan["caller"] == {"user_id": None, "name": "anonymous", "number": None}
    assert plan["ghost"]["user_id"] == "@_tel_anonymous:localhost"


async def test_nobody_outside_passes_for_a_colleague(office: Web) -> None:
    plan = await route(office, "+390612345201", "trunk:carrier", {"user_id": BRUNO, "number": "202"})
    assert plan["caller"]["user_id"] is None


async def test_desk_phones_ring_without_the_homeserver(office: Web) -> None:
    office.homeserver.away = True
    plan = await route(office, "201", "sip", {"number": "202"}, ("201",))
    assert plan["stages"] == [{"timeout": 45.0, "legs": [{"kind": "sip", "extension": "201"}]}]


async def test_the_homeserver_is_asked_once_until_it_says_that_something_changed(
    office: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for question in ("presence", "ensure_ghost", "direct_room"):
        ask = getattr(office.homeserver, question)

        def counted(*arguments: Any, _question: str = question, _ask: Any = ask) -> Any:
            asked.append(_question)
            return _ask(*arguments)

        monkeypatch.setattr(office.homeserver, question, counted)

    async def call(**changed: Any) -> list[str]:
        asked.clear()
        plan = await route(
            office, "+390612345201", "trunk:carrier", {"number": "0698765432"}, changed=changed
        )
        assert [leg["kind"] for leg in plan["stages"][0]["legs"]] == ["matrix"]
        return asked

    assert await call() == ["presence", "ensure_ghost", "direct_room"]
    assert await call() == []
    assert await call(users=[ANNA]) == ["presence"]
    room = office.homeserver.rooms[frozenset((ANNA, "@_tel_+390698765432:localhost"))]
    assert await call(rooms=[room]) == ["ensure_ghost", "direct_room"]
    assert await call(everything=True) == ["presence", "ensure_ghost", "direct_room"]


async def test_sip_accounts_carry_digests_and_no_password(office: Web) -> None:
    answer = await office.internal("GET", "/sip/accounts/201")
    md5, sha256 = ha1("201", "localhost", "sip-password")
    assert answer.body == {
        "username": "201",
        "user_id": ANNA,
        "name": "Anna",
        "ha1_md5": md5,
        "ha1_sha256": sha256,
    }
    for username in ("299", "anna", "..%2Froute", "%01"):
        missing = await office.internal("GET", f"/sip/accounts/{username}")
        assert (missing.status, missing.code) == (404, "unknown_account"), username


async def test_only_the_bridge_gets_in(office: Web) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        for method, path in (
            ("GET", "/sip/accounts/201"),
            ("POST", "/route"),
            ("POST", "/rooms/direct"),
            ("POST", "/call-records"),
            ("PUT", "/telephony-state"),
        ):
            answer = await office.browser().ask(method, "/internal/v1" + path, {}, headers=headers)
            assert (answer.status, answer.code) == (401, "not_authorised")


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/route", {"dialled": 7}, "dialled"),
        ("/route", {"via": "pigeon"}, "via"),
        ("/route", {"caller": []}, "caller"),
        ("/route", {"registered": [1]}, "registered[0]"),
    ],
)
async def test_a_malformed_question_names_its_field(
    office: Web, path: str, change: dict[str, Any], field: str
) -> None:
    body = {"dialled": "201", "via": "sip", "caller": {"number": "202"}, **change}
    answer = await office.internal("POST", path, body)
    assert (answer.status, answer.code, answer.body["error"]["field"]) == (400, "invalid_field", field)


async def test_the_room_of_a_ghost_and_a_person_is_made(office: Web) -> None:
    ghost = "@_tel_+390698765432:localhost"
    answer = await office.internal("POST", "/rooms/direct", {"user_ids": [ghost, ANNA], "display_names": {}})
    assert answer.body == {"room_id": office.homeserver.rooms[frozenset((ghost, ANNA))]}
    refused = await office.internal("POST", "/rooms/direct", {"user_ids": ["@nobody:localhost", ANNA]})
    assert (refused.status, refused.code) == (404, "unknown_person")


async def test_a_record_told_again_changes_nothing_and_a_later_one_wins(office: Web) -> None:
    anna = office.browser()
    await anna.sign_in("anna@unisono.example")
    later = {**RECORD, "revision": 3, "outcome": "answered", "ended_at": 9_000}
    for body in (RECORD, RECORD, later, {**RECORD, "revision": 2, "outcome": "missed"}, later):
        assert (await office.internal("POST", "/call-records", {"records": [body]})).status == 204
    calls = (await anna.get("/api/v1/calls")).body["calls"]
    assert [(c["outcome"], c["ended_at"]) for c in calls] == [("answered", 9_000)]


async def test_what_strangers_write_never_costs_a_record(office: Web) -> None:
    anna = office.browser()
    await anna.sign_in("anna@unisono.example")
    stranger = {"user_id": None, "name": "\x00\u202eEve" + "!" * 5_000, "number": "sip:eve@" + "x" * 5_000}
    body = {**RECORD, "callee": stranger, "dialled": "\x00" * 5_000, "reason": "Q.850;cause=16\r\n"}
    assert (await office.internal("POST", "/call-records", {"records": [body]})).status == 204
    (call,) = (await anna.get("/api/v1/calls")).body["calls"]
    assert call["peer"]["name"].startswith("Eve!!!")
    assert len(call["peer"]["name"]) < 201
    plan = await route(office, "9" * 50_000, "trunk:carrier", {"number": "\x00"})
    assert plan["cause"] == "not_found"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"outcome": "great"}, "records[0].outcome"),
        ({"id": 5}, "records[0].id"),
        ({"started_at": "now"}, "records[0].started_at"),
        ({"caller": None}, "records[0].caller"),
        ({"answered_on": "toaster"}, "records[0].answered_on"),
    ],
)
async def test_a_malformed_record_is_refused(office: Web, change: dict[str, Any], field: str) -> None:
    answer = await office.internal("POST", "/call-records", {"records": [{**RECORD, **change}]})
    assert (answer.status, answer.body["error"]["field"]) == (400, field)


async def test_a_call_makes_busy_and_its_end_restores(office: Web) -> None:
    homeserver = office.homeserver
    await office.browser().sign_in("anna@unisono.example")
    (device,) = homeserver.open_devices[ANNA]
    busy = {"users": {ANNA: {"calls": 1}}, "registered": ["201"]}
    assert (await office.internal("PUT", "/telephony-state", busy)).status == 204
    assert await homeserver.presence_puts.get() == (ANNA, "busy", "at work", None)
    idle: dict[str, Any] = {"users": {}, "registered": ["201"]}
    assert (await office.internal("PUT", "/telephony-state", idle)).status == 204
    assert await homeserver.presence_puts.get() == (ANNA, "online", "at work", None)
    assert await homeserver.presence_puts.get() == (ANNA, "online", "at work", device)


async def test_colleagues_see_who_is_on_the_phone_and_has_a_desk_phone(office: Web) -> None:
    anna = office.browser()
    await anna.sign_in("anna@unisono.example")
    state = {"users": {BRUNO: {"calls": 2}, "@gone:localhost": {"calls": 1}}, "registered": ["201", "777"]}
    assert (await office.internal("PUT", "/telephony-state", state)).status == 204
    people = {p["name"]: p for p in (await anna.get("/api/v1/people")).body["people"]}
    assert [(p["on_the_phone"], p["desk_phone"]) for p in people.values()] == [
        (False, True),
        (True, False),
        (False, False),
    ]


async def test_each_change_counts_from_the_next_call_on(office: Web) -> None:
    """What routes are made of is remembered; whoever writes it makes it forgotten."""
    directory = office.features.directory
    people = SqlPeople(office.engine, "localhost")
    contacts = SqlContacts(office.engine)

    async def callee(dialled: str = "203") -> str | None:
        plan = await route(office, dialled, "sip", {"number": "201"}, ("203", "204"))
        found: str | None = plan["callee"]["user_id"] if plan["outcome"] == "ring" else plan["cause"]
        return found

    async def caller_name() -> str:
        plan = await route(office, "+390612345203", "trunk:carrier", {"number": "0698765432"}, ("203",))
        name: str = plan["caller"]["name"]
        return name

    assert (await callee(), await callee("204")) == ("not_found", "not_found")
    email = await office.enrol("Dario", "203", "06 12345203")
    assert await callee() == "@dario:localhost"
    assert await caller_name() == "+39 06 9876 5432"
    contact = Contact("c", COMPANY, check(Details("ACME", numbers=(Number("0698765432", "work"),)), "IT"), 1)
    await contacts.add([contact])
    assert await caller_name() == "ACME"
    await contacts.remove("c")
    assert await caller_name() == "+39 06 9876 5432"
    dario = await directory.by_email(email)
    assert dario
    await people.put_extension(dario.id, ExtensionRecord("204", "m", "s"))
    assert await callee("204") == "@dario:localhost"
    await people.remove_extension("203")
    assert await callee() == "not_found"
    await people.change(dario.id, {"disabled_at": 1})
    assert await callee("204") == "not_found"
    await people.change(dario.id, {"disabled_at": None})
    assert await callee("204") == "@dario:localhost"
    await directory.remove(email)
    assert await callee("204") == "not_found"
