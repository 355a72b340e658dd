"""Sending call events: in order, again and again, but nothing that has lost its meaning."""

import asyncio
import json
from typing import Any

import pytest

from bridges.sip.appservice import sender as sender_module
from bridges.sip.appservice.client import MatrixRefused, MatrixUnavailable
from bridges.sip.appservice.sender import Lane
from bridges.sip.matrix_call.content import Hangup, Invite, SelectAnswer

INVITE = Invite(call_id="c", party_id="p", sdp="v=0", lifetime=60.0)
SELECT = SelectAnswer(call_id="c", party_id="p", selected_party_id="q")
HANGUP = Hangup(call_id="c", party_id="p")


class Homeserver:
    """Fails with the given errors, one an attempt, then takes everything."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.attempts: list[tuple[str, str]] = []
        self.sent: list[str] = []
        self.attempted = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def send_event(
        self, user_id: str, room_id: str, event_type: str, content: dict[str, Any], transaction: str
    ) -> str:
        self.attempts.append((event_type, transaction))
        self.attempted.set()
        await self.open.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(event_type)
        return "$event"


def lane(homeserver: Homeserver, refusals: list[str] | None = None) -> Lane:
    told = refusals if refusals is not None else []
    return Lane(homeserver, "CALL", "@a:localhost", "!r:localhost", lambda: told.append("refused"))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "delay", lambda *_args, **_options: 0.0)


async def test_events_keep_their_order_and_a_repeated_one_its_transaction() -> None:
    homeserver = Homeserver(MatrixUnavailable("502"), MatrixUnavailable("429", 0.001))
    one = lane(homeserver)
    one.send(INVITE)
    one.send(SELECT)
    await one.drained()
    assert homeserver.sent == ["m.call.invite", "m.call.select_answer"]
    assert len({transaction for kind, transaction in homeserver.attempts if kind == "m.call.invite"}) == 1
    assert one.idle


async def test_a_refused_event_is_told_and_the_rest_is_dropped() -> None:
    refusals: list[str] = []
    homeserver = Homeserver(MatrixRefused("M_FORBIDDEN"))
    one = lane(homeserver, refusals)
    one.send(INVITE)
    one.send(SELECT)
    await one.drained()
    assert homeserver.sent == []
    assert refusals == ["refused"]


async def test_a_hangup_replaces_what_was_not_even_tried() -> None:
    homeserver = Homeserver()
    homeserver.open.clear()
    one = lane(homeserver)
    one.send(INVITE)
    await homeserver.attempted.wait()
    one.send(SELECT)
    one.send(HANGUP)
    homeserver.open.set()
    await one.drained()
    assert homeserver.sent == ["m.call.invite", "m.call.hangup"]


async def test_a_call_that_was_never_tried_needs_no_hangup() -> None:
    homeserver = Homeserver()
    one = lane(homeserver)
    one.send(INVITE)
    one.send(HANGUP)
    await one.drained()
    assert homeserver.attempts == []


async def test_after_the_end_of_the_call_only_the_hangup_is_repeated() -> None:
    homeserver = Homeserver(MatrixUnavailable("502"))
    homeserver.open.clear()
    one = lane(homeserver)
    one.send(INVITE)
    await homeserver.attempted.wait()
    one.send(HANGUP)
    homeserver.open.set()
    await one.drained()
    assert homeserver.sent == ["m.call.hangup"]


async def test_an_event_that_lost_its_meaning_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(sender_module, "monotonic", lambda: now)
    homeserver = Homeserver()
    one = lane(homeserver)
    one.send(INVITE)
    now = 200.0
    one.send(SELECT)
    await one.drained()
    assert homeserver.sent == ["m.call.select_answer"]


async def test_ending_a_call_of_an_earlier_process() -> None:
    homeserver = Homeserver()
    one = lane(homeserver)
    one.hang_up("c", "p", "unknown_error")
    await one.drained()
    assert homeserver.sent == ["m.call.hangup"]


async def test_what_waited_is_sent_by_the_next_process_under_the_same_transaction() -> None:
    homeserver = Homeserver()
    homeserver.open.clear()
    before = lane(homeserver)
    before.send(INVITE)
    before.send(SELECT)
    await homeserver.attempted.wait()
    kept = json.loads(json.dumps(before.snapshot()))
    before.cancel()
    homeserver.open.set()
    after = Lane.restore(homeserver, kept, lambda: None)
    await after.drained()
    assert homeserver.sent == ["m.call.invite", "m.call.select_answer"]
    assert homeserver.attempts[0] == homeserver.attempts[1]  # the homeserver takes it once
    after.send(HANGUP)
    await after.drained()
    assert len({transaction for _, transaction in homeserver.attempts}) == 3
    assert Lane.restore(homeserver, after.snapshot(), lambda: None).idle


async def test_what_is_no_snapshot_of_a_lane_is_told() -> None:
    kept = lane(Homeserver()).snapshot()
    with pytest.raises(ValueError, match="event"):
        Lane.restore(Homeserver(), {**kept, "waiting": [["m.call.invite", {}, "t"]]}, lambda: None)
