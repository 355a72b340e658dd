"""Queues at work: who may wait, whose turn it is, and what their agents do.

The bridge keeps the callers; here is the book, on the disk before anybody is told. What becomes of a call is
read in its records, which the bridge delivers however often either process dies: a call rings for an agent
as long as the record of that says so, and nobody stays busy by one that is over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from logs import log
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience
from server.forwarding.moments import rests
from server.forwarding.service import ServiceReader
from server.groups.rules import IN_TURN, RingGroup
from server.groups.service import GroupReader
from server.queues import calling_back, rules
from server.queues.agents import Agent
from server.queues.refusals import NotAnAgent, NotCalledBack, UnknownWaitingCall
from server.queues.rules import Offer, QueuedCall
from wire.commands import CallBackRequest, CommandAnswer
from wire.queue import Place
from wire.record import CALL_BACK, CallRecord
from wire.route import GHOST_PREFIX, QUEUE_AGENTS, Party

_log = log.get(__name__)

#: Seconds between looks while somebody waits, rings or wraps up; and milliseconds between those for what was
#: not heard, and after which something has become of a call of which no record says so.
LOOK, UNHEARD, LOST = 1.0, 5_000, 60_000
#: Milliseconds for which the book keeps a call: a year, and what is left of the month.
KEPT = 400 * 24 * 3_600_000
#: Milliseconds for which a call is offered to nobody that could not be sent on.
PASSED_OVER = 3_000
#: Characters of an id in the book.
ID_MAX = 64
#: How a call to an agent ends that they have not missed.
_NOT_MISSED = frozenset({"cancelled", "interrupted", "failed"})
#: Why a call failed that their own phone cannot take, nor the next one (SIP 488).
_OWN_FAULT = "user_media_failed"


class QueueStore(Protocol):
    """Each method is one transaction."""

    async def agents(self) -> dict[str, Agent]:
        """All who are on duty, by user id."""

    async def put_agents(self, *agents: Agent) -> None: ...

    async def waiting(self) -> list[QueuedCall]: ...

    async def call(self, call_id: str) -> QueuedCall | None: ...

    async def of_attempt(self, record_id: str) -> QueuedCall | None:
        """The one for which a member was called by the call with this record."""

    async def put_call(self, call: QueuedCall) -> None: ...

    async def latest(self, queue_id: str, limit: int) -> list[QueuedCall]:
        """The latest that were taken and are over."""

    async def book(self, queue_ids: Collection[str], since: int, until: int, limit: int) -> list[QueuedCall]:
        """Those that arrived from `since` until before `until`, the newest first."""

    async def forget(self, before: int) -> None:
        """Those that arrived before, and wait no more."""


class QueueRecords(Protocol):
    """The call records, as queues need them."""

    async def took(self, group_id: str, user_ids: Sequence[str]) -> Mapping[str, int]:
        """When each last took a call of a queue, milliseconds since 1970."""

    async def one(self, call_id: str) -> CallRecord | None:
        """A record."""


class QueueBridge(Protocol):
    """`bridge_control.client.BridgeControl`, as queues need it."""

    async def send_on(self, call_id: str, to: Literal["agents", "elsewhere", "away"]) -> bool:
        """A caller leaves the queue; False if that cannot be now."""

    async def call_back(self, request: CallBackRequest) -> CommandAnswer | None:
        """A member is called, then who is called back; None: the bridge does not say."""


class UnwantedCallers(Protocol):
    """`blocking.service.BlockedCalls`, as queues need it."""

    async def refuses(self, user_id: str, number: str | None) -> bool:
        """Whether this person does not want a call from outside, of `number`, or of who withholds it."""


@dataclass(frozen=True, slots=True)
class Board:
    """A queue at this moment: those who wait in order, its agents in the queue's order (off duty: None in
    place of what they do), and today's calls."""

    queue: RingGroup
    waiting: tuple[QueuedCall, ...]
    agents: tuple[tuple[str, Agent | None, bool], ...]


