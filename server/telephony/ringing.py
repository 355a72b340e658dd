"""Reaching somebody of the house: their devices ring, or the call goes on to whom their services name."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import chain

import msgspec

from logs import log
from server.delegates import rules as helping
from server.delegates.service import DelegateReader
from server.directory.ports import PersonLookup
from server.directory.service import Person
from server.edge import refusals as edge
from server.forwarding import rules
from server.forwarding.moments import rests
from server.forwarding.rules import (
    Busy,
    Enters,
    Found,
    Journey,
    Leaves,
    Records,
    Rings,
    Stays,
    ToColleague,
    ToGroup,
    ToNumber,
)
from server.forwarding.service import Numbers, SentOn, ServiceReader, standings
from server.numbers import numbers
from server.telephony import dialplan
from server.telephony.devices import Devices
from server.telephony.dialplan import CalledGroup, Came, Colleague, ForwardedBy, Outside, Refusal, Subscriber
from server.telephony.incoming import Incoming
from server.telephony.lookup import Lookup, subscriber
from server.telephony.outgoing import Outgoing
from server.telephony.parties import CallRefuser, MailboxReader, Outsiders
from wire.record import LISTEN, RING_ME
from wire.route import (
    OWN_CLIENTS,
    OWN_DESK_PHONE,
    OWN_DEVICES,
    OWN_MOBILE,
    Forwarded,
    Leg,
    MatrixLeg,
    Party,
    Plan,
    Stage,
    Why,
)
from wire.voicemail import Occasion

_log = log.get(__name__)
#: Seconds that a stage names which asks for the route once more; nothing rings then.
ASKED_WITHIN = 30.0
#: What the greeting of a mailbox is for that answers in a situation.
_OCCASIONS: dict[rules.Situation, Occasion] = {
    "always": "always",
    "outside_hours": "outside_hours",
    "busy": "busy",
    "no_answer": "no_answer",
    "unreachable": "away",
}
#: The same where nothing has rung, by why it goes there.
_AT_ONCE: dict[Why, Occasion] = {
    "busy": "busy",
    "deflected": "busy",
    "do_not_disturb": "do_not_disturb",
    "outside_hours": "outside_hours",
}
#: How a call outside ends that nobody took there, or for which there was no line: whoever had it forwarded
#: may have a mailbox. Who refuses it wants no message of it.
_NOT_TAKEN_OUTSIDE = ("no_answer", "busy", *rules.AFTER["unreachable"], "no_trunk")
#: How delegates are asked to ring: with the others, and in their place.
_HELPING: tuple[helping.Rings, helping.Rings] = ("with", "unanswered")
#: Rules that one question follows or finds closed at most.
_STEPS = 4 * rules.HOPS_MAX


EnterGroup = Callable[[str, Incoming, tuple[Forwarded, ...]], Awaitable[Plan | None]]


class Ringing:
    """`on_the_phone` says so of a user id; `ring_seconds` is how long anybody's devices ring."""

    def __init__(
        self,
        people: PersonLookup,
        services: ServiceReader,
        on_the_phone: Callable[[str], bool],
        lookup: Lookup,
        outsiders: Outsiders,
        devices: Devices,
        outgoing: Outgoing,
        region: str,
        ring_seconds: float,
        mailboxes: MailboxReader | None = None,
        refuser: CallRefuser | None = None,
        *,
        targets: Numbers,
        delegates: DelegateReader,
    ) -> None:
        self._people, self._services, self._on_the_phone = people, services, on_the_phone
        self._targets, self._delegates = targets, delegates
        #: The plan for a ring group (by its id) to which a call is forwarded; None where it cannot go there.
        self.enter_group: EnterGroup | None = None
        self._lookup, self._outsiders, self._devices = lookup, outsiders, devices
        self._outgoing = outgoing
        self._region, self._ring_seconds = region, ring_seconds
        self._mailboxes, self._refuser = mailboxes, refuser

    async def arrive(self, person: Subscriber, call: Incoming) -> Plan:
        """The call is for this person."""
        request, caller = call.request, await call.known_to(person.user_id)
        own = person.user_id == caller.user_id
        if own and request.transferred is not None:
            return Plan("refuse", Refusal.OWN_NUMBER.value, caller, _callee(person, call.number))
        if own or request.dialled in OWN_DEVICES or request.device is not None:
            # A device that is named is wanted, whatever its owner has set for other calls. Nobody has a
            # direct room with themselves: a meeting rings one's own desk phones only.
            only_mobile = request.dialled == OWN_MOBILE
            phones = request.dialled != OWN_CLIENTS and request.device is None and not only_mobile
            clients = not own and request.dialled != OWN_DESK_PHONE and not only_mobile
            mobiles = await self._devices.mobiles_of(person.user_id) if only_mobile else ()
            rings = Rings(person.user_id, phones, clients, mobiles=mobiles)
            return await self._follow(Journey({}), rings, call)
        journey = await self._journey(person.user_id, call)
        if person.user_id not in journey.standings:
            return self._refuse(Refusal.NOT_FOUND, caller, _callee(person, call.number), call)
        return await self._follow(journey, journey.arrive(person.user_id, request.forwarded), call)

    async def try_out(self, person: Subscriber, call: Incoming) -> Plan:
        """Their devices ring as for a call that comes now, and nobody else's; nor does a mailbox answer."""
        caller, callee = Party(), _callee(person, person.shown_inside)
        journey = await self._journey(person.user_id, call)
        found = journey.arrive(person.user_id) if person.user_id in journey.standings else Stays()
        if not isinstance(found, Rings) or found.user_id != person.user_id:
            return self._refuse(Refusal.UNREACHABLE, caller, callee, call)
        legs = await self._devices.legs(
            person, call, desk_phone=found.desk_phone, clients=found.clients, mobiles=found.mobiles
        )
        if not legs:
            return self._refuse(Refusal.UNREACHABLE, caller, callee, call)
        seconds = min(found.seconds or self._ring_seconds, self._ring_seconds)
        return Plan("ring", None, caller, callee, stages=(Stage(seconds, legs),))

    async def go_on(self, call: Incoming) -> Plan:
        """It rang in vain for the last who forwarded it, or they are busy; or nobody took it outside."""
        path = call.request.forwarded
        if len(path) > 1 and self._outsiders.ghost_from(path[-1].by.user_id or "") is not None:
            return await self._mailbox_or(Refusal.UNREACHABLE, call, path[-2].by, path[:-2])
        journey = await self._journey(path[-1].by.user_id or "", call)
        return await self._follow(journey, journey.go_on(path), call)

    async def _services_for(self, person: Person | None, call: Incoming) -> ServiceReader:
        """What a phone names in a 302 counts like a rule of its owner's; what they may not dial does not."""
        typed, path = call.request.sent_to, call.request.forwarded
        if typed is None or person is None or not path or path[-1].why != "deflected":
            return self._services
        try:
            to = await self._targets.reached_by(person, typed)
        except (edge.Refusal, numbers.NotANumber):
            return SentOn(self._services, person.id, None)
        return SentOn(self._services, person.id, to)

    # --- the way ---

    async def _journey(self, user_id: str, call: Incoming) -> Journey:
        person = await self._people.by_user_id(user_id)
        around = await standings(
            [person] if person else [],
            self._people,
            await self._services_for(person, call),
            self._on_the_phone,
            self._resolved,
            self._mailboxes,
        )
        came_by = {call.caller.user_id} if call.caller is not None else set()
        for one in call.request.forwarded:
            if one.by.user_id is None and one.by.number is not None:
                owner = await self._people.by_number(one.by.number)
                came_by |= {owner.user_id} if owner else set()
        return Journey(around, frozenset(came_by))

    async def _resolved(self, target: ToNumber) -> ToColleague | ToNumber | ToGroup | None:
        """A number outside may have become a colleague's since it was set."""
        try:
            match await self._lookup.decide(target.number, None):
                case Colleague(person=person):
                    return ToColleague(person.user_id)
                case CalledGroup(group=group):
                    return ToGroup(group.id)
                case Outside(emergency=False):
                    return target
        except numbers.NotANumber:
            pass
        return None

    async def _follow(self, journey: Journey, found: Found | Stays, call: Incoming) -> Plan:
        why = Refusal.UNREACHABLE
        for _ in range(_STEPS):
            for cut in found.cuts:
                _log.info("forward_cut", by=cut.by, situation=cut.situation, why=cut.why, through=cut.through)
            if unwanted := await self._unwanted(journey, found, call):
                return unwanted
            match found:
                case Rings():
                    plan = await self._rings(found, call)
                    if plan is not None:
                        return plan
                    gone = Forwarded(journey.standings[found.user_id].party, "unreachable")
                    found = journey.go_on((*found.path, gone))
                case Leaves() | Enters():
                    left = await self._leaves_person(found, call)
                    if isinstance(left, Plan):
                        return left
                    why, last = left, found.path[-1]
                    rang = len(found.path) <= len(call.request.forwarded)
                    journey, found = _closed(journey, found, last, rang=rang)
                case Records(user_id=user_id, path=path):
                    party = journey.standings[user_id].party
                    mailbox, occasion = await self._mailbox_of(user_id), _AT_ONCE.get(found.why, "away")
                    return await self._answers(mailbox, Refusal.UNREACHABLE, call, party, path, occasion)
                case Busy(user_id=user_id, path=path):
                    party = journey.standings[user_id].party
                    occasion = _AT_ONCE.get(found.why, "busy")
                    return await self._mailbox_or(Refusal.BUSY, call, party, path, occasion)
                case Stays():
                    break
        # It goes on to nobody: it is still for the last who would have forwarded it.
        path = call.request.forwarded
        callee = path[-1].by if path else Party(number=call.number)
        return await self._mailbox_or(why, call, callee, path[:-1])

    async def _mailbox_or(
        self,
        why: Refusal,
        call: Incoming,
        callee: Party,
        path: tuple[Forwarded, ...],
        occasion: Occasion = "away",
    ) -> Plan:
        """Nothing rings; the mailbox may answer of whom the call is for."""
        mailbox = await self._mailbox(callee.user_id or "", call)
        return await self._answers(mailbox, why, call, callee, path, occasion)

    async def _answers(
        self,
        mailbox: dialplan.Mailbox | None,
        why: Refusal,
        call: Incoming,
        callee: Party,
        path: tuple[Forwarded, ...],
        occasion: Occasion,
    ) -> Plan:
        caller = await call.known_to(callee.user_id)
        if mailbox is None:
            plan = self._refuse(why, caller, callee, call)
        else:
            stages = (dialplan.voicemail_stage(callee.user_id or "", mailbox, occasion),)
            plan = Plan("ring", None, caller, callee, call.ghost, None, stages, withheld=call.withheld)
        return msgspec.structs.replace(plan, forwarded=path)

    async def is_blocked(self, user_id: str, call: Incoming) -> bool:
        """Whether who calls from outside is not to reach this person, by way of whomever."""
        if call.ghost is None or self._refuser is None:
            return False
        return await self._refuser.refuses(user_id, call.ghost.number)

    def _refuse(self, why: Refusal, caller: Party, callee: Party, call: Incoming) -> Plan:
        return Plan("refuse", why.value, caller, callee, call.ghost)

    async def _unwanted(self, journey: Journey, found: Found | Stays, call: Incoming) -> Plan | None:
        """A call from outside reaches nobody who has blocked its caller, by way of whomever. The first for
        whom it is has been asked."""
        if self._refuser is None or call.ghost is None or isinstance(found, Stays):
            return None
        last = () if isinstance(found, Leaves | Enters) else (journey.standings[found.user_id].party,)
        on_the_way = list(enumerate((*(one.by for one in found.path), *last)))
        of_the_house = [(place, party) for place, party in on_the_way if party.user_id is not None]
        for place, party in of_the_house[1:]:
            if await self._refuser.refuses(party.user_id or "", call.ghost.number):
                caller = await call.known_to(party.user_id)
                plan = self._refuse(Refusal.BLOCKED, caller, party, call)
                return msgspec.structs.replace(plan, forwarded=found.path[:place])
        return None

    # --- its end ---

    async def _rings(self, found: Rings, call: Incoming) -> Plan | None:
        """None where no device can ring, and the call goes on because of that."""
        request, caller = call.request, await call.known_to(found.user_id)
        person = subscriber(await self._people.by_user_id(found.user_id))
        if person is None:
            return self._refuse(Refusal.NOT_FOUND, caller, Party(found.user_id), call)
        callee = _callee(person, person.shown_inside if found.path else call.number)
        if await self.is_blocked(person.user_id, call):
            return self._refuse(Refusal.BLOCKED, caller, callee, call)
        # A call that came as a Matrix event rings the callee's Matrix clients by itself, but not when
        # it was placed in the room of a ghost whose number turned out to be a colleague's.
        rings_already = request.via == "matrix" and request.dialled == person.user_id
        rung = found.clients and not rings_already
        legs = await self._devices.legs(
            person, call, desk_phone=found.desk_phone, clients=rung, mobiles=found.mobiles
        )
        leg = next((one for one in legs if isinstance(one, MatrixLeg)), None)
        elsewhere = (
            rings_already and found.clients and await self._devices.is_reachable(person, alone=not legs)
        )
        beside, instead = await self._helping(found, call)
        legs = (*legs, *beside)
        nothing_rings = not legs and not elsewhere and not instead
        if nothing_rings and "unreachable" in (*found.then, *found.to_mailbox):
            return None
        mailbox = await self._mailbox(person.user_id, call)
        if nothing_rings and mailbox is None:
            return self._refuse(Refusal.UNREACHABLE, caller, callee, call)
        chosen = await self._mailbox_of(person.user_id) if found.to_mailbox else None
        stages = self._stages(found, callee, legs, (chosen, mailbox), elsewhere=elsewhere, instead=instead)
        room = leg.room_id if leg and not call.withheld else None
        return Plan(
            "ring",
            None,
            caller,
            callee,
            call.ghost,
            room,
            stages,
            elsewhere,
            call.withheld,
            forwarded=found.path,
        )

    async def _helping(self, found: Rings, call: Incoming) -> tuple[tuple[Leg, ...], tuple[Leg, ...]]:
        """The devices of delegates that ring together with one's own, and those that do when nobody takes it
        there. Whoever wants one device, own devices, or tries what rings for them, wants nobody else."""
        request, none = call.request, ((), ())
        person = await self._people.by_user_id(found.user_id)
        one_device = request.device is not None or request.dialled in OWN_DEVICES
        if person is None or one_device or request.via in {RING_ME, LISTEN}:
            return none
        named = await self._delegates.delegates_of(person.id)
        if not named:
            return none
        people = {one.user_id: await self._people.by_user_id(one.user_id) for one in named}
        here = {user_id: one for user_id, one in people.items() if one is not None}
        around = {
            user_id: helping.Standing(
                rests(await self._services.services_of(one.id)) or await self.is_blocked(user_id, call),
                self._on_the_phone(user_id),
            )
            for user_id, one in here.items()
        }
        own = call.caller.user_id if call.caller is not None else None
        without = {own, found.user_id, *(one.by.user_id for one in found.path)}
        beside, instead = [
            [
                await self._devices.of_member(
                    here[one.user_id], call, delay=one.after if how == "with" else 0
                )
                for one in helping.ringing(named, around, how, without)
            ]
            for how in _HELPING
        ]
        return tuple(chain.from_iterable(beside)), tuple(chain.from_iterable(instead))

    async def _mailbox(self, user_id: str, call: Incoming) -> dialplan.Mailbox | None:
        """None where who calls, or gives the call, wants a person, or one device of theirs."""
        request = call.request
        wants = request.transferred is None and request.device is None
        own = call.caller is not None and call.caller.user_id == user_id
        return await self._mailbox_of(user_id) if wants and not own else None

    async def _mailbox_of(self, user_id: str) -> dialplan.Mailbox | None:
        return await self._mailboxes.mailbox(user_id) if self._mailboxes else None

    def _stages(
        self,
        found: Rings,
        callee: Party,
        legs: tuple[Leg, ...],
        mailboxes: tuple[dialplan.Mailbox | None, dialplan.Mailbox | None],
        *,
        elsewhere: bool,
        instead: tuple[Leg, ...],
    ) -> tuple[Stage, ...]:
        """What rings, and one for each situation in which the call goes on; at last the mailbox. Of
        `mailboxes`, the first is that which a rule names, the second takes what nobody takes."""
        chosen, mailbox = mailboxes
        nobody = not legs and not elsewhere and not instead
        if mailbox is not None and nobody:
            return (dialplan.voicemail_stage(found.user_id, mailbox, "away"),)
        seconds = min(found.seconds or self._ring_seconds, self._ring_seconds)
        goes_on = {"busy", "no_answer"} & {*found.then, *found.to_mailbox}
        if not legs and mailbox is None and not goes_on and not instead:
            return ()  # there is nothing for the bridge to ring, nor a reason to stop what rings
        further = (
            Stage(
                ASKED_WITHIN,
                after=rules.AFTER[situation],
                forward=(*found.path, Forwarded(callee, situation)),
            )
            for situation in found.then
        )
        named = (
            dialplan.voicemail_stage(found.user_id, chosen, _OCCASIONS[situation], rules.AFTER[situation])
            for situation in found.to_mailbox
            if chosen is not None
        )
        at_last = dialplan.voicemail_stages(found.user_id, mailbox) if mailbox is not None else ()
        helped = (Stage(seconds, instead, after=tuple(dialplan.NOBODY_TOOK_IT)),) if instead else ()
        return (Stage(seconds, legs), *helped, *further, *named, *at_last)

    async def _leaves_person(self, found: Leaves | Enters, call: Incoming) -> Plan | Refusal:
        """To a group, if the call was not for it already; or outside."""
        if isinstance(found, Leaves):
            return await self._leaves(found, call)
        entered = await self.enter_group(found.group_id, call, found.path) if self.enter_group else None
        return entered or Refusal.UNREACHABLE

    async def _leaves(self, found: Leaves, call: Incoming) -> Plan | Refusal:
        """On behalf of whoever forwards it: what they may call, and for how long, is what counts."""
        forwarder = subscriber(await self._people.by_user_id(found.path[-1].by.user_id or ""))
        return Refusal.FORBIDDEN if forwarder is None else await self.leaves(found, call, forwarder)

    async def leaves(self, found: Leaves, call: Incoming, forwarder: Subscriber) -> Plan | Refusal:
        """The call goes outside on behalf of `forwarder`."""
        destination = Outside(found.number)
        trunks = await self._outgoing.admit(call.request.call_id, forwarder, destination)
        if isinstance(trunks, Refusal):
            return trunks
        ghost = self._outsiders.ghost(found.number)
        callee = await self._outsiders.party(ghost, None)
        callee = Party(ghost.user_id, callee.name, callee.number)
        caller = await call.known_to(None)
        own = call.shows if call.shows is not None and call.shows.numbers else forwarder
        came = await self._came(found, call)
        stages = dialplan.outside_stages(destination, own, trunks, self._region, found.number, came)
        if await self._mailbox(forwarder.user_id, call) is not None:
            back = (*found.path, Forwarded(callee, "unreachable"))
            stages += (Stage(ASKED_WITHIN, after=_NOT_TAKEN_OUTSIDE, forward=back),)
        return Plan(
            "ring",
            None,
            caller,
            callee,
            call.ghost,
            None,
            stages,
            withheld=call.withheld,
            forwarded=found.path,
        )

    async def _came(self, found: Leaves, call: Incoming) -> Came:
        by = []
        for one in found.path:
            person = await self._people.by_user_id(one.by.user_id) if one.by.user_id else None
            number = next(iter(person.numbers), None) if person else one.by.number
            if person is None and number is not None and (group := await self._lookup.house(number)):
                # The network knows no extensions.
                number = next(iter(group.numbers), None)
                by.append(ForwardedBy(number, one.why))
            elif person is not None or number is not None:
                by.append(ForwardedBy(number, one.why))
        return Came(call.ghost.number if call.ghost else None, tuple(by))


def _callee(person: Subscriber, number: str) -> Party:
    return Party(person.user_id, person.name, number or None)


def _closed(
    journey: Journey, found: Leaves | Enters, last: Forwarded, *, rang: bool
) -> tuple[Journey, Found | Stays]:
    """The line, or the group, is closed to the last who forwarded the call: it rings for them, if it never
    `rang`."""
    by, situation = last.by.user_id or "", rules.OF[last.why]
    further = replace(journey, blocked=journey.blocked | {(by, situation)})
    if rang:
        return further, Stays()
    return further, further.arrive(by, found.path[:-1])
