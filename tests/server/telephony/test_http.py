import pytest
from msgspec.structs import replace

from server.telephony.store import SqlCallRecords
from tests.support.web import Web
from wire.record import CallRecord
from wire.route import Party

RECORD = {
    "id": "01CALL", "revision": 1, "via": "sip", "dialled": "202",
    "caller": {"user_id": "@anna:localhost", "name": "Anna", "number": "201"},
    "callee": {"user_id": "@bruno:localhost", "name": "Bruno", "number": "202"},
    "video": False, "started_at": 1_000, "answered_at": None, "ended_at": None,
    "outcome": "in_progress", "reason": None, "answered_on": None, "room_id": None,
    "audio": {"caller_to_callee": None, "callee_to_caller": None},
}  # fmt: skip


async def test_dialling_a_colleague_gives_their_room(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    await web.enrol("Bruno", "202", "06 12345202")
    for typed in ("202", "tel:202", "Tel. 06/12345-202", "+39 06 12345202"):
        answer = await anna.ask("POST", "/api/v1/dial", {"number": typed})
        assert answer.status == 200, answer
        assert (answer.body["kind"], answer.body["user_id"]) == ("person", "@bruno:localhost")
        assert answer.body["display"] == "Bruno"
    assert len(web.homeserver.rooms) == 1
    direct = await anna.ask("POST", "/api/v1/rooms/direct", {"user_id": "@bruno:localhost"})
    assert direct.body == {"room_id": answer.body["room_id"]}


async def test_dialling_outside_gives_a_ghosts_room(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    answer = await anna.ask("POST", "/api/v1/dial", {"number": "06 9876 5432"})
    assert answer.body == {
        "kind": "external",
        "user_id": "@_tel_+390698765432:localhost",
        "room_id": "!room0:localhost",
        "display": "06 9876 5432",
        "number": "+390698765432",
    }
    assert web.homeserver.users["@_tel_+390698765432:localhost"] == "+39 06 9876 5432"


async def test_dialling_the_meetings_gives_the_room_of_their_voice(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    answer = await anna.ask("POST", "/api/v1/dial", {"number": "800"})
    assert answer.body == {
        "kind": "external",
        "user_id": "@_tel_800:localhost",
        "room_id": "!room0:localhost",
        "display": "Riunioni",
        "number": "800",
    }
    assert web.homeserver.users["@_tel_800:localhost"] == "Riunioni"


async def test_emergency_numbers_can_be_dialled(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    answer = await anna.ask("POST", "/api/v1/dial", {"number": "112"})
    assert (answer.body["user_id"], answer.body["number"]) == ("@_tel_112:localhost", "112")


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("299", 404, "unknown_number"),
        ("Bruno", 400, "not_a_number"),
        ("", 400, "not_a_number"),
        ("201", 409, "own_number"),
        ("06 12345201", 409, "own_number"),
        ("1" * 300, 400, "invalid_field"),
        ("+232 76 123456", 403, "country_not_allowed"),
        ("899 123456", 403, "premium_number"),
    ],
)
async def test_what_cannot_be_dialled_is_refused_by_name(
    web: Web, number: str, status: int, code: str
) -> None:
    anna = await web.signed_in("Anna", "201", "06 12345201")
    answer = await anna.ask("POST", "/api/v1/dial", {"number": number})
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    ("user_id", "status", "code"),
    [
        ("@nobody:localhost", 404, "unknown_person"),
        ("@bruno:elsewhere.example", 404, "unknown_person"),
        ("@_tel_+39:elsewhere.example", 404, "unknown_person"),
        ("anna", 404, "unknown_person"),
        ("@anna:localhost", 409, "own_number"),
    ],
)
async def test_rooms_are_only_for_people_who_exist(web: Web, user_id: str, status: int, code: str) -> None:
    anna = await web.signed_in("Anna", "201")
    answer = await anna.ask("POST", "/api/v1/rooms/direct", {"user_id": user_id})
    assert (answer.status, answer.code) == (status, code)


async def test_dialling_without_the_homeserver_is_unavailable(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    web.homeserver.away = True
    answer = await anna.ask("POST", "/api/v1/dial", {"number": "06 9876 5432"})
    assert (answer.status, answer.code) == (503, "homeserver_unavailable")


@pytest.mark.parametrize("path", ["people", "search?q=a", "calls", "telephony", "events", "session"])
async def test_strangers_read_nothing(web: Web, path: str) -> None:
    answer = await web.browser().get(f"/api/v1/{path}")
    assert (answer.status, answer.code) == (401, "not_signed_in")


@pytest.mark.parametrize("path", ["dial", "rooms/direct"])
async def test_strangers_do_nothing(web: Web, path: str) -> None:
    answer = await web.browser().ask("POST", f"/api/v1/{path}", {"number": "112", "user_id": "@a:b"})
    assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_each_person_reads_their_own_side_of_their_own_calls(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna", "201"), await web.signed_in("Bruno", "202")
    chiara = await web.signed_in("Chiara", "203")
    trouble = {"fault": "nothing", "why": "blocked", "side": "callee", "since": 2000}
    audio = {"caller_to_callee": True, "callee_to_caller": False}
    waits = [{"by": "caller", "since": 3000, "until": 4000}, {"by": "callee", "since": 5000}]
    body = {**RECORD, "audio": audio, "sound": {"troubles": [trouble]}, "waits": waits}
    assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204
    mine = (await anna.get("/api/v1/calls")).body
    theirs = (await bruno.get("/api/v1/calls")).body
    assert mine["next"] is None
    assert mine["calls"][0] == {
        "id": "01CALL", "direction": "outbound", "video": False, "started_at": 1_000, "answered_at": None,
        "peer": {"user_id": "@bruno:localhost", "name": "Bruno", "number": "202"},
        "ended_at": None, "outcome": "in_progress", "answered_on": None, "room_id": None,
        "audio": {"sent": True, "received": False},
        "troubles": [{"fault": "nothing", "why": "blocked", "mine": False, "since": 2000, "until": None}],
        "transferred_by": None, "transferred_to": None, "picked_up_from": None, "picked_up_by": None,
        "forwarded": [], "forwarded_to": None, "group": None, "groups": [], "blocked": False,
        "recorded": False, "recordings": [], "conversation": None,
        "on_behalf_of": None, "made_by": None,
        "waits": [{"by": "me", "since": 3000, "until": 4000}, {"by": "peer", "since": 5000, "until": None}],
    }  # fmt: skip
    assert theirs["calls"][0]["direction"] == "inbound"
    assert theirs["calls"][0]["peer"]["name"] == "Anna"
    assert theirs["calls"][0]["audio"] == {"sent": False, "received": True}
    assert theirs["calls"][0]["troubles"][0]["mine"] is True
    assert [wait["by"] for wait in theirs["calls"][0]["waits"]] == ["peer", "me"]
    assert (await chiara.get("/api/v1/calls")).body == {"calls": [], "next": None, "missed": 0}


async def test_a_transfer_is_read_from_both_records(web: Web) -> None:
    anna, chiara = await web.signed_in("Anna", "201"), await web.signed_in("Chiara", "203")
    bruno = {"user_id": "@bruno:localhost", "name": "Bruno", "number": "202"}
    carla = {"user_id": "@chiara:localhost", "name": "Chiara", "number": "203"}
    before = {**RECORD, "transfer": {"to": carla, "next": "02CALL"}}
    after = {**RECORD, "id": "02CALL", "started_at": 2_000, "callee": carla}
    after |= {"transfer": {"by": bruno, "previous": "01CALL"}}
    for body in (before, after):
        assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204
    second, first = (await anna.get("/api/v1/calls")).body["calls"]
    assert (first["peer"]["name"], first["transferred_to"], first["transferred_by"]) == ("Bruno", carla, None)
    assert (second["peer"]["name"], second["transferred_by"]) == ("Chiara", bruno)
    (theirs,) = (await chiara.get("/api/v1/calls")).body["calls"]
    assert (theirs["peer"]["name"], theirs["transferred_by"]) == ("Anna", bruno)


async def test_who_was_called_reads_who_picked_it_up_and_nothing_of_what_was_said(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna", "201"), await web.signed_in("Bruno", "202")
    chiara = await web.signed_in("Chiara", "203")
    rang_for = {"user_id": "@bruno:localhost", "name": "Bruno", "number": "202"}
    carla = {"user_id": "@chiara:localhost", "name": "Chiara", "number": "203"}
    taken = {**RECORD, "revision": 2, "callee": carla, "picked_up_from": rang_for, "answered_at": 5_000}
    taken |= {"answered_on": "desk_phone", "waits": [{"by": "caller", "since": 6_000}]}
    over = {**taken, "revision": 3, "ended_at": 60_000, "outcome": "answered"}
    for body in (RECORD, taken, over):
        assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204
        (his,) = (await bruno.get("/api/v1/calls")).body["calls"]
    assert (his["peer"]["name"], his["direction"], his["picked_up_by"]) == ("Anna", "inbound", carla)
    assert (his["outcome"], his["answered_at"], his["ended_at"]) == ("answered", None, 5_000)
    assert (his["answered_on"], his["waits"], his["picked_up_from"]) == (None, [], None)
    (theirs,) = (await chiara.get("/api/v1/calls")).body["calls"]
    assert (theirs["peer"]["name"], theirs["picked_up_from"], theirs["ended_at"]) == (
        "Anna",
        rang_for,
        60_000,
    )
    (hers,) = (await anna.get("/api/v1/calls")).body["calls"]
    assert (hers["peer"], hers["picked_up_from"], hers["picked_up_by"]) == (carla, rang_for, None)
    assert (await bruno.get("/api/v1/people/@anna:localhost/calls")).body["calls"] == [his]


async def test_a_withheld_caller_stays_so_in_the_callees_log(web: Web) -> None:
    """Case 5: the call log of the callee keeps the wish for privacy; the caller's own names the callee."""
    anna, bruno = await web.signed_in("Anna", "201"), await web.signed_in("Bruno", "202")
    body = {**RECORD, "withheld": True}
    assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204
    theirs = (await bruno.get("/api/v1/calls")).body["calls"][0]
    assert theirs["peer"] == {"user_id": None, "name": "", "number": None}
    assert (await anna.get("/api/v1/calls")).body["calls"][0]["peer"]["name"] == "Bruno"


async def test_the_call_log_is_read_in_pages(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    for index in range(5):
        body = {**RECORD, "id": f"call-{index}", "started_at": 1_000 + index // 2}
        assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204
    first = (await anna.get("/api/v1/calls?limit=2")).body
    assert [c["id"] for c in first["calls"]] == ["call-4", "call-3", "call-2"]
    second = (await anna.get(f"/api/v1/calls?limit=2&before={first['next']}")).body
    assert [c["id"] for c in second["calls"]] == ["call-1", "call-0"]
    third = (await anna.get(f"/api/v1/calls?limit=2&before={second['next']}")).body
    assert third == {"calls": [], "next": None, "missed": 0}


@pytest.mark.parametrize("query", ["limit=0", "limit=many", "before=-1", "limit=100000"])
async def test_a_malformed_page_is_refused(web: Web, query: str) -> None:
    anna = await web.signed_in("Anna", "201")
    answer = await anna.get(f"/api/v1/calls?{query}")
    assert (answer.status, answer.code) == (400, "invalid_field")


async def test_the_demo_shows_its_logins_before_sign_in(web: Web) -> None:
    body = (await web.browser().get("/api/v1/config")).body
    assert (body["organisation"], body["domain"], body["region"]) == ("Unisono demo", "localhost", "IT")
    assert body["languages"] == ["it", "en"]
    assert body["demo"]["outside_number"] == "+390698765432"
    assert body["demo"]["logins"][0] == {
        "email": "anna@unisono.example",
        "password": "anna-demo",
        "name": "Anna Rossi",
        "extension": "201",
    }


async def test_each_side_says_how_it_heard_the_other_once(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna", "201"), await web.signed_in("Bruno", "202")
    room = "!room:localhost"
    answered = {**RECORD, "room_id": room, "answered_at": 2_000, "ended_at": 9_000, "outcome": "answered"}
    heard = {"mos_mean": 4.2, "mos_min": 3.9, "worst_at": 5_000, "samples": 3}
    said = {"room_id": room, "heard": heard}
    assert (await anna.ask("POST", "/api/v1/calls/heard", said)).code == "unknown_call"
    await web.internal("POST", "/call-records", {"records": [answered]})
    trouble = {"fault": "silent", "why": "muted", "side": "caller", "since": 3_000, "until": 4_000}
    assert (await anna.ask("POST", "/api/v1/calls/heard", {**said, "troubles": [trouble]})).status == 204
    assert (await bruno.ask("POST", "/api/v1/calls/heard", {**said, "troubles": [trouble]})).status == 204
    calls = [(await who.get("/api/v1/calls")).body["calls"][0]["troubles"] for who in (anna, bruno)]
    assert [[one["mine"] for one in troubles] for troubles in calls] == [[True, False], [False, True]]
    elsewhere = {**said, "room_id": "!other:localhost"}
    assert (await anna.ask("POST", "/api/v1/calls/heard", elsewhere)).code == "unknown_call"
    wrong = {**said, "heard": {**heard, "mos_min": 9}}
    assert (await anna.ask("POST", "/api/v1/calls/heard", wrong)).code == "invalid_field"


async def test_the_log_is_a_file_of_all_calls_and_names_who_has_left(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    called = CallRecord(
        id="", via="sip", started_at=0, caller=Party("@anna:localhost", "Anna", "201"), outcome="missed",
        callee=Party("@bruno:localhost", "Bruno Verdi", "202"),
    )  # fmt: skip
    calls = [replace(called, id=f"{n:03}", started_at=1_764_489_600_000 + n) for n in range(450)]
    await SqlCallRecords(web.engine).put(*calls)
    assert await web.features.directory.remove(await web.enrol("Bruno Verdi", "202"))
    for asked in ("", "&q=verdi"):
        answer = await anna.get(f"/api/v1/calls/export?timezone=Europe/Rome{asked}")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = answer.body.decode("utf-8-sig").splitlines()
        assert len(rows) == 451 and rows[1].split(";")[4:6] == ["Bruno Verdi", "202"]
    refused = await anna.get("/api/v1/calls/export?timezone=Nowhere")
    assert (refused.status, refused.code) == (400, "unknown_timezone")
