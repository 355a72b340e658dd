"""Where a call goes that reaches somebody of the house, by what they have set. Pure.

The supplementary services of a telephone: call forwarding unconditional, on busy, on no reply, and when
nothing can be reached (ETSI EN 300 199 to 202), do-not-disturb, and which kinds of devices ring. What holds
at some hours only is made into what holds now before a call is followed (`moments.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import msgspec

from server.calendars.rules import BusyTime
from server.hours.rules import Opening, Schedule, is_open
from wire.route import Forwarded, Party, Why

Situation = Literal["always", "outside_hours", "busy", "no_answer", "unreachable"]
SITUATIONS: tuple[Situation, ...] = get_args(Situation)
#: Those that a call comes to by ringing.
_ONCE_IT_RINGS: tuple[Situation, ...] = ("busy", "no_answer", "unreachable")

#: Forwards after which a call rings where it is (ITU-T Q.732 suggests five).
HOPS_MAX = 5
#: Numbers outside that one may have among one's devices.
MOBILES_MAX = 3
#: Seconds that somebody rings before "no answer", if they have chosen none.
RING_FOR = 20


class ToColleague(msgspec.Struct, frozen=True, tag_field="kind", tag="colleague"):
    """The devices of a person of the house, by what that person has set."""

    user_id: str


class ToNumber(msgspec.Struct, frozen=True, tag_field="kind", tag="number"):
    """A number outside: E.164, or a short one; or an extension of a ring group."""

    number: str


class ToVoicemail(msgspec.Struct, frozen=True, tag_field="kind", tag="voicemail"):
    """The own mailbox of whoever has set it."""


class ToNobody(msgspec.Struct, frozen=True, tag_field="kind", tag="nobody"):
    """Nothing rings, as with do-not-disturb: outside the own hours alone."""


class ToGroup(msgspec.Struct, frozen=True, tag_field="kind", tag="group"):
    """A ring group: what a number that is set is, while it is one of its."""

    group_id: str


Target = ToColleague | ToNumber | ToVoicemail | ToNobody | ToGroup


class Rule(msgspec.Struct, frozen=True):
    """What is done in a situation: nothing unless it is `on` and has a target. `after` (seconds) is that of
    "no answer"."""

    on: bool = False
    target: Target | None = None
    after: int = RING_FOR

    @property
    def applies(self) -> Target | None:
        """Where calls go; None while they go nowhere."""
        return self.target if self.on else None


class Mobile(msgspec.Struct, frozen=True):
    """A number outside (E.164) that is one of somebody's devices: it rings `delay` seconds after the others,
    in `hours` alone (None: at any time)."""

    number: str
    on: bool = True
    delay: int = 0
    hours: Schedule | None = None

    def rings_at(self, now: int) -> bool:
        """Whether it does at a moment, milliseconds since 1970."""
        return self.on and (self.hours is None or is_open(self.hours, now))


class Services(msgspec.Struct, frozen=True):
    """All that one person has set. `do_not_disturb` ends by itself at `do_not_disturb_until` (milliseconds
    since 1970), if there is such a moment. `hours` are the own ones, a week of them, outside of which the
    rule for that holds; in those of `quiet_times` nobody is to disturb, while `quiet` is on. Nor during
    `appointments`, which are of those alone who want that; they are not set here."""

    always: Rule = Rule()
    outside_hours: Rule = Rule()
    busy: Rule = Rule()
    no_answer: Rule = Rule()
    unreachable: Rule = Rule()
    do_not_disturb: bool = False
    desk_phone: bool = True
    clients: bool = True
    do_not_disturb_until: int | None = None
    hours: tuple[Opening, ...] = ()
    quiet: bool = False
    quiet_times: tuple[Opening, ...] = ()
    mobiles: tuple[Mobile, ...] = ()
    appointments: tuple[BusyTime, ...] = ()

    def rule(self, situation: Situation) -> Rule:
        rule: Rule = getattr(self, situation)
        return rule


#: Of everybody who has set nothing.
NOTHING_SET = Services()
#: Which rule a reason is of.
OF: dict[Why, Situation] = {
    "always": "always",
    "outside_hours": "outside_hours",
    "busy": "busy",
    "do_not_disturb": "busy",
    "no_answer": "no_answer",
    "unreachable": "unreachable",
    # A phone that sends a call on does not take it.
    "deflected": "busy",
}
#: How ringing must have ended, in the words of the bridge's table of causes.
AFTER: dict[Situation, tuple[str, ...]] = {
    "busy": ("busy", "rejected"),
    "no_answer": ("no_answer",),
    "unreachable": ("unreachable", "unavailable", "not_found", "failed", "media_failed"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody as a call finds them: who they are, what they have set, whether they are in a call, and
    whether callers can leave them a message."""

    party: Party
    services: Services = NOTHING_SET
    on_the_phone: bool = False
    has_mailbox: bool = False


