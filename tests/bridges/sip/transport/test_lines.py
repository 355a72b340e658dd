"""Outside lines over real sockets: whose calls come in, and how calls go out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bridges.sip.message import OutgoingRequest, Request, Transport, make_response
from bridges.sip.transport.api import (
    Ended,
    FromTrunk,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    TrunkConfig,
    TrunkStatus,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    CONFIG,
    LOCAL,
    OFFER,
    REALM,
    SILENCE,
    Listener,
    Peer,
    accounts,
    peer,
    running,
    within,
)
from tests.bridges.sip.transport.test_registration import Phone
from tests.support.clock import let_pass

#: Where the line of these tests is, and two addresses that it calls from, too.
LINE, SECOND, IN_NETWORK = "127.0.0.2", "127.0.0.3", "127.0.1.77"


def invite(sent_by: str, from_: str = "<sip:+390655510177@isp.example>", **more: Any) -> OutgoingRequest:
    request = OutgoingRequest(
        method="INVITE",
        uri=f"sip:+390612345201@{REALM}",
        transport=Transport.UDP,
        sent_by=sent_by,
        branch="z9hG4bKline",
        from_=f"{from_};tag=a1",
        to=f"<sip:+390612345201@{REALM}>",
        call_id="line-1",
        cseq=1,
        headers=(("Contact", f"<sip:isp@{sent_by}>"),),
        body=OFFER.encode(),
    )
    return replace(request, **more)


@asynccontextmanager
async def house(*trunks: TrunkConfig) -> AsyncIterator[tuple[SipEndpoint, "asyncio.Queue[IncomingCall]"]]:
    """An endpoint with these lines, and the calls that come in."""
    calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
    endpoint = SipEndpoint(replace(CONFIG, trunks=trunks), accounts)
    endpoint.on_invite = calls.put
    async with running(endpoint):
        yield endpoint, calls


PROVIDER = TrunkConfig("isp", LINE, 5060, addresses=(SECOND, "127.0.1.0/24"), keep_alive=0)


async def test_a_flood_in_a_lines_name_rings_no_more_than_a_line_may_bring() -> None:
    calls: list[IncomingCall] = []

    async def take(call: IncomingCall) -> None:
        calls.append(call)

    config = replace(CONFIG, trunks=(PROVIDER,), trunk_calls=15, trunk_calls_per_second=10)
    endpoint = SipEndpoint(config, accounts)
    endpoint.on_invite = take

    async def ask(socket: Peer, number: int) -> int:
        request = invite(f"{LINE}:{socket.port}", branch=f"z9hG4bKflood{number}", call_id=f"flood-{number}")
        socket.send(request.encode(), endpoint.udp_port)
        answer = await socket.response(lambda response: response.branch == request.branch)
        assert answer.status == 100 or answer.headers["retry-after"]
        return answer.status

    async with running(endpoint), peer(LINE) as socket:
        answers = [await ask(socket, number) for number in range(1_000)]
        assert answers == [100] * 15 + [503] * 985
        assert len(calls) == 15
        calls[0].reject(486)
        assert await ask(socket, 1_000) == 100
        assert await ask(socket, 1_001) == 503


@pytest.mark.parametrize("source", [LINE, SECOND, IN_NETWORK])
async def test_case_11_a_provider_calls_from_other_addresses_and_ports_over_udp(source: str) -> None:
    """Case 11: The provider's other addresses and ports."""
    async with house(PROVIDER) as (endpoint, calls), peer(source) as socket:
        socket.send(invite(f"{source}:{socket.port}").encode(), endpoint.udp_port)
        call = await within(calls.get())
        assert (call.origin, call.caller_number) == (FromTrunk("isp"), "+390655510177")


@pytest.mark.parametrize("source", [LINE, SECOND])
async def test_case_11_a_provider_calls_over_tcp_whatever_its_configured_transport(source: str) -> None:
    """Case 11: The provider's other addresses and ports."""
    async with house(PROVIDER) as (endpoint, calls):
        _, writer = await asyncio.open_connection(LOCAL, endpoint.tcp_port, local_addr=(source, 0))
        writer.write(invite(f"{source}:5070", transport=Transport.TCP).encode())
        assert (await within(calls.get())).origin == FromTrunk("isp")
        writer.close()


async def test_case_11_a_stranger_beside_the_provider_is_still_challenged() -> None:
    """Case 11: The provider's other addresses and ports."""
    async with house(PROVIDER) as (endpoint, calls), peer("127.0.0.4") as socket:
        socket.send(invite(f"127.0.0.4:{socket.port}").encode(), endpoint.udp_port)
        assert (await socket.response()).status == 407
        assert calls.empty()


