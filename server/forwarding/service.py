"""What people set for calls that reach them, and what they are told of it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from server.calendars.rules import busy_until
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.edge.refusals import Refusal
from server.events.hub import Audience
from server.forwarding import moments, rules
from server.forwarding.refusals import (
    MailboxOff,
    NoHours,
    NotAMobile,
    NoTarget,
    NotATarget,
    TooManyMobiles,
    ToOneself,
    UnknownColleague,
    UnknownMobile,
    UntilPassed,
)
from server.forwarding.rules import (
    MOBILES_MAX,
    SITUATIONS,
    Mobile,
    Rule,
    Services,
    Situation,
    Standing,
    Standings,
    Target,
    ToColleague,
    ToNobody,
    ToNumber,
    ToVoicemail,
)
from server.hours.rules import Opening, Schedule, check_schedule
from wire.route import Party

#: People whom one call is followed to; beyond them it rings where it is.
PEOPLE_MAX = 64

Change = Callable[[Services], Services]


class ServiceReader(Protocol):
    async def services_of(self, person_id: str) -> Services:
        """What somebody has set; nothing for whoever never did."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds now of what people have set: what calls, groups and other programs go by. `now_ms` is the
    wall clock, `timezone` the organisation's. `after_emergency`: somebody has called for help, and no
    calendar keeps those who help from calling back (RFC 7090)."""

    reader: ServiceReader
    timezone: str
    now_ms: Callable[[], int]
    after_emergency: Callable[[], Awaitable[bool]] | None = None

    async def services_of(self, person_id: str) -> Services:
        services = await self.reader.services_of(person_id)
        if self.after_emergency is not None and busy_until(services.appointments, self.now_ms()) is not None:
            # Nobody has pressed anything here: who called may have forgotten that it is so.
            silent = not await self.after_emergency()
            services = services if silent else replace(services, appointments=())
        return moments.in_force(services, self.now_ms(), self.timezone)


@dataclass(frozen=True, slots=True)
class SentOn:
    """What people have set, but for one of them, whose phone sends a call on `to` somebody; None: to
    whom they may not."""

    reader: ServiceReader
    person_id: str
    to: Target | None

    async def services_of(self, person_id: str) -> Services:
        services = await self.reader.services_of(person_id)
        return replace(services, busy=Rule(True, self.to)) if person_id == self.person_id else services


class ServiceStore(ServiceReader, Protocol):
    async def change(self, person_id: str, change: Change) -> Services:
        """As they are then, durably; of changes at once each sees the one before."""


class Mailboxes(Protocol):
    async def mailbox(self, user_id: str) -> object | None:
        """That of somebody to whom callers can leave a message; None for everybody else."""


class Numbers(Protocol):
    """The dial plan."""

    async def reached_by(self, me: Person, typed: str) -> Target:
        """Whom a call of this person to what was typed reaches. Raises `numbers.NotANumber`, and a `Refusal`
        by name where that is no target, or this person may not call it."""

    async def refusal_of(self, me: Person, number: str) -> str | None:
        """The code of why this person may not call a number outside now."""

    def shown(self, number: str) -> str:
        """As people write it."""

    async def name_of(self, me: Person, number: str) -> str | None:
        """In this person's phonebook."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as somebody wants it; what is None stays. `target` is a user id with an @, a number, the own
    mailbox, or nobody."""

    on: bool | None = None
    target: str | ToVoicemail | ToNobody | None = None
    no_target: bool = False
    after: int | None = None


@dataclass(frozen=True, slots=True)
class WantedRinging:
    """When and on what somebody wants their calls to ring; what is None stays. A do-not-disturb that is
    switched on without `until` (milliseconds since 1970) has no end."""

    do_not_disturb: bool | None = None
    until: int | None = None
    desk_phone: bool | None = None
    clients: bool | None = None
    hours: tuple[Opening, ...] | None = None
    quiet: bool | None = None
    quiet_times: tuple[Opening, ...] | None = None


@dataclass(frozen=True, slots=True)
class WantedMobile:
    """A mobile phone as somebody wants it; what is None stays. `at_any_time`: without hours."""

    on: bool | None = None
    delay: int | None = None
    hours: Schedule | None = None
    at_any_time: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A rule of somebody's that does not do what it says: why, and by whom a call would go, as names."""

    situation: Situation
    why: str
    through: tuple[str, ...] = ()


