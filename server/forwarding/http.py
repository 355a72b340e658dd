"""`/api/v1/services`: where calls for me go."""

from collections.abc import Callable, Sequence
from typing import Annotated, Protocol
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, UnsetType
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.edge import ApiError, json_answer, read_body
from server.edge.operations import register
from server.forwarding import moments
from server.forwarding.moments import Now
from server.forwarding.rules import (
    SITUATIONS,
    Mobile,
    Rule,
    Services,
    Situation,
    ToColleague,
    ToNobody,
    ToNumber,
    ToVoicemail,
)
from server.forwarding.service import (
    Forwarding,
    Numbers,
    Trouble,
    Wanted,
    WantedMobile,
    WantedRinging,
)
from server.hours.rules import OPENINGS_MAX, Clock, Day, Opening, Schedule
from server.numbers import numbers
from server.numbers.http import refuse_no_numbers

#: Seconds that "no answer" takes at least.
AFTER_LEAST = 5
#: Seconds that a mobile phone waits for the other devices at most.
DELAY_MOST = 30


class NewColleague(msgspec.Struct, tag_field="kind", tag="colleague", forbid_unknown_fields=True):
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern="^@")]


class NewNumber(msgspec.Struct, tag_field="kind", tag="number", forbid_unknown_fields=True):
    """Anything that one would dial; a colleague's becomes that colleague."""

    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX, pattern="^[^@]")]


class NewVoicemail(msgspec.Struct, tag_field="kind", tag="voicemail", forbid_unknown_fields=True):
    """My own mailbox."""


class NewNobody(msgspec.Struct, tag_field="kind", tag="nobody", forbid_unknown_fields=True):
    """Nothing rings: outside my hours alone."""


NewTarget = NewColleague | NewNumber | NewVoicemail | NewNobody
Week = Annotated[tuple[Opening, ...], msgspec.Meta(max_length=OPENINGS_MAX)]


class NewRule(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays; `target` null is forgotten."""

    on: bool | UnsetType = UNSET
    target: NewTarget | UnsetType | None = UNSET


class NewNoAnswer(NewRule, forbid_unknown_fields=True):
    """`after` in seconds, as long as somebody may ring at most."""

    after: Annotated[int, msgspec.Meta(ge=AFTER_LEAST, le=120)] | UnsetType = UNSET


class NewRings(msgspec.Struct, forbid_unknown_fields=True):
    desk_phone: bool
    clients: bool


class NewQuiet(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays."""

    on: bool | UnsetType = UNSET
    times: Week | UnsetType = UNSET


class NewServices(msgspec.Struct, forbid_unknown_fields=True):
    """`do_not_disturb_until` (milliseconds since 1970) switches do-not-disturb on, until then; `hours` are
    those of the week outside of which the rule for that holds."""

    always: NewRule | UnsetType = UNSET
    outside_hours: NewRule | UnsetType = UNSET
    busy: NewRule | UnsetType = UNSET
    no_answer: NewNoAnswer | UnsetType = UNSET
    unreachable: NewRule | UnsetType = UNSET
    do_not_disturb: bool | UnsetType = UNSET
    do_not_disturb_until: Annotated[int, msgspec.Meta(gt=0, lt=2**53)] | UnsetType = UNSET
    hours: Week | UnsetType = UNSET
    quiet: NewQuiet | UnsetType = UNSET
    rings: NewRings | UnsetType = UNSET


class MobileHours(msgspec.Struct, forbid_unknown_fields=True):
    """On these days (Monday is 0) from one time to another, on the clock of an IANA `timezone`."""

    timezone: Annotated[str, msgspec.Meta(max_length=64)]
    days: Annotated[tuple[Day, ...], msgspec.Meta(min_length=1, max_length=7)]
    opens: Clock
    closes: Clock


class NewMobile(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX, pattern="^[^@]")]


class MobileChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays; `hours` null: at any time."""

    on: bool | UnsetType = UNSET
    delay: Annotated[int, msgspec.Meta(ge=0, le=DELAY_MOST)] | UnsetType = UNSET
    hours: MobileHours | UnsetType | None = UNSET


class MobileSeen(msgspec.Struct):
    """`trouble`: why it does not ring though it is on."""

    number: str
    shown: str
    name: str | None
    on: bool
    delay: int
    hours: MobileHours | None
    trouble: str | None


class ColleagueSeen(msgspec.Struct, tag_field="kind", tag="colleague"):
    """`number` is the one that colleagues see; "" where there is none, or the colleague is gone."""

    user_id: str
    name: str
    number: str


class NumberSeen(msgspec.Struct, tag_field="kind", tag="number"):
    """`number` is E.164 or a short one, `shown` as people write it, `name` from my phonebook."""

    number: str
    shown: str
    name: str | None


class VoicemailSeen(msgspec.Struct, tag_field="kind", tag="voicemail"):
    """My own mailbox."""


class NobodySeen(msgspec.Struct, tag_field="kind", tag="nobody"):
    """Nothing rings."""


TargetSeen = ColleagueSeen | NumberSeen | VoicemailSeen | NobodySeen


class RuleSeen(msgspec.Struct):
    on: bool
    target: TargetSeen | None


class NoAnswerSeen(RuleSeen):
    after: int


class Rings(msgspec.Struct):
    desk_phone: bool
    clients: bool


class QuietSeen(msgspec.Struct):
    on: bool
    times: Sequence[Opening]


class ServicesSeen(msgspec.Struct):
    """`troubles` are rules that do not do what they say now; "no answer" takes `after_most` at most.
    `do_not_disturb` was switched on, and ends at `do_not_disturb_until` (milliseconds since 1970) if that is
    not null. `now` is what my hours and quiet times, which are those of `timezone`, say at this moment."""

    always: RuleSeen
    outside_hours: RuleSeen
    busy: RuleSeen
    no_answer: NoAnswerSeen
    unreachable: RuleSeen
    do_not_disturb: bool
    do_not_disturb_until: int | None
    hours: Sequence[Opening]
    quiet: QuietSeen
    now: Now
    timezone: str
    rings: Rings
    mobiles: Sequence[MobileSeen]
    after_most: int
    troubles: Sequence[Trouble]


class View(Protocol):
    """Answers a person's services as that person sees them."""

    async def __call__(self, me: Person, services: Services) -> ServicesSeen: ...


def viewer(
    forwarding: Forwarding,
    people: PersonByUserId,
    plan: Numbers,
    after_most: int,
    timezone: str,
    now_ms: Callable[[], int],
) -> View:
    async def target(me: Person, rule: Rule) -> TargetSeen | None:
        match rule.target:
            case ToColleague(user_id=user_id):
                person = await people.by_user_id(user_id)
                if person is None:
                    return ColleagueSeen(user_id, user_id, "")
                known = next(iter(person.extensions + person.numbers), "")
                return ColleagueSeen(user_id, person.name, known)
            case ToNumber(number=number):
                return NumberSeen(number, plan.shown(number), await plan.name_of(me, number))
            case ToVoicemail():
                return VoicemailSeen()
            case ToNobody():
                return NobodySeen()
            case _:
                return None

    async def mobile(me: Person, one: Mobile) -> MobileSeen:
        name = await plan.name_of(me, one.number)
        trouble = await forwarding.mobile_refusal(me, one) if one.on else None
        shown = plan.shown(one.number)
        return MobileSeen(one.number, shown, name, one.on, one.delay, _hours(one.hours), trouble)

    async def seen(me: Person, services: Services) -> ServicesSeen:
        targets = {each: await target(me, services.rule(each)) for each in SITUATIONS}
        now = now_ms()
        pressed = moments.is_pressed(services, now)
        return ServicesSeen(
            always=RuleSeen(services.always.on, targets["always"]),
            outside_hours=RuleSeen(services.outside_hours.on, targets["outside_hours"]),
            busy=RuleSeen(services.busy.on, targets["busy"]),
            no_answer=NoAnswerSeen(
                services.no_answer.on, targets["no_answer"], min(services.no_answer.after, after_most)
            ),
            unreachable=RuleSeen(services.unreachable.on, targets["unreachable"]),
            do_not_disturb=pressed,
            do_not_disturb_until=services.do_not_disturb_until if pressed else None,
            hours=services.hours,
            quiet=QuietSeen(services.quiet, services.quiet_times),
            now=moments.now_of(services, now, timezone),
            timezone=timezone,
            rings=Rings(services.desk_phone, services.clients),
            mobiles=[await mobile(me, one) for one in services.mobiles],
            after_most=after_most,
            troubles=await forwarding.troubles(me, services),
        )

    return seen


def _hours(schedule: Schedule | None) -> MobileHours | None:
    if schedule is None or not schedule.week:
        return None
    first = schedule.week[0]
    days = tuple(sorted({one.day for one in schedule.week}))
    return MobileHours(schedule.timezone, days, first.opens, first.closes)


def _schedule(hours: MobileHours) -> Schedule:
    week = tuple(Opening(day, hours.opens, hours.closes) for day in hours.days)
    return Schedule(timezone=hours.timezone, week=week)


