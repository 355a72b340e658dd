"""One route decision for every call, whatever its origin; and dialling from the web client."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import msgspec

from server.attendants.service import AttendantReader
from server.delegates.service import DelegateReader
from server.directory.ports import PersonLookup
from server.directory.service import Person
from server.forwarding.service import ServiceReader
from server.groups.service import GroupReader
from server.hours.rules import State
from server.numbers import forms, numbers
from server.numbers.forms import NumberForms
from server.telephony import dialplan, star_codes
from server.telephony.attendant_answering import AttendantAnswering
from server.telephony.call_services import CallServices
from server.telephony.code_settings import CodeSettings
from server.telephony.devices import Devices, Mobiles
from server.telephony.dialplan import (
    CalledAttendant,
    CalledGroup,
    Colleague,
    DialIn,
    MailboxDoor,
    MeetingDoor,
    Outside,
    OwnMailbox,
    Refusal,
    Subscriber,
)
from server.telephony.group_ringing import GroupRinging, TakenReader, WaitingRoom
from server.telephony.incoming import Incoming
from server.telephony.lookup import Lookup, subscriber
from server.telephony.matrix_memory import MatrixMemory
from server.telephony.on_behalf import CallsOnBehalf
from server.telephony.onward import Onward
from server.telephony.outgoing import Outgoing
from server.telephony.parties import CallerNameReader, CallRefuser, MailboxReader, Outsiders, ghost_from
from server.telephony.refusals import REFUSED, NotForThem, NotTheirDelegate, OwnNumber, UnknownNumber
from server.telephony.ringing import Ringing
from server.telephony.rooms import Rooms, TelephonyHomeserver
from server.telephony.star_codes import CodeTable
from server.telephony.targets import Targets
from wire.record import LISTEN, RING_ME, CallRecord
from wire.route import (
    OWN_DEVICES,
    AnnouncementLeg,
    Forwarded,
    ParkSlot,
    Party,
    Plan,
    RouteRequest,
    Service,
    Stage,
)


@dataclass(frozen=True, slots=True)
class Dialled:
    """Where the web client places its Matrix call."""

    kind: Literal["person", "external"]
    user_id: str
    room_id: str
    display: str
    number: str


async def _ours() -> CodeTable:
    return CodeTable()


class Telephony:
    def __init__(
        self,
        people: PersonLookup,
        names: CallerNameReader,
        homeserver: TelephonyHomeserver,
        matrix: MatrixMemory,
        own_services: ServiceReader,
        on_the_phone: Callable[[str], bool],
        *,
        domain: str,
        region: str,
        outgoing: Outgoing,
        groups: GroupReader,
        taken: TakenReader,
        attendants: AttendantReader,
        state: Callable[[str | None], Awaitable[State]],
        delegates: DelegateReader,
        rings: Callable[[str], bool],
        now: Callable[[], float],
        ring_seconds: float = dialplan.RING_TIMEOUT,
        dial_in: DialIn = dialplan.NO_DIAL_IN,
        services: CallServices | None = None,
        mailboxes: MailboxReader | None = None,
        refuser: CallRefuser | None = None,
        code_settings: CodeSettings | None = None,
        mobiles: Mobiles | None = None,
        waiting_room: WaitingRoom | None = None,
        language: Literal["it", "en"] = "it",
    ) -> None:
        self._people = people
        self._names = names
        self._matrix = matrix
        self._domain = domain
        self._region = region
        self._outgoing = outgoing
        self._dial_in, self._language = dial_in, language
        self._lookup = Lookup(people, region, dial_in, groups, attendants)
        self._services = services
        self._mailboxes = mailboxes
        self._refuser = refuser
        self._outsiders = Outsiders(names, domain, dial_in)
        self._code_settings, self._groups = code_settings, groups
        self._rooms = Rooms(people, homeserver, self._outsiders)
        devices = Devices(
            people,
            own_services,
            self._lookup,
            self._outsiders,
            self._rooms,
            matrix,
            outgoing,
            region,
            mobiles,
        )
        self._ringing = Ringing(
            people,
            own_services,
            on_the_phone,
            self._lookup,
            self._outsiders,
            devices,
            outgoing,
            region,
            ring_seconds,
            mailboxes,
            refuser,
            targets=Targets(self._lookup, names, outgoing, region),
            delegates=delegates,
        )
        onward = Onward(people, self._ringing, mailboxes)
        self._group_ringing = GroupRinging(
            groups,
            taken,
            people,
            own_services,
            on_the_phone,
            self._ringing,
            devices,
            onward,
            rings,
            now,
            waiting_room,
            language,
        )
        self._ringing.enter_group = self._group_ringing.enter
        self._attendants = attendants
        self.on_behalf = CallsOnBehalf(people, delegates, domain, region, language)
        #: What phones dial for what.
        self.code_table: Callable[[], Awaitable[CodeTable]] = _ours
        self._attendant_answering = AttendantAnswering(attendants, people, self._lookup, state, onward)

    # The route decision

    async def route(self, request: RouteRequest) -> Plan:
        """Never raises for what was dialled: a call that cannot be placed is a plan to refuse it."""
        self._matrix.forget(request.changed)
        if request.by_menu or request.queue is not None:
            return await self._route(request)
        if request.via == "sip":
            ours = (await self.code_table()).ours(request.dialled)
            if ours is None:
                return self._refuse(Refusal.NOT_FOUND, request.caller, request.dialled)
            request = msgspec.structs.replace(request, dialled=ours)
        read = await self.on_behalf.read(request)
        if read is None:
            return self._refuse(Refusal.NOT_FOUND, request.caller, request.dialled)
        return await self._route(read)

    async def _route(self, request: RouteRequest) -> Plan:
        if request.queue is not None or request.by_menu:
            kept = await self._of_who_stays(request)
            gives_on = self._attendant_answering.chosen if request.by_menu else self._group_ringing.send_on
            return await (self._goes_on(kept) or gives_on(kept))
        own = request.via in {RING_ME, LISTEN}
        if own or request.via.startswith("trunk:"):
            return await (self._try_out(request) if own else self._route_inbound(request))
        caller = await self._caller(request)
        if caller is None:
            stranger = Party(request.caller.user_id, "", request.caller.number)
            return self._refuse(Refusal.FORBIDDEN, stranger, request.dialled)
        shown = request.caller.number if request.via == "sip" else None
        party = Party(caller.user_id, caller.name, shown or caller.shown_inside or None)
        if request.on_behalf_of is not None:
            return await self._for_somebody(request.on_behalf_of, request, caller, party)
        if announced := await self._set_by_code(request, caller):
            # Whoever dials a code hears what became of it.
            stage = Stage(dialplan.MAILBOX_TIMEOUT, (announced,))
            return Plan("ring", None, party, Party(number=request.dialled), stages=(stage,))
        return await self._from_inside(request, caller, party, None)

    async def _for_somebody(
        self, wanted: str, request: RouteRequest, caller: Subscriber, party: Party
    ) -> Plan:
        """In the name of `wanted`, if the caller may call so."""
        principal = await self.on_behalf.principal(caller, wanted)
        if isinstance(principal, Refusal):
            return self._refuse(principal, party, request.dialled)
        plan = await self._from_inside(request, caller, party, principal)
        return plan if principal is None else await self.on_behalf.shown(plan, caller, principal, request)

    async def _from_inside(
        self, request: RouteRequest, caller: Subscriber, party: Party, principal: Subscriber | None
    ) -> Plan:
        """`principal`: in whose name it is made, if not in the caller's own."""
        if goes_on := self._goes_on(self._incoming(request, caller, party, request.dialled, principal)):
            return await goes_on
        destination = await self._destination(request, caller)
        if isinstance(destination, Colleague) and destination.person == principal:
            return self._refuse(Refusal.OWN_NUMBER, party, request.dialled)
        if request.transferred is not None:
            party = await self._outsiders.known_to(_reader(destination, caller), request.transferred)
        return await self._reach(destination, request, caller, party, principal)

    async def _try_out(self, request: RouteRequest) -> Plan:
        """Somebody wants to know which of their devices ring; nobody calls."""
        person = subscriber(await self._people.by_user_id(request.caller.user_id or ""))
        if person is None:
            return self._refuse(Refusal.NOT_FOUND, Party(), request.dialled)

        async def nobody(_reader: str | None) -> Party:
            return Party()

        return await self._ringing.try_out(person, Incoming(request, nobody, person.shown_inside))

    async def _reach(
        self,
        destination: dialplan.Destination | OwnMailbox | MailboxDoor | Service,
        request: RouteRequest,
        caller: Subscriber,
        party: Party,
        principal: Subscriber | None,
    ) -> Plan:
        if isinstance(destination, Service):
            slot = destination.slot if isinstance(destination, ParkSlot) else request.dialled
            # A parked call is with who parked it, and goes back to them.
            callee = Party(number=slot)
            if request.transferred is not None:
                callee = Party(caller.user_id, caller.name, slot)
            return Plan("service", None, party, callee, service=destination)
        if isinstance(destination, dialplan.Inside):
            call = self._incoming(request, caller, party, destination.number, principal)
            return await self._arrive(destination, call)
        if isinstance(destination, Outside):
            return await self._ring_outside(destination, request, caller, party, principal)
        if isinstance(destination, OwnMailbox | MailboxDoor):
            return await self._hear(destination, caller, party)
        if isinstance(destination, MeetingDoor):
            door = self._open_door(destination, party)
            return msgspec.structs.replace(door, withheld=request.withheld)
        return self._refuse(destination, party, request.dialled)

    async def _hear(self, mailbox: OwnMailbox | MailboxDoor, caller: Subscriber, party: Party) -> Plan:
        codes = (await self.code_table()).codes
        if isinstance(mailbox, MailboxDoor):
            named, stages = Party(None, "", codes["voicemail_of"]), dialplan.door_stages(mailbox)
        else:
            named = Party(caller.user_id, caller.name, codes["voicemail"])
            stages = dialplan.listening_stages(caller.user_id, mailbox)
        return Plan("ring", None, party, named, stages=stages)

    async def _arrive(self, destination: dialplan.Inside, call: Incoming) -> Plan:
        match destination:
            case CalledGroup(group=group):
                return await self._group_ringing.arrive(group, call)
            case CalledAttendant(attendant=attendant):
                return await self._attendant_answering.arrive(attendant, call)
            case Colleague(person=person):
                return await self._ringing.arrive(person, call)

    def _incoming(
        self,
        request: RouteRequest,
        caller: Subscriber,
        party: Party,
        number: str,
        principal: Subscriber | None,
    ) -> Incoming:
        """A call from inside that is for somebody of the house."""

        async def known_to(reader: str | None) -> Party:
            given = request.transferred
            return party if given is None else await self._outsiders.known_to(reader, given)

        return Incoming(request, known_to, number, caller, principal=principal)

    async def _of_who_stays(self, request: RouteRequest) -> Incoming:
        """The call of whoever the house itself gives on, as if they called."""
        given = request.transferred or Party()
        ghost = self._outsiders.ghost_from(given.user_id or "")
        own = subscriber(await self._people.by_user_id(given.user_id or "")) if ghost is None else None

        async def known_to(reader: str | None) -> Party:
            return await self._outsiders.known_to(reader, given)

        asked = msgspec.structs.replace(request, transferred=None)
        return Incoming(asked, known_to, request.dialled, own, ghost)

    async def _caller(self, request: RouteRequest) -> Subscriber | None:
        """Who is calling, by what the bridge has authenticated: a Matrix sender or a desk phone's digest; or
        who transfers somebody."""
        known = request.via in {"matrix", "meeting"} or request.transferred is not None
        if known and request.caller.user_id:
            return subscriber(await self._people.by_user_id(request.caller.user_id))
        if request.via == "sip" and request.caller.number:
            return subscriber(await self._people.by_extension(request.caller.number))
        return None

    async def _set_by_code(self, request: RouteRequest, caller: Subscriber) -> AnnouncementLeg | None:
        """Only a phone's own call sets something of its owner's."""
        own = request.via == "sip" and request.transferred is None and request.replaces is None
        if not own or self._code_settings is None:
            return None
        return await self._code_settings.asked(request.dialled, caller.user_id)

    async def _service(self, request: RouteRequest, caller: Subscriber) -> Service | Refusal | None:
        """What a desk phone dials, or names by a dialog, about calls in progress; None for a number."""
        if self._services is None or request.via != "sip":
            return None if request.replaces is None else Refusal.NO_SUCH_CALL
        if request.replaces is not None:
            return await self._services.replaced(request.replaces, caller.user_id)
        return await self._services.asked(request.dialled, caller.user_id)

    async def _destination(
        self, request: RouteRequest, caller: Subscriber
    ) -> dialplan.Destination | OwnMailbox | MailboxDoor | Service:
        if request.via == "sip" and request.dialled == star_codes.VOICEMAIL:
            return await self._own_mailbox(request, caller)
        if request.via == "sip" and request.dialled == star_codes.MAILBOX_ACCESS:
            return MailboxDoor(self._language)
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
            return await self._lookup.decide(dialled, caller)
        except numbers.NotANumber:
            return Refusal.NOT_FOUND

    async def _ring_outside(
        self,
        destination: Outside,
        request: RouteRequest,
        caller: Subscriber,
        party: Party,
        principal: Subscriber | None,
    ) -> Plan:
        ghost = self._outsiders.ghost(destination.number)
        # Of a call to which somebody is transferred not only who transfers is told.
        own = party.user_id == caller.user_id
        callee = await self._outsiders.party(ghost, caller.user_id if own else None)
        trunks = await self._outgoing.admit(request.call_id, caller, destination, principal)
        if isinstance(trunks, Refusal):
            return Plan("refuse", trunks.value, party, callee)
        shown = principal or caller
        stages = dialplan.outside_stages(destination, shown, trunks, self._region, request.dialled)
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
        ghost = self._outsiders.ghost(number)
        ours = [group.party for group in await self._groups.groups()]
        ours += [attendant.party for attendant in await self._attendants.attendants()]
        readable = _readable(request.forwarded, line, self._region, ours)
        request = msgspec.structs.replace(request, forwarded=readable)

        def incoming(dialled: str) -> Incoming:
            return Incoming(request, partial(self._outsiders.party, ghost), dialled, ghost=ghost)

        if goes_on := self._goes_on(incoming(request.dialled)):
            return await goes_on
        caller = await self._outsiders.party(ghost, None)
        destination = await self._inbound_destination(forms.candidates(request.dialled, line, self._region))
        if isinstance(destination, Refusal):
            return self._refuse(destination, caller, request.dialled)
        if isinstance(destination, MeetingDoor):
            return self._open_door(destination, caller)
        if not isinstance(destination, Colleague):
            return await self._arrive(destination, incoming(destination.number))
        person = destination.person
        if self._refuser is not None and await self._refuser.refuses(person.user_id, number):
            caller = await self._outsiders.party(ghost, person.user_id)
            callee = Party(person.user_id, person.name, destination.number)
            return Plan("refuse", Refusal.BLOCKED.value, caller, callee, ghost)
        return await self._ringing.arrive(person, incoming(destination.number))

    def _goes_on(self, call: Incoming) -> Awaitable[Plan] | None:
        """Where a call goes that rang in vain for somebody of the house, or for a ring group."""
        if not call.request.forwarded:
            return None
        if call.request.group is not None:
            return self._group_ringing.go_on(call)
        of_the_house = call.request.forwarded[-1].by.user_id is not None
        return self._ringing.go_on(call) if of_the_house else None

    async def _inbound_destination(
        self, candidates: Sequence[str]
    ) -> dialplan.Inside | MeetingDoor | Refusal:
        owners = {number: await self._lookup.owner(number) for number in candidates}
        return dialplan.decide_inbound(candidates, owners.get, self._dial_in)

    def _refuse(self, refusal: Refusal, caller: Party, dialled: str) -> Plan:
        return Plan("refuse", refusal.value, caller, Party(None, dialled, dialled))

    # Dialling from the web client

    async def dial(self, caller: Person, typed: str, on_behalf_of: str | None = None) -> Dialled:
        """Find whom `typed` reaches, in the name of a user if not in their own, and make sure their direct
        room exists.

        Raises `numbers.NotANumber`, a `TelephonyError`, or what the homeserver raises.
        """
        destination = await self._lookup.decide(typed, subscriber(caller))
        principal: Subscriber | Refusal | None = None
        if not isinstance(destination, Outside) or not destination.emergency:
            principal = await self.on_behalf.principal(subscriber(caller), on_behalf_of)
        if isinstance(principal, Refusal):
            raise NotTheirDelegate
        if isinstance(destination, Colleague):
            person = destination.person
            if person == principal:
                raise OwnNumber
            room = await self.direct_room(caller, person.user_id)
            return Dialled("person", person.user_id, room, person.name, destination.number)
        if isinstance(destination, Outside):
            return await self._dial_outside(caller, destination, principal)
        if isinstance(destination, MeetingDoor):
            return await self._dial_ghost(caller, destination.number, self._dial_in.name)
        if isinstance(destination, CalledGroup):
            return await self._dial_ghost(caller, destination.number, destination.group.name)
        if isinstance(destination, CalledAttendant):
            return await self._dial_ghost(caller, destination.number, destination.attendant.name)
        raise REFUSED.get(destination, UnknownNumber)

    async def _dial_outside(self, caller: Person, outside: Outside, principal: Subscriber | None) -> Dialled:
        if denied := await self._outgoing.look(subscriber(caller), outside, principal):
            raise REFUSED[denied.why] if denied.whose.user_id == caller.user_id else NotForThem
        number = outside.number
        return await self._dial_ghost(caller, number, await self._names.name_for(caller.user_id, number))

    async def _dial_ghost(self, caller: Person, number: str, name: str | None) -> Dialled:
        ghost = self._outsiders.ghost(number)
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
        """A call that came of a transfer keeps the lines of those before it, and who pays for them. One that
        is answered keeps that by which it was, of those that rang."""
        before = [one for one in (record.transfer.joined, record.transfer.previous) if one is not None]
        if before:
            await self._outgoing.goes_on(record.id, before)
        await self._outgoing.asked(record)
        if record.answered_at is not None or record.ended_at is not None:
            mobile = record.answered_on == "mobile"
            await self._outgoing.settle(record.id, record.callee.user_id if mobile else None)

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
        return await self._rooms.of(first, second)


def _reader(
    destination: dialplan.Destination | OwnMailbox | MailboxDoor | Service, caller: Subscriber
) -> str | None:
    """Who of the house is told whom `caller` transfers to them; a parked call stays with who parked it."""
    if isinstance(destination, Colleague):
        return destination.person.user_id
    whoever = isinstance(destination, CalledGroup | CalledAttendant | Outside | MeetingDoor | Refusal)
    return None if whoever else caller.user_id


def _readable(
    forwarded: tuple[Forwarded, ...], line: NumberForms, region: str, ours: Sequence[Party]
) -> tuple[Forwarded, ...]:
    """What a network says of the numbers that were called before, as the house writes them; `ours` are
    the ring groups, to which it came since."""
    return tuple(
        one
        if one.by.user_id is not None or one.by in ours
        else Forwarded(Party(None, "", forms.caller(one.by.number, line, region)), one.why)
        for one in forwarded
    )
