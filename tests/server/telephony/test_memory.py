"""What is remembered of people, names and lines, and when it is forgotten."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from server.attendants.rules import Attendant
from server.blocking.rules import Blocked
from server.directory.service import Person
from server.forwarding.rules import NOTHING_SET, Services
from server.groups.rules import RingGroup
from server.hours.rules import Hours
from server.telephony import memory
from server.telephony.dialplan import Mailbox, Trunk
from server.telephony.memory import RouteMemory

ANNA = Person("1", "@anna:localhost", "Anna", "anna@unisono.example", "member", ("201",), ("+390612345201",))


class House:
    """Counts what it is asked; `version` is the data's."""

    def __init__(self) -> None:
        self.version = 1
        self.anna: Person | None = ANNA
        self.asked: list[str] = []
        self.was_asked, self.held = asyncio.Event(), asyncio.Event()
        self.held.set()

    async def now(self) -> int:
        return self.version

    async def by_user_id(self, user_id: str) -> Person | None:
        self.asked.append(user_id)
        found = self.anna
        self.was_asked.set()
        await self.held.wait()
        return found

    by_extension = by_number = by_user_id

    async def everyone(self) -> Sequence[Person]:
        self.asked.append("everyone")
        return [ANNA]

    async def name_for(self, user_id: str | None, number: str) -> str | None:
        self.asked.append(f"{user_id} {number}")
        return None

    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(f"{user_id} {','.join(numbers)}")
        return {"+391": "Uno"}

    async def services_of(self, person_id: str) -> Services:
        self.asked.append(f"services {person_id}")
        return NOTHING_SET

    async def mailbox(self, user_id: str) -> Mailbox | None:
        self.asked.append(f"mailbox {user_id}")
        return Mailbox("it", 60)

    async def blocked_by(self, person_id: str) -> Sequence[Blocked]:
        return ()

    async def groups(self) -> Sequence[RingGroup]:
        return ()

    async def hours(self) -> Sequence[Hours]:
        return ()

    async def attendants(self) -> Sequence[Attendant]:
        return ()

    async def current(self) -> Sequence[Trunk]:
        self.asked.append("lines")
        return [Trunk("carrier")]


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def remembered(house: House) -> RouteMemory:
    return RouteMemory(house.now, house, house, house, house, house, house, house, house, house)


async def test_each_question_is_asked_once(house: House, remembered: RouteMemory) -> None:
    for _ in range(3):
        assert await remembered.by_user_id("@anna:localhost") == ANNA
        assert await remembered.by_extension("201") == ANNA
        assert await remembered.by_number("201") == ANNA
        assert await remembered.name_for(None, "+39") is None
        assert await remembered.name_for("@anna:localhost", "+39") is None
        assert await remembered.current() == [Trunk("carrier")]
        assert await remembered.services_of("1") == NOTHING_SET
        assert await remembered.everyone() == [ANNA]
        assert await remembered.mailbox("@anna:localhost") == Mailbox("it", 60)
    names = ["None +39", "@anna:localhost +39"]
    assert house.asked == [
        "@anna:localhost",
        "201",
        "201",
        *names,
        "lines",
        "services 1",
        "everyone",
        "mailbox @anna:localhost",
    ]


async def test_the_names_of_many_numbers_are_asked_for_at_once_and_once(
    house: House, remembered: RouteMemory
) -> None:
    await remembered.name_for("@anna:localhost", "+393")
    for _ in range(2):
        assert await remembered.names_for("@anna:localhost", ["+391", "+392", "+393"]) == {"+391": "Uno"}
    assert await remembered.name_for("@anna:localhost", "+391") == "Uno"
    assert house.asked == ["@anna:localhost +393", "@anna:localhost +391,+392"]


async def test_a_change_makes_it_ask_again_even_for_whom_nobody_was(
    house: House, remembered: RouteMemory
) -> None:
    house.anna = None
    assert await remembered.by_extension("201") is None
    house.anna, house.version = ANNA, 2
    assert await remembered.by_extension("201") == ANNA


async def test_an_answer_that_was_on_its_way_during_a_change_is_not_kept(
    house: House, remembered: RouteMemory
) -> None:
    house.held.clear()
    slow = asyncio.create_task(remembered.by_extension("201"))
    await house.was_asked.wait()
    house.anna, house.version = None, 2
    await remembered.current()
    house.held.set()
    assert await slow == ANNA  # it asked before the change
    assert await remembered.by_extension("201") is None


async def test_strangers_numbers_do_not_fill_it(
    house: House, remembered: RouteMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CAPACITY", 3)
    for number in ("1", "2", "3", "1", "4", "1"):
        await remembered.name_for(None, number)
    assert house.asked == [f"None {number}" for number in ("1", "2", "3", "1", "4")]


async def test_an_answer_that_failed_is_asked_for_again(
    house: House, remembered: RouteMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> Sequence[Trunk]:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(house, "current", fails)
        with pytest.raises(OSError):
            await remembered.current()
    assert await remembered.current() == [Trunk("carrier")]
