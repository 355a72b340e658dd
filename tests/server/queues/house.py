"""A house with queues, whose bridge and telephones are played by the test; time is stepped."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

from server.directory.service import Person
from server.forwarding.rules import Rule, Services, ToVoicemail
from server.groups.rules import Member, RingGroup, Waiting
from server.queues.agents import Agent, State
from server.queues.refusals import UnknownWaitingCall
from server.queues.rules import QueuedCall
from server.queues.service import Queues
from wire.commands import CallBackRequest, CommandAnswer
from wire.record import CALL_BACK, CallRecord, Outcome, Transfer
from wire.route import QUEUE_AGENTS, Party

NOW = 1_700_000_000_000
QUEUE = RingGroup(id="q", name="Hotline", extension="310", strategy="longest_idle", waiting=Waiting())


def person(user_id: str) -> Person:
    return Person(user_id, user_id, user_id, f"{user_id}@x", "member")


class Store:
    """`QueueStore` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Agent] = {}
        self.calls: dict[str, QueuedCall] = {}

    async def agents(self) -> dict[str, Agent]:
        return dict(self.kept)

    async def put_agents(self, *agents: Agent) -> None:
        for agent in agents:
            self.kept[agent.user_id] = agent
            if agent.state is State.OFF and agent.call is None:
                del self.kept[agent.user_id]

    async def waiting(self) -> list[QueuedCall]:
        return [one for one in self.calls.values() if one.left_at is None]

    async def call(self, call_id: str) -> QueuedCall | None:
        return self.calls.get(call_id)

    async def of_attempt(self, record_id: str) -> QueuedCall | None:
        return next((one for one in self.calls.values() if one.attempt == record_id), None)

    async def put_call(self, call: QueuedCall) -> None:
        self.calls[call.id] = call

    async def latest(self, queue_id: str, limit: int) -> list[QueuedCall]:
        return [one for one in self.calls.values() if one.queue_id == queue_id and one.ended_at][-limit:]

    async def book(self, queue_ids: Collection[str], since: int, until: int, limit: int) -> list[QueuedCall]:
        return [one for one in self.calls.values() if one.queue_id in queue_ids][:limit]

    async def forget(self, before: int) -> None:
        """None of these is so old."""


