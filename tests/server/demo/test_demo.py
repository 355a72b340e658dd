import asyncio
from dataclasses import dataclass, field

import pytest

from server.commandline.demo import dial_in, number_of
from server.commandline.place import Failure
from server.config import load, shipped
from server.demo import seed
from server.directory.service import Added, NewPerson, Person
from server.homeserver.errors import HomeserverUnreachable
from tests.support.patience import PATIENCE

DEMO = load(shipped("demo.toml"))


@dataclass
class Organisation:
    """Directory, accounts and homeserver in memory; the homeserver answers at the third try."""

    people: list[Person] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    tries: int = 0
    known: list[str] = field(default_factory=list)
    all_known: asyncio.Event = field(default_factory=asyncio.Event)

    async def everyone(self) -> list[Person]:
        return list(self.people)

    async def enrol(self, new: NewPerson, password: str) -> Added:
        localpart = new.email.partition("@")[0]
        person = Person(
            id=localpart, user_id=f"@{localpart}:localhost", name=new.name, email=new.email, role=new.role,
            extensions=tuple(number for number, _ in new.extensions), numbers=tuple(new.numbers),
        )  # fmt: skip
        self.people.append(person)
        self.passwords[new.email] = password
        return Added(person)

    async def ensure_user(self, localpart: str, display_name: str) -> str:
        self.tries += 1
        if self.tries < 5:
            raise HomeserverUnreachable
        self.known.append(display_name)
        if len(self.known) == len(self.people):
            self.all_known.set()
        return f"@{localpart}:localhost"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "_PAUSE", 0.0)


async def test_an_empty_organisation_gets_its_people_and_the_homeserver_hears_of_them() -> None:
    organisation = Organisation()
    seeding = seed.Seed(DEMO.demo.people, organisation, organisation, organisation)
    await seeding.start()
    await asyncio.wait_for(organisation.all_known.wait(), PATIENCE)
    assert sorted(organisation.known) == ["Anna Rossi", "Bruno Bianchi", "Chiara Conti"]
    assert organisation.passwords["anna@unisono.example"] == "anna-demo"
    assert organisation.people[1].extensions == ("202",)
    assert organisation.people[1].numbers == ("+390612345202",)


async def test_whom_somebody_removed_does_not_come_back() -> None:
    organisation = Organisation()
    await organisation.enrol(NewPerson("only@unisono.example", "Only One"), "password")
    seeding = seed.Seed(DEMO.demo.people, organisation, organisation, organisation)
    await seeding.start()
    await asyncio.wait_for(organisation.all_known.wait(), PATIENCE)
    assert len(organisation.people) == 1
    await seeding.stop()


@pytest.mark.parametrize(
    ("who", "number"),
    [
        (None, "+390612345201"),
        ("bruno@unisono.example", "+390612345202"),
        ("BRUNO", "+390612345202"),
        ("203", "+390612345203"),
        ("+390612345203", "+390612345203"),
        ("+390612345999", "+390612345999"),
    ],
)
def test_a_colleague_is_called_by_what_one_remembers(who: str | None, number: str) -> None:
    assert number_of(DEMO, who) == number


def test_meetings_are_reached_by_the_demos_number() -> None:
    assert dial_in(DEMO) == "+390698765499"
    with pytest.raises(Failure, match="no number to dial in"):
        dial_in(load(shipped("default.toml")))


def test_somebody_unknown_is_named() -> None:
    with pytest.raises(Failure, match="nobody in the demo is `dario`"):
        number_of(DEMO, "dario")