NOTHING_WANTED = WantedRinging()
#: Told each time that somebody's services are others.
Told = Callable[[Person], Awaitable[None]]


#: What a number outside is now: a colleague's, the same, or nothing that calls go to.
Resolve = Callable[[ToNumber], Awaitable[Target | None]]


async def standings(
    first: Iterable[Person],
    people: PersonByUserId,
    reader: ServiceReader,
    on_the_phone: Callable[[str], bool],
    resolve: Resolve | None = None,
    mailboxes: Mailboxes | None = None,
) -> Standings:
    """Everybody to whom calls for these people may be forwarded, in as many steps as there may be."""
    found: dict[str, Standing] = {}
    waiting = list(first)
    for _ in range(rules.HOPS_MAX + 1):
        further: list[str] = []
        for person in waiting:
            services = await reader.services_of(person.id)
            if resolve is not None:
                services = await _resolved(services, resolve)
            party = Party(person.user_id, person.name, next(iter(person.extensions + person.numbers), None))
            has_mailbox = mailboxes is not None and await _has_mailbox(person, services, mailboxes)
            found[person.user_id] = Standing(party, services, on_the_phone(person.user_id), has_mailbox)
            further += rules.colleagues_of(services)
        new = [user_id for user_id in dict.fromkeys(further) if user_id not in found]
        asked = [await people.by_user_id(user_id) for user_id in new[: PEOPLE_MAX - len(found)]]
        waiting = [person for person in asked if person is not None]
    return found


async def _has_mailbox(person: Person, services: Services, mailboxes: Mailboxes) -> bool:
    """It is asked only where a rule leads there."""
    named = any(isinstance(services.rule(situation).applies, ToVoicemail) for situation in SITUATIONS)
    return named and await mailboxes.mailbox(person.user_id) is not None


async def _resolved(services: Services, resolve: Resolve) -> Services:
    now: dict[str, Rule] = {}
    for situation in SITUATIONS:
        rule = services.rule(situation)
        if isinstance(rule.applies, ToNumber):
            now[situation] = replace(rule, target=await resolve(rule.applies))
    return replace(services, **now) if now else services


