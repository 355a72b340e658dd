"""Queues: whose turn it is, for whom it rings, how long it will take, and what the day was like. Pure.

Times are milliseconds since 1970 where nothing else is said.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from server.groups.rules import RingGroup, in_turn
from server.queues.agents import ON_DUTY, Agent, State
from wire.route import Party

#: How a call left a queue: taken by a member, given up by its caller, gone where calls go that nobody takes;
#: "closed": the queue is no more, or there is nowhere to go; "turned_away": it was full, or nobody was there.
#: "unreached": they were called back in vain.
Outcome = Literal["answered", "abandoned", "elsewhere", "closed", "turned_away", "unreached"]

#: Milliseconds after which a call that could not be sent on is sent on again, and how often that is tried:
#: then its caller is told that nobody answers.
AGAIN, TRIES = 20_000, 3
#: Milliseconds within which whoever asked to be called back has hung up; before they are called again who did
#: not answer; and for which they keep their place; and how often they are called.
PROMISED, CALLED_AGAIN, CALLED_FOR, CALLS = 30_000, 120_000, 24 * 3_600_000, 3
#: Answered calls of which the time that one takes is the mean, and how few say nothing.
LATEST, FEWEST = 20, 3


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """A call in a queue's book, by the record of its wait; one that was turned away has an id of its own.
    `joined_at`: it is heard to wait; `left_at`, and by which `outcome`, None where that is not known yet;
    `sent_at`: it was last sent elsewhere, so often (`tries`; more often than `TRIES`: it was let go). `agent`
    took it at `answered_at`, and talked until `ended_at`.

    `call_back_at`: its caller asked to be called back; `hung_up_at`: they keep their place without waiting on
    the line. `attempt` is the record of the latest call to a member for them, `calls` how many of these did
    not reach them; nobody rings `not_before`."""

    id: str
    queue_id: str
    caller: Party
    arrived_at: int
    joined_at: int | None = None
    sent_at: int | None = None
    left_at: int | None = None
    outcome: Outcome | None = None
    agent: str | None = None
    answered_at: int | None = None
    ended_at: int | None = None
    tries: int = 0
    call_back_at: int | None = None
    hung_up_at: int | None = None
    attempt: str | None = None
    calls: int = 0
    not_before: int = 0

    def may_ring(self, now: int) -> bool:
        """Whether its turn may come. Whoever asked to be called back is about to hang up."""
        asked = self.call_back_at is not None and self.hung_up_at is None
        leaves = asked and now < (self.call_back_at or 0) + PROMISED
        return self.joined_at is not None and now >= self.not_before and not leaves

    @property
    def waited(self) -> int | None:
        """Milliseconds on the line; None while it waits there."""
        end = self.hung_up_at or self.answered_at or self.left_at
        return None if end is None else max(end - self.arrived_at, 0)


@dataclass(frozen=True, slots=True)
class Offer:
    """A call rings for these now."""

    call: QueuedCall
    queue: RingGroup
    user_ids: tuple[str, ...]


def in_line(calls: Iterable[QueuedCall]) -> list[QueuedCall]:
    """Those that wait, in the order of their arrival."""
    return sorted((one for one in calls if one.left_at is None), key=lambda one: (one.arrived_at, one.id))


def offers(
    queues: Mapping[str, RingGroup],
    calls: Iterable[QueuedCall],
    agents: Mapping[str, Agent],
    took: Mapping[str, Mapping[str, int]],
    can_ring: Callable[[str], bool],
    now: int,
    unwanted: Collection[tuple[str, str]] = (),
) -> list[Offer]:
    """Whose turn it is, and for whom each rings. Who came first is first, whatever the queue: nobody
    overtakes in their own, and of two queues whose members are the same people the older call goes first.
    `took` by queue and user id; `can_ring` says whether somebody is in no other call and not to be
    disturbed; `unwanted` are calls, by their ids, with those who have blocked their callers."""
    busy = {agent.user_id for agent in agents.values() if not (agent.free(now) and can_ring(agent.user_id))}
    rings = {agent.call for agent in agents.values() if agent.call is not None}
    found: list[Offer] = []
    stands: set[str] = set()
    for call in in_line(calls):
        queue = queues.get(call.queue_id)
        if queue is None or not call.may_ring(now) or call.id in rings or call.queue_id in stands:
            continue
        ready = [one.user_id for one in queue.members if one.here and _ready(one.user_id, agents, busy)]
        ready = [user_id for user_id in ready if user_id != call.caller.user_id]
        if not ready:
            stands.add(call.queue_id)
        ready = [user_id for user_id in ready if (call.id, user_id) not in unwanted]
        if not ready:
            continue
        (first, *_) = in_turn(queue, took.get(queue.id, {}), ready)
        busy |= set(first)
        found.append(Offer(call, queue, first))
    return found


def _ready(user_id: str, agents: Mapping[str, Agent], busy: Collection[str]) -> bool:
    return user_id in agents and user_id not in busy


def on_duty(queue: RingGroup, agents: Mapping[str, Agent]) -> list[Agent]:
    """The queue's members who are there for its callers, those on a break included."""
    known = (agents.get(one.user_id) for one in queue.members if one.here)
    return [one for one in known if one is not None and one.state in ON_DUTY]


