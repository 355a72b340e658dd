"""Reaching a ring group: its members' devices ring in turns, then the call goes where the group says. Callers
of a queue wait before that until it is their turn.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from msgspec import structs

from logs import log
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.forwarding.moments import rests
from server.forwarding.rules import Leaves
from server.forwarding.service import ServiceReader
from server.groups import rules
from server.groups.rules import RingGroup, Standing, ToGroup, Waiting
from server.groups.service import GroupReader
from server.queues.refusals import UnknownWaitingCall
from server.telephony import dialplan
from server.telephony.devices import Devices
from server.telephony.dialplan import Refusal
from server.telephony.incoming import Incoming
from server.telephony.lookup import subscriber
from server.telephony.onward import Onward, Path, Sender, payer, was_for
from server.telephony.ringing import ASKED_WITHIN, Ringing
from wire.route import (
    GHOST_PREFIX,
    QUEUE_CALLER,
    QUEUE_ELSEWHERE,
    QUEUE_WAYS,
    Forwarded,
    MatrixLeg,
    MobileLeg,
    Party,
    PhoneLeg,
    Plan,
    QueueLeg,
    Stage,
    Why,
    member_of,
)

_log = log.get(__name__)

#: Seconds within which the bridge says for whom a call rings.
_UNTIL_IT_RINGS = 5.0


class TakenReader(Protocol):
    """The call records, as groups need them."""

    async def took(self, group_id: str, user_ids: Sequence[str]) -> Mapping[str, int]:
        """When each of these last answered a call of the group, milliseconds since 1970; who never did is
        left out."""


class WaitingRoom(Protocol):
    """`queues.service.Queues`, as routes need it."""

    async def admit(
        self, group: RingGroup, call_id: str, caller: Party
    ) -> Literal["waits", "full", "nobody"]:
        """Whether a call may wait in a queue; its place is kept then."""

    async def offered(self, call_id: str, record_id: str) -> tuple[RingGroup, tuple[str, ...]]:
        """For whom a waiting call rings now. Raises `UnknownWaitingCall`."""

    async def queue_of(self, call_id: str) -> RingGroup:
        """The queue in which a call waits. Raises `UnknownWaitingCall`."""

    async def called_back(self, call_id: str) -> tuple[RingGroup, Party]:
        """Who is called, now that a member has answered. Raises `UnknownWaitingCall`."""


class GroupRinging:
    """`on_the_phone`, and `rings` (something does for them), say so of a user id; `now` in seconds;
    `language` is that of the house."""

    def __init__(
        self,
        groups: GroupReader,
        taken: TakenReader,
        people: PersonByUserId,
        services: ServiceReader,
        on_the_phone: Callable[[str], bool],
        ringing: Ringing,
        devices: Devices,
        onward: Onward,
        rings: Callable[[str], bool],
        now: Callable[[], float],
        waiting_room: WaitingRoom | None,
        language: Literal["it", "en"],
    ) -> None:
        self._groups, self._taken, self._people, self._services = groups, taken, people, services
        self._on_the_phone, self._ringing, self._onward = on_the_phone, ringing, onward
        self._devices = devices
        onward.register(ToGroup, self._to_group)
        self._rings, self._now = rings, now
        #: When a group's call was last given to its member to ring first.
        self._given: dict[tuple[str, str], float] = {}
        self._waiting_room, self._language = waiting_room, language

    async def arrive(self, group: RingGroup, call: Incoming) -> Plan:
        """The call is for this group."""
        return await self._arrive(group, call, call.request.forwarded)

    async def enter(self, group_id: str, call: Incoming, path: Path) -> Plan | None:
        """Somebody has the call forwarded to this group; None where it is gone, or the call was for it."""
        group = await self._group(group_id)
        if group is None or was_for(group, path):
            _log.info("group_cut", group=group_id, why="loop" if group else "unknown_group")
            return None
        request = structs.replace(call.request, forwarded=path, group=None)
        return await self._arrive(group, replace(call, request=request), path)

    async def go_on(self, call: Incoming) -> Plan:
        """It rang in vain for the group of the request."""
        path = call.request.forwarded
        group = await self._group(call.request.group or "")
        if group is None:
            return await self._onward.refuse(Refusal.NOT_FOUND, call, path[-1].by, path[:-1])
        return await self._otherwise(group, call, path, Refusal.UNREACHABLE)

    async def send_on(self, call: Incoming) -> Plan:
        """A queue sends on a caller who waits in it."""
        request, room = call.request, self._waiting_room
        if room is None or request.queue is None or request.dialled not in QUEUE_WAYS:
            return await self._onward.refuse(Refusal.NO_SUCH_CALL, call, Party(), ())
        try:
            if request.dialled == QUEUE_ELSEWHERE:
                queue, path = await room.queue_of(request.queue), request.forwarded
                if not path or not was_for(queue, path[-1:]):
                    path = _gone_on(queue, (), "no_answer")
                return await self._otherwise(queue, call, path, Refusal.UNREACHABLE)
            if request.dialled == QUEUE_CALLER:
                return await self._call_back(*await room.called_back(request.queue), call)
            queue, rung = await room.offered(request.queue, request.call_id)
        except UnknownWaitingCall:
            return await self._onward.refuse(Refusal.NO_SUCH_CALL, call, Party(), ())
        people = await self._members(queue)
        turn = tuple(user_id for user_id in rung if user_id in people)
        stages = await self._stages(queue, (turn,), people, call)
        if not stages:
            return await self._onward.refuse(Refusal.UNREACHABLE, call, queue.party, ())
        return await self._ringing_plan(queue, call, stages, ())

    async def _call_back(self, queue: RingGroup, who: Party, call: Incoming) -> Plan:
        """A member of a queue is given to who is called back: a colleague by what they have set, a number
        outside on the queue's behalf, which pays and is shown."""
        if call.ghost is None and (who.user_id or "").startswith(GHOST_PREFIX):
            caller = call.caller if not queue.numbers else None
            found = await self._ringing.leaves(
                Leaves(who.number or "", ()), replace(call, caller=caller), payer(queue)
            )
        else:
            person = subscriber(await self._people.by_user_id(who.user_id or ""))
            found = Refusal.NOT_FOUND if person is None else await self._ringing.arrive(person, call)
        return found if isinstance(found, Plan) else await self._onward.refuse(found, call, who, ())

    async def _wait(self, group: RingGroup, waiting: Waiting, call: Incoming, path: Path) -> Plan:
        """The caller waits in a queue; where they cannot, the call goes where those go that nobody takes."""
        room, caller = self._waiting_room, await call.known_to(None)
        known = Party(call.ghost.user_id, caller.name, caller.number) if call.ghost else caller
        known = Party() if call.withheld else known
        found = await room.admit(group, call.request.call_id, known) if room is not None else "nobody"
        if found == "waits":
            leg = QueueLeg(
                self._language,
                waiting.welcome,
                waiting.announce,
                waiting.call_back,
                waiting.listening and waiting.listening_told,
            )
            return await self._ringing_plan(group, call, [Stage(dialplan.MAILBOX_TIMEOUT, (leg,))], path)
        if found == "full":
            return await self._otherwise(group, call, _gone_on(group, path, "busy"), Refusal.BUSY)
        return await self._otherwise(group, call, _gone_on(group, path, "unreachable"), Refusal.UNREACHABLE)

    async def _arrive(self, group: RingGroup, call: Incoming, path: Path) -> Plan:
        if group.waiting is not None:
            return await self._wait(group, group.waiting, call, path)
        people = await self._members(group)
        standings = await self._standings(group, people)
        own = call.caller.user_id if call.caller is not None else None
        stages = await self._stages(group, rules.turns(group, standings, own), people, call)
        self._note_first(group, stages)
        if not stages:
            why = rules.nobody_because(group, standings, own)
            refusal = Refusal.BUSY if why == "busy" else Refusal.UNREACHABLE
            return await self._otherwise(group, call, _gone_on(group, path, why), refusal)
        if group.otherwise is not None:
            forward = _gone_on(group, path, "no_answer")
            stages.append(Stage(ASKED_WITHIN, forward=forward, group=group.id))
        return await self._ringing_plan(group, call, stages, path)

    async def _ringing_plan(
        self, group: RingGroup, call: Incoming, stages: Sequence[Stage], path: Path
    ) -> Plan:
        caller = await call.known_to(None)
        return Plan(
            "ring",
            None,
            caller,
            group.party,
            call.ghost,
            None,
            tuple(stages),
            withheld=call.withheld,
            forwarded=path,
            group=group.rung,
        )

    # --- its members ---

    async def _members(self, group: RingGroup) -> dict[str, Person]:
        found = [await self._people.by_user_id(one.user_id) for one in group.members]
        return {person.user_id: person for person in found if person is not None}

    async def _standings(self, group: RingGroup, people: Mapping[str, Person]) -> dict[str, Standing]:
        in_turn = group.strategy in rules.IN_TURN
        took = await self._taken.took(group.id, list(people)) if in_turn else {}
        return {
            user_id: Standing(
                rests(await self._services.services_of(person.id)),
                self._on_the_phone(user_id),
                took.get(user_id),
                in_turn and self._rings_soon(group, user_id),
            )
            for user_id, person in people.items()
        }

    def _rings_soon(self, group: RingGroup, user_id: str) -> bool:
        given = self._given.get((group.id, user_id))
        return self._rings(user_id) or (given is not None and self._now() < given + _UNTIL_IT_RINGS)

    def _note_first(self, group: RingGroup, stages: Sequence[Stage]) -> None:
        """It takes a moment until it is known that it rings for them."""
        now = self._now()
        self._given = {who: at for who, at in self._given.items() if now < at + _UNTIL_IT_RINGS}
        for leg in stages[0].legs if stages and group.strategy in rules.IN_TURN else ():
            if (member := member_of(leg)) is not None:
                self._given[group.id, member.user_id or ""] = now

    async def _stages(
        self,
        group: RingGroup,
        turns: Sequence[Sequence[str]],
        people: Mapping[str, Person],
        call: Incoming,
    ) -> list[Stage]:
        """A turn in which no device can ring is passed over."""
        members = [user_id for turn in turns for user_id in turn]
        found = await asyncio.gather(*(self._legs(people[user_id], call) for user_id in members))
        legs = dict(zip(members, found, strict=True))
        together = (tuple(leg for user_id in turn for leg in legs[user_id]) for turn in turns)
        return [Stage(float(group.seconds), each) for each in together if each]

    async def _legs(self, person: Person, call: Incoming) -> tuple[MatrixLeg | PhoneLeg | MobileLeg, ...]:
        """All devices of a member that they let ring, whatever else they have set; none for a caller whom
        they have blocked."""
        if await self._ringing.is_blocked(person.user_id, call):
            return ()
        services = await self._services.services_of(person.id)
        return await self._devices.of_member(person, call, mobiles=services.mobiles)

    # --- when nobody takes it ---

    async def _otherwise(self, group: RingGroup, call: Incoming, path: Path, why: Refusal) -> Plan:
        """`path` ends with the group."""
        return await self._onward.send(group.otherwise, group, call, path, why)

    async def _to_group(self, target: ToGroup, sender: Sender, call: Incoming, path: Path) -> Plan | None:
        following = await self._group(target.group_id)
        if following is None or was_for(following, path):
            _log.info("group_cut", by=sender.id, why="loop" if following else "unknown_group")
            return None
        return await self._arrive(following, call, path)

    async def _group(self, group_id: str) -> RingGroup | None:
        return next((one for one in await self._groups.groups() if one.id == group_id), None)


def _gone_on(group: RingGroup, path: Path, why: Why) -> Path:
    return (*path, Forwarded(group.party, why))
