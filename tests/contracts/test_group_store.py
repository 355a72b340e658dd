"""Ring groups: each database keeps them, and no number is two people's."""

import asyncio

import pytest
from msgspec.structs import replace

from server.directory import rules
from server.directory.store import SqlPeople
from server.forwarding.rules import ToColleague, ToNumber
from server.groups.rules import Member, Otherwise, RingGroup, ToGroup, ToMailbox, TooManyGroups
from server.groups.store import SqlGroups
from server.storage import Database
from server.telephony.store import SqlCallRecords
from tests.contracts.test_people_store import ANNA
from wire.record import CallRecord, GroupRang
from wire.route import Party, RungGroup

USER = f"@{ANNA.localpart}:localhost"
SALES = RingGroup(
    id="1", name="Sales", extension="390", numbers=("+390612345390",), members=(Member(USER, here=False),)
)


@pytest.fixture
async def store(database: Database) -> SqlGroups:
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return SqlGroups(database.engine, "localhost")


@pytest.mark.parametrize(
    "otherwise", [None, ToColleague(USER), ToMailbox(USER), ToNumber("+391"), ToGroup("2")]
)
async def test_it_is_kept_as_it_is(store: SqlGroups, otherwise: Otherwise | None) -> None:
    wanted = replace(SALES, otherwise=otherwise, strategy="round_robin", skip_busy=False)
    await store.add(wanted, [ANNA.id], 5)
    assert await store.groups() == (wanted,)
    changed = replace(SALES, extension="391", numbers=(), members=())
    assert await store.replace(changed, [])
    assert await store.groups() == (changed,)
    assert not await store.replace(replace(SALES, id="2"), [ANNA.id])
    assert await store.remove("1")
    assert not await store.remove("1")
    assert await store.groups() == ()


async def test_a_number_is_had_once(store: SqlGroups, database: Database) -> None:
    people = SqlPeople(database.engine, "localhost")
    await store.add(SALES, [ANNA.id], 5)
    with pytest.raises(rules.ExtensionTaken):
        await store.add(replace(SALES, id="2", numbers=()), [ANNA.id], 5)
    with pytest.raises(rules.NumberTaken):
        await store.add(replace(SALES, id="2", extension="392"), [ANNA.id], 5)
    with pytest.raises(rules.NumberTaken):
        await people.add_number(ANNA.id, SALES.numbers[0])
    for extension in ANNA.extensions:
        with pytest.raises(rules.ExtensionTaken):
            await store.replace(replace(SALES, extension=extension.number), [ANNA.id])
    with pytest.raises(TooManyGroups):
        await store.add(replace(SALES, id="2", extension="392", numbers=()), [ANNA.id], 1)
    assert await store.groups() == (SALES,)


async def test_a_number_goes_to_one_of_two_who_are_given_it_at_once(
    store: SqlGroups, database: Database
) -> None:
    people, number = SqlPeople(database.engine, "localhost"), SALES.numbers[0]
    results = await asyncio.gather(
        *(
            work
            for n in range(4)
            for work in (
                store.add(
                    replace(SALES, id=f"{n}", extension=f"39{n}", numbers=(f"{number}{n}",), members=()),
                    [],
                    9,
                ),
                people.add_number(ANNA.id, f"{number}{n}"),
            )
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in results if one is not None] == [rules.NumberTaken] * 4


async def test_who_is_out_for_now_comes_back_and_who_leaves_is_forgotten(store: SqlGroups) -> None:
    await store.add(SALES, [ANNA.id], 5)
    assert await store.be_here("1", ANNA.id, here=True)
    assert not await store.be_here("1", "somebody else", here=True)
    assert (await store.groups())[0].members == (Member(USER),)
    await store.forget(ANNA.id)
    assert (await store.groups())[0].members == ()


async def test_when_each_took_the_groups_last_call(database: Database) -> None:
    records, group = SqlCallRecords(database.engine), GroupRang(RungGroup("1", "Sales", "390"), (USER,))
    for number, answered in enumerate((5_000, 7_000, None)):
        given = CallRecord(
            id=str(number), via="sip", started_at=1, callee=Party(USER), answered_at=answered, groups=(group,)
        )
        await records.put(given)
    await records.put(CallRecord(id="other", via="sip", started_at=1, callee=Party(USER), answered_at=9_000))
    assert await records.took("1", [USER, "@bruno:localhost"]) == {USER: 7_000}
    assert await records.took("1", []) == {}
    one = await records.one("0")
    assert one is not None
    assert one.groups == (group,)
