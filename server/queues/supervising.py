"""Supervisors of queues in the calls of agents: who may, when it ends, and what is written down of it.

The bridge says who hears what (`wire.state.Listens`), however that came about, by a button or by a key. From
that the audit log is written, and a right that is withdrawn meanwhile ends it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from logs import log
from server.audit.service import Audit
from server.directory.access import Actor
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.groups.rules import RingGroup
from server.queues.agents import Agent, State
from server.queues.refusals import CannotListen, NotTalking, UnknownListening, UnknownQueue, YourOwnCall
from server.queues.rules import QueuedCall
from wire.commands import CommandAnswer, CommandRequest, HangUp, ListenMode, ListenRequest
from wire.route import Party
from wire.state import Listens, LiveCall

_log = log.get(__name__)

#: Seconds between two looks whether who listens still may, while somebody does.
LOOK = 2.0
#: Those in which an agent has a caller.
TALKS = frozenset({State.TALKING, State.PAUSING, State.LEAVING})


class SupervisedQueues(Protocol):
    """`service.Queues`, as supervisors need it."""

    async def all(self) -> list[RingGroup]: ...

    async def agent(self, user_id: str) -> Agent: ...

    async def call(self, call_id: str) -> QueuedCall | None: ...


class ListeningBridge(Protocol):
    """`bridge_control.client.BridgeControl`. None: it does not answer."""

    async def listen(self, request: ListenRequest) -> CommandAnswer | None: ...

    async def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer | None: ...

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer | None: ...


#: The calls in progress of everybody, by user id.
Live = Mapping[str, Sequence[LiveCall]]


def may_listen(queue: RingGroup, user_id: str) -> bool:
    """Whether the queue's calls may be listened to, and by this person."""
    waiting = queue.waiting
    return waiting is not None and waiting.listening and user_id in waiting.supervisors


def listenings(live: Live) -> dict[str, tuple[str, Listens]]:
    """Who is called to listen, or does: by the id of that call the supervisor, and what it is about."""
    return {
        call.call_id: (user_id, call.listens)
        for user_id, calls in live.items()
        for call in calls
        if call.listens is not None
    }


class Supervising:
    """`live` are the calls in progress as the bridge last told them."""

    def __init__(
        self,
        queues: SupervisedQueues,
        people: PersonByUserId,
        bridge: ListeningBridge,
        audit: Audit,
        live: Callable[[], Live],
        *,
        fresh_id: Callable[[], str],
    ) -> None:
        self._queues, self._people, self._bridge, self._audit = queues, people, bridge, audit
        self._live, self._fresh_id = live, fresh_id
        #: What the audit log says of each, and what was seen last.
        self._known: dict[str, tuple[str, Listens]] = {}
        self._seen: dict[str, tuple[str, Listens]] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def look(self) -> None:
        """The calls in progress have changed."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK if self._known or self._seen else None):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self.step()
            except Exception:
                _log.exception("listening_not_looked_at")

    async def step(self) -> None:
        """Write down what has changed, and end what is not allowed any more, or cannot be written down."""
        self._seen = seen = listenings(self._live())
        for call_id, (user_id, listens) in seen.items():
            known = self._known.get(call_id)
            heard = listens.here and (known is None or known[1] != listens)
            if not heard or await self._note(f"queue.call_{listens.mode}", user_id, call_id, listens):
                self._known[call_id] = user_id, listens
            else:
                await self._end(call_id, user_id, "not written down")
        for call_id in self._known.keys() - seen.keys():
            user_id, listens = self._known[call_id]
            if not listens.here or await self._note("queue.listening_ended", user_id, call_id, listens):
                del self._known[call_id]
        queues = {queue.id: queue for queue in await self._queues.all()} if seen else {}
        for call_id, (user_id, listens) in seen.items():
            if not await self._still_may(queues.get(listens.queue_id), user_id):
                await self._end(call_id, user_id, "not allowed any more")

    async def _end(self, call_id: str, user_id: str, why: str) -> None:
        _log.warning("listening_is_ended", call_id=call_id, user_id=user_id, why=why)
        await self._bridge.command(call_id, CommandRequest(user_id, HangUp()))

    async def _still_may(self, queue: RingGroup | None, user_id: str) -> bool:
        if queue is None or not may_listen(queue, user_id):
            return False
        return await self._people.by_user_id(user_id) is not None

    async def _note(self, action: str, user_id: str, call_id: str, listens: Listens) -> bool:
        """False: it is not written, and tried again."""
        about = {"queue": listens.queue_id, "call": listens.call_id, "listening": call_id}
        try:
            await self._audit.record(
                action, actor=user_id, subject=listens.agent.user_id or "", details=about
            )
        except Exception:
            _log.exception("listening_not_written_down", call_id=call_id, action=action)
            return False
        return True

    async def of(self, user_id: str) -> list[RingGroup]:
        """The queues that somebody looks after."""
        return [queue for queue in await self._queues.all() if _supervises(queue, user_id)]

    # --- what supervisors do ---

    async def listen(self, me: Person, actor: Actor, queue_id: str, agent_id: str, mode: ListenMode) -> str:
        """Ring my devices, to hear what this agent says with their caller; the id of that call. Raises
        `UnknownQueue`, `CannotListen`, `NotTalking`, `YourOwnCall`."""
        queue = next((one for one in await self._queues.all() if one.id == queue_id), None)
        if queue is None or not _supervises(queue, me.user_id):
            raise UnknownQueue
        if not may_listen(queue, me.user_id):
            raise CannotListen
        agent, person = await self._queues.agent(agent_id), await self._people.by_user_id(agent_id)
        if agent_id == me.user_id:
            raise YourOwnCall
        talks = agent.state in TALKS and agent.queue_id == queue.id
        if person is None or not talks or agent.call is None or agent.record is None:
            raise NotTalking
        call = await self._queues.call(agent.call)
        if call is not None and call.caller.user_id == me.user_id:
            raise YourOwnCall
        call_id = self._fresh_id()
        about = {"queue": queue.id, "call": agent.record, "listening": call_id, "mode": mode}
        # It is on record before anything is heard.
        await self._audit.record(
            "queue.listening_asked", actor=actor.name, subject=agent_id, address=actor.address, details=about
        )
        request = ListenRequest(
            call_id=call_id,
            listened=agent.record,
            agent=_party(person),
            person=_party(me),
            queue=queue.id,
            mode=mode,
        )
        answer = await self._bridge.listen(request)
        if answer is None or answer.refused is not None:
            raise NotTalking
        return call_id

    async def change(self, me: Person, call_id: str, mode: ListenMode) -> None:
        """Be heard by nobody, by the agent, or by both. Raises `UnknownListening`, `CannotListen`."""
        mine = next((call for call in self._live().get(me.user_id, ()) if call.call_id == call_id), None)
        if mine is None or mine.listens is None:
            raise UnknownListening
        queues = {queue.id: queue for queue in await self._queues.all()}
        if not await self._still_may(queues.get(mine.listens.queue_id), me.user_id):
            raise CannotListen
        answer = await self._bridge.listen_otherwise(call_id, mode)
        if answer is None or answer.refused is not None:
            raise CannotListen


def _supervises(queue: RingGroup, user_id: str) -> bool:
    return queue.waiting is not None and user_id in queue.waiting.supervisors


def _party(person: Person) -> Party:
    return Party(person.user_id, person.name, next(iter(person.extensions + person.numbers), None))
