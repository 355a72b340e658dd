"""More than one challenge on the way of a request of ours, over real sockets (field case 3)."""

import asyncio
from dataclasses import replace

import pytest

from bridges.sip.auth import parse_credentials
from bridges.sip.message import Request
from bridges.sip.message.reply import Header, make_response
from bridges.sip.transport.api import (
    Answered,
    Credentials,
    Ended,
    NameAddress,
    Target,
    Transport,
    TrunkConfig,
    TrunkStatus,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    Listener,
    Peer,
    peer,
    running,
    within,
)

EDGE = (407, "Proxy-Authenticate", 'Digest realm="edge", nonce="n1", qop="auth"')
CORE = (401, "WWW-Authenticate", 'Digest realm="core", nonce="n2", algorithm=MD5')
LATE = (401, "WWW-Authenticate", 'Digest realm="core", nonce="n3", algorithm=MD5, stale=true')
Challenge = tuple[int, str, str]


def credentials_in(request: Request) -> set[tuple[str, str]]:
    """Realm and nonce of every credential."""
    names = ("authorization", "proxy-authorization")
    given = [parse_credentials(value) for name in names for value in request.headers.get(name, ())]
    return {(item.realm, item.nonce) for item in given}


async def challenge(far: Peer, port: int | None, method: str, *challenges: Challenge) -> Request:
    """Answer the requests of one kind with these, one by one; the request that comes after the last."""
    for status, name, value in challenges:
        request = await far.request(method)
        far.send(make_response(request, status, to_tag="c", headers=[(name, value)]), port)
    return await far.request(method)


@pytest.mark.parametrize(
    ("challenges", "expected"),
    [
        ((EDGE, CORE), {("edge", "n1"), ("core", "n2")}),
        ((CORE, EDGE), {("edge", "n1"), ("core", "n2")}),
        ((EDGE, CORE, LATE), {("edge", "n1"), ("core", "n3")}),
    ],
)
async def test_a_call_passes_the_proxy_and_the_server(
    challenges: tuple[Challenge, ...], expected: set[tuple[str, str]]
) -> None:
    """Case 3: INVITE, and then BYE within the call, each through all challenges."""
    async with peer() as far, running(SipEndpoint(CONFIG)) as endpoint:
        target = Target(f"sip:1@{LOCAL}:{far.port}", Transport.UDP, LOCAL, far.port)
        call = await endpoint.invite(
            target,
            from_=NameAddress("sip:a@b"),
            to=NameAddress("sip:1@b"),
            sdp=OFFER,
            credentials=Credentials("line", "secret"),
        )
        heard = Listener(call)
        invite = await challenge(far, endpoint.udp_port, "INVITE", *challenges)
        assert credentials_in(invite) == expected
        contact: list[Header] = [("Contact", f"<sip:1@{LOCAL}:{far.port}>")]
        far.send(
            make_response(invite, 200, to_tag="t", headers=contact, body=ANSWER.encode()), endpoint.udp_port
        )
        await heard.next(Answered)
        while (ack := await far.request("ACK")).to_tag != "t":
            pass  # those of the challenges
        assert credentials_in(ack) == expected, "an ACK repeats them (RFC 3261, Section 22.1)"
        call.bye()
        bye = await challenge(far, endpoint.udp_port, "BYE", *challenges)
        assert credentials_in(bye) == expected
        far.send(make_response(bye, 200), endpoint.udp_port)


async def test_a_nonce_that_was_answered_is_a_refusal() -> None:
    """Case 3: the same challenge again, not stale, ends the call with its status."""
    async with peer() as far, running(SipEndpoint(CONFIG)) as endpoint:
        target = Target(f"sip:1@{LOCAL}:{far.port}", Transport.UDP, LOCAL, far.port)
        call = await endpoint.invite(
            target,
            from_=NameAddress("sip:a@b"),
            to=NameAddress("sip:1@b"),
            sdp=OFFER,
            credentials=Credentials("line", "wrong"),
        )
        again = await challenge(far, endpoint.udp_port, "INVITE", EDGE)
        refusal = make_response(again, 407, to_tag="c", headers=[(EDGE[1], EDGE[2])])
        far.send(refusal, endpoint.udp_port)
        assert (await Listener(call).next(Ended)).status == 407


async def test_a_line_registers_through_a_proxy_and_leaves_through_it() -> None:
    """Case 3: REGISTER through two realms, and the farewell though the nonce is too old by then."""
    async with peer() as far:
        trunk = TrunkConfig("line", LOCAL, far.port, kind="register", username="line", password="secret")
        endpoint = SipEndpoint(replace(CONFIG, trunks=(trunk,)))
        up: asyncio.Queue[TrunkStatus] = asyncio.Queue()
        endpoint.on_trunk_change = up.put_nowait
        async with running(endpoint):
            register = await challenge(far, endpoint.udp_port, "REGISTER", EDGE, CORE)
            assert credentials_in(register) == {("edge", "n1"), ("core", "n2")}
            registered = [("Contact", register.headers["contact"][0])]
            far.send(make_response(register, 200, headers=registered), endpoint.udp_port)
            while not (await within(up.get())).up:
                pass
            port = endpoint.udp_port
            leaving = asyncio.ensure_future(endpoint.stop())
            farewell = await challenge(far, port, "REGISTER", LATE)
            assert credentials_in(farewell) == {("edge", "n1"), ("core", "n3")}
            assert farewell.header("expires") == "0"
            far.send(make_response(farewell, 200), port)
            await within(leaving)