class Queues:
    """`on_the_phone` says of a user id whether they are in a call, or one rings for them; `language` is that
    of the house."""

    def __init__(
        self,
        store: QueueStore,
        groups: GroupReader,
        people: PersonByUserId,
        services: ServiceReader,
        on_the_phone: Callable[[str], bool],
        records: QueueRecords,
        bridge: QueueBridge,
        audience: Audience,
        now_ms: Callable[[], int],
        unwanted: UnwantedCallers,
        *,
        fresh_id: Callable[[], str],
        language: Literal["it", "en"],
    ) -> None:
        self._store, self._groups, self._people, self._services = store, groups, people, services
        self._on_the_phone, self._records, self._bridge = on_the_phone, records, bridge
        self._audience, self._now, self._unwanted = audience, now_ms, unwanted
        self._fresh_id, self._language = fresh_id, language
        #: Whether a queue may call a number outside, which is E.164.
        self.may_call: Callable[[RingGroup, str], Awaitable[bool]] | None = None
        #: Whose turn it is and what agents do is decided one thing after the other.
        self._one_at_a_time = asyncio.Lock()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._heard_at = 0
        #: Until when those are passed over that could not be sent on: they are on their way elsewhere.
        self._passed_over: dict[str, int] = {}

    # --- its loop ---

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def look(self) -> None:
        """Something has changed that may let somebody's turn come."""
        self._wake.set()

    async def _run(self) -> None:
        busy = True
        while True:
            try:
                async with asyncio.timeout(LOOK if busy else None):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                busy = await self.step()
            except Exception:
                _log.exception("queues_not_looked_at")
                busy = True

    async def step(self) -> bool:
        """Do what is due; whether something may be due without anybody saying so."""
        async with self._one_at_a_time:
            now, agents = self._now(), await self._store.agents()
            calls = await self._store.waiting()
            if not calls and all(agent.call is None and agent.until is None for agent in agents.values()):
                return False
            if now - self._heard_at >= UNHEARD:
                self._heard_at = now
                calls = await self._hear_again(calls, agents, now)
            await self._wrap_up(agents, now)
            queues = {group.id: group for group in await self._groups.groups() if group.waiting is not None}
            ringing = {agent.call for agent in agents.values() if agent.call is not None}
            for call, to in rules.overdue(queues, calls, {one for one in ringing if one}, now):
                # It is on the disk before it is done; what the bridge does not do is no try.
                await self._store.put_call(replace(call, sent_at=now, tries=call.tries + 1))
                _log.info("queued_call_sent", call_id=call.id, queue=call.queue_id, to=to)
                if not await self._bridge.send_on(call.id, to):
                    await self._store.put_call(replace(call, sent_at=now))
            for over in rules.called_no_more(queues, calls, {one for one in ringing if one}, now):
                await self._store.put_call(over)
                _log.info("queued_caller_not_called_back", call_id=over.id, outcome=over.outcome)
                await self._tell(over.queue_id)
            for offer in await self._offers(queues, calls, agents, now):
                await self._ring(offer, agents, now)
            return True

    async def _offers(
        self,
        queues: Mapping[str, RingGroup],
        calls: Sequence[QueuedCall],
        agents: Mapping[str, Agent],
        now: int,
    ) -> list[Offer]:
        free = [agent.user_id for agent in agents.values() if agent.free(now)]
        self._passed_over = {one: until for one, until in self._passed_over.items() if now < until}
        calls = [call for call in calls if call.id not in self._passed_over]
        if not free or not calls:
            return []
        can = {user_id for user_id in free if await self._can_ring(user_id)}
        took = {
            queue_id: await self._records.took(queue_id, sorted(can))
            for queue_id in {call.queue_id for call in calls}
            if queue_id in queues and queues[queue_id].strategy in IN_TURN
        }
        unwanted: set[tuple[str, str]] = set()
        while True:
            found = rules.offers(queues, calls, agents, took, can.__contains__, now, unwanted)
            asked = [(offer.call, user_id) for offer in found for user_id in offer.user_ids]
            more = {(call.id, who) for call, who in asked if await self._is_unwanted(call.caller, who)}
            if not more:
                return found
            unwanted |= more

    async def _is_unwanted(self, caller: Party, user_id: str) -> bool:
        outside = (caller.user_id or "").startswith(GHOST_PREFIX)
        return outside and await self._unwanted.refuses(user_id, caller.number)

    async def _can_ring(self, user_id: str) -> bool:
        if self._on_the_phone(user_id):
            return False
        person = await self._people.by_user_id(user_id)
        return person is not None and not rests(await self._services.services_of(person.id))

    async def _ring(self, offer: Offer, agents: dict[str, Agent], now: int) -> None:
        """It rings for them on record before it does."""
        rung = [agents[one].offer(offer.call.id, offer.queue.id, now) for one in offer.user_ids]
        await self._put(agents, *rung)
        _log.info("queued_call_offered", call_id=offer.call.id, queue=offer.queue.id, to=list(offer.user_ids))
        if not await self._sent(offer):
            # Its caller may have hung up, or is being sent elsewhere: others do not wait behind them.
            self._passed_over[offer.call.id] = now + PASSED_OVER
            released = [replace(one.released(now, missed=False), rests_until=now + 1000) for one in rung]
            await self._put(agents, *released)

    async def _sent(self, offer: Offer) -> bool:
        """It rings; whoever hung up is called when a member has answered."""
        call, queue = offer.call, offer.queue
        if call.hung_up_at is None:
            return await self._bridge.send_on(call.id, "agents")
        attempt = self._fresh_id()
        await self._store.put_call(replace(call, attempt=attempt))
        request = CallBackRequest(attempt, queue.party, call.caller, self._language, call.id)
        answer = await self._bridge.call_back(request)
        return answer is not None and answer.refused is None

    async def _wrap_up(self, agents: dict[str, Agent], now: int) -> None:
        ready = [done for one in agents.values() if (done := one.wrapped(now)) is not one]
        if ready:
            await self._put(agents, *ready)

    # --- what was not heard ---

    async def _hear_again(
        self, calls: Sequence[QueuedCall], agents: dict[str, Agent], now: int
    ) -> list[QueuedCall]:
        """Records say what became of calls of which nobody told us; of some there is none."""
        for agent in list(agents.values()):
            if agent.record is not None and (record := await self._records.one(agent.record)):
                if record.ended_at is not None:
                    await self._of_agents(record, agents, now)
            elif agent.call is not None and now - agent.since > LOST:
                await self._put(agents, agent.released(now, missed=False).ended(0, now))
        for call in calls:
            record = await self._records.one(call.id)
            if record is not None:
                await self._of_wait(record, call, now)
                await self._hear_attempt(call.id, now)
            elif now - call.arrived_at > LOST and call.hung_up_at is None:
                await self._store.put_call(replace(call, left_at=now, outcome="abandoned"))
        return await self._store.waiting()

    async def _hear_attempt(self, call_id: str, now: int) -> None:
        call = await self._store.call(call_id)
        attempt = await self._records.one(call.attempt) if call is not None and call.attempt else None
        if call is None or attempt is None:
            return
        following = await self._records.one(attempt.transfer.next) if attempt.transfer.next else None
        after = calling_back.after_attempt(call, attempt, now)
        if following is not None:
            after = calling_back.after_talk(after, following)
        await self._became(call, after)

    async def _became(self, call: QueuedCall, after: QueuedCall) -> None:
        if after != call:
            await self._store.put_call(after)
            await self._tell(call.queue_id)

    # --- a call comes ---

    async def admit(
        self, group: RingGroup, call_id: str, caller: Party
    ) -> Literal["waits", "full", "nobody"]:
        """Whether a call may wait in a queue; its place is kept then. Asked again for the same call, it has
        the place that it had."""
        async with self._one_at_a_time:
            waiting, now = group.waiting, self._now()
            known = await self._store.call(call_id)
            if known is not None and known.queue_id == group.id and known.left_at is None:
                return "waits"
            place = QueuedCall(call_id, group.id, caller, now)
            mine = [one for one in await self._on_the_line() if one.queue_id == group.id]
            there = rules.on_duty(group, await self._store.agents())
            found: Literal["waits", "full", "nobody"] = "waits"
            if not there:
                found = "nobody"
            elif waiting is None or len(mine) >= waiting.most:
                found = "full"
            if found != "waits":
                # The call may go on to another queue, and wait there by the id of its record.
                own = f"{call_id}:{group.id}"[:ID_MAX]
                place = replace(place, id=own, left_at=now, outcome="turned_away")
            await self._store.put_call(place)
        await self._tell(group.id)
        return found

    async def _on_the_line(self) -> list[QueuedCall]:
        return [one for one in await self._store.waiting() if one.hung_up_at is None]

    async def call_back(self, call_id: str) -> None:
        """Whoever waits hangs up, and keeps their place; whoever has one already keeps that alone. Raises
        `UnknownWaitingCall`, `NotCalledBack`."""
        async with self._one_at_a_time:
            queue, call = await self.queue_of(call_id), await self._store.call(call_id)
            if call is None or not await self._can_be_called(queue, call.caller):
                raise NotCalledBack
            now, theirs = self._now(), (queue.id, call.caller.user_id)
            before = [
                one for one in await self._store.waiting() if (one.queue_id, one.caller.user_id) == theirs
            ]
            if any(one.hung_up_at is not None for one in before):
                await self._store.put_call(replace(call, left_at=now, outcome="abandoned"))
            else:
                await self._store.put_call(replace(call, call_back_at=now))
            _log.info("queued_caller_wants_call_back", call_id=call_id, queue=queue.id)
        await self._tell(queue.id)

    async def _can_be_called(self, queue: RingGroup, caller: Party) -> bool:
        if queue.waiting is None or not queue.waiting.call_back or caller.user_id is None:
            return False
        if not caller.user_id.startswith(GHOST_PREFIX):
            return await self._people.by_user_id(caller.user_id) is not None
        return caller.number is not None and (
            self.may_call is None or await self.may_call(queue, caller.number)
        )

    async def called_back(self, call_id: str) -> tuple[RingGroup, Party]:
        """Who is called, now that a member has answered. Raises `UnknownWaitingCall`."""
        queue, call = await self.queue_of(call_id), await self._store.call(call_id)
        if call is None or call.hung_up_at is None or call.attempt is None:
            raise UnknownWaitingCall
        return queue, call.caller

    async def offered(self, call_id: str, record_id: str) -> tuple[RingGroup, tuple[str, ...]]:
        """For whom a waiting call rings now; the record of that is the one with this id. Raises
        `UnknownWaitingCall`."""
        async with self._one_at_a_time:
            agents = await self._store.agents()
            rung = [one for one in agents.values() if one.call == call_id and one.record in {None, record_id}]
            queue = await self.queue_of(call_id)
            if not rung:
                raise UnknownWaitingCall
            await self._store.put_agents(*(one.rings_in(record_id) for one in rung))
        order = {one.user_id: at for at, one in enumerate(queue.members)}
        return queue, tuple(sorted((one.user_id for one in rung), key=lambda one: order.get(one, 0)))

    async def queue_of(self, call_id: str) -> RingGroup:
        """The queue in which a call waits. Raises `UnknownWaitingCall`."""
        call = await self._store.call(call_id)
        if call is not None and call.left_at is None:
            for group in await self._groups.groups():
                if group.id == call.queue_id and group.waiting is not None:
                    return group
        raise UnknownWaitingCall

    async def place(self, call_id: str) -> Place:
        """Where a caller stands. Raises `UnknownWaitingCall`."""
        queue, calls = await self.queue_of(call_id), await self._store.waiting()
        place = rules.position(call_id, calls)
        if place is None or queue.waiting is None:
            raise UnknownWaitingCall
        latest = await self._store.latest(queue.id, rules.LATEST)
        there = rules.on_duty(queue, await self._store.agents())
        return Place(place, rules.expected_wait(place, latest, there, queue.waiting.wrap_up))

    # --- what becomes of it ---

    async def follow(self, records: Sequence[CallRecord]) -> None:
        """What records say of calls that wait, or that agents have. Idempotent."""
        for record in records:
            if record.answered_on == "queue" or record.groups or record.transfer.previous:
                async with self._one_at_a_time:
                    await self._follow(record)

    async def _follow(self, record: CallRecord) -> None:
        now, agents = self._now(), await self._store.agents()
        if (call := await self._store.call(record.id)) is not None:
            await self._of_wait(record, call, now)
            return
        before = record.transfer.previous
        call = await self._store.call(before) if before is not None else None
        if call is not None and call.hung_up_at is not None:
            await self._became(call, calling_back.after_attempt(call, record, now))
        elif call is None and before is not None and (mine := await self._store.of_attempt(before)):
            await self._became(mine, calling_back.after_talk(mine, record))
        elif call is not None and record.dialled == QUEUE_AGENTS:
            await self._of_answer(record, call)
        elif call is not None and record.answered_at and call.outcome != "answered":
            await self._store.put_call(replace(call, outcome="elsewhere", answered_at=None))
        touched = [
            one
            for one in agents.values()
            if one.record == record.id or (call is not None and one.call == call.id and one.record is None)
        ]
        if touched:
            await self._of_agents(record, agents, now)
        if call is not None or touched:
            await self._tell(call.queue_id if call is not None else None)
            self.look()

    async def _of_wait(self, record: CallRecord, call: QueuedCall, now: int) -> None:
        """The record is that of the wait itself."""
        after = call
        if record.answered_on == "queue" and record.ended_at is None and _given_up(call):
            # Its record comes late; the caller waits on, in their place.
            after = replace(after, left_at=None, outcome=None)
        if record.answered_on == "queue" and call.joined_at is None:
            after = replace(after, joined_at=record.answered_at or now)
        if record.ended_at is not None and calling_back.hung_up(call, record):
            if call.left_at is None and call.hung_up_at is None:
                after = replace(after, hung_up_at=record.ended_at)
        elif record.ended_at is not None and call.left_at is None:
            after = replace(after, left_at=record.ended_at, outcome=await self._outcome(record, call))
        if after != call:
            await self._store.put_call(after)
            await self._tell(call.queue_id)
            self.look()

    async def _outcome(self, record: CallRecord, call: QueuedCall) -> rules.Outcome:
        following = record.transfer.next
        if call.outcome is not None:
            return call.outcome
        if following is None:
            sent = call.sent_at is not None and record.reason == "normal" and call.joined_at is not None
            closed = call.tries > rules.TRIES or await self._is_closed(call)
            return "closed" if sent and closed else "abandoned"
        return "answered" if (record.transfer.to or Party()).user_id and call.sent_at is None else "elsewhere"

    async def _is_closed(self, call: QueuedCall) -> bool:
        queue = next((one for one in await self._groups.groups() if one.id == call.queue_id), None)
        return queue is None or queue.waiting is None or queue.otherwise is None

    async def _of_answer(self, record: CallRecord, call: QueuedCall) -> None:
        """The record is that of a call to the queue's agents."""
        if record.answered_at is None:
            return
        after = replace(
            call,
            outcome="answered",
            agent=record.callee.user_id,
            answered_at=record.answered_at,
            left_at=call.left_at or record.answered_at,
            ended_at=record.ended_at,
        )
        if after != call:
            await self._store.put_call(after)

    async def _of_agents(self, record: CallRecord, agents: dict[str, Agent], now: int) -> None:
        """It rings for them, one of them has it, or it is over."""
        before = record.transfer.previous
        mine = [one for one in agents.values() if one.record == record.id]
        mine += [one for one in agents.values() if one.record is None and one.call and one.call == before]
        changed: list[Agent] = []
        for agent in mine:
            after = agent.rings_in(record.id)
            if record.answered_at is not None and agent.user_id in _people(record):
                after = after.answered(record.answered_at)
                if record.ended_at is not None:
                    after = await self._over(after, record)
            elif record.answered_at is not None or record.ended_at is not None:
                # Whose caller gave up, or whom a colleague was quicker than, has missed nothing; nor has who
                # was rung by a process that died, or whom the house could not ring.
                missed = record.answered_at is None and (
                    record.outcome not in _NOT_MISSED or record.reason == _OWN_FAULT
                )
                after = after.released(record.answered_at or record.ended_at or now, missed=missed)
                after = after.rests(now) if record.outcome == "failed" and not missed else after
            if after != agent:
                changed.append(after)
        if changed:
            await self._put(agents, *changed)

    async def _over(self, agent: Agent, record: CallRecord) -> Agent:
        to, following = record.transfer.to, record.transfer.next
        if following is not None and to is not None and to.user_id == agent.user_id:
            return agent.goes_on_in(following)
        if record.via == CALL_BACK:
            # They are talking with whom the house called for them; or it reached nobody.
            at = record.ended_at or self._now()
            return agent.goes_on_in(following) if following is not None else agent.ended(0, at)
        group = next((one for one in await self._groups.groups() if one.id == agent.queue_id), None)
        wrap_up = group.waiting.wrap_up if group is not None and group.waiting is not None else 0
        return agent.ended(wrap_up, record.ended_at or self._now())

    # --- agents themselves ---

    async def all(self) -> list[RingGroup]:
        """Every queue of the house."""
        return [group for group in await self._groups.groups() if group.waiting is not None]

    async def of(self, user_id: str) -> list[RingGroup]:
        """The queues that somebody is in."""
        return [queue for queue in await self.all() if user_id in _members(queue)]

    async def call(self, call_id: str) -> QueuedCall | None:
        """One in the book."""
        return await self._store.call(call_id)

    async def agent(self, user_id: str) -> Agent:
        return (await self._store.agents()).get(user_id) or Agent(user_id)

    async def sign_in(self, me: Person) -> Agent:
        """On duty, or ready again. Raises `NotAnAgent`."""
        return await self._change(me, lambda agent, now: agent.sign_in(now))

    async def sign_out(self, me: Person) -> Agent:
        return await self._change(me, lambda agent, now: agent.sign_out(now), anybody=True)

    async def pause(self, me: Person, reason: str) -> Agent:
        """Raises `NotAnAgent`, `NotOnDuty`."""
        return await self._change(me, lambda agent, now: agent.pause(reason, now))

    async def gone(self, _actor: object, person: Person) -> None:
        """Somebody is disabled or removed: their duty ends, with the call that they have."""
        await self.sign_out(person)

    async def _change(
        self, me: Person, change: Callable[[Agent, int], Agent], *, anybody: bool = False
    ) -> Agent:
        if not anybody and not await self.of(me.user_id):
            raise NotAnAgent
        async with self._one_at_a_time:
            agents = await self._store.agents()
            agent = agents.get(me.user_id) or Agent(me.user_id)
            after = change(agent, self._now())
            if after != agent:
                _log.info("agent_changed", user_id=me.user_id, state=after.state.value)
                await self._put(agents, after)
        self.look()
        return after

    async def _put(self, agents: dict[str, Agent], *changed: Agent) -> None:
        await self._store.put_agents(*changed)
        agents |= {one.user_id: one for one in changed}
        for queue in await self._groups.groups():
            if queue.waiting is not None and {one.user_id for one in changed} & _members(queue):
                await self._tell(queue.id)

    # --- the board ---

    async def board(self, queue: RingGroup) -> Board:
        """How it stands now."""
        agents, calls = await self._store.agents(), rules.in_line(await self._store.waiting())
        return Board(
            queue,
            tuple(call for call in calls if call.queue_id == queue.id),
            tuple((one.user_id, agents.get(one.user_id), one.here) for one in queue.members),
        )

    async def purge(self) -> None:
        """What is too old is forgotten, and who was on duty and is in no queue any more is off it."""
        await self._store.forget(self._now() - KEPT)
        async with self._one_at_a_time:
            agents = (await self._store.agents()).values()
            here = {user_id for queue in await self.all() for user_id in _members(queue)}
            gone = [one for one in agents if one.call is None and one.user_id not in here]
            await self._store.put_agents(*(Agent(one.user_id) for one in gone))

    async def book(self, queue: RingGroup, since: int, until: int, limit: int) -> list[QueuedCall]:
        """Its calls, the newest first."""
        return await self._store.book([queue.id], since, until, limit)

    async def _tell(self, queue_id: str | None) -> None:
        """The pages of those who are in it, and of administrators: how it stands is to be asked for again."""
        group = next((one for one in await self._groups.groups() if one.id == queue_id), None)
        named = group.waiting.supervisors if group is not None and group.waiting is not None else ()
        for user_id in {*_members(group), *named} if group is not None else ():
            self._audience.publish("queues", {"changed": True}, to=user_id)


def _given_up(call: QueuedCall) -> bool:
    """Whether a call counts as abandoned of which nobody had told."""
    return call.outcome == "abandoned" and call.joined_at is None


def _members(group: RingGroup) -> set[str]:
    return {one.user_id for one in group.members}


def _people(record: CallRecord) -> set[str | None]:
    return {record.callee.user_id, record.caller.user_id}