@pytest.mark.parametrize(
    ("from_", "headers"),
    [
        (f"<sip:201@{REALM}>", ()),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', (("P-Preferred-Identity", f"<sip:201@{REALM}>"),)),
        (
            "<sip:x@y>",
            (
                (
                    "Proxy-Authorization",
                    f'Digest username="201", realm="{REALM}", nonce="n", uri="u", response="r"',
                ),
            ),
        ),
    ],
)
async def test_case_11_a_phone_that_shares_the_address_of_a_line_signs_in(
    from_: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """Case 11: a line and phones behind one address."""
    async with house(replace(PROVIDER, host=LOCAL)) as (endpoint, calls), peer() as socket:
        request = invite(f"{LOCAL}:{socket.port}", from_)
        socket.send(replace(request, headers=(*request.headers, *headers)).encode(), endpoint.udp_port)
        assert (await socket.response()).status == 407
        assert calls.empty()


async def test_case_11_a_registered_phone_at_the_address_of_a_line_signs_in_whatever_its_from() -> None:
    """Case 11: a line and phones behind one address."""
    async with house(replace(PROVIDER, host=LOCAL)) as (endpoint, calls), peer() as socket:
        assert (await Phone(socket, endpoint).authenticated("REGISTER")).status == 200
        anonymous = "<sip:anonymous@anonymous.invalid>"
        socket.send(invite(f"{LOCAL}:{socket.port}", anonymous).encode(), endpoint.udp_port)
        assert (await socket.response()).status == 407
        assert calls.empty()


async def test_case_11_of_two_lines_at_one_address_the_port_tells() -> None:
    """Case 11: whose call is this."""
    async with peer(LINE) as first, peer(LINE) as second:
        lines = [TrunkConfig(name, LINE, at.port, keep_alive=0) for name, at in (("a", first), ("b", second))]
        async with house(*lines) as (endpoint, calls):
            second.send(invite(f"{LINE}:{second.port}").encode(), endpoint.udp_port)
            assert (await within(calls.get())).origin == FromTrunk("b")
            async with peer(LINE) as other:
                other.send(
                    invite(f"{LINE}:{second.port}", branch="z9hG4bKo", call_id="o").encode(),
                    endpoint.udp_port,
                )
                assert (await within(calls.get())).origin == FromTrunk("b"), "its Via names the port"


# --- calls out ---

NUMBER = "+390698765432"


def plain(socket: Peer, **more: Any) -> TrunkConfig:
    return TrunkConfig("isp", LOCAL, socket.port, keep_alive=0, **more)


async def call_out(endpoint: SipEndpoint) -> OutgoingCall:
    return await endpoint.invite(
        endpoint.trunk_target("isp", NUMBER),
        from_=NameAddress(f"sip:+390612345201@{REALM}"),
        to=NameAddress(f"sip:{NUMBER}@isp.example"),
        sdp=OFFER,
    )


def answer(socket: Peer, endpoint: SipEndpoint, request: Request, status: int, *contacts: str) -> None:
    headers = [("Contact", contact) for contact in contacts]
    socket.send(make_response(request, status, to_tag="far", headers=headers), endpoint.udp_port)


@pytest.mark.parametrize("status", [300, 301, 302])
async def test_case_16_a_line_that_names_another_of_its_servers_is_followed(status: int) -> None:
    """Case 16: redirections."""
    async with peer() as first, peer() as second, house(plain(first)) as (endpoint, _):
        call = await call_out(endpoint)
        asked = await first.request("INVITE")
        elsewhere = f"<sip:00390698765432@{LOCAL}:{second.port}>;q=0.5"
        answer(first, endpoint, asked, status, f"<sip:+390600@{LOCAL}:9>", elsewhere)
        assert (await first.request("ACK")).branch == asked.branch
        again = await second.request("INVITE")
        assert again.target == f"sip:{NUMBER}@{LOCAL}:{second.port}"
        assert (again.call_id, again.cseq.sequence, again.body) == (asked.call_id, 2, asked.body)
        answer(second, endpoint, again, 480)
        ended = await Listener(call).next(Ended)
        assert ended.status == 480


@pytest.mark.parametrize(
    ("status", "contacts"),
    [
        (302, ()),
        (302, ("<sip:+390600@127.0.0.1:9>",)),
        (302, ("<mailto:x@y>",)),
        (305, ("<sip:proxy.example>",)),
        (380, (f"<sip:{NUMBER}@127.0.0.1:9>",)),
    ],
)
async def test_case_16_a_callee_who_is_forwarded_elsewhere_is_not_dialled_at_our_cost(
    status: int, contacts: tuple[str, ...]
) -> None:
    """Case 16: redirections."""
    async with peer() as socket, house(plain(socket)) as (endpoint, _):
        call = await call_out(endpoint)
        answer(socket, endpoint, await socket.request("INVITE"), status, *contacts)
        assert (await Listener(call).next(Ended)).status == status


async def test_case_16_two_servers_that_send_a_call_to_each_other_end_it() -> None:
    """Case 16: redirections."""
    async with peer() as first, peer() as second, house(plain(first)) as (endpoint, _):
        call = await call_out(endpoint)
        for turn in range(4):
            here, there = (first, second) if turn % 2 == 0 else (second, first)
            contact = f"<sip:{NUMBER}@{LOCAL}:{there.port}>"
            answer(here, endpoint, await here.request("INVITE"), 302, contact)
        assert (await Listener(call).next(Ended)).status == 302


async def test_case_13_the_account_stands_in_from_and_all_goes_through_the_proxy() -> None:
    """Case 13: The account has to stand in From."""
    async with peer() as proxy:
        line = TrunkConfig(
            "isp", "isp.example", 5060, username="user", password="secret", keep_alive=0,
            auth_username="auth-user", from_user="account77", from_domain="isp.example",
            outbound_proxy=f"{LOCAL}:{proxy.port}",
        )  # fmt: skip
        async with house(line) as (endpoint, calls):
            caller, headers = endpoint.trunk_caller("isp", "+390612345201")
            target = endpoint.trunk_target("isp", NUMBER)
            credentials = endpoint.trunk_credentials("isp")
            to = NameAddress(target.uri)
            await endpoint.invite(
                target, from_=caller, to=to, sdp=OFFER, headers=headers, credentials=credentials
            )
            asked = await proxy.request("INVITE")
            assert asked.target == f"sip:{NUMBER}@isp.example:5060"
            assert (asked.from_.uri.user, asked.from_.uri.host) == ("account77", "isp.example")
            assert asked.headers["p-asserted-identity"] == ["<sip:+390612345201@isp.example>"]
            assert asked.headers["route"] == [f"<sip:{LOCAL}:{proxy.port};lr>"]
            challenge = [("WWW-Authenticate", 'Digest realm="isp", nonce="n1", qop="auth", algorithm=MD5')]
            proxy.send(make_response(asked, 401, to_tag="t", headers=challenge), endpoint.udp_port)
            again = await proxy.request("INVITE")
            assert 'username="auth-user"' in again.headers["authorization"][0]
            assert (again.from_.uri.user, again.headers["route"]) == ("account77", asked.headers["route"])
            proxy.send(invite(f"{LOCAL}:{proxy.port}", branch="z9hG4bKin").encode(), endpoint.udp_port)
            assert (await within(calls.get())).origin == FromTrunk("isp"), "the proxy's calls are the line's"


async def test_case_13_registration_goes_through_the_proxy_with_the_providers_names() -> None:
    """Case 13: outbound proxy and authentication name of a line that registers."""
    async with peer() as proxy:
        line = TrunkConfig(
            "isp", "sip.isp.example", 5060, "register", username="user", password="secret",
            auth_username="auth-user", from_domain="isp.example", outbound_proxy=f"{LOCAL}:{proxy.port}",
        )  # fmt: skip
        async with house(line) as (endpoint, _):
            asked = await proxy.request("REGISTER")
            assert (asked.target, str(asked.to.uri)) == ("sip:sip.isp.example", "sip:user@isp.example")
            assert asked.headers["route"] == [f"<sip:{LOCAL}:{proxy.port};lr>"]
            challenge = [("WWW-Authenticate", 'Digest realm="isp", nonce="n1", qop="auth", algorithm=MD5')]
            proxy.send(make_response(asked, 401, to_tag="t", headers=challenge), endpoint.udp_port)
            again = await proxy.request("REGISTER")
            assert 'username="auth-user"' in again.headers["authorization"][0]


async def test_case_15_a_peer_that_is_silent_to_options_is_unknown_and_called() -> None:
    """Case 15: A peer that does not answer OPTIONS."""
    statuses: asyncio.Queue[TrunkStatus] = asyncio.Queue()
    async with peer() as socket:
        line = TrunkConfig("isp", LOCAL, socket.port, keep_alive=30)
        endpoint = SipEndpoint(replace(CONFIG, trunks=(line,)))
        endpoint.on_trunk_change = statuses.put_nowait
        async with running(endpoint):
            first = await within(statuses.get())
            assert (first.up, first.why) == (None, None)
            await socket.request("OPTIONS")
            let_pass(SILENCE)
            status = await within(statuses.get())
            assert (status.up, status.usable) == (None, True)
            assert status.why == "does not answer OPTIONS"
            call = await call_out(endpoint)
            answer(socket, endpoint, await socket.request("INVITE"), 486)
            assert (await Listener(call).next(Ended)).status == 486


async def test_case_15_a_peer_with_options_off_is_asked_nothing_and_called() -> None:
    """Case 15: A peer that does not answer OPTIONS."""
    async with peer() as socket, house(plain(socket)) as (endpoint, _):
        assert endpoint.trunk_status() == [TrunkStatus("isp", None, "not asked")]
        call = await call_out(endpoint)
        first = await within(socket.received.get())
        assert isinstance(first, Request) and first.method == "INVITE"
        answer(socket, endpoint, first, 486)
        assert (await Listener(call).next(Ended)).status == 486
