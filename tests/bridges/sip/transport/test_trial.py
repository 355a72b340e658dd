"""A line is tried: what an administrator is told of a provider."""

import asyncio
from dataclasses import replace

import pytest

from bridges.sip.message import Request, Transport, make_response
from bridges.sip.message.reply import Header
from bridges.sip.transport import trial as trial_module
from bridges.sip.transport.api import TrunkConfig
from bridges.sip.transport.endpoint import SipEndpoint
from bridges.sip.transport.trial import Answer
from tests.bridges.sip.transport.endpoints import CONFIG, LOCAL, Peer, peer, running

CHALLENGE = ("WWW-Authenticate", 'Digest realm="isp", nonce="n1", algorithm=MD5, qop="auth"')


async def answers(provider: Peer, endpoint: SipEndpoint, good: int) -> list[str]:
    """Answers OPTIONS, challenges a REGISTER, and answers its credentials with `good`; what it was asked."""
    asked: list[str] = []
    while True:
        request = await provider.received.get()
        assert isinstance(request, Request)
        asked.append(request.method)
        status = 200
        headers: list[Header] = []
        if request.method == "REGISTER":
            proved = request.header("authorization") is not None
            assert not request.contacts
            status, headers = (good, []) if proved else (401, [CHALLENGE])
        provider.send(make_response(request, status, to_tag="p", headers=headers), endpoint.udp_port)
        if status == good and request.method == "REGISTER":
            return asked


@pytest.mark.parametrize("good", [200, 403])
async def test_a_provider_says_whether_the_credentials_are_right(good: int) -> None:
    async with peer() as provider:
        line = TrunkConfig("isp", LOCAL, provider.port, kind="register", username="u", password="p")
        endpoint = SipEndpoint(replace(CONFIG, trunks=()))
        async with running(endpoint):
            told = asyncio.create_task(trial_module.try_trunk(endpoint._core, line))
            assert await answers(provider, endpoint, good) == ["OPTIONS", "REGISTER", "REGISTER"]
            trial = await told
    assert (trial.asked, trial.transport, trial.servers) == (LOCAL, "UDP", ((LOCAL, provider.port),))
    assert [(a.method, a.status) for a in trial.answers] == [("OPTIONS", 200), ("REGISTER", good)]


async def test_a_silent_provider_is_told_from_one_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "PATIENCE", 0.05)
    async with peer() as silent:
        line = TrunkConfig("isp", LOCAL, silent.port, keep_alive=0)
        endpoint = SipEndpoint(replace(CONFIG, trunks=(line,)))
        async with running(endpoint):
            trial = await endpoint.try_trunk("isp")
            assert trial.answers == (Answer("OPTIONS", LOCAL, silent.port, None),)
            assert trial.to_json()["servers"] == [{"host": LOCAL, "port": silent.port}]
            with pytest.raises(KeyError):
                await endpoint.try_trunk("nobody")


async def test_a_name_without_an_address_has_no_server() -> None:
    async with running(SipEndpoint(CONFIG)) as endpoint:
        line = TrunkConfig("isp", "no-such-provider.invalid", 5060, transport=Transport.UDP)
        trial = await trial_module.try_trunk(endpoint._core, line)
    assert (trial.servers, trial.answers) == ((), ())