class Forwarding:
    """The services of each person, and of nobody else."""

    def __init__(
        self,
        store: ServiceStore,
        people: PersonByUserId,
        numbers: Numbers,
        mailboxes: Mailboxes,
        audience: Audience,
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._people, self._numbers = store, people, numbers
        self._mailboxes, self._audience, self._now_ms = mailboxes, audience, now_ms
        #: Called with the id of who has set something, once it is kept.
        self.on_changed: Callable[[str], None] = lambda _person_id: None

    async def of(self, me: Person) -> Services:
        return await self._store.services_of(me.id)

    async def change(
        self, me: Person, wanted: dict[Situation, Wanted], ringing: WantedRinging = NOTHING_WANTED
    ) -> Services:
        """What is not named stays. Raises `NoTarget`, `ToOneself`, `MailboxOff`, `NoHours`, `UntilPassed`,
        and what `Numbers.reached_by` raises; then nothing has changed."""
        if ringing.until is not None and not 0 < ringing.until - self._now_ms() <= moments.LONGEST:
            raise UntilPassed("do_not_disturb_until")
        targets = {situation: await self._target(me, situation, each) for situation, each in wanted.items()}

        def changed(before: Services) -> Services:
            new = {each: _rule(before.rule(each), wanted[each], targets[each], each) for each in wanted}
            after = _rung(replace(before, **new), ringing)
            if after.outside_hours.on and not after.hours:
                raise NoHours("outside_hours")
            if after.quiet and not after.quiet_times:
                raise NoHours("quiet")
            return after

        return await self._changed(me, changed)

    async def add_mobile(self, me: Person, typed: str) -> Services:
        """A number outside rings as one of this person's devices. Raises `NotAMobile`, `TooManyMobiles`, and
        what `Numbers.reached_by` raises."""
        target = await self._numbers.reached_by(me, typed)
        # A colleague's own number would ring as theirs, a short one costs what it likes.
        if not isinstance(target, ToNumber) or not target.number.startswith("+"):
            raise NotAMobile("number")
        number = target.number

        def changed(before: Services) -> Services:
            if any(one.number == number for one in before.mobiles):
                return before
            if len(before.mobiles) >= MOBILES_MAX:
                raise TooManyMobiles("number")
            return replace(before, mobiles=(*before.mobiles, Mobile(number)))

        return await self._changed(me, changed)

    async def change_mobile(self, me: Person, number: str, wanted: WantedMobile) -> Services:
        """Raises `UnknownMobile`, and an `HoursRefusal` for hours that are none."""
        hours = wanted.hours and check_schedule(wanted.hours)

        def new(one: Mobile) -> Mobile:
            on = one.on if wanted.on is None else wanted.on
            delay = one.delay if wanted.delay is None else wanted.delay
            return Mobile(number, on, delay, hours if hours or wanted.at_any_time else one.hours)

        def changed(before: Services) -> Services:
            _known(before, number)
            mobiles = tuple(new(one) if one.number == number else one for one in before.mobiles)
            return replace(before, mobiles=mobiles)

        return await self._changed(me, changed)

    async def remove_mobile(self, me: Person, number: str) -> Services:
        """Raises `UnknownMobile`."""

        def changed(before: Services) -> Services:
            _known(before, number)
            return replace(before, mobiles=tuple(one for one in before.mobiles if one.number != number))

        return await self._changed(me, changed)

    async def mobile_refusal(self, me: Person, mobile: Mobile) -> str | None:
        """Why it does not ring though it should, by its code."""
        return await self._numbers.refusal_of(me, mobile.number)

    async def _changed(self, me: Person, changed: Change) -> Services:
        after = await self._store.change(me.id, changed)
        self.on_changed(me.id)
        return after

    def tell(self, me: Person, seen: object) -> None:
        """The person's other pages, what they have set now."""
        self._audience.publish("services", seen, to=me.user_id)

    async def troubles(self, me: Person, services: Services) -> tuple[Trouble, ...]:
        """Of this person's rules those that do not do what they say."""
        found = await standings(
            [me], self._people, self._store, lambda _user_id: False, mailboxes=self._mailboxes
        )
        cuts = [
            Trouble(cut.situation, cut.why, tuple(found[user_id].party.name for user_id in cut.through))
            for cut in rules.cuts_of(me.user_id, found)
        ]
        refused = []
        for situation in SITUATIONS:
            target = services.rule(situation).applies
            if isinstance(target, ToNumber) and (why := await self._numbers.refusal_of(me, target.number)):
                refused.append(Trouble(situation, why))
        return (*cuts, *refused)

    async def _target(self, me: Person, situation: Situation, wanted: Wanted) -> Target | None:
        if wanted.target is None:
            return None
        try:
            if isinstance(wanted.target, ToNobody):
                return _nobody(situation)
            if isinstance(wanted.target, ToVoicemail) or not wanted.target.startswith("@"):
                return await self._reached(me, wanted.target)
            if wanted.target == me.user_id:
                raise ToOneself
            if await self._people.by_user_id(wanted.target) is None:
                raise UnknownColleague
        except Refusal as refusal:
            refusal.field = situation
            raise
        return ToColleague(wanted.target)

    async def _reached(self, me: Person, wanted: str | ToVoicemail) -> Target:
        target = await self._numbers.reached_by(me, wanted) if isinstance(wanted, str) else wanted
        if isinstance(target, ToVoicemail) and await self._mailboxes.mailbox(me.user_id) is None:
            raise MailboxOff
        return target


def _rule(before: Rule, wanted: Wanted, target: Target | None, situation: Situation) -> Rule:
    kept = None if wanted.no_target else target or before.target
    on = before.on if wanted.on is None else wanted.on
    if on and kept is None:
        raise NoTarget(situation)
    return Rule(on, kept, before.after if wanted.after is None else wanted.after)


def _nobody(situation: Situation) -> ToNobody:
    """Do-not-disturb is a switch of its own where calls are for somebody at any hour."""
    if situation != "outside_hours":
        raise NotATarget
    return ToNobody()


def _rung(before: Services, wanted: WantedRinging) -> Services:
    names = ("do_not_disturb", "desk_phone", "clients", "hours", "quiet", "quiet_times")
    named = {name: value for name in names if (value := getattr(wanted, name)) is not None}
    after = replace(before, **named)
    if wanted.until is not None:
        return replace(after, do_not_disturb=True, do_not_disturb_until=wanted.until)
    return after if wanted.do_not_disturb is None else replace(after, do_not_disturb_until=None)


def _known(services: Services, number: str) -> None:
    if all(one.number != number for one in services.mobiles):
        raise UnknownMobile(number)
