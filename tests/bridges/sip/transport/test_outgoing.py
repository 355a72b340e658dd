"""The user agent client against a bare socket that answers: challenges, forks, repeats, late CANCEL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bridges.networks import Advertised
from bridges.sip.auth import DigestVerifier, Secret, Verdict, parse_credentials
from bridges.sip.auth.digest import ha1
from bridges.sip.message import Request, Transport, make_response
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import (
    Answered,
    Credentials,
    Ended,
    EndedBy,
    FromPhone,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Progress,
    Reason,
    Target,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ACCOUNTS,
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    REALM,
    Listener,
    Peer,
    accounts,
    peer,
    running,
    within,
)

CREDENTIALS = Credentials("201", "secret-201")


class Far:
    """The far end: answers what it is sent."""

    def __init__(self, socket: Peer, endpoint: SipEndpoint) -> None:
        self.socket = socket
        self.endpoint = endpoint

    async def invited(self, credentials: Credentials | None = None) -> tuple[OutgoingCall, Request]:
        target = Target(f"sip:202@{LOCAL}:{self.socket.port}", Transport.UDP, LOCAL, self.socket.port)
        call = await self.endpoint.invite(
            target,
            from_=NameAddress(f"sip:201@{REALM}"),
            to=NameAddress(f"sip:202@{REALM}"),
            sdp=OFFER,
            credentials=credentials,
        )
        return call, await self.socket.request("INVITE")

    def answer(self, request: Request, status: int, tag: str = "far", headers: Sequence[Header] = ()) -> None:
        contact = ("Contact", f"<sip:far@{LOCAL}:{self.socket.port}>")
        body = ANSWER.encode() if request.method == "INVITE" and 180 < status < 300 else b""
        data = make_response(request, status, to_tag=tag, headers=(contact, *headers), body=body)
        self.socket.send(data, self.endpoint.udp_port)


@asynccontextmanager
async def far() -> AsyncIterator[Far]:
    async with running(SipEndpoint(CONFIG)) as endpoint, peer() as socket:
        yield Far(socket, endpoint)


def challenge(server: DigestVerifier, name: str) -> list[Header]:
    return [(name, value) for value in server.challenges("5a17", 100)]


def verdict(server: DigestVerifier, request: Request, name: str) -> Verdict:
    secret = Secret(ACCOUNTS["201"].ha1_md5, ACCOUNTS["201"].ha1_sha256)
    given = parse_credentials(request.headers[name][0])
    return server.verify(given, request.method, request.target, secret, 101)


async def test_challenges_to_invite_and_bye_are_answered_once() -> None:
    server = DigestVerifier(REALM, b"k" * 32)
    async with far() as end:
        call, invite = await end.invited(CREDENTIALS)
        end.answer(invite, 407, headers=challenge(server, "Proxy-Authenticate"))
        assert (await end.socket.request("ACK")).branch == invite.branch
        again = await end.socket.request("INVITE")
        assert (again.call_id, again.from_tag, again.cseq.sequence) == (invite.call_id, invite.from_tag, 2)
        assert verdict(server, again, "proxy-authorization") is Verdict.GOOD
        end.answer(again, 200)
        heard = Listener(call)
        assert (await heard.next(Answered)).sdp == ANSWER
        ack = await end.socket.request("ACK")
        assert (ack.cseq.sequence, "proxy-authorization" in ack.headers) == (2, True)
        call.bye()
        bye = await end.socket.request("BYE")
        end.answer(bye, 401, headers=challenge(server, "WWW-Authenticate"))
        bye = await end.socket.request("BYE")
        assert verdict(server, bye, "authorization") is Verdict.GOOD


async def test_a_second_refusal_of_the_credentials_ends_the_call() -> None:
    server = DigestVerifier(REALM, b"k" * 32)
    async with far() as end:
        call, invite = await end.invited(Credentials("201", "wrong"))
        end.answer(invite, 401, headers=challenge(server, "WWW-Authenticate"))
        again = await end.socket.request("INVITE")
        assert verdict(server, again, "authorization") is Verdict.BAD
        end.answer(again, 401, headers=challenge(server, "WWW-Authenticate"))
        ended = await Listener(call).next(Ended)
        assert (ended.by, ended.status) == (EndedBy.REFUSED, 401)


async def test_without_credentials_a_challenge_is_a_refusal_and_a_redirection_is_not_followed() -> None:
    async with far() as end:
        for status in (407, 302):
            call, invite = await end.invited()
            end.answer(invite, status)
            assert (await Listener(call).next(Ended)).status == status


async def test_forks_that_answer_too_are_acknowledged_and_hung_up() -> None:
    async with far() as end:
        call, invite = await end.invited()
        heard = Listener(call)
        end.answer(invite, 180, "one")
        end.answer(invite, 180, "two")
        assert [(await heard.next(Progress)).remote_tag for _ in range(2)] == ["one", "two"]
        end.answer(invite, 200, "two")
        await heard.next(Answered)
        assert (await end.socket.request("ACK")).to_tag == "two"
        end.answer(invite, 200, "one")
        assert (await end.socket.request("ACK")).to_tag == "one"
        assert (await end.socket.request("BYE")).to_tag == "one"
        assert call.remote_tag == "two"
        assert heard.empty


async def test_a_repeated_answer_is_acknowledged_again() -> None:
    async with far() as end:
        call, invite = await end.invited()
        heard = Listener(call)
        acks = []
        for _ in range(3):
            end.answer(invite, 200)
            acks.append(await end.socket.request("ACK"))
        assert len({(ack.branch, ack.cseq.sequence) for ack in acks}) == 1
        await heard.next(Answered)
        assert heard.empty


async def test_a_cancel_waits_for_a_provisional_answer() -> None:
    async with far() as end:
        call, invite = await end.invited()
        call.cancel(Reason("SIP", 200, "Call completed elsewhere"))
        end.answer(invite, 100)
        cancel = await end.socket.request("CANCEL")
        assert cancel.branch == invite.branch
        assert cancel.header("reason") == 'SIP;cause=200;text="Call completed elsewhere"'
        end.answer(cancel, 200)
        end.answer(invite, 487)
        assert (await Listener(call).next(Ended)).by is EndedBy.LOCAL


async def test_a_phone_behind_nat_is_reached_where_its_invite_came_from() -> None:
    """Its Contact is an address that leads nowhere; ACK, re-INVITE and BYE go over the flow."""
    async with far() as end:
        target = Target(
            f"sip:202@{LOCAL}:{end.socket.port}", Transport.UDP, LOCAL, end.socket.port, symmetric=True
        )
        call = await end.endpoint.invite(
            target, from_=NameAddress("sip:201@x"), to=NameAddress("sip:202@x"), sdp=OFFER
        )
        invite = await end.socket.request("INVITE")
        data = make_response(
            invite, 200, to_tag="t", headers=[("Contact", "<sip:202@192.0.2.77:5060>")], body=b"v=0"
        )
        end.socket.send(data, end.endpoint.udp_port)
        assert (await end.socket.request("ACK")).target == "sip:202@192.0.2.77:5060"
        call.bye()
        assert (await end.socket.request("BYE")).target == "sip:202@192.0.2.77:5060"


async def test_one_endpoint_calls_another_as_one_of_its_phones() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as provider, running(SipEndpoint(CONFIG)) as ours:
        calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
        provider.on_invite = calls.put
        port = provider.udp_port or 0
        call = await ours.invite(
            Target(f"sip:+3906@{LOCAL}:{port}", Transport.UDP, LOCAL, port),
            from_=NameAddress(f"sip:201@{REALM}"),
            to=NameAddress(f"sip:+3906@{REALM}"),
            sdp=OFFER,
            credentials=CREDENTIALS,
        )
        incoming = await within(calls.get())
        assert incoming.origin == FromPhone(ACCOUNTS["201"])
        incoming.answer(ANSWER)
        await Listener(call).next(Answered)


def test_the_accounts_of_these_tests_are_what_they_say() -> None:
    assert ACCOUNTS["201"].ha1_md5 == ha1("MD5", "201", REALM, CREDENTIALS.password)


async def test_via_and_contact_tell_the_address_that_the_peers_network_reaches() -> None:
    table = Advertised({"127.0.0.0/8": "10.0.0.5", "0.0.0.0/0": "203.0.113.7"})
    async with running(SipEndpoint(replace(CONFIG, advertised=table))) as endpoint, peer() as socket:
        target = Target(f"sip:202@{LOCAL}", Transport.UDP, LOCAL, socket.port)
        call = await endpoint.invite(
            target, from_=NameAddress("sip:201@example.org"), to=NameAddress(target.uri), sdp=OFFER
        )
        invite = await socket.request("INVITE")
        assert "10.0.0.5" in (invite.header("via") or "")
        assert "@10.0.0.5:" in (invite.header("contact") or "")
        call.cancel()
