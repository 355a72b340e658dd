"""One route decision for every call, whatever its origin; and dialling from the web client."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from logs import log
from server.directory.ports import PersonLookup
from server.directory.service import Person
from server.homeserver.errors import HomeserverError
from server.numbers import forms, numbers
from server.telephony import dialplan, star_codes
from server.telephony.call_services import CallServices
from server.telephony.dialplan import (
    Colleague,
    DialIn,
    MeetingDoor,
    Outside,
    OwnMailbox,
    Refusal,
    Subscriber,
)
from server.telephony.lookup import Lookup, subscriber
from server.telephony.matrix_memory import MatrixMemory
from server.telephony.outgoing import Outgoing
from server.telephony.parties import CallerNameReader, CallRefuser, MailboxReader, ghost_from, ghost_of
from server.telephony.refusals import REFUSED, OwnNumber, UnknownNumber, UnknownPerson
from wire.record import CallRecord
from wire.route import (
    OWN_CLIENTS,
    OWN_DESK_PHONE,
    OWN_DEVICES,
    Ghost,
    MatrixLeg,
    ParkSlot,
    Party,
    Plan,
    RouteRequest,
    Service,
    Stage,
)

_log = log.get(__name__)
#: Seconds a route waits for the homeserver, while the caller hears nothing: where desk phones can ring
#: without it, and where nothing else can. Room and ghost of a first call are made meanwhile, at which small
#: machines are slow; the bridge waits 15 s.
_PATIENCE, _PATIENCE_ALONE = 4.0, 12.0


class TelephonyHomeserver(Protocol):
    """What is used of `HomeserverClient`; every method raises `HomeserverError`."""

    async def ensure_user(self, localpart: str, display_name: str) -> str: ...

    async def ensure_ghost(self, number: str | None, display_name: str) -> str: ...

    async def direct_room(self, first: str, second: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Dialled:
    """Where the web client places its Matrix call."""

    kind: Literal["person", "external"]
    user_id: str
    room_id: str
    display: str
    number: str


class Telephony:
    def __init__(
        self,
        people: PersonLookup,
        names: CallerNameReader,
        homeserver: TelephonyHomeserver,
        matrix: MatrixMemory,
        *,
        domain: str,
        region: str,
        outgoing: Outgoing,
        ring_seconds: float = dialplan.RING_TIMEOUT,
        dial_in: DialIn = dialplan.NO_DIAL_IN,
        services: CallServices | None = None,
        mailboxes: MailboxReader | None = None,
        refuser: CallRefuser | None = None,
    ) -> None:
        self._people = people
        self._names = names
        self._homeserver = homeserver
        self._matrix = matrix
        self._domain = domain
        self._region = region
        self._outgoing = outgoing
        self._ring_seconds = ring_seconds
        self._dial_in = dial_in
        self.lookup = Lookup(people, region, dial_in)
        self._services = services
        self._mailboxes = mailboxes
        self._refuser = refuser

    # The route decision

    async def route(self, request: RouteRequest) -> Plan:
        """Never raises for what was dialled: a call that cannot be placed is a plan to refuse it."""
        self._matrix.forget(request.changed)
        if request.via.startswith("trunk:"):
            return await self._route_inbound(request)
        caller = await self._caller(request)
        if caller is None:
            stranger = Party(request.caller.user_id, "", request.caller.number)
            return self._refuse(Refusal.FORBIDDEN, stranger, request.dialled)
        shown = request.caller.number if request.via == "sip" else None
        party = Party(caller.user_id, caller.name, shown or caller.shown_inside or None)
        destination = await self._destination(request, caller)
        if request.transferred is not None:
            party = await self._known_to(_reader(destination, caller), request.transferred)
        return await self._reach(destination, request, caller, party)

    async def _reach(
        self,
        destination: dialplan.Destination | OwnMailbox | Service,
        request: RouteRequest,
        caller: Subscriber,
        party: Party,
    ) -> Plan:
        if isinstance(destination, Service):
            slot = destination.slot if isinstance(destination, ParkSlot) else request.dialled
            # A parked call is with who parked it, and goes back to them.
            callee = Party(number=slot)
            if request.transferred is not None:
                callee = Party(caller.user_id, caller.name, slot)
            return Plan("service", None, party, callee, service=destination)
        if isinstance(destination, Colleague):
            return await self._ring_colleague(destination, request, party)
        if isinstance(destination, Outside):
            return await self._ring_outside(destination, request, caller, party)
        if isinstance(destination, OwnMailbox):
            stages = dialplan.listening_stages(caller.user_id, destination)
            own = Party(caller.user_id, caller.name, request.dialled)
            return Plan("ring", None, party, own, stages=stages)
        if isinstance(destination, MeetingDoor):
            door = self._open_door(destination, party)
            return msgspec.structs.replace(door, withheld=request.withheld)
        return self._refuse(destination, party, request.dialled)

    async def _caller(self, request: RouteRequest) -> Subscriber | None:
        """Who is calling, by what the bridge has authenticated: a Matrix sender or a desk phone's digest; or
        who transfers somebody."""
        known = request.via in {"matrix", "meeting"} or request.transferred is not None
        if known and request.caller.user_id:
            return subscriber(await self._people.by_user_id(request.caller.user_id))
        if request.via == "sip" and request.caller.number:
            return subscriber(await self._people.by_extension(request.caller.number))
        return None

    async def _service(self, request: RouteRequest, caller: Subscriber) -> Service | Refusal | None:
        """What a desk phone dials, or names by a dialog, about calls in progress; None for a number."""
        if self._services is None or request.via != "sip":
            return None if request.replaces is None else Refusal.NO_SUCH_CALL
        if request.replaces is not None:
            return self._services.replaced(request.replaces, caller.user_id)
        return await self._services.asked(request.dialled, caller.user_id)

    async def _destination(
        self, request: RouteRequest, caller: Subscriber
    ) -> dialplan.Destination | OwnMailbox | Service:
        if request.via == "sip" and request.dialled == star_codes.VOICEMAIL:
            return await self._own_mailbox(request, caller)
        if service := await self._service(request, caller):
            return service
        if request.via == "meeting":
            # One's own telephone may be called, too; but a meeting that calls the dial-in would call itself.
            destination = await self._dialled(request.dialled, None)
            return Refusal.NOT_FOUND if isinstance(destination, MeetingDoor) else destination
        if request.transferred is not None and request.dialled in OWN_DEVICES:
            return Colleague(caller, caller.shown_inside)
        return await self._called(request, caller)

    async def _own_mailbox(self, request: RouteRequest, caller: Subscriber) -> OwnMailbox | Refusal:
        """Whoever is transferred there would hear the messages of somebody else."""
        if self._mailboxes is None or request.transferred is not None:
            return Refusal.NOT_FOUND
        mailbox = await self._mailboxes.mailbox(caller.user_id)
        return OwnMailbox(mailbox) if mailbox else Refusal.NOT_FOUND

    async def _called(self, request: RouteRequest, caller: Subscriber) -> dialplan.Destination:
        """Whom a number or a user id reaches."""
        by_id = request.transferred is not None and request.dialled.startswith("@")
        if request.via != "matrix" and not by_id:
            return await self._dialled(request.dialled, caller)
        if ghost := ghost_from(request.dialled, self._domain):
            return await self._dialled(ghost.number, caller) if ghost.number else Refusal.NOT_FOUND
        person = subscriber(await self._people.by_user_id(request.dialled))
        if person is None:
            return Refusal.NOT_FOUND
        own = person.user_id == caller.user_id
        return Refusal.OWN_NUMBER if own else Colleague(person, person.shown_inside)

    async def _dialled(self, dialled: str, caller: Subscriber | None) -> dialplan.Destination:
        try:
            return await self.lookup.decide(dialled, caller)
        except numbers.NotANumber:
            return Refusal.NOT_FOUND

    async def _ring_colleague(self, destination: Colleague, request: RouteRequest, caller: Party) -> Plan:
        person = destination.person
        callee = Party(person.user_id, person.name, destination.number or None)
        # A call that came as a Matrix event rings the callee's Matrix clients by itself, but not when
        # it was placed in the room of a ghost whose number turned out to be a colleague's.
        rings_already = request.via == "matrix" and request.dialled == person.user_id
        # Nobody has a direct room with themselves: a meeting rings one's own desk phones only.
        own = person.user_id == caller.user_id
        if own and request.transferred is not None:
            return self._refuse(Refusal.OWN_NUMBER, caller, request.dialled)
        ghost = self._speaker(caller, withheld=request.withheld)
        sender = ghost.user_id if ghost else caller.user_id or ""
        left_out = rings_already or own or request.dialled == OWN_DESK_PHONE
        clients_only = request.dialled == OWN_CLIENTS or request.device is not None
        registered = () if clients_only else request.registered
        leg = None if left_out else await self._matrix_leg(person, sender, ghost, registered, request.device)
        stages = dialplan.inside_stages(person, registered, leg, self._ring_seconds)
        elsewhere = rings_already and await self._is_reachable(person, alone=isinstance(stages, Refusal))
        if not own and request.transferred is None and request.device is None:
            stages = await self._or_mailbox(stages, person, self._ring_seconds if elsewhere else None)
        if isinstance(stages, Refusal) and elsewhere:
            stages = ()  # there is nothing for the bridge to ring, nor a reason to stop what rings
        if isinstance(stages, Refusal):
            return Plan("refuse", stages.value, caller, callee)
        room = leg.room_id if leg and not request.withheld else None
        return Plan("ring", None, caller, callee, None, room, stages, elsewhere, request.withheld)

    async def _or_mailbox(
        self, stages: tuple[Stage, ...] | Refusal, person: Subscriber, elsewhere: float | None
    ) -> tuple[Stage, ...] | Refusal:
        """`dialplan.with_voicemail`, of somebody who wants it."""
        mailbox = await self._mailboxes.mailbox(person.user_id) if self._mailboxes else None
        return dialplan.with_voicemail(stages, person.user_id, mailbox, elsewhere)

    def _speaker(self, caller: Party, *, withheld: bool) -> Ghost | None:
        """The ghost that rings for who is no person of the house, or withholds their number, which would be
        seen in a room of their own; None for a person, who rings in their own name."""
        if withheld:
            return self._ghost(None)
        known = ghost_from(caller.user_id or "", self._domain)
        if known is None and caller.user_id is not None:
            return None
        return self._ghost(known.number if known else caller.number)

    async def _ring_outside(
        self, destination: Outside, request: RouteRequest, caller: Subscriber, party: Party
    ) -> Plan:
        ghost = self._ghost(destination.number)
        # Of a call to which somebody is transferred not only who transfers is told.
        own = party.user_id == caller.user_id
        callee = await self._outside_party(ghost, caller.user_id if own else None)
        trunks = await self._outgoing.admit(request.call_id, caller, destination)
        if isinstance(trunks, Refusal):
            return Plan("refuse", trunks.value, party, callee)
        stages = dialplan.outside_stages(destination, caller, trunks, self._region, request.dialled)
        # Who helps in an emergency is always told who calls.
        emergency = destination.emergency
        withheld = request.withheld and not emergency
        return Plan("ring", None, party, callee, ghost, None, stages, withheld=withheld, emergency=emergency)

    def _open_door(self, door: MeetingDoor, caller: Party) -> Plan:
        return Plan("meeting", None, caller, Party(None, self._dial_in.name, door.number))

    async def _route_inbound(self, request: RouteRequest) -> Plan:
        """A call from outside. Whatever it claims to be, it is never taken for a colleague."""
        line = await self._outgoing.forms_of(request.via.removeprefix("trunk:"))
        number = forms.caller(request.caller.number, line, self._region)
        ghost = self._ghost(number)
        caller = await self._outside_party(ghost, None)
        destination = await self._inbound_destination(forms.candidates(request.dialled, line, self._region))
        if isinstance(destination, Refusal):
            return self._refuse(destination, caller, request.dialled)
        if isinstance(destination, MeetingDoor):
            return self._open_door(destination, caller)
        person = destination.person
        caller = await self._outside_party(ghost, person.user_id)
        if self._refuser is not None and await self._refuser.refuses(person.user_id, number):
            callee = Party(person.user_id, person.name, destination.number)
            return Plan("refuse", Refusal.BLOCKED.value, caller, callee, ghost)
        leg = await self._matrix_leg(person, ghost.user_id, ghost, request.registered)
        stages = dialplan.inside_stages(person, request.registered, leg, self._ring_seconds)
        stages = await self._or_mailbox(stages, person, None)
        callee = Party(person.user_id, person.name, destination.number)
        if isinstance(stages, Refusal):
            return Plan("refuse", stages.value, caller, callee, ghost)
        return Plan("ring", None, caller, callee, ghost, leg.room_id if leg else None, stages)

    async def _inbound_destination(self, candidates: Sequence[str]) -> Colleague | MeetingDoor | Refusal:
        owners = {number: subscriber(await self._people.by_number(number)) for number in candidates}
        return dialplan.decide_inbound(candidates, owners.get, self._dial_in)

    def _ghost(self, number: str | None) -> Ghost:
        """Named by its number: all who share a room with it read that, whatever a phonebook says."""
        ghost = ghost_of(number, self._domain)
        if number and self._dial_in.name and self._dial_in.is_reached_by(number):
            return msgspec.structs.replace(ghost, name=self._dial_in.name)
        return ghost

    async def _outside_party(self, ghost: Ghost, reader: str | None) -> Party:
        """The other side as `reader` (a user id) knows it; as the company does for None."""
        name = await self._names.name_for(reader, ghost.number) if ghost.number else None
        return Party(None, name or ghost.name, ghost.number)

    async def _known_to(self, reader: str | None, party: Party) -> Party:
        """Who is transferred. An outside party is named as `reader` (a user id) knows it, not as whoever
        transfers does (docs/decisions/0007); for None it has a number alone."""
        known = ghost_from(party.user_id or "", self._domain)
        if known is None and (party.user_id is not None or party.number is None):
            return party
        number = known.number if known else party.number
        named = await self._outside_party(self._ghost(number), reader) if reader is not None else Party()
        return Party(party.user_id, named.name, party.number)

    def _refuse(self, refusal: Refusal, caller: Party, dialled: str) -> Plan:
        return Plan("refuse", refusal.value, caller, Party(None, dialled, dialled))

    async def _is_reachable(self, person: Subscriber, *, alone: bool) -> bool:
        """Whether a Matrix client of the person can ring; assumed while the homeserver is away."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._matrix.can_ring(person.user_id, alone=alone)
        except (HomeserverError, TimeoutError):
            return True

    async def _matrix_leg(
        self,
        person: Subscriber,
        as_user: str,
        ghost: Ghost | None,
        registered: Sequence[str],
        device: str | None = None,
    ) -> MatrixLeg | None:
        """The leg to the person's Matrix clients, or to their `device`; None when none can ring or the
        homeserver is away. `registered` are the phones that ring beside it."""
        alone = not dialplan.has_phone(person, registered)
        patience = _PATIENCE_ALONE if alone else _PATIENCE
        try:
            async with asyncio.timeout(patience):
                leg = await self._matrix_leg_now(person, as_user, ghost, alone=alone)
        except (HomeserverError, TimeoutError) as error:
            # Desk phones must ring all the same.
            _log.warning("matrix_leg_left_out", user_id=person.user_id, why=str(error) or "too slow")
            return None
        return msgspec.structs.replace(leg, device=device) if leg else None

    async def _matrix_leg_now(
        self, person: Subscriber, as_user: str, ghost: Ghost | None, *, alone: bool
    ) -> MatrixLeg | None:
        if not await self._matrix.can_ring(person.user_id, alone=alone):
            return None

        async def make() -> str:
            if ghost:
                await self._homeserver.ensure_ghost(ghost.number, ghost.name)
            else:
                # A colleague who only ever used a desk phone may have no Matrix user yet.
                await self._ensure_person(as_user)
            return await self._homeserver.direct_room(as_user, person.user_id)

        caller = None if ghost else await self._people.by_user_id(as_user)
        name = ghost.name if ghost else caller.name if caller else ""
        room = await self._matrix.direct_room(as_user, name, person.user_id, make)
        return MatrixLeg(person.user_id, as_user, room)

    # Dialling from the web client

    async def dial(self, caller: Person, typed: str) -> Dialled:
        """Find whom `typed` reaches and make sure their direct room exists.

        Raises `numbers.NotANumber`, a `TelephonyError`, or what the homeserver raises.
        """
        destination = await self.lookup.decide(typed, subscriber(caller))
        if isinstance(destination, Colleague):
            person = destination.person
            room = await self.direct_room(caller, person.user_id)
            return Dialled("person", person.user_id, room, person.name, destination.number)
        if isinstance(destination, Outside):
            return await self._dial_outside(caller, destination)
        if isinstance(destination, MeetingDoor):
            return await self._dial_ghost(caller, destination.number, self._dial_in.name)
        raise REFUSED.get(destination, UnknownNumber)

    async def _dial_outside(self, caller: Person, outside: Outside) -> Dialled:
        if refusal := await self._outgoing.look(subscriber(caller), outside):
            raise REFUSED[refusal]
        number = outside.number
        return await self._dial_ghost(caller, number, await self._names.name_for(caller.user_id, number))

    async def _dial_ghost(self, caller: Person, number: str, name: str | None) -> Dialled:
        ghost = ghost_of(number, self._domain)
        room = await self.direct_room(caller, ghost.user_id)
        display = name or numbers.display(number, self._region)
        return Dialled("external", ghost.user_id, room, display, number)

    # Calls for others: meetings call telephones

    async def reserve(self, call_id: str, caller: Person, number: str) -> None:
        """Count a call outside that is about to be made, to `number` (E.164). Raises a `TelephonyError`."""
        found = await self._outgoing.admit(call_id, subscriber(caller), Outside(number))
        if isinstance(found, Refusal):
            raise REFUSED[found]

    async def goes_on(self, record: CallRecord) -> None:
        """A call that came of a transfer keeps the lines of those before it, and who pays for them."""
        before = [one for one in (record.transfer.joined, record.transfer.previous) if one is not None]
        if before:
            await self._outgoing.goes_on(record.id, before)

    async def release(self, call_id: str) -> None:
        """The call will not be made after all."""
        await self._outgoing.release(call_id)

    # Rooms

    async def direct_room(self, me: Person, other: str) -> str:
        """The direct room of a person with a colleague or a ghost, made when missing.

        Raises `UnknownPerson`, `OwnNumber`, or what the homeserver raises.
        """
        if other == me.user_id:
            raise OwnNumber
        return await self.direct_room_of(me.user_id, other)

    async def direct_room_of(self, first: str, second: str) -> str:
        """The same for any two of people and ghosts."""
        await asyncio.gather(self._ensure(first), self._ensure(second))
        return await self._homeserver.direct_room(first, second)

    async def _ensure(self, user_id: str) -> None:
        if ghost := ghost_from(user_id, self._domain):
            await self._homeserver.ensure_ghost(ghost.number, self._ghost(ghost.number).name)
        else:
            await self._ensure_person(user_id)

    async def _ensure_person(self, user_id: str) -> None:
        person = await self._people.by_user_id(user_id)
        if person is None:
            raise UnknownPerson
        await self._homeserver.ensure_user(user_id[1:].partition(":")[0], person.name)


def _reader(destination: dialplan.Destination | OwnMailbox | Service, caller: Subscriber) -> str | None:
    """Who of the house is told whom `caller` transfers to them; a parked call stays with who parked it."""
    if isinstance(destination, Colleague):
        return destination.person.user_id
    return None if isinstance(destination, Outside | MeetingDoor | Refusal) else caller.user_id
