"""Supervisors of queues: who may listen to which call, what is written down of it, and when it ends."""

from collections.abc import Mapping
from typing import Any

import pytest

from server.directory.access import Actor
from server.directory.service import Person
from server.edge.refusals import Refusal
from server.groups.rules import Waiting
from server.queues.refusals import CannotListen, NotTalking, UnknownListening, UnknownQueue, YourOwnCall
from server.queues.supervising import Supervising
from tests.server.queues.house import House, person, replace_group
from tests.server.queues.test_service import A, B, C, house
from wire.commands import CommandAnswer, CommandRequest, HangUp, ListenMode, ListenRequest
from wire.route import Party
from wire.state import Listens, LiveCall

S, OUTSIDE = "@s:x", Party("@_tel_+39061:x", "", "+39061")


class Desk:
    """`Supervising` over a house whose bridge is played."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.live: dict[str, tuple[LiveCall, ...]] = {}
        self.asked: list[ListenRequest] = []
        self.modes: list[tuple[str, ListenMode]] = []
        self.ended: list[tuple[str, str]] = []
        self.audit: list[tuple[str, str, str]] = []
        self.gone: set[str] = set()
        self.refuses = self.full = False
        self.supervising = Supervising(
            home.queues, self, self, self, lambda: self.live, fresh_id=lambda: "l1"
        )

    async def by_user_id(self, user_id: str) -> Person | None:
        return None if user_id in self.gone else person(user_id)

    async def listen(self, request: ListenRequest) -> CommandAnswer | None:
        self.asked.append(request)
        return CommandAnswer(request.call_id, refused="call_not_found" if self.refuses else None)

    async def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer | None:
        self.modes.append((call_id, mode))
        return CommandAnswer(call_id)

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer | None:
        assert request.command == HangUp()
        self.ended.append((call_id, request.user_id))
        return CommandAnswer(call_id)

    async def record(
        self, action: str, *, actor: str, subject: str = "", address: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        if self.full:
            raise OSError("no space left")
        self.audit.append((action, actor, subject))

    async def asks(self, who: str = S, agent: str = A, queue: str = "q", mode: ListenMode = "listen") -> str:
        return await self.supervising.listen(person(who), Actor(who), queue, agent, mode)

    def terms(self, **waiting: Any) -> None:
        home = self.home
        home.queue = home.all_groups[0] = replace_group(home.queue, waiting=Waiting(**waiting))

    def hears(self, mode: ListenMode = "listen", *, here: bool = True) -> None:
        about = Listens("r1", "q", Party(A), mode, here=here)
        self.live = {S: (LiveCall("l1", "inbound", Party(), "talking", 0, listens=about),)}


async def desk(*, supervisors: tuple[str, ...] = (S,), listening: bool = True) -> Desk:
    """A talks with who called the queue."""
    home = await house(A, B, listening=listening, supervisors=supervisors)
    await home.comes("w1")
    await home.queues.step()
    await home.answers(await home.rings("w1"), A)
    return Desk(home)


async def test_a_supervisor_is_rung_to_hear_the_agents_call_and_it_is_written_down_before() -> None:
    it = await desk()
    assert await it.asks(mode="whisper") == "l1"
    (request,) = it.asked
    agent = await it.home.queues.agent(A)
    assert (request.listened, request.agent.user_id, request.person.user_id) == (agent.record, A, S)
    assert (request.queue, request.mode) == ("q", "whisper")
    assert it.audit == [("queue.listening_asked", S, A)]


@pytest.mark.parametrize(
    ("change", "asked", "refusal"),
    [
        ({"listening": False}, {}, CannotListen),
        ({"supervisors": ()}, {}, UnknownQueue),
        ({}, {"who": C}, UnknownQueue),
        ({}, {"queue": "other"}, UnknownQueue),
        ({}, {"agent": B}, NotTalking),
        ({}, {"agent": "@nobody:x"}, NotTalking),
        ({"supervisors": (S, A)}, {"who": A}, YourOwnCall),
    ],
)
async def test_who_may_not(change: dict[str, Any], asked: dict[str, Any], refusal: type[Refusal]) -> None:
    it = await desk()
    it.terms(**{"listening": True, "supervisors": (S,)} | change)
    with pytest.raises(refusal):
        await it.asks(**asked)
    assert (it.asked, it.audit) == ([], [])


async def test_an_agents_call_of_another_queue_is_not_heard() -> None:
    it = await desk()
    other = replace_group(it.home.queue, id="other")
    it.home.all_groups.append(other)
    with pytest.raises(NotTalking):
        await it.asks(queue="other")


async def test_the_caller_is_no_supervisor_of_their_own_call() -> None:
    it = await desk()
    caller = it.home.store.calls["w1"].caller.user_id
    assert caller is not None
    it.terms(listening=True, supervisors=(caller,))
    with pytest.raises(YourOwnCall):
        await it.asks(who=caller)


async def test_a_call_that_is_over_meanwhile_is_refused() -> None:
    it = await desk()
    it.refuses = True
    with pytest.raises(NotTalking):
        await it.asks()


async def test_what_is_heard_and_how_is_written_down_however_it_came_about() -> None:
    it = await desk()
    it.hears(here=False)
    await it.supervising.step()
    assert it.audit == []
    modes: tuple[ListenMode, ...] = ("listen", "whisper", "whisper", "join")
    for mode in modes:
        it.hears(mode)
        await it.supervising.step()
    it.live = {}
    await it.supervising.step()
    assert [action for action, _, _ in it.audit] == [
        "queue.call_listen",
        "queue.call_whisper",
        "queue.call_join",
        "queue.listening_ended",
    ]
    assert {(actor, subject) for _, actor, subject in it.audit} == {(S, A)}
    assert it.ended == []


@pytest.mark.parametrize("why", ["off", "unnamed", "left", "queue gone"])
async def test_a_right_that_is_withdrawn_ends_it(why: str) -> None:
    it = await desk()
    it.hears()
    await it.supervising.step()
    assert it.ended == []
    if why == "left":
        it.gone.add(S)
    elif why == "queue gone":
        it.home.all_groups.clear()
    else:
        it.terms(listening=why != "off", supervisors=() if why == "unnamed" else (S,))
    await it.supervising.step()
    assert it.ended == [("l1", S)]


async def test_nobody_hears_a_call_of_which_nothing_can_be_written_down() -> None:
    it = await desk()
    it.full = True
    with pytest.raises(OSError, match="no space"):
        await it.asks()
    assert it.asked == []
    it.hears()
    await it.supervising.step()
    assert (it.ended, it.audit) == ([("l1", S)], [])
    it.full = False
    await it.supervising.step()
    it.full, it.live = True, {}
    await it.supervising.step()
    it.full = False
    await it.supervising.step()
    await it.supervising.step()
    assert [action for action, _, _ in it.audit] == ["queue.call_listen", "queue.listening_ended"]


async def test_a_right_is_looked_at_also_while_nothing_can_be_written_down() -> None:
    it = await desk()
    it.hears()
    await it.supervising.step()
    it.full = True
    it.terms(listening=False, supervisors=(S,))
    it.hears("join")
    await it.supervising.step()
    assert ("l1", S) in it.ended


async def test_the_mode_is_changed_by_whose_call_it_is_alone() -> None:
    it = await desk()
    it.hears()
    await it.supervising.change(person(S), "l1", "join")
    assert it.modes == [("l1", "join")]
    for who, call_id in ((C, "l1"), (S, "r1")):
        with pytest.raises(UnknownListening):
            await it.supervising.change(person(who), call_id, "join")
    it.terms(listening=False, supervisors=(S,))
    with pytest.raises(CannotListen):
        await it.supervising.change(person(S), "l1", "listen")
