"""What every store of call records, saved presences and snapshots must do, whatever the database."""

import pytest
from msgspec.structs import replace

from server.storage.database import Database
from server.telephony.limits import Reservation
from server.telephony.log.rules import Chosen
from server.telephony.log.store import SqlSeen
from server.telephony.on_the_phone import SavedPresence
from server.telephony.reservation_store import SqlReservations
from server.telephony.state import Snapshot
from server.telephony.store import SqlCallRecords, SqlSavedPresences, SqlSnapshots
from wire.record import Asked, Audio, CallRecord, Heard, Sound, SoundTrouble, Wait
from wire.route import Party

ANNA = Party("@anna:localhost", "Anna", "201")
BRUNO = Party("@bruno:localhost", "Bruno", "202")
OUTSIDE = Party(None, "+39 06 9876 5432", "+390698765432")
CALL = CallRecord(
    id="01A", revision=1, via="sip", dialled="202", caller=ANNA, callee=BRUNO, video=False, started_at=1_000,
    answered_at=None, ended_at=None, outcome="in_progress", reason=None, answered_on=None, room_id=None,
)  # fmt: skip
ENDED = replace(
    CALL, revision=2, answered_at=2_000, ended_at=9_000, outcome="answered", reason="hangup",
    answered_on="desk_phone", room_id="!room:localhost", audio=Audio(True, False),
    sound=Sound(Heard(4.2, 3.9, 5_000, 3), None, (SoundTrouble("nothing", "blocked", "callee", 3_000),)),
    waits=(Wait("caller", 3_000, 4_000), Wait("callee", 5_000)),
)  # fmt: skip


@pytest.fixture
def store(database: Database) -> SqlCallRecords:
    return SqlCallRecords(database.engine)


async def test_a_record_comes_back_as_it_was_put(store: SqlCallRecords) -> None:
    assert await store.put(ENDED)
    assert await store.of_person("@anna:localhost", None, 10) == [ENDED]


async def test_what_browsers_heard_is_added_once_and_stays(store: SqlCallRecords) -> None:
    quiet = replace(ENDED, sound=Sound())
    heard, other = Heard(4.0, 3.5, 5_000, 9), Heard(2.0, 1.5, 6_000, 9)
    trouble = SoundTrouble("lossy", "network", "caller", 4_000, 5_000)
    await store.put(quiet)
    await store.heard("01A", "callee", heard, [trouble])
    await store.heard("01A", "callee", other, [])
    await store.heard("01A", "caller", other, [])
    await store.heard("nothing", "caller", other, [])
    sound = Sound(other, heard, (trouble,))
    assert await store.one("01A") == replace(quiet, sound=sound)
    await store.put(replace(quiet, revision=3, reason="later"))
    assert await store.one("01A") == replace(quiet, revision=3, reason="later", sound=sound)
    await store.put(replace(ENDED, revision=4))
    assert await store.one("01A") == replace(ENDED, revision=4)


async def test_the_largest_revision_wins_in_whatever_order_they_come(store: SqlCallRecords) -> None:
    assert await store.put(CALL)
    assert not await store.put(CALL)
    assert await store.put(ENDED)
    assert not await store.put(CALL)
    assert not await store.put(replace(ENDED, outcome="failed"))
    assert await store.of_person("@anna:localhost", None, 10) == [ENDED]


async def test_of_several_those_are_named_that_were_not_kept_so(store: SqlCallRecords) -> None:
    later = replace(ENDED, revision=3, outcome="failed")
    other = replace(CALL, id="01B")
    assert await store.put(later, CALL, other, ENDED) == {"01A", "01B"}
    assert await store.put(other, later, replace(other, revision=2)) == {"01B"}
    assert await store.one("01A") == later
    assert await store.put() == set()


async def test_people_find_what_rang_for_them_and_others_picked_up(store: SqlCallRecords) -> None:
    taken = replace(
        ENDED, revision=3, callee=Party("@chiara:localhost", "Chiara", "203"), picked_up_from=BRUNO
    )
    await store.put(CALL)
    await store.put(taken)
    for user_id in ("@anna:localhost", "@bruno:localhost", "@chiara:localhost"):
        assert await store.of_person(user_id, None, 10) == [taken]
    assert await store.page("@bruno:localhost", Chosen(peers=("@anna:localhost",)), None, 10) == [taken]
    # The callee had answered before.
    await store.put(replace(ENDED, revision=4))
    assert await store.of_person("@chiara:localhost", None, 10) == []
    assert await store.of_person("@bruno:localhost", None, 10) == [replace(ENDED, revision=4)]


