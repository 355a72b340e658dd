"""Whom what was dialled reaches, over the people of the house."""

from typing import overload

from server.directory.ports import PersonLookup
from server.directory.service import Person
from server.numbers import numbers
from server.telephony import dialplan
from server.telephony.dialplan import DialIn, Subscriber


class Lookup:
    """`dialplan.decide` over the only two people it can ask for."""

    def __init__(self, people: PersonLookup, region: str, dial_in: DialIn) -> None:
        self._people, self._region, self._dial_in = people, region, dial_in

    async def decide(self, dialled: str, caller: Subscriber | None) -> dialplan.Destination:
        """Where a call goes. Raises `numbers.NotANumber`."""
        digits = numbers.clean(dialled).digits
        inside = subscriber(await self._people.by_extension(digits))
        owner = None
        for number in numbers.e164_candidates(dialled, self._region)[:1]:
            owner = subscriber(await self._people.by_number(number))
        return dialplan.decide(
            dialled,
            self._region,
            caller=caller,
            by_extension=lambda _: inside,
            by_number=lambda _: owner,
            dial_in=self._dial_in,
        )


@overload
def subscriber(person: Person) -> Subscriber: ...


@overload
def subscriber(person: Person | None) -> Subscriber | None: ...


def subscriber(person: Person | None) -> Subscriber | None:
    """Somebody of the directory, as the dial plan needs to know."""
    if person is None:
        return None
    return Subscriber(person.user_id, person.name, person.extensions, person.numbers, person.calls_outside)
