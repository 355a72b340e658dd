"""Which calls are recorded, what is left out of a recording, and for how long one is kept. Pure; times are
milliseconds since the epoch."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

import msgspec

from server.edge.refusals import Refusal
from wire.record import RecordedPause
from wire.recording import CHANNELS, RATE, Note, TermsAsked
from wire.route import GHOST_PREFIX, Party

_DAY = 86_400_000
#: Rules of an organisation, and days for which recordings are kept at most.
RULES_MOST, DAYS_MOST = 500, 3650
#: Seconds of the longest announcement, which goes to media processes in one datagram; characters of its text.
ANNOUNCEMENT_SECONDS, TEXT_MOST = 20, 300

Kind = Literal["person", "group", "trunk"]
Why = Literal["rule", "demand"]
Days = Annotated[int, msgspec.Meta(ge=0, le=DAYS_MOST)]
#: Who may have a call recorded that no rule is about.
OnDemand = Literal["nobody", "everybody"]


class UnknownRecording(Refusal):
    """There is no such recording."""

    code, status = "unknown_recording", 404


class MayNotHear(Refusal):
    """The administration has not given you the right to recordings."""

    code, status = "may_not_hear", 403


class MayNotDelete(Refusal):
    """Only the administration deletes recordings."""

    code, status = "may_not_delete", 403


class UnknownSubject(Refusal):
    """There is nobody and nothing of this name."""

    code, status = "unknown_subject", 404


class TooManyRules(Refusal):
    """There are too many rules."""

    code, status = "too_many_rules", 409


class AnnouncementTooLong(Refusal):
    """An announcement has at most 20 seconds."""

    code, status, field = "announcement_too_long", 400, "announcement"


class Rule(msgspec.Struct, frozen=True):
    """All calls of this person (a user id), ring group (its id) or outside line (its name) are recorded."""

    kind: Kind
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


Language = Literal["it", "en"]


class Announced(msgspec.Struct, frozen=True):
    """A sound of the organisation's own that is played before a recording, of so many seconds; `text` is what
    was written, "" of a sound that was uploaded."""

    id: str
    seconds: float
    text: str = ""


class Settings(msgspec.Struct, frozen=True):
    """What administrators have chosen. `people_hear`, `people_delete`: whether the people of a call may hear
    and delete its recording. `days` that one is kept, 0 for ever. `announcements` by language."""

    on_demand: OnDemand = "nobody"
    people_hear: bool = False
    people_delete: bool = False
    days: Days = 90
    announcements: dict[Language, Announced] = {}

    def oldest(self, now: int) -> int:
        """What ended before is forgotten."""
        return now - self.days * _DAY if self.days else 0


class Mark(msgspec.Struct, frozen=True):
    """Something is missing there: at `at_ms` of the recording, `for_ms` of the call."""

    at_ms: int
    for_ms: int


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One that is kept. `whole`: nothing is missing at its end; `others` were in a call of several, too."""

    id: str
    call_id: str
    caller: Party
    callee: Party
    withheld: bool = False
    why: Why
    by: str | None = None
    started_at: int
    ended_at: int
    duration_ms: int
    size: int
    pauses: tuple[Mark, ...] = ()
    whole: bool = True
    others: tuple[Party, ...] = ()
    #: Of a meeting, whose id `call_id` is; `caller` is who wanted it.
    title: str | None = None

    @property
    def people(self) -> frozenset[str]:
        """User ids of the people of the house in it."""
        return frozenset(people_of(self.caller, self.callee, *self.others))


def people_of(*parties: Party) -> list[str]:
    """User ids of the people of the house among them."""
    return [one.user_id for one in parties if one.user_id and not one.user_id.startswith(GHOST_PREFIX)]


def kept(note: Note) -> Recording:
    """What is kept of what the bridge brings. Names are private: colleagues have their own, others none."""
    return Recording(
        id=note.id,
        call_id=note.call_id,
        caller=_nameless(note.caller),
        callee=_nameless(note.callee),
        withheld=note.withheld,
        why=note.why,
        by=note.by,
        started_at=note.started_at,
        ended_at=note.ended_at,
        duration_ms=note.size // CHANNELS * 1000 // RATE,
        size=note.size,
        pauses=marks(note.started_at, note.ended_at, note.pauses),
        whole=note.whole,
        # In a meeting everybody reads the same names.
        others=note.others if note.title is not None else tuple(_nameless(one) for one in note.others),
        title=note.title,
    )


def _nameless(party: Party) -> Party:
    return party if people_of(party) else Party(party.user_id, "", party.number)


def marks(started_at: int, ended_at: int, pauses: Sequence[RecordedPause]) -> tuple[Mark, ...]:
    """Where in the recording something is missing: its time goes on after a pause where it was before."""
    found, left_out = list[Mark](), 0
    for pause in pauses:
        lasted = max((pause.until or ended_at) - pause.since, 0)
        found.append(Mark(max(pause.since - started_at - left_out, 0), lasted))
        left_out += lasted
    return tuple(found)


def is_ruled(rules: Collection[Rule], asked: TermsAsked) -> bool:
    """Whether a call is recorded in any case."""
    about: set[Rule] = {Rule("person", user_id) for user_id in people_of(asked.caller, asked.callee)}
    about |= {Rule("group", group) for group in asked.groups}
    if asked.trunk is not None:
        about.add(Rule("trunk", asked.trunk))
    return not about.isdisjoint(rules)


def may_want(settings: Settings, asked: TermsAsked) -> tuple[str, ...]:
    """Who of the call may have it recorded."""
    return tuple(people_of(asked.caller, asked.callee)) if settings.on_demand == "everybody" else ()


def may_hear(settings: Settings, recording: Recording, user_id: str, *, administrator: bool) -> bool:
    """Administrators may, and the people of the call if the administration lets them."""
    return administrator or (settings.people_hear and user_id in recording.people)


def may_delete(settings: Settings, recording: Recording, user_id: str, *, administrator: bool) -> bool:
    """As `may_hear`, and besides if the administration lets them delete."""
    return administrator or (settings.people_delete and settings.people_hear and user_id in recording.people)