async def test_people_find_the_calls_they_made_and_were_called_by(store: SqlCallRecords) -> None:
    inbound = replace(CALL, id="01B", caller=OUTSIDE, callee=ANNA, started_at=2_000)
    for record in (CALL, inbound):
        await store.put(record)
    assert await store.of_person("@anna:localhost", None, 10) == [inbound, CALL]
    assert await store.of_person("@bruno:localhost", None, 10) == [CALL]
    assert await store.of_person("@chiara:localhost", None, 10) == []


async def test_the_calls_with_one_peer_are_found_by_person_or_number(store: SqlCallRecords) -> None:
    inbound = replace(CALL, id="01B", caller=OUTSIDE, callee=ANNA, started_at=2_000)
    ghost = replace(OUTSIDE, user_id="@_tel_+390698765432:localhost")
    outbound = replace(CALL, id="01C", callee=ghost, started_at=3_000)
    others = replace(CALL, id="01D", caller=BRUNO, callee=ghost, started_at=4_000)
    for record in (CALL, inbound, outbound, others):
        await store.put(record)
    for peers in (("+390698765432", "+391"), ("+390698765432",)):
        outside = Chosen(peers=peers)
        assert await store.page("@anna:localhost", outside, None, 10) == [outbound, inbound]
        assert await store.page("@anna:localhost", outside, 3_000, 10) == [inbound]
        assert await store.page("@anna:localhost", outside, None, 1) == [outbound]
    assert await store.page("@anna:localhost", Chosen(peers=("@bruno:localhost",)), None, 10) == [CALL]
    many = Chosen(peers=("+390698765432", "@bruno:localhost", *(f"+39{n}" for n in range(60))))
    assert await store.page("@anna:localhost", many, None, 10) == [outbound, inbound, CALL]


async def test_a_withheld_caller_is_not_found_by_the_callee(store: SqlCallRecords) -> None:
    """Case 5: the callee's list of calls with somebody does not name who withheld their number."""
    hidden = replace(CALL, withheld=True)
    await store.put(hidden)
    assert await store.of_person("@bruno:localhost", None, 10) == [hidden]
    assert await store.page("@bruno:localhost", Chosen(peers=("@anna:localhost", "201")), None, 10) == []
    assert await store.page("@anna:localhost", Chosen(peers=("@bruno:localhost",)), None, 10) == [hidden]


async def test_the_log_is_chosen_from_by_kind_side_and_time(store: SqlCallRecords) -> None:
    made = ENDED
    rejected = replace(CALL, id="01B", caller=OUTSIDE, callee=ANNA, started_at=2_000, outcome="rejected")
    missed = replace(rejected, id="01C", started_at=3_000, ended_at=3_500, outcome="missed")
    ringing = replace(CALL, id="01D", caller=BRUNO, callee=ANNA, started_at=4_000)
    await store.put(made, rejected, missed, ringing)

    async def chosen(chosen: Chosen) -> list[str]:
        return [record.id for record in await store.page("@anna:localhost", chosen, None, 10)]

    assert await chosen(Chosen(kind="made")) == ["01A"]
    assert await chosen(Chosen(kind="missed")) == ["01C"]
    assert await chosen(Chosen(kind="received")) == ["01D", "01B"]
    assert await chosen(Chosen(where="inside")) == ["01D", "01A"]
    assert await chosen(Chosen(where="outside")) == ["01C", "01B"]
    assert await chosen(Chosen(kind="received", where="outside")) == ["01B"]
    assert await chosen(Chosen(since=2_000, until=4_000)) == ["01C", "01B"]
    # It was answered after all.
    await store.put(replace(missed, revision=2, answered_at=3_200, outcome="answered"))
    assert await chosen(Chosen(kind="missed")) == []


