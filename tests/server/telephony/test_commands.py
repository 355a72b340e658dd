"""Commands about calls in progress, as browsers give them."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from msgspec import structs

from server.telephony.commands import CallBridge, Commander, Commands, Pace
from server.telephony.dialplan import Refusal
from server.telephony.refusals import (
    REFUSED_COMMAND,
    CallNotFound,
    CannotMeet,
    NotAllowed,
    NotPossibleNow,
    TelephonyError,
    TooManyCommands,
)
from tests.support.web import Web
from wire.commands import CommandAnswer, CommandRequest, Hold, Meet, PickUp, PickUpRequest, Refused
from wire.route import CallMeeting, Party, PickUpRinging
from wire.state import LiveCall, Member

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
ANNA_THERE, BRUNO_THERE = Commander(ANNA, "ANNAS"), Commander(BRUNO, "BRUNOS")
LIVE = {
    "call_id": "01CALL", "direction": "outbound", "state": "talking", "since": 2000, "on": "desk_phone",
    "peer": {"user_id": BRUNO, "name": "Bruno", "number": "202"},
    "room_id": None, "matrix_call_id": None, "held_by": None, "slot": None, "members": [], "earlier": [],
}  # fmt: skip


MEETING = CallMeeting(id="m1", room_id="!m1:localhost", title="Anna, Bruno", by=Party(ANNA, "Anna"))
OUTSIDE = Member(Party("@_tel_+39061:localhost", "", "+39061"))
SEVERAL = LiveCall(
    "01SEVERAL",
    "outbound",
    Party(),
    "talking",
    1,
    members=(Member(Party(BRUNO)), OUTSIDE),
    earlier=("01BEFORE",),
)


class Bridge:
    """Gives one answer, and remembers what it was asked."""

    def __init__(self, answer: CommandAnswer | None) -> None:
        self.answer = answer
        self.asked: list[object] = []

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer | None:
        self.asked.append((call_id, request))
        return self.answer

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer | None:
        self.asked.append(request)
        return self.answer


class Rights:
    """What rings for Bruno may be taken, and nothing else."""

    async def allowed(self, what: PickUp, user_id: str) -> PickUpRinging | Refusal:
        if what.extension == "202":
            return PickUpRinging((BRUNO,))
        return Refusal.FORBIDDEN if what.extension else Refusal.NOT_FOUND


def commands_of(bridge: CallBridge, pace: Pace = lambda _: True) -> Commands:
    return Commands(bridge, pace, Rights(), lambda _: (SEVERAL,))


class Meetings:
    """Makes one, and remembers for whom."""

    def __init__(self) -> None:
        self.made: list[tuple[str, list[str]]] = []
        self.discarded: list[str] = []

    async def make(self, user_id: str, people: Sequence[str]) -> CallMeeting:
        self.made.append((user_id, list(people)))
        return MEETING

    async def discard(self, user_id: str, meeting: CallMeeting) -> None:
        self.discarded.append(meeting.id)


async def test_a_command_is_the_persons_own_and_says_where_it_was_given() -> None:
    bridge = Bridge(CommandAnswer("01CALL", "701"))
    commands = commands_of(bridge)
    assert (await commands.command(ANNA_THERE, "01CALL", Hold())).slot == "701"
    await commands.pick_up(BRUNO_THERE, PickUp(slot="701"))
    assert bridge.asked == [
        ("01CALL", CommandRequest(ANNA, Hold(), "ANNAS")),
        PickUpRequest(BRUNO, PickUp(slot="701"), "BRUNOS"),
    ]


@pytest.mark.parametrize("refused", get_args(Refused))
async def test_each_refusal_of_the_bridge_keeps_its_name(refused: Refused) -> None:
    commands = commands_of(Bridge(CommandAnswer(refused=refused)))
    with pytest.raises(TelephonyError) as error:
        await commands.command(ANNA_THERE, "01CALL", Hold())
    assert error.value.code == refused
    assert REFUSED_COMMAND[refused] is type(error.value)


async def test_a_bridge_that_is_away_can_do_nothing_now() -> None:
    with pytest.raises(NotPossibleNow):
        await commands_of(Bridge(None)).pick_up(ANNA_THERE, PickUp(slot="701"))


async def test_who_commands_too_often_is_stopped_before_the_bridge() -> None:
    bridge = Bridge(CommandAnswer("01CALL"))
    commands = commands_of(bridge, lambda user_id: user_id == BRUNO)
    await commands.command(BRUNO_THERE, "01CALL", Hold())
    for refused in (
        commands.command(ANNA_THERE, "01CALL", Hold()),
        commands.pick_up(ANNA_THERE, PickUp(slot="1")),
    ):
        with pytest.raises(TooManyCommands):
            await refused
    assert len(bridge.asked) == 1


async def test_only_what_one_may_take_is_asked_for() -> None:
    bridge = Bridge(CommandAnswer("01CALL"))
    commands = commands_of(bridge)
    await commands.pick_up(ANNA_THERE, PickUp(extension="202", to="here"))
    assert bridge.asked == [
        PickUpRequest(ANNA, PickUp(extension="202", to="here"), "ANNAS", PickUpRinging((BRUNO,)))
    ]
    with pytest.raises(NotAllowed):
        await commands.pick_up(ANNA_THERE, PickUp(extension="203"))
    with pytest.raises(CallNotFound):
        await commands.pick_up(ANNA_THERE, PickUp(call_id="01OTHER"))
    assert len(bridge.asked) == 1


@pytest.mark.parametrize("named", ["01SEVERAL", "01BEFORE"])
async def test_a_call_of_several_goes_on_as_a_meeting_of_its_colleagues(named: str) -> None:
    bridge, meetings = Bridge(CommandAnswer("01SEVERAL", meeting=MEETING)), Meetings()
    commands = commands_of(bridge)
    commands.meetings = meetings
    answer = await commands.command(ANNA_THERE, named, Meet())
    assert (answer.meeting, meetings.made) == (MEETING, [(ANNA, [BRUNO])])
    assert bridge.asked == [("01SEVERAL", CommandRequest(ANNA, Meet(), "ANNAS", MEETING))]
    assert not meetings.discarded


@pytest.mark.parametrize("answer", [None, CommandAnswer(refused="meeting_not_possible")])
async def test_a_meeting_to_which_nobody_came_is_none(answer: CommandAnswer | None) -> None:
    commands, meetings = commands_of(Bridge(answer)), Meetings()
    commands.meetings = meetings
    with pytest.raises(TelephonyError):
        await commands.command(ANNA_THERE, "01SEVERAL", Meet())
    assert meetings.discarded == ["m1"]


async def test_a_meeting_to_which_they_came_though_nobody_said_so_stays() -> None:
    live, meetings = [SEVERAL], Meetings()

    class Slow(Bridge):
        async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer | None:
            live[:] = [structs.replace(SEVERAL, call_id="01GOES", members=(), meeting=MEETING)]
            return None

    commands = Commands(Slow(None), lambda _: True, Rights(), lambda _: live)
    commands.meetings = meetings
    assert (await commands.command(ANNA_THERE, "01SEVERAL", Meet())).meeting == MEETING
    assert not meetings.discarded


async def test_what_cannot_meet_says_so_and_makes_nothing() -> None:
    bridge, meetings = Bridge(CommandAnswer()), Meetings()
    calling = structs.replace(OUTSIDE, state="calling")
    gone_over = structs.replace(SEVERAL, call_id="01MET", members=(), meeting=MEETING)
    live = [
        structs.replace(SEVERAL, call_id="01TWO", members=()),
        structs.replace(SEVERAL, call_id="01RINGS", members=(*SEVERAL.members, calling)),
        gone_over,
    ]
    commands = Commands(bridge, lambda _: True, Rights(), lambda _: live)
    commands.meetings = meetings
    for call_id, error in {"01TWO": NotPossibleNow, "01RINGS": NotPossibleNow, "01X": CallNotFound}.items():
        with pytest.raises(error):
            await commands.command(ANNA_THERE, call_id, Meet())
    # Somebody else was faster: it is the same meeting.
    assert (await commands.command(ANNA_THERE, "01MET", Meet())).meeting == MEETING
    assert not meetings.made and not bridge.asked
    with pytest.raises(CannotMeet):
        await commands_of(bridge).command(ANNA_THERE, "01SEVERAL", Meet())


async def test_my_calls_in_progress_are_mine_alone(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna", "201"), await web.signed_in("Bruno", "202")
    state = {"users": {ANNA: {"calls": 1}}, "registered": ["201"], "live": {ANNA: [LIVE]}}
    assert (await web.internal("PUT", "/telephony-state", state)).status == 204
    seen = {
        **LIVE,
        "forwarded_by": None,
        "group": None,
        "recording": None,
        "call_back": False,
        "on_behalf_of": None,
        "peer_for": None,
        "meeting": None,
        "listeners": [],
        "listens": None,
    }
    assert (await anna.get("/api/v1/calls/live")).body == {"calls": [seen], "ringing_near": []}
    assert (await bruno.get("/api/v1/calls/live")).body == {"calls": [], "ringing_near": []}
    await web.internal("PUT", "/telephony-state", {"users": {}, "registered": ["201"]})
    assert (await anna.get("/api/v1/calls/live")).body == {"calls": [], "ringing_near": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"action": "hold"}, "not_possible_now"),
        ({"action": "transfer", "to": "202"}, "not_possible_now"),
        ({"action": "merge", "with": "01B"}, "not_possible_now"),
        ({"action": "fly"}, "invalid_field"),
        ({"action": "transfer"}, "invalid_field"),
        ({}, "invalid_field"),
        ("hold", "invalid_field"),
    ],
)
async def test_commands_reach_the_bridge_unless_they_are_malformed(web: Web, body: Any, code: str) -> None:
    """No bridge runs here."""
    anna = await web.signed_in("Anna", "201")
    answer = await anna.ask("POST", "/api/v1/calls/01CALL/commands", body)
    assert (answer.status, answer.code) == (409 if code == "not_possible_now" else 400, code)


async def test_a_burst_of_commands_is_cut_off_and_others_are_not(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna", "201"), await web.signed_in("Bruno", "202")
    codes = [await anna.ask("POST", "/api/v1/calls/pick-up", {"slot": "701"}) for _ in range(40)]
    refused = [answer for answer in codes if answer.code == "too_many_attempts"]
    assert {answer.status for answer in refused} == {429}
    assert refused[0].headers["Retry-After"] == "1"
    assert codes[0].code == "not_possible_now"
    assert (await bruno.ask("POST", "/api/v1/calls/pick-up", {"slot": "701"})).code == "not_possible_now"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "live"), ("POST", "01CALL/commands"), ("POST", "pick-up")]
)
async def test_strangers_have_no_calls(web: Web, method: str, path: str) -> None:
    answer = await web.browser().ask(method, f"/api/v1/calls/{path}", {"action": "hold"})
    assert (answer.status, answer.code) == (401, "not_signed_in")