def _wanted(rule: NewRule) -> Wanted:
    target = rule.target
    named: str | ToVoicemail | ToNobody | None = None
    if isinstance(target, NewVoicemail):
        named = ToVoicemail()
    elif isinstance(target, NewNobody):
        named = ToNobody()
    elif isinstance(target, NewColleague):
        named = target.user_id
    elif isinstance(target, NewNumber):
        named = target.number
    after = rule.after if isinstance(rule, NewNoAnswer) else UNSET
    return Wanted(
        on=None if rule.on is UNSET else rule.on,
        target=named,
        no_target=target is None,
        after=None if after is UNSET else after,
    )


def _ringing(new: NewServices) -> WantedRinging:
    rings = new.rings if new.rings is not UNSET else None
    quiet = new.quiet if new.quiet is not UNSET else NewQuiet()
    return WantedRinging(
        do_not_disturb=None if new.do_not_disturb is UNSET else new.do_not_disturb,
        until=None if new.do_not_disturb_until is UNSET else new.do_not_disturb_until,
        desk_phone=rings.desk_phone if rings else None,
        clients=rings.clients if rings else None,
        hours=None if new.hours is UNSET else new.hours,
        quiet=None if quiet.on is UNSET else quiet.on,
        quiet_times=None if quiet.times is UNSET else quiet.times,
    )


def blueprint(forwarding: Forwarding, view: View, after_most: int) -> Blueprint:
    """`after_most`: seconds that anybody rings."""
    routes = Blueprint("services", url_prefix="/api/v1")

    @PERSON.operation("Where calls for me go", answer=ServicesSeen)
    async def services(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await view(me, await forwarding.of(me)))

    @PERSON.operation(
        "Change where calls for me go",
        body=NewServices,
        answer=ServicesSeen,
        refusals={
            400: ("not_a_number", "until_passed"),
            403: ("country_not_allowed", "premium_number", "class_of_service"),
            404: ("unknown_number", "unknown_person"),
            409: ("own_number", "no_target", "not_a_target", "mailbox_off", "no_hours", "no_trunk"),
        },
    )
    async def change(me: Person, request: Request) -> HTTPResponse:
        new = read_body(request, NewServices)
        wanted: dict[Situation, Wanted] = {}
        for situation in SITUATIONS:
            rule: NewRule | UnsetType = getattr(new, situation)
            if rule is not UNSET:
                wanted[situation] = _wanted(rule)
        after = new.no_answer.after if new.no_answer is not UNSET else UNSET
        if after is not UNSET and after > after_most:
            raise ApiError(
                400, "invalid_field", f"nobody rings longer than {after_most} s", "no_answer.after"
            )
        return await told(me, await forwarding.change(me, wanted, _ringing(new)))

    async def told(me: Person, services: Services) -> HTTPResponse:
        seen = await view(me, services)
        forwarding.tell(me, seen)
        return json_answer(seen)

    @PERSON.operation(
        "Have a number outside ring as one of my devices",
        body=NewMobile,
        answer=ServicesSeen,
        refusals={
            400: ("not_a_number",),
            403: ("country_not_allowed", "premium_number", "class_of_service"),
            404: ("unknown_number",),
            409: ("own_number", "not_a_target", "not_a_mobile", "too_many_mobiles", "no_trunk"),
        },
    )
    async def add_mobile(me: Person, request: Request) -> HTTPResponse:
        return await told(me, await forwarding.add_mobile(me, read_body(request, NewMobile).number))

    @PERSON.operation(
        "Change when a number outside rings",
        body=MobileChange,
        answer=ServicesSeen,
        refusals={400: ("unknown_timezone",), 404: ("unknown_mobile",)},
    )
    async def change_mobile(me: Person, request: Request, number: str) -> HTTPResponse:
        new = read_body(request, MobileChange)
        wanted = WantedMobile(
            on=None if new.on is UNSET else new.on,
            delay=None if new.delay is UNSET else new.delay,
            hours=_schedule(new.hours) if isinstance(new.hours, MobileHours) else None,
            at_any_time=new.hours is None,
        )
        return await told(me, await forwarding.change_mobile(me, unquote(number), wanted))

    @PERSON.operation(
        "Have a number outside ring no more", answer=ServicesSeen, refusals={404: ("unknown_mobile",)}
    )
    async def remove_mobile(me: Person, request: Request, number: str) -> HTTPResponse:
        return await told(me, await forwarding.remove_mobile(me, unquote(number)))

    register(routes, add_mobile, "/services/mobiles", "POST")
    register(routes, change_mobile, "/services/mobiles/<number:str>", "PATCH")
    register(routes, remove_mobile, "/services/mobiles/<number:str>", "DELETE")
    register(routes, services, "/services", "GET")
    register(routes, change, "/services", "PATCH")
    refuse_no_numbers(routes)
    return routes
