"""Case 12: finding a provider's servers by the DNS, over a nameserver on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bridges.sip.message import Request, Transport, make_response
from bridges.sip.transport import locator as locator_module
from bridges.sip.transport.api import Answered, Ended, NameAddress, OutgoingCall, TrunkConfig
from bridges.sip.transport.endpoint import SipEndpoint
from bridges.sip.transport.locator import Locator
from bridges.sip.transport.trunks import SHORT_PATIENCE
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    REALM,
    SILENCE,
    T1,
    Listener,
    Peer,
    peer,
    running,
    within,
)
from tests.support.clock import let_pass
from tests.support.nameserver import Records, nameserver
from tests.support.patience import PATIENCE

UDP, TCP = Transport.UDP, Transport.TCP
HOST = "isp.example"
SRV = ("_sip._udp.isp.example", "SRV")
A = ("a.isp.example", "A")
#: Seconds that what was found is kept here at least.
KEPT = 600.0


@pytest.fixture(autouse=True)
def _on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nameserver of these tests answers, and what was found or is avoided stays so, until time passes."""
    monkeypatch.setattr(locator_module, "PATIENCE", PATIENCE)
    monkeypatch.setattr(locator_module, "SHORTEST", KEPT)
    monkeypatch.setattr(locator_module, "LONGEST", KEPT)
    monkeypatch.setattr(locator_module, "AVOIDED", KEPT)


async def servers_of(
    records: Records,
    host: str = HOST,
    port: int | None = None,
    transport: Transport = UDP,
    *,
    ipv6: bool = False,
) -> list[tuple[str, int]]:
    async with nameserver(records) as server:
        return await Locator(ipv6=ipv6, nameservers=[server.address]).find(host, port, transport)


async def test_case_12_a_provider_with_srv_records_only_is_found() -> None:
    """Case 12: A provider with SRV records only."""
    records = {SRV: ["10 0 5062 a.isp.example."], A: ["192.0.2.1", "192.0.2.2"]}
    assert sorted(await servers_of(records)) == [("192.0.2.1", 5062), ("192.0.2.2", 5062)]


async def test_case_12_naptr_leads_to_the_srv_records_of_the_transport() -> None:
    naptr = ['20 50 "s" "SIP+D2U" "" _other._udp.isp.example.', '10 50 "s" "SIP+D2T" "" _x._tcp.isp.example.']
    records = {
        (HOST, "NAPTR"): naptr,
        ("_other._udp.isp.example", "SRV"): ["5 0 5070 a.isp.example."],
        ("_x._tcp.isp.example", "SRV"): ["5 0 5080 a.isp.example."],
        A: ["192.0.2.1"],
    }
    assert await servers_of(records) == [("192.0.2.1", 5070)]
    assert await servers_of(records, transport=TCP) == [("192.0.2.1", 5080)]


async def test_case_12_without_srv_records_the_name_has_addresses_and_the_usual_port() -> None:
    assert await servers_of({(HOST, "A"): ["192.0.2.9"]}) == [("192.0.2.9", 5060)]
    assert await servers_of({(HOST, "A"): ["192.0.2.9"], SRV: ["0 0 0 ."]}) == [("192.0.2.9", 5060)]


async def test_case_12_a_port_in_the_configuration_means_no_srv() -> None:
    async with nameserver({SRV: ["1 0 5062 a.isp.example."], (HOST, "A"): ["192.0.2.9"]}) as server:
        locator = Locator(ipv6=False, nameservers=[server.address])
        assert await locator.find(HOST, 5080, UDP) == [("192.0.2.9", 5080)]
        assert not {"SRV", "NAPTR"} & {kind for _, kind in server.asked}


async def test_case_12_of_both_families_the_one_that_we_speak_is_taken() -> None:
    records = {(HOST, "A"): ["192.0.2.9"], (HOST, "AAAA"): ["2001:db8::9"]}
    assert await servers_of(records) == [("192.0.2.9", 5060)]
    assert await servers_of(records, ipv6=True) == [("2001:db8::9", 5060)]


async def test_case_12_an_address_needs_no_dns_and_an_unknown_name_has_none() -> None:
    assert await servers_of({}, "192.0.2.7") == [("192.0.2.7", 5060)]
    assert await servers_of({}, "[2001:db8::7]", 5070) == [("2001:db8::7", 5070)]
    assert await servers_of({}) == []