class House:
    """`Queues` around it; what the bridge would do is done by its methods."""

    def __init__(self, members: Sequence[str], **waiting: Any) -> None:
        self.now = NOW
        self.store = Store()
        given = QUEUE.waiting or Waiting()
        self.queue = replace_group(
            QUEUE,
            members=tuple(Member(one) for one in members),
            waiting=Waiting(**{name: getattr(given, name) for name in Waiting.__struct_fields__} | waiting),
        )
        self.all_groups = [self.queue]
        self.records: dict[str, CallRecord] = {}
        self.elsewhere: set[str] = set()
        self.undisturbed: set[str] = set()
        #: Those outside of whose own hours it is, and whose calls go elsewhere then.
        self.resting: set[str] = set()
        #: Calls that were sent on, in order, with where; and for whom those of agents rang.
        self.sent: list[tuple[str, str]] = []
        self.rung: list[tuple[str, str, tuple[str, ...]]] = []
        self.accepts = True
        #: Whether records are told as they come.
        self.heard = True
        self.told: list[str | None] = []
        #: Who has blocked which number.
        self.blocked: set[tuple[str, str | None]] = set()
        self.queues = Queues(
            self.store,
            self,
            self,
            self,
            self.elsewhere.__contains__,
            self,
            self,
            self,
            lambda: self.now,
            self,
            fresh_id=self._fresh,
            language="it",
        )
        self._ids = 0
        #: The calls to agents for those who are called back.
        self.called: list[CallBackRequest] = []

    # --- what queues ask ---

    async def groups(self) -> Sequence[RingGroup]:
        return self.all_groups

    async def by_user_id(self, user_id: str) -> Person | None:
        return person(user_id)

    async def services_of(self, person_id: str) -> Services:
        outside = Rule(person_id in self.resting, ToVoicemail())
        return Services(do_not_disturb=person_id in self.undisturbed, outside_hours=outside)

    async def took(self, group_id: str, user_ids: Sequence[str]) -> Mapping[str, int]:
        taken = [one for one in self.records.values() if one.answered_at and one.callee.user_id in user_ids]
        return {one.callee.user_id or "": one.answered_at or 0 for one in taken}

    async def one(self, call_id: str) -> CallRecord | None:
        return self.records.get(call_id)

    async def send_on(self, call_id: str, to: Literal["agents", "elsewhere", "away"]) -> bool:
        self.sent.append((call_id, to))
        return self.accepts

    async def call_back(self, request: CallBackRequest) -> CommandAnswer | None:
        self.called.append(request)
        return CommandAnswer(request.call_id) if self.accepts else None

    def _fresh(self) -> str:
        self._ids += 1
        return f"a{self._ids}"

    async def refuses(self, user_id: str, number: str | None) -> bool:
        return (user_id, number) in self.blocked

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        self.told.append(to)

    # --- what the bridge does ---

    async def comes(self, call_id: str, number: str = "+39061") -> str:
        """A caller comes, and waits if they may."""
        caller = Party(f"@_tel_{number}:x", "", number)
        found = await self.queues.admit(self.queue, call_id, caller)
        if found == "waits":
            await self.tell(
                CallRecord(
                    id=call_id,
                    via="trunk:carrier",
                    started_at=self.now,
                    caller=caller,
                    callee=self.queue.party,
                    answered_at=self.now,
                    answered_on="queue",
                )
            )
        return found

    async def rings(self, call_id: str, to: str = QUEUE_AGENTS) -> str:
        """The bridge has asked whom it rings; the record of that."""
        self._ids += 1
        record = CallRecord(
            id=f"r{self._ids}",
            via="sip",
            dialled=to,
            started_at=self.now,
            caller=self.records[call_id].caller,
            transfer=Transfer(by=self.queue.party, previous=call_id),
        )
        await self.tell(record)
        if to == QUEUE_AGENTS:
            try:
                _, user_ids = await self.queues.offered(call_id, record.id)
            except UnknownWaitingCall:
                await self.tell(_changed(record, ended_at=self.now, outcome="failed"))
                raise
            self.rung.append((call_id, record.id, user_ids))
        return record.id

    async def hangs_up(self, call_id: str) -> None:
        """A caller presses the key: the house says goodbye."""
        await self.queues.call_back(call_id)
        await self.ends(call_id)

    async def calls_back(self) -> str:
        """The latest call to agents rings; its record."""
        request = self.called[-1]
        record = CallRecord(
            id=request.call_id,
            via=CALL_BACK,
            dialled=QUEUE_AGENTS,
            started_at=self.now,
            caller=request.wanted,
            callee=request.asker,
            transfer=Transfer(by=request.asker, previous=request.queue),
        )
        await self.tell(record)
        _, user_ids = await self.queues.offered(request.queue or "", record.id)
        self.rung.append((request.queue or "", record.id, user_ids))
        return record.id

    async def takes(self, record_id: str, user_id: str) -> None:
        """An agent has answered, and hears for whom."""
        await self.tell(
            _changed(
                self.records[record_id], answered_at=self.now, callee=Party(user_id), answered_on="desk_phone"
            )
        )

    async def reached(self, record_id: str) -> str:
        """Who is called back answers; the record of the two."""
        first = self.records[record_id]
        record = CallRecord(
            id=f"{record_id}-2",
            via="sip",
            started_at=self.now,
            answered_at=self.now,
            answered_on="outside",
            caller=first.callee,
            callee=first.caller,
            transfer=Transfer(previous=record_id),
        )
        await self.tell(record)
        await self.ends(
            record_id, transfer=Transfer(previous=first.transfer.previous, to=first.caller, next=record.id)
        )
        return record.id

    async def answers(self, record_id: str, user_id: str) -> None:
        """Somebody takes it: the wait is over."""
        record = self.records[record_id]
        callee = Party(user_id)
        await self.tell(_changed(record, answered_at=self.now, callee=callee, answered_on="desk_phone"))
        waited = self.records[record.transfer.previous or ""]
        gone = Transfer(to=callee, next=record_id)
        await self.tell(_changed(waited, ended_at=self.now, transfer=gone, outcome="answered"))

    async def ends(self, record_id: str, outcome: Outcome = "answered", **more: Any) -> None:
        """A call is over."""
        wanted = {"ended_at": self.now, "outcome": outcome, "reason": "normal"} | more
        await self.tell(_changed(self.records[record_id], **wanted))

    async def tell(self, record: CallRecord) -> None:
        self.records[record.id] = record
        if self.heard:
            await self.queues.follow([record])

    async def pass_(self, seconds: float, each: Callable[[], object] | None = None) -> None:
        """Time passes."""
        for _ in range(round(seconds)):
            self.now += 1000
            await self.queues.step()
            if each is not None:
                each()

    def state(self, user_id: str) -> State:
        return self.store.kept.get(user_id, Agent(user_id)).state

    def outcomes(self) -> dict[str, str | None]:
        return {call.id: call.outcome for call in self.store.calls.values()}


def replace_group(group: RingGroup, **more: Any) -> RingGroup:
    return RingGroup(**{name: getattr(group, name) for name in RingGroup.__struct_fields__} | more)


def _changed(record: CallRecord, **more: Any) -> CallRecord:
    known = {name: getattr(record, name) for name in CallRecord.__struct_fields__}
    return CallRecord(**known | {"revision": record.revision + 1} | more)
