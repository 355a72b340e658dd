"""Changes of presence are told once, to pages and to desk phones."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from server.directory.service import Person
from server.presence.service import AWAY_LOOKS, Presences, Said
from server.telephony.state import PhoneState, Snapshot
from wire.presence import PersonPresence
from wire.route import Party
from wire.state import LiveCall

ANNA = Person("a", "@anna:localhost", "Anna", "anna@localhost", "member", ("201",))
BRUNO = Person("b", "@bruno:localhost", "Bruno", "bruno@localhost", "member", ("202",))
TALKS = LiveCall("01T", "inbound", Party("@peer:localhost"), "talking", 1, "desk_phone")


class House:
    """Presences, and what they tell."""

    def __init__(self) -> None:
        self.phones = PhoneState()
        self.presences = Presences(self.phones, self)
        self.people: list[Person] = [ANNA, BRUNO]
        self.pages: list[dict[str, str]] = []
        self.desk_phones: list[Mapping[str, PersonPresence]] = []
        self.deaf = False

    async def everyone(self) -> Sequence[Person]:
        return self.people

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        assert (event, to) == ("people", None)
        assert isinstance(data, dict)
        self.pages.append({each["user_id"]: each["state"] for each in data["people"]})

    async def hears(self, people: Mapping[str, PersonPresence]) -> bool:
        if not self.deaf:
            self.desk_phones.append(people)
        return not self.deaf

    async def looks(self) -> None:
        await self.presences.look(self)
        await self.presences.tell_phones(self.hears)


@pytest.fixture
async def house() -> House:
    house = House()
    await house.looks()
    house.pages.clear()
    house.desk_phones.clear()
    return house


async def test_what_has_not_changed_is_not_told(house: House) -> None:
    await house.looks()
    assert (house.pages, house.desk_phones) == ([], [])


async def test_pages_are_told_of_all_changes_at_once(house: House) -> None:
    house.presences.clients_say({ANNA.user_id: Said("online"), BRUNO.user_id: Said("unavailable")})
    await house.looks()
    assert house.pages == [{ANNA.user_id: "available", BRUNO.user_id: "away"}]


async def test_desk_phones_are_told_what_is_beside_calls(house: House) -> None:
    """The bridge knows the calls itself, and sooner."""
    house.phones.replace(Snapshot({ANNA.user_id: 1}, frozenset({"201"}), {ANNA.user_id: (TALKS,)}))
    await house.looks()
    assert house.pages == [{ANNA.user_id: "on_the_phone"}]
    assert house.desk_phones == [{ANNA.user_id: PersonPresence("available")}]
    house.phones.replace(Snapshot({}, frozenset({"201"})))
    await house.looks()
    assert house.pages[1:] == [{ANNA.user_id: "available"}]
    assert house.desk_phones[1:] == []


async def test_what_the_telephone_service_did_not_hear_is_told_again_as_it_is_then(house: House) -> None:
    house.deaf = True
    house.presences.silent = frozenset({"a", "b"})
    await house.looks()
    house.presences.silent = frozenset({"b"})
    house.deaf = False
    await house.looks()
    assert house.desk_phones == [
        {ANNA.user_id: PersonPresence("offline"), BRUNO.user_id: PersonPresence("do_not_disturb")}
    ]


async def test_words_are_told_to_desk_phones(house: House) -> None:
    house.presences.clients_say({ANNA.user_id: Said("online", "in Milano")})
    await house.looks()
    assert house.desk_phones == [{ANNA.user_id: PersonPresence("available", "in Milano")}]


async def test_without_the_telephone_service_nobody_stays_on_the_phone(house: House) -> None:
    house.phones.replace(Snapshot({ANNA.user_id: 1}, frozenset({"201"})))
    for _ in range(AWAY_LOOKS - 1):
        house.presences.telephones(there=False)
    await house.looks()
    house.presences.telephones(there=False)
    await house.looks()
    house.presences.telephones(there=True)
    await house.looks()
    assert house.pages == [{ANNA.user_id: state} for state in ("on_the_phone", "offline", "on_the_phone")]


async def test_whoever_begins_anew_is_told_all(house: House) -> None:
    house.presences.in_meetings = frozenset({BRUNO.user_id})
    await house.looks()
    assert house.presences.all_shown() == {
        ANNA.user_id: PersonPresence("offline"),
        BRUNO.user_id: PersonPresence("in_a_meeting"),
    }


async def test_clients_that_say_nothing_any_more_are_offline(house: House) -> None:
    house.presences.clients_say({ANNA.user_id: Said("online")})
    await house.looks()
    house.presences.clients_say({}, whole=True)
    await house.looks()
    assert [page[ANNA.user_id] for page in house.pages] == ["available", "offline"]


async def test_whoever_left_is_forgotten(house: House) -> None:
    house.people = [BRUNO]
    await house.looks()
    house.people = [ANNA, BRUNO]
    await house.looks()
    assert house.pages == [{ANNA.user_id: "offline"}]


async def test_lamps_of_whoever_left_go_out(house: House) -> None:
    house.presences.silent = frozenset({"a"})
    await house.looks()
    house.people = [BRUNO]
    await house.looks()
    assert house.desk_phones[-1] == {ANNA.user_id: PersonPresence("offline")}
    house.presences.silent = frozenset()
    house.people = [ANNA, BRUNO]
    await house.looks()
    assert house.desk_phones[-1] == {ANNA.user_id: PersonPresence("offline")}


async def test_desk_phones_hear_of_changes_in_their_order(house: House) -> None:
    """What is newer than what is on its way is told after it."""
    heard: list[str] = []
    on_its_way, arrived = asyncio.Event(), asyncio.Event()

    async def hears(people: Mapping[str, PersonPresence]) -> bool:
        on_its_way.set()
        await arrived.wait()
        heard.append(people[ANNA.user_id].state)
        return True

    house.presences.silent = frozenset({"a"})
    await house.presences.look(house)
    older = asyncio.create_task(house.presences.tell_phones(hears))
    await on_its_way.wait()
    house.presences.silent = frozenset()
    await house.presences.look(house)

    async def hears_at_once(people: Mapping[str, PersonPresence]) -> bool:
        heard.append(people[ANNA.user_id].state)
        return True

    newer = asyncio.create_task(house.presences.tell_phones(hears_at_once))
    await asyncio.sleep(0)
    arrived.set()
    await asyncio.gather(older, newer)
    assert heard == ["do_not_disturb", "offline"]