async def test_case_12_what_was_found_serves_while_the_dns_is_away_and_changes_with_it() -> None:
    async with nameserver({SRV: ["1 0 5062 a.isp.example."], A: ["192.0.2.1"]}, ttl=0) as server:
        locator = Locator(ipv6=False, nameservers=[server.address])
        assert await locator.find(HOST, None, UDP) == [("192.0.2.1", 5062)]
        server.records = {SRV: ["1 0 5063 a.isp.example."], A: ["192.0.2.2"]}
        assert await locator.find(HOST, None, UDP) == [("192.0.2.1", 5062)], "kept for a moment"
        let_pass(KEPT)
        assert await locator.find(HOST, None, UDP) == [("192.0.2.2", 5063)]
        server.records = {}
        let_pass(KEPT)
        assert await locator.find(HOST, None, UDP) == [("192.0.2.2", 5063)]


# --- fail-over ---


@asynccontextmanager
async def line_with_two_servers() -> AsyncIterator[tuple[SipEndpoint, Peer, Peer]]:
    async with peer() as first, peer() as second:
        srv = [f"10 0 {first.port} a.isp.example.", f"20 0 {second.port} a.isp.example."]
        async with nameserver({SRV: srv, A: [LOCAL]}) as server:
            line = TrunkConfig("isp", HOST, None, keep_alive=0)
            config = replace(CONFIG, trunks=(line,), nameservers=(server.address,))
            async with running(SipEndpoint(config)) as endpoint:
                yield endpoint, first, second


async def call_out(endpoint: SipEndpoint) -> OutgoingCall:
    target = endpoint.trunk_target("isp", "+390698765432")
    assert target.uri == "sip:+390698765432@isp.example"
    return await endpoint.invite(
        target, from_=NameAddress(f"sip:+390612345201@{REALM}"), to=NameAddress(target.uri), sdp=OFFER
    )


def answer(socket: Peer, endpoint: SipEndpoint, request: Request, status: int, body: bytes = b"") -> None:
    headers = [("Contact", f"<sip:isp@{LOCAL}:{socket.port}>")]
    data = make_response(request, status, to_tag=f"at{socket.port}", headers=headers, body=body)
    socket.send(data, endpoint.udp_port)


async def test_case_12_a_silent_server_is_followed_by_the_next_and_avoided_for_a_while() -> None:
    """Case 12: the next target when one fails."""
    async with line_with_two_servers() as (endpoint, first, second):
        call = Listener(await call_out(endpoint))
        asked = await first.request("INVITE")
        let_pass(SHORT_PATIENCE * T1)
        again = await second.request("INVITE")
        assert (again.call_id, again.target, again.body) == (asked.call_id, asked.target, asked.body)
        answer(second, endpoint, again, 200, ANSWER.encode())
        await call.next(Answered)
        await call_out(endpoint)
        assert (await second.request("INVITE")).call_id != asked.call_id


async def test_case_12_a_server_in_trouble_is_followed_by_the_next() -> None:
    async with line_with_two_servers() as (endpoint, first, second):
        call = Listener(await call_out(endpoint))
        answer(first, endpoint, await first.request("INVITE"), 503)
        answer(second, endpoint, await second.request("INVITE"), 503)
        assert (await call.next(Ended)).status == 503


async def test_case_12_what_a_server_says_of_the_callee_is_not_asked_of_the_next() -> None:
    async with line_with_two_servers() as (endpoint, first, second):
        call = Listener(await call_out(endpoint))
        answer(first, endpoint, await first.request("INVITE"), 486)
        assert (await call.next(Ended)).status == 486
        assert second.received.empty()


async def test_case_12_a_server_that_wakes_too_late_is_cancelled_or_hung_up() -> None:
    async with line_with_two_servers() as (endpoint, first, second):
        call = Listener(await call_out(endpoint))
        late = await first.request("INVITE")
        let_pass(SHORT_PATIENCE * T1)
        answer(second, endpoint, await second.request("INVITE"), 200, ANSWER.encode())
        await call.next(Answered)
        answer(first, endpoint, late, 180)
        assert (await first.request("CANCEL")).branch == late.branch
        answer(first, endpoint, late, 200, ANSWER.encode())
        await first.request("BYE")
        assert call.empty


async def test_case_12_registration_takes_the_next_server_too() -> None:
    async with peer() as first, peer() as second:
        srv = [f"10 0 {first.port} a.isp.example.", f"20 0 {second.port} a.isp.example."]
        async with nameserver({SRV: srv, A: [LOCAL]}) as server:
            line = TrunkConfig("isp", HOST, None, "register", username="u", password="p")
            config = replace(CONFIG, trunks=(line,), nameservers=(server.address,))
            endpoint = SipEndpoint(config)
            up = asyncio.Event()
            endpoint.on_trunk_change = lambda status: up.set() if status.up else None
            async with running(endpoint):
                await first.request("REGISTER")
                let_pass(SILENCE)
                answer(second, endpoint, await second.request("REGISTER"), 200)
                await within(up.wait())
