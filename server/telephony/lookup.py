"""Whom what was dialled reaches, over the people of the house."""

from typing import overload

from server.attendants.rules import Attendant
from server.attendants.service import AttendantReader
from server.directory.ports import PersonLookup
from server.directory.service import Person
from server.groups.rules import RingGroup
from server.groups.service import GroupReader
from server.numbers import numbers
from server.telephony import dialplan
from server.telephony.dialplan import DialIn, Subscriber


class Lookup:
    """`dialplan.decide` over the only two people, ring groups or attendants that it can ask for."""

    def __init__(
        self,
        people: PersonLookup,
        region: str,
        dial_in: DialIn,
        groups: GroupReader | None = None,
        attendants: AttendantReader | None = None,
    ) -> None:
        self._people, self._region, self._dial_in = people, region, dial_in
        self._groups, self._attendants = groups, attendants

    async def decide(self, dialled: str, caller: Subscriber | None) -> dialplan.Destination:
        """Where a call goes. Raises `numbers.NotANumber`."""
        digits = numbers.clean(dialled).digits
        inside = subscriber(await self._people.by_extension(digits)) or await self.house(digits)
        owner = None
        for number in numbers.e164_candidates(dialled, self._region)[:1]:
            owner = await self.owner(number)
        return dialplan.decide(
            dialled,
            self._region,
            caller=caller,
            by_extension=lambda _: inside,
            by_number=lambda _: owner,
            dial_in=self._dial_in,
        )

    async def owner(self, e164: str) -> Subscriber | RingGroup | Attendant | None:
        """Whose outside number it is."""
        return subscriber(await self._people.by_number(e164)) or await self.house(e164)

    async def group(self, number: str) -> RingGroup | None:
        """The ring group that an extension or an E.164 number leads to."""
        found = await self.house(number)
        return found if isinstance(found, RingGroup) else None

    async def house(self, number: str) -> RingGroup | Attendant | None:
        """The ring group, or the attendant, that an extension or an E.164 number leads to."""
        groups = await self._groups.groups() if self._groups is not None else ()
        attendants = await self._attendants.attendants() if self._attendants is not None else ()
        group = next((one for one in groups if one.is_reached_by(number)), None)
        return group or next((one for one in attendants if one.is_reached_by(number)), None)


@overload
def subscriber(person: Person) -> Subscriber: ...


@overload
def subscriber(person: Person | None) -> Subscriber | None: ...


def subscriber(person: Person | None) -> Subscriber | None:
    """Somebody of the directory, as the dial plan needs to know."""
    if person is None:
        return None
    return Subscriber(person.user_id, person.name, person.extensions, person.numbers, person.calls_outside)
