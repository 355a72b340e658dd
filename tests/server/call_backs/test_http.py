"""Being called back: over the API, by the codes of desk phones, and when it is time."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.call_backs.rules import AGAIN_AFTER
from server.call_backs.service import CallBacks
from server.call_backs.store import SqlCallBacks
from server.events.hub import Hub
from server.storage import Database
from server.telephony.state import PhoneState, Snapshot
from server.telephony.store import SqlCallRecords
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Browser, Web, migrated
from wire.commands import CallBackRequest, CommandAnswer
from wire.record import CALL_BACK, CallRecord, Transfer
from wire.route import Party

BRUNO_SEEN = {"user_id": BRUNO, "name": "Bruno", "number": "202"}


@pytest.fixture
async def anna(web: Web) -> Browser:
    await web.enrol("Bruno", "202")
    return await web.signed_in("Anna", "201")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await migrated(tmp_path / "call_backs.db")
    yield database
    await database.close()


async def listed(anna: Browser) -> list[dict[str, Any]]:
    return list((await anna.get("/api/v1/call-backs")).body["call_backs"])


async def test_it_is_asked_for_listed_and_taken_back(web: Web, anna: Browser) -> None:
    answer = await anna.ask("POST", "/api/v1/call-backs", {"user_id": BRUNO, "why": "busy"})
    (one,) = answer.body["call_backs"]
    assert (one["person"], one["why"], one["calling"]) == (BRUNO_SEEN, "busy", False)
    assert await listed(anna) == [one]
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    assert (await bruno.ask("DELETE", f"/api/v1/call-backs/{one['id']}")).status == 200
    assert await listed(anna) == [one]
    assert (await anna.ask("DELETE", f"/api/v1/call-backs/{one['id']}")).body == {"call_backs": []}


@pytest.mark.parametrize(
    ("user_id", "status", "code"), [(ANNA, 409, "own_number"), ("@nobody:localhost", 404, "unknown_person")]
)
async def test_what_cannot_be_is_said(anna: Browser, user_id: str, status: int, code: str) -> None:
    answer = await anna.ask("POST", "/api/v1/call-backs", {"user_id": user_id})
    assert (answer.status, answer.code) == (status, code)


async def dials(web: Web, code: str) -> str:
    plan = await route(web, code, "sip", {"number": "201", "user_id": ANNA})
    return str(plan["stages"][0]["legs"][0]["say"])


async def test_by_code_whom_one_called_in_vain_last(web: Web, anna: Browser) -> None:
    assert await dials(web, "*37#") == "not_set"
    records = [
        {
            "id": "1",
            "via": "sip",
            "started_at": 1,
            "caller": {"user_id": ANNA},
            "callee": BRUNO_SEEN,
            "outcome": "busy",
        },
        {
            "id": "2",
            "via": "sip",
            "started_at": 2,
            "caller": {"user_id": ANNA},
            "callee": {"number": "+3906"},
        },
    ]
    await web.internal("POST", "/call-records", {"records": records})
    assert await dials(web, "*37#") == "call_back_on"
    assert [(one["person"]["user_id"], one["why"]) for one in await listed(anna)] == [(BRUNO, "busy")]
    assert await dials(web, "#37#") == "call_back_off"
    assert await listed(anna) == []
    assert await dials(web, "*37*202#") == "call_back_on"
    assert await dials(web, "*37*299#") == "not_set"
    assert len(await listed(anna)) == 1


class Bridge:
    """Calls whom it is asked to; away where `refused` says so."""

    def __init__(self) -> None:
        self.asked: list[CallBackRequest] = []
        self.answer: CommandAnswer | None = CommandAnswer()

    async def call_back(self, request: CallBackRequest) -> CommandAnswer | None:
        self.asked.append(request)
        return self.answer


class House:
    """The service over a real store, with a clock of its own."""

    def __init__(self, web: Web, database: Database) -> None:
        self.bridge, self.phones, self.now, self.ids = Bridge(), PhoneState(), 1_000_000, 0
        self.quiet: set[str] = set()
        self.elsewhere: set[str] = set()
        directory = web.features.directory
        self.by_user_id = directory.by_user_id

        async def quiet(person_id: str) -> bool:
            return person_id in self.quiet

        async def elsewhere(person_id: str) -> bool:
            return person_id in self.elsewhere

        async def language(_: object) -> Any:
            return "it"

        self.store = SqlCallBacks(database.engine)
        self.service = CallBacks(
            self.store,
            directory,
            self.phones,
            self.bridge,
            SqlCallRecords(database.engine),
            Hub(),
            quiet=quiet,
            elsewhere=elsewhere,
            language=language,
            fresh_id=self._fresh_id,
            now_ms=lambda: self.now,
        )

    def _fresh_id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    def talk(self, *users: str) -> None:
        self.phones.replace(Snapshot(dict.fromkeys(users, 1)))

    async def look(self, later: int = 10_000) -> int:
        """How many calls have been made."""
        self.now += later
        await self.service.look()
        return len(self.bridge.asked)


async def test_both_are_called_when_both_are_free_and_once(
    web: Web, anna: Browser, database: Database
) -> None:
    house = House(web, database)
    me = await house.by_user_id(ANNA)
    assert me is not None
    await house.service.ask(me, BRUNO, "busy")
    house.talk(BRUNO)
    assert await house.look() == 0
    house.talk(ANNA)
    assert await house.look() == 0
    house.talk()
    assert await house.look() == 1
    assert await house.look(1) == 1
    (asked,) = house.bridge.asked
    assert (asked.asker, asked.wanted) == (Party(ANNA, "Anna", "201"), Party(BRUNO, "Bruno", "202"))
    (seen,) = await house.service.of(me)
    assert seen.calling
    # The colleague is in a call again: it is waited on.
    answered = CallRecord(
        id=asked.call_id, via=CALL_BACK, started_at=1, answered_at=2, ended_at=3, outcome="answered",
        caller=Party(BRUNO), callee=Party(ANNA),
    )  # fmt: skip
    await house.service.learn(answered)
    assert await house.look(AGAIN_AFTER) == 1
    house.talk(BRUNO)
    assert await house.look() == 1
    house.talk()
    assert await house.look() == 2
    talked = CallRecord(
        id=house.bridge.asked[1].call_id, via=CALL_BACK, started_at=1, answered_at=2, ended_at=3,
        outcome="answered", caller=Party(BRUNO), callee=Party(ANNA), transfer=Transfer(next="y"),
    )  # fmt: skip
    for _ in range(2):
        await house.service.learn(talked)
    assert await house.service.of(me) == ()


async def test_who_is_not_to_be_disturbed_is_not_called(web: Web, anna: Browser, database: Database) -> None:
    house = House(web, database)
    me, bruno = await house.by_user_id(ANNA), await house.by_user_id(BRUNO)
    assert me is not None and bruno is not None
    await house.service.ask(me, BRUNO, "busy")
    house.quiet = {bruno.id}
    assert await house.look() == 0
    house.quiet = set()
    assert await house.look() == 1


async def test_a_bridge_that_ended_with_the_call_makes_it_again(
    web: Web, anna: Browser, database: Database
) -> None:
    house = House(web, database)
    me = await house.by_user_id(ANNA)
    assert me is not None
    await house.service.ask(me, BRUNO, "busy")
    house.bridge.answer = None
    assert await house.look() == 1
    assert await house.look(60_000) == 2
    house.bridge.answer = CommandAnswer(refused="not_possible_now")
    assert await house.look(60_000) == 3
    assert await house.look(AGAIN_AFTER) == 4
    assert await house.look(4 * 3_600_000) == 4
    assert await house.service.of(me) == ()


async def test_nobody_rings_whose_calls_all_go_elsewhere(web: Web, anna: Browser, database: Database) -> None:
    house = House(web, database)
    me, bruno = await house.by_user_id(ANNA), await house.by_user_id(BRUNO)
    assert me is not None and bruno is not None
    await house.service.ask(me, BRUNO, "busy")
    house.elsewhere = {bruno.id}
    assert await house.look() == 0
    # Whoever waits is called where they are, whatever they have set for others.
    house.elsewhere = {me.id}
    assert await house.look() == 1


async def test_who_asks_again_while_it_is_looked_at_is_not_forgotten(
    web: Web, anna: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(web, database)
    me = await house.by_user_id(ANNA)
    assert me is not None
    (before,) = await house.service.ask(me, BRUNO, "busy")
    read = house.store.all

    async def read_and_asked_again() -> Any:
        found = await read()
        monkeypatch.setattr(house.store, "all", read)
        await house.service.ask(me, BRUNO, "no_answer")
        return found

    monkeypatch.setattr(house.store, "all", read_and_asked_again)
    house.talk(BRUNO)
    # It is over as it was read, and was asked for once more at that moment.
    await house.look(before.expires_at - house.now)
    (after,) = await house.service.of(me)
    assert (after.id, after.why) == (before.id, "no_answer")
    monkeypatch.setattr(house.store, "all", read_and_asked_again)
    await house.look()
    (kept,) = await house.store.all()
    # That they have been in a call counts from when it was asked for: it was seen before.
    assert not kept.active
