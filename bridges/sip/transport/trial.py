"""What a provider answers when a line is tried: for whoever sets one up. Nothing in use is touched."""

import asyncio
from dataclasses import dataclass
from typing import Any

from bridges.sip.auth import DigestClient
from bridges.sip.message import Flow, OutgoingRequest
from bridges.sip.transport.api import TrunkConfig
from bridges.sip.transport.core import Core, Outcome
from bridges.sip.transport.line_requests import LineRequests
from bridges.sip.transport.presentation import hop_of

__all__ = ["Answer", "TrunkTrial", "try_trunk"]

#: Seconds that a server may be silent.
PATIENCE = 5.0
#: Servers of one name that are asked.
MOST = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to a request; `status` None when it said nothing."""

    method: str
    host: str
    port: int
    status: int | None
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class TrunkTrial:
    """`asked` is the name that was looked up, `servers` what the DNS said of it, best first."""

    name: str
    asked: str
    transport: str
    servers: tuple[tuple[str, int], ...]
    answers: tuple[Answer, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "asked": self.asked,
            "transport": self.transport,
            "servers": [{"host": host, "port": port} for host, port in self.servers],
            "answers": [
                {"method": a.method, "host": a.host, "port": a.port, "status": a.status, "phrase": a.phrase}
                for a in self.answers
            ],
        }


async def try_trunk(core: Core, config: TrunkConfig) -> TrunkTrial:
    """Look its servers up and ask each by OPTIONS. The credentials of a line that registers are tried by a
    REGISTER without a Contact, which changes nothing (RFC 3261, Section 10.2.3)."""
    asked, port = hop_of(config)
    servers = (await core.locator.find(asked, port, config.transport))[:MOST]
    trial = _Trial(core, config)
    answers = list(await asyncio.gather(*(trial.ask("OPTIONS", *server) for server in servers)))
    if config.kind == "register" and servers:
        there = next((a for a in answers if a.status is not None), answers[0])
        answers.append(await trial.ask("REGISTER", there.host, there.port))
    return TrunkTrial(config.name, asked, config.transport.value, tuple(servers), tuple(answers))


class _Trial:
    def __init__(self, core: Core, config: TrunkConfig) -> None:
        self._core = core
        self._config = config
        self._requests = LineRequests(core, config)
        self._digest = DigestClient(config.auth_username or config.username or "", config.password or "")

    async def ask(self, method: str, host: str, port: int) -> Answer:
        """The final answer, after what challenges there are."""
        flow = Flow(self._config.transport, host, port)
        attempt = self._digest.attempt()
        while True:
            credentials = self._digest.headers(method, self._requests.uri, self._core.new_tag())
            outcome = await self._outcome(self._requests.request(method, flow, credentials), flow)
            if outcome is None:
                return Answer(method, host, port, None)
            challenged = outcome.response is not None and outcome.status in {401, 407}
            if not (challenged and outcome.response and attempt.take(outcome.response.headers)):
                # Silence and what could not be sent have no response.
                status = outcome.status if outcome.response is not None else None
                return Answer(method, host, port, status, outcome.phrase)

    async def _outcome(self, request: OutgoingRequest, flow: Flow) -> Outcome | None:
        final: asyncio.Future[Outcome] = self._core.loop.create_future()

        def answered(outcome: Outcome) -> None:
            if outcome.status >= 200 and not final.done():
                final.set_result(outcome)

        self._core.send(request, flow, answered)
        try:
            async with asyncio.timeout(PATIENCE):
                return await final
        except TimeoutError:
            return None
