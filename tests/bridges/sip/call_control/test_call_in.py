"""Which commands bring a call between browsers into the house, and whose."""

import pytest

from bridges.sip.call_control.call_in import CallingIn
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import BRUNO
from wire.commands import (
    Add,
    CallBackRequest,
    Command,
    CommandAnswer,
    CommandRequest,
    HangUp,
    Hold,
    ListenMode,
    ListenRequest,
    Merge,
    Park,
    PickUp,
    PickUpRequest,
    RingMeAnswer,
    RingMeRequest,
    RingNoMore,
    Transfer,
)
from wire.record import CallRecord
from wire.route import Party


class Surroundings:
    """The commands, the calls and the way into the house; `log` is what was asked of them, in order."""

    def __init__(self, *, comes: bool = True) -> None:
        self.log: list[str] = []
        self._comes = comes

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer:
        self.log.append("command")
        return CommandAnswer(call_id)

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer:
        self.log.append("pick_up")
        return CommandAnswer("c2")

    def ring_no_more(self, request: RingNoMore) -> None:
        self.log.append("ring_no_more")

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer:
        return RingMeAnswer(request.call_id)

    def rung(self, call_id: str) -> RingMeAnswer:
        return RingMeAnswer(call_id, over=True)

    async def call_back(self, request: CallBackRequest) -> CommandAnswer:
        self.log.append("call_back")
        return CommandAnswer(request.call_id)

    async def listen(self, request: ListenRequest) -> CommandAnswer:
        return CommandAnswer(request.call_id)

    def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer:
        return CommandAnswer(call_id)

    async def bring_in(self, call_id: str) -> bool:
        self.log.append("recall")
        return self._comes

    def record(self, call_id: str) -> CallRecord | None:
        if call_id != "c1":
            return None
        caller, callee = Party(user_id=ANNA), Party(user_id=BRUNO)
        return CallRecord(id="c1", via="matrix", dialled=BRUNO, started_at=1, caller=caller, callee=callee)


@pytest.mark.parametrize(
    ("call_id", "who", "command", "log"),
    [
        ("c1", ANNA, Transfer(to="203"), ["recall", "command"]),
        ("c1", BRUNO, Park(), ["recall", "command"]),
        ("c1", ANNA, Add("203"), ["recall", "command"]),
        ("c1", ANNA, Merge("c1"), ["recall", "recall", "command"]),
        ("c1", ANNA, Merge("c2"), ["recall", "command"]),
        ("c2", ANNA, Merge("c1"), ["command"]),
        ("c1", BRUNO, Hold(), ["command"]),
        ("c1", ANNA, HangUp(), ["command"]),
        ("c1", "@chiara:localhost", Transfer(to="203"), ["command"]),
        ("c2", ANNA, Transfer(to="203"), ["command"]),
    ],
)
async def test_what_needs_the_house_and_is_of_the_call_comes_in_first(
    call_id: str, who: str, command: Command, log: list[str]
) -> None:
    around = Surroundings()
    await CallingIn(around, around, around).command(call_id, CommandRequest(who, command))
    assert around.log == log


async def test_where_it_does_not_come_in_the_command_says_what_follows() -> None:
    around = Surroundings(comes=False)
    answer = await CallingIn(around, around, around).command("c1", CommandRequest(ANNA, Park()))
    assert (around.log, answer) == (["recall", "command"], CommandAnswer("c1"))


async def test_a_call_for_others_is_picked_up_as_it_is() -> None:
    around = Surroundings()
    answer = await CallingIn(around, around, around).pick_up(PickUpRequest(ANNA, PickUp(slot="701")))
    assert (around.log, answer.call_id) == (["pick_up"], "c2")