async def test_missed_calls_are_counted_until_they_are_seen(
    store: SqlCallRecords, database: Database
) -> None:
    seen = SqlSeen(database.engine)
    for index in range(3):
        missed = replace(
            CALL, id=f"m{index}", callee=ANNA, caller=OUTSIDE, started_at=index, outcome="missed"
        )
        await store.put(replace(missed, ended_at=100 + index))
    await store.put(replace(ENDED, id="other", caller=BRUNO, callee=ANNA, started_at=50))
    assert await seen.missed("@anna:localhost", 10) == 3
    assert await seen.missed("@anna:localhost", 2) == 2
    assert await seen.missed("@bruno:localhost", 10) == 0
    await seen.see("@anna:localhost", 101)
    assert await seen.missed("@anna:localhost", 10) == 1
    await seen.see("@anna:localhost", 7)
    assert await seen.missed("@anna:localhost", 10) == 1


async def test_other_sides_of_a_log_are_found_by_key_or_digits(
    store: SqlCallRecords, database: Database
) -> None:
    seen = SqlSeen(database.engine)
    other = Party(None, "", "+39333000201")
    for index, peer in enumerate((BRUNO, OUTSIDE, OUTSIDE, other, Party())):
        await store.put(replace(CALL, id=f"c{index}", callee=peer))
    assert await seen.peers("@anna:localhost", ["@bruno:localhost", "@chiara:localhost"], []) == [
        "@bruno:localhost"
    ]
    assert sorted(await seen.peers("@anna:localhost", ["+390698765432"], ["201"])) == [
        "+390698765432",
        "+39333000201",
    ]
    assert await seen.peers("@anna:localhost", [], ["%"]) == []
    assert await seen.peers("@chiara:localhost", ["@bruno:localhost"], ["0"]) == []


