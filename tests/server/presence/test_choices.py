"""What people say of themselves, and until when."""

import asyncio

import pytest

from server.directory.service import Person
from server.homeserver.errors import HomeserverError, HomeserverUnreachable, MatrixRefusal
from server.presence.choices import Choice, Choices, UntilIsPast
from server.telephony.on_the_phone import SavedPresence

ANNA = Person("a", "@anna:localhost", "Anna", "anna@localhost", "member")
BRUNO = Person("b", "@bruno:localhost", "Bruno", "bruno@localhost", "member")
NOON = 1_000_000


class House:
    """A store, Matrix and open pages."""

    def __init__(self) -> None:
        self.now = NOON
        self.rows: dict[str, Choice] = {}
        self.matrix: list[tuple[str, str | None]] = []
        self.pages: list[object] = []
        self.away = False
        self.refused: set[str] = set()
        self.people = {"a": ANNA}
        self.choices = Choices(self, self, self.say, self, lambda: self.now)

    async def of(self, person_id: str) -> Choice:
        return self.rows.get(person_id, Choice())

    async def put(self, person_id: str, choice: Choice) -> None:
        self.rows[person_id] = choice

    async def due(self, now_ms: int) -> list[str]:
        return [one for one, row in self.rows.items() if row.until is not None and row.until <= now_ms]

    async def by_id(self, person_id: str) -> Person | None:
        return self.people.get(person_id)

    async def say(self, user_id: str, presence: SavedPresence) -> None:
        if self.away:
            raise HomeserverUnreachable("away")
        if user_id in self.refused:
            raise MatrixRefusal(403, "M_FORBIDDEN", "no")
        assert user_id == ANNA.user_id
        self.matrix.append((presence.state, presence.status))

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        assert (event, to) == ("own_presence", ANNA.user_id)
        self.pages.append(data)


@pytest.fixture
def house() -> House:
    return House()


async def test_what_is_chosen_is_said_kept_and_told_to_the_other_pages(house: House) -> None:
    wanted = Choice("away", "in Milano", NOON + 1)
    assert await house.choices.choose(ANNA, wanted) == wanted
    assert house.matrix == [("unavailable", "in Milano")]
    assert house.pages == [wanted] == list(house.rows.values())


async def test_words_end_by_themselves_and_the_state_stays(house: House) -> None:
    await house.choices.choose(ANNA, Choice("busy", "until two", NOON + 100))
    house.now += 99
    await house.choices.end_due()
    assert house.matrix == [("busy", "until two")]
    house.now += 1
    # Whoever asks in between is not told what is over.
    assert await house.choices.of(ANNA) == Choice("busy")
    await house.choices.end_due()
    await house.choices.end_due()
    assert house.matrix[1:] == [("busy", "")]
    assert house.rows["a"] == Choice("busy")


async def test_words_that_matrix_would_not_take_back_end_later(house: House) -> None:
    await house.choices.choose(ANNA, Choice("available", "lunch", NOON + 1))
    house.now, house.away = NOON + 1, True
    with pytest.raises(HomeserverError):
        await house.choices.end_due()
    house.away = False
    await house.choices.end_due()
    assert house.matrix[-1] == ("online", "")


async def test_a_choice_that_matrix_refuses_is_not_kept(house: House) -> None:
    house.away = True
    with pytest.raises(HomeserverError):
        await house.choices.choose(ANNA, Choice("away"))
    assert house.rows == {}


@pytest.mark.parametrize("until", [0, NOON - 1, NOON])
async def test_a_moment_that_is_past_is_refused(house: House, until: int) -> None:
    with pytest.raises(UntilIsPast):
        await house.choices.choose(ANNA, Choice("away", "lunch", until))


async def test_without_words_there_is_nothing_to_end(house: House) -> None:
    assert await house.choices.choose(ANNA, Choice("away", "", NOON + 5)) == Choice("away")


async def test_nobody_waits_for_what_matrix_refuses_to_somebody_else(house: House) -> None:
    house.rows["b"] = Choice("busy", "in Roma", NOON + 1)
    house.people["b"] = BRUNO
    house.refused.add(BRUNO.user_id)
    await house.choices.choose(ANNA, Choice("away", "lunch", NOON + 1))
    house.now += 1
    await house.choices.end_due()
    assert house.rows == {"a": Choice("away"), "b": Choice("busy", "in Roma", NOON + 1)}


async def test_of_whoever_is_disabled_it_is_taken_back_quietly(house: House) -> None:
    await house.choices.choose(ANNA, Choice("away", "lunch", NOON + 1))
    house.people.clear()
    house.now += 1
    await house.choices.end_due()
    assert house.rows["a"] == Choice("away")
    assert len(house.matrix) == 1


async def test_what_is_chosen_while_words_are_taken_back_stays(house: House) -> None:
    await house.choices.choose(ANNA, Choice("available", "lunch", NOON + 1))
    house.now += 1
    chosen: list[asyncio.Task[Choice]] = []
    say = house.say

    async def choosing_meanwhile(user_id: str, presence: SavedPresence) -> None:
        if not chosen:
            chosen.append(asyncio.create_task(house.choices.choose(ANNA, Choice("busy", "audit"))))
            await asyncio.sleep(0)
        await say(user_id, presence)

    house.choices._say = choosing_meanwhile
    await house.choices.end_due()
    await chosen[0]
    assert house.rows["a"] == Choice("busy", "audit")
    assert house.matrix[-1] == ("busy", "audit")
