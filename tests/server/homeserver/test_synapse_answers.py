"""How long Synapse keeps the answers to requests with a transaction id, with its own cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from synapse.appservice import ApplicationService
from synapse.module_api import ModuleApi
from synapse.rest.client import transactions
from synapse.rest.client.transactions import HttpTransactionCache
from synapse.server import HomeServer
from synapse.synapse_rust.types import Requester
from synapse.types import UserID, create_requester
from synapse.util.duration import Duration
from twisted.web.iweb import IRequest

from server.homeserver.synapse_answers import KEPT, SAID_KEPT, AnswersKept


class _Clock:
    """Time that is set; what is called again and again is called by hand."""

    def __init__(self) -> None:
        self.now = 0
        self.looping: list[tuple[Callable[[], None], Duration]] = []

    def looping_call(self, call: Callable[[], None], period: Duration) -> None:
        self.looping.append((call, period))

    def time_msec(self) -> int:
        return self.now

    def pass_to(self, now: int) -> None:
        ((call, period),) = self.looping
        while self.now + period.as_millis() <= now:
            self.now += period.as_millis()
            call()
        self.now = now


class _House:
    def __init__(self) -> None:
        self.clock = _Clock()

    def get_clock(self) -> _Clock:
        return self.clock


class _Request:
    def __init__(self, path: str) -> None:
        self.path = path.encode()


ANNA = create_requester("@anna:localhost", device_id="BROWSER")
SERVICE = ApplicationService("token", "telephones", UserID("bot", "localhost"))
GHOST = create_requester("@tel_39:localhost", app_service=SERVICE)
SAID, CALLS = (
    f"/_matrix/client/v3/rooms/!r:localhost/send/{kind}/1" for kind in ("m.room.message", "m.call.hangup")
)


@pytest.mark.parametrize(
    ("requester", "path", "period"),
    [(ANNA, SAID, KEPT), (GHOST, CALLS, KEPT), (GHOST, SAID, SAID_KEPT)],
    ids=["device", "call", "voice message"],
)
@pytest.mark.parametrize("kept", [True, False])
def test_an_answer_is_kept_for_as_long_as_nothing_else_knows_it(
    monkeypatch: pytest.MonkeyPatch, requester: Requester, path: str, period: Duration, kept: bool
) -> None:
    monkeypatch.setattr(transactions, "CLEANUP_PERIOD", transactions.CLEANUP_PERIOD)
    monkeypatch.setattr(HttpTransactionCache, "_cleanup", HttpTransactionCache._cleanup)
    AnswersKept({}, cast(ModuleApi, None))
    house, answers = _House(), list[int]()
    cache = HttpTransactionCache(cast(HomeServer, house))

    async def answer() -> tuple[int, dict[str, Any]]:
        answers.append(1)
        return 200, {}

    def ask() -> None:
        cache.fetch_or_execute_request(cast(IRequest, _Request(path)), requester, answer)

    house.clock.now = 1
    ask()
    at = period.as_millis()
    house.clock.pass_to(at - 1 if kept else at + 2 * KEPT.as_millis())
    ask()
    assert len(answers) == (1 if kept else 2)