#: Everybody whom a call may come to, by user id; who is missing is not of the house any more.
Standings = Mapping[str, Standing]
#: A rule, by whose and when, that could not be followed a moment ago.
Blocked = frozenset[tuple[str, Situation]]


@dataclass(frozen=True, slots=True)
class Cut:
    """A rule that was not followed, and why: it comes back to somebody the call was for already, the call has
    been forwarded too often, the colleague is gone, or the mailbox is switched off. `through` are those whom
    the call went by."""

    by: str
    situation: Situation
    why: Literal["loop", "too_long", "unknown_person", "mailbox_off"]
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rings:
    """This person's devices ring, for `seconds` if "no answer" is to follow, else for as long as they may.
    `mobiles` ring beside them in their hours.
    `then` are the situations in which the call goes on, `to_mailbox` those in which their mailbox answers."""

    user_id: str
    desk_phone: bool
    clients: bool
    seconds: int | None = None
    then: tuple[Situation, ...] = ()
    path: tuple[Forwarded, ...] = ()
    cuts: tuple[Cut, ...] = ()
    to_mailbox: tuple[Situation, ...] = ()
    mobiles: tuple[Mobile, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """This person's mailbox answers, because they want that: at once, for the reason that is given."""

    user_id: str
    why: Why
    path: tuple[Forwarded, ...] = ()
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaves:
    """The call goes outside, on behalf of the last in `path`."""

    number: str
    path: tuple[Forwarded, ...]
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Busy:
    """Nobody is to be disturbed, for the reason that is given."""

    user_id: str
    why: Why
    path: tuple[Forwarded, ...] = ()
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Stays:
    """There is no rule to follow (any more)."""

    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Enters:
    """The call goes to a ring group, on behalf of the last in `path`."""

    group_id: str
    path: tuple[Forwarded, ...]
    cuts: tuple[Cut, ...] = ()


Found = Enters | Rings | Records | Leaves | Busy


@dataclass(frozen=True)
class Journey:
    """One call's way through the house. `came_by` are people whom it was for before it came in from outside:
    their own numbers stand in what the network says of it."""

    standings: Standings
    came_by: frozenset[str] = frozenset()
    blocked: Blocked = field(default_factory=frozenset)

    def arrive(self, user_id: str, path: tuple[Forwarded, ...] = ()) -> Found:
        """The call is for this person, who is there, by way of `path`."""
        return self._arrive(user_id, path, ())

    def go_on(self, path: tuple[Forwarded, ...]) -> Found | Stays:
        """The call goes on from the last in `path`, for the reason that is given there."""
        last = path[-1]
        by, situation = last.by.user_id or "", OF.get(last.why)
        if situation is None or by not in self.standings:
            return Stays()
        return self._follow(by, situation, last.why, path[:-1], ())

    def _arrive(self, user_id: str, path: tuple[Forwarded, ...], cuts: tuple[Cut, ...]) -> Found:
        standing = self.standings[user_id]
        at_once: tuple[tuple[bool, Situation, Why], ...] = (
            (True, "always", "always"),
            (True, "outside_hours", "outside_hours"),
            (standing.services.do_not_disturb, "busy", "do_not_disturb"),
            (standing.on_the_phone, "busy", "busy"),
        )
        for holds, situation, why in at_once:
            if holds:
                found = self._follow(user_id, situation, why, path, cuts)
                if not isinstance(found, Stays):
                    return found
                cuts = found.cuts
            if holds and why == "do_not_disturb":
                return Busy(user_id, why, path, cuts)
        return self._rings(user_id, standing.services, path, cuts)

    def _rings(
        self, user_id: str, services: Services, path: tuple[Forwarded, ...], cuts: tuple[Cut, ...]
    ) -> Rings:
        then: list[Situation] = []
        to_mailbox: list[Situation] = []
        for situation in _ONCE_IT_RINGS:
            tried = self._target(user_id, situation, path)
            if isinstance(tried, Cut):
                cuts = (*cuts, tried)
            elif isinstance(tried, ToVoicemail):
                to_mailbox.append(situation)
            elif tried is not None and not isinstance(tried, ToNobody):
                then.append(situation)
        return Rings(
            user_id,
            services.desk_phone,
            services.clients,
            seconds=services.no_answer.after if "no_answer" in (*then, *to_mailbox) else None,
            then=tuple(then),
            path=path,
            cuts=cuts,
            to_mailbox=tuple(to_mailbox),
            mobiles=services.mobiles,
        )

    def _follow(
        self, by: str, situation: Situation, why: Why, path: tuple[Forwarded, ...], cuts: tuple[Cut, ...]
    ) -> Found | Stays:
        tried = self._target(by, situation, path)
        if isinstance(tried, Cut):
            return Stays(cuts if tried in cuts else (*cuts, tried))
        if tried is None:
            return Stays(cuts)
        gone = (*path, Forwarded(self.standings[by].party, why))
        if isinstance(tried, ToVoicemail):
            return Records(by, why, path, cuts)
        if isinstance(tried, ToNobody):
            return Busy(by, why, path, cuts)
        if isinstance(tried, ToGroup | ToNumber):
            return _leads_to(tried, gone, cuts)
        return self._arrive(tried.user_id, gone, cuts)

    def _target(self, by: str, situation: Situation, path: tuple[Forwarded, ...]) -> Target | Cut | None:
        """Where a rule leads now; None if there is none."""
        target = self.standings[by].services.rule(situation).applies
        if target is None or (by, situation) in self.blocked:
            return None
        people = (*(one.by.user_id or "" for one in path), by)
        if isinstance(target, ToVoicemail):
            return target if self.standings[by].has_mailbox else Cut(by, situation, "mailbox_off", people)
        if len(path) >= HOPS_MAX:
            return Cut(by, situation, "too_long", people)
        if isinstance(target, ToColleague):
            if target.user_id in people or target.user_id in self.came_by:
                return Cut(by, situation, "loop", people)
            if target.user_id not in self.standings:
                return Cut(by, situation, "unknown_person", people)
        return target


def _leads_to(
    target: ToGroup | ToNumber, path: tuple[Forwarded, ...], cuts: tuple[Cut, ...]
) -> Enters | Leaves:
    if isinstance(target, ToGroup):
        return Enters(target.group_id, path, cuts)
    return Leaves(target.number, path, cuts)


def colleagues_of(services: Services) -> tuple[str, ...]:
    """The colleagues to whom this person's rules may lead."""
    targets = (services.rule(situation).applies for situation in SITUATIONS)
    return tuple(target.user_id for target in targets if isinstance(target, ToColleague))


def cuts_of(user_id: str, standings: Standings) -> tuple[Cut, ...]:
    """This person's rules that are not followed to their end, by what those whom they lead to have set for
    all of their calls: what one is told before anybody calls."""
    found = (_cut_on_the_way(user_id, situation, standings) for situation in SITUATIONS)
    return tuple(cut for cut in found if cut is not None)


def _cut_on_the_way(user_id: str, situation: Situation, standings: Standings) -> Cut | None:
    people = [user_id]
    target = standings[user_id].services.rule(situation).applies
    if isinstance(target, ToVoicemail) and not standings[user_id].has_mailbox:
        return Cut(user_id, situation, "mailbox_off", tuple(people))
    while isinstance(target, ToColleague):
        if target.user_id in people:
            return Cut(user_id, situation, "loop", tuple(people))
        if target.user_id not in standings:
            return Cut(user_id, situation, "unknown_person", tuple(people))
        if len(people) > HOPS_MAX:
            return Cut(user_id, situation, "too_long", tuple(people))
        people.append(target.user_id)
        target = standings[target.user_id].services.always.applies
    return None