async def test_pages_neither_repeat_nor_lose_a_call(store: SqlCallRecords) -> None:
    for index in range(9):
        await store.put(replace(CALL, id=f"call-{index}", started_at=1_000 + index // 3))
    seen: list[str] = []
    before = None
    while page := await store.of_person("@anna:localhost", before, 2):
        seen += [record.id for record in page]
        before = page[-1].started_at
    assert seen == [f"call-{index}" for index in range(8, -1, -1)]


async def test_presences_are_saved_and_forgotten(database: Database) -> None:
    store = SqlSavedPresences(database.engine)
    await store.save("@anna:localhost", SavedPresence("online", "at work"))
    await store.save("@anna:localhost", SavedPresence("offline", None))
    await store.save("@bruno:localhost", SavedPresence("unavailable", None))
    assert await store.all() == {
        "@anna:localhost": SavedPresence("offline", None),
        "@bruno:localhost": SavedPresence("unavailable", None),
    }
    await store.forget("@anna:localhost")
    assert list(await store.all()) == ["@bruno:localhost"]


async def test_the_last_snapshot_is_kept(database: Database) -> None:
    store = SqlSnapshots(database.engine)
    assert await store.load() == Snapshot()
    await store.save(Snapshot({"@anna:localhost": 1}, frozenset({"201"})))
    await store.save(Snapshot({"@bruno:localhost": 2}, frozenset({"202", "203"})))
    assert await store.load() == Snapshot({"@bruno:localhost": 2}, frozenset({"202", "203"}))


async def test_a_reservation_is_live_until_the_record_of_its_call_ends(database: Database) -> None:
    store, records = SqlReservations(database.engine), SqlCallRecords(database.engine)
    began = Reservation("01A", "@anna:localhost", "carrier", 1_000)
    waits = Reservation("01B", "@bruno:localhost", "carrier", 500_000)
    for reservation in (began, began, waits):
        await store.add(reservation)
    assert sorted(await store.live(501_000), key=lambda one: one.call_id) == [waits]
    await records.put(CALL)
    assert sorted(await store.live(501_000), key=lambda one: one.call_id) == [began, waits]
    assert await store.live(620_000) == [began]
    await records.put(ENDED)
    assert await store.live(501_000) == [waits]
    await store.remove("01B")
    assert await store.live(501_000) == []


async def test_of_what_was_reserved_beside_a_call_who_took_it_keeps_theirs(database: Database) -> None:
    store = SqlReservations(database.engine)
    annas, brunos = "@anna:localhost", "@bruno:localhost"
    for call_id, who in (("01A~1", annas), ("01A~2", brunos), ("01AB~1", annas), ("01B", annas)):
        await store.add(Reservation(call_id, who, "carrier", 1_000))
    await store.settle("01A", brunos)
    kept = Reservation("01A", brunos, "carrier", 1_000)
    others = [Reservation("01AB~1", annas, "carrier", 1_000), Reservation("01B", annas, "carrier", 1_000)]
    assert sorted(await store.live(1_001), key=lambda one: one.call_id) == [kept, *others]
    await store.settle("01A", brunos)
    await store.settle("01AB", None)
    assert sorted(await store.live(1_001), key=lambda one: one.call_id) == [kept, others[1]]


async def test_a_mobile_phone_that_was_asked_costs_its_owner(database: Database) -> None:
    store, anna = SqlReservations(database.engine), "@anna:localhost"
    day, now = 24 * 3_600_000, 200_000_000
    since = now - day
    first, second = Asked("mobile-1", anna, since + 1_000), Asked("mobile-1", anna, now - 10_000)
    await store.asked("01A", (first,))
    await store.asked("01A", (replace(first, until=since + 26_000), second))
    await store.asked("01B", (Asked("mobile-1", anna, since - 5_000, since + 2_000),))
    await store.asked("01C", (Asked("mobile-1", "@bruno:localhost", now - 9_000),))
    assert await store.talked(anna, since, now) == 25_000 + 10_000 + 2_000
    # Of this one nobody ever heard that it was over.
    await store.asked("01D", (Asked("mobile-1", anna, since - day),))
    assert await store.talked(anna, since, now) == 25_000 + 10_000 + 2_000
    await store.forget(since + 2_001)
    assert await store.talked(anna, since, now) == 25_000 + 10_000


async def test_old_reservations_are_forgotten(database: Database) -> None:
    store = SqlReservations(database.engine)
    kept = Reservation("01B", "@anna:localhost", "carrier", 2_000)
    for reservation in (Reservation("01A", "@anna:localhost", "carrier", 1_999), kept):
        await store.add(reservation)
    await store.forget(2_000)
    assert await store.live(2_500) == [kept]


async def test_a_person_talked_outside_for_what_lies_in_the_time_asked_for(database: Database) -> None:
    store, records = SqlReservations(database.engine), SqlCallRecords(database.engine)
    day, now = 24 * 3_600_000, 200_000_000
    since = now - day
    outside = replace(CALL, answered_on="outside", started_at=since)
    for record in (
        replace(outside, id="whole", answered_at=since + 1_000, ended_at=since + 3_000),
        replace(outside, id="half", started_at=since - 9_000, answered_at=since - 500, ended_at=since + 500),
        replace(outside, id="before", started_at=since - 9_000, answered_at=since - 800, ended_at=since - 1),
        replace(outside, id="goes on", answered_at=now - 70_000),
        replace(outside, id="inside", answered_at=since, ended_at=now, answered_on="desk_phone"),
        replace(outside, id="missed", answered_on=None, ended_at=now),
        replace(outside, id="another's", caller=BRUNO, answered_at=since, ended_at=now),
    ):
        await records.put(record)
    assert await store.talked("@anna:localhost", since, now) == 2_000 + 500 + 70_000
    assert await store.talked("@chiara:localhost", since, now) == 0


async def test_a_call_that_came_of_a_transfer_keeps_the_line_and_who_pays(database: Database) -> None:
    store, records = SqlReservations(database.engine), SqlCallRecords(database.engine)
    await store.add(Reservation("01A", "@anna:localhost", "carrier", 1_000))
    given = replace(CALL, id="01B", caller=BRUNO, answered_at=2_000, answered_on="desk_phone")
    await records.put(ENDED, given)
    for _ in range(2):
        await store.follow("01B", ["01X", "01A"])
    await store.follow("01C", ["01X"])
    assert await store.live(3_000) == [Reservation("01B", "@anna:localhost", "carrier", 1_000)]
    assert await store.talked("@bruno:localhost", 0, 5_000) == 0
    before = await store.talked("@anna:localhost", 0, 2_000)
    assert await store.talked("@anna:localhost", 0, 5_000) - before >= 3_000
    # One that has a line of its own keeps that.
    await store.add(Reservation("01D", "@chiara:localhost", "spare", 4_000))
    await store.follow("01D", ["01A"])
    await records.put(replace(CALL, id="01D"))
    assert Reservation("01D", "@chiara:localhost", "spare", 4_000) in await store.live(5_000)