def overdue(
    queues: Mapping[str, RingGroup], calls: Iterable[QueuedCall], ringing: Collection[str], now: int
) -> list[tuple[QueuedCall, Literal["elsewhere", "away"]]]:
    """Those that have waited for too long, or whose queue is no more. What rings rings on."""
    found: list[tuple[QueuedCall, Literal["elsewhere", "away"]]] = []
    for call in in_line(calls):
        queue = queues.get(call.queue_id)
        if call.joined_at is None or now < (call.sent_at or 0) + AGAIN or call.id in ringing:
            continue
        if call.hung_up_at is not None:
            continue
        if queue is None or queue.waiting is None:
            found.append((call, "away"))
        elif now - call.arrived_at >= 1000 * queue.waiting.longest:
            goes = queue.otherwise is not None and call.tries < TRIES
            found.append((call, "elsewhere" if goes else "away"))
    return found


def called_no_more(
    queues: Mapping[str, RingGroup], calls: Iterable[QueuedCall], ringing: Collection[str], now: int
) -> list[QueuedCall]:
    """Those who wait to be called back, and will not be, as they are then."""
    found = []
    for call in in_line(calls):
        queue = queues.get(call.queue_id)
        if call.hung_up_at is None or call.id in ringing:
            continue
        if queue is None or queue.waiting is None:
            found.append(replace(call, left_at=now, outcome="closed"))
        elif call.calls >= CALLS or now >= call.hung_up_at + CALLED_FOR:
            found.append(replace(call, left_at=now, outcome="unreached"))
    return found


def position(call_id: str, calls: Iterable[QueuedCall]) -> int | None:
    """The place of a call in its queue, the first is 1; None for one that does not wait."""
    waiting = in_line(calls)
    mine = next((one for one in waiting if one.id == call_id), None)
    if mine is None:
        return None
    return [one.id for one in waiting if one.queue_id == mine.queue_id].index(call_id) + 1


def expected_wait(
    place: int, latest: Sequence[QueuedCall], agents: Sequence[Agent], wrap_up: int
) -> int | None:
    """Seconds until a call at this place is taken, by how long the latest that were answered took; None where
    there were too few, or nobody is there."""
    took = [one.ended_at - one.answered_at for one in latest if one.ended_at and one.answered_at]
    working = [one for one in agents if one.state is not State.PAUSED and one.state is not State.PAUSING]
    if len(took) < FEWEST or not working:
        return None
    each = sum(took) / len(took) / 1000 + wrap_up
    return round(place * each / len(working))


@dataclass(frozen=True, slots=True)
class Figures:
    """A day of a queue: its calls, those that were answered (`in_time`: and so that it counts as good
    service), given up, and sent elsewhere or turned away; waits are the mean and longest of those
    that are over, in seconds. Those that wait still are in `calls` alone."""

    day: date
    calls: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    elsewhere: int = 0
    mean_wait: int = 0
    longest_wait: int = 0
    mean_talk: int = 0
    called_back: int = 0

    @property
    def service_level(self) -> float | None:
        """The share of the calls that are over which were answered in time; None where there were none."""
        over = self.answered + self.abandoned + self.elsewhere
        return self.in_time / over if over else None


def figures(calls: Iterable[QueuedCall], in_time: int, day_of: Callable[[int], date]) -> list[Figures]:
    """By day of arrival, the newest first. `in_time` in seconds."""
    days: dict[date, list[QueuedCall]] = {}
    for call in calls:
        days.setdefault(day_of(call.arrived_at), []).append(call)
    return [_of_day(day, days[day], in_time) for day in sorted(days, reverse=True)]


def _of_day(day: date, calls: Sequence[QueuedCall], in_time: int) -> Figures:
    answered = [one for one in calls if one.outcome == "answered"]
    waits = [one.waited for one in calls if one.waited is not None and one.outcome != "turned_away"]
    talks = [one.ended_at - one.answered_at for one in answered if one.ended_at and one.answered_at]
    return Figures(
        day,
        calls=len(calls),
        answered=len(answered),
        in_time=sum((one.waited or 0) <= 1000 * in_time for one in answered if one.hung_up_at is None),
        abandoned=sum(one.outcome == "abandoned" for one in calls),
        elsewhere=sum(one.outcome in {"elsewhere", "closed", "turned_away", "unreached"} for one in calls),
        mean_wait=_mean(waits),
        longest_wait=round(max(waits, default=0) / 1000),
        mean_talk=_mean(talks),
        called_back=sum(one.hung_up_at is not None for one in answered),
    )


def _mean(spans: Sequence[int]) -> int:
    return round(sum(spans) / len(spans) / 1000) if spans else 0
