"""Phones with several flows (RFC 5626) over real sockets: answers, keep-alives, failures."""

import asyncio
from dataclasses import replace

from aioice import stun

from bridges.sip.auth import DigestClient
from bridges.sip.b2bua.events import CallInput
from bridges.sip.b2bua.flows import Flows
from bridges.sip.b2bua.sip_leg import SipFork
from bridges.sip.message import OutgoingRequest, Request, Response, StreamFramer, Transport, parse_message
from bridges.sip.message.flow import Flow
from bridges.sip.transport.api import Contact, IncomingCall, NameAddress, OutgoingCall
from bridges.sip.transport.call import UasCall
from bridges.sip.transport.endpoint import FLOW_PATIENCE, SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    REALM,
    T1,
    accounts,
    peer,
    running,
    within,
)
from tests.bridges.sip.transport.test_registration import Phone
from tests.support.clock import let_pass

PHONE = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'


def contact(reg_id: int) -> str:
    return f"<sip:201@10.9.9.9:5060;ob>;+sip.instance={PHONE};reg-id={reg_id}"


def headers(reg_id: int, expires: int = 120) -> tuple[tuple[str, str], ...]:
    return (("Contact", contact(reg_id)), ("Supported", "path, outbound"), ("Expires", str(expires)))


class TcpFlow:
    """A connection of a phone to the endpoint."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.port: int = writer.get_extra_info("sockname")[1]
        self._framer = StreamFramer()
        self._waiting: list[Request | Response] = []

    @classmethod
    async def open(cls, endpoint: SipEndpoint) -> "TcpFlow":
        return cls(*await asyncio.open_connection(LOCAL, endpoint.tcp_port))

    async def message(self) -> Request | Response:
        while not self._waiting:
            data = await within(self.reader.read(65_536))
            assert data, "closed"
            flow = Flow(Transport.TCP, LOCAL, 0)
            self._waiting += [
                parse_message(item, flow) for item in self._framer.feed(data) if isinstance(item, bytes)
            ]
        return self._waiting.pop(0)

    async def register(self, reg_id: int, expires: int = 120) -> Response:
        """The final answer to a REGISTER of this flow, its challenge answered."""
        own, digest = f"sip:201@{REALM}", DigestClient("201", "secret-201")
        request = OutgoingRequest(
            method="REGISTER",
            uri=f"sip:{REALM}",
            transport=Transport.TCP,
            sent_by="10.9.9.9:5060",
            branch=f"z9hG4bK{self.port}",
            from_=f"<{own}>;tag=p",
            to=f"<{own}>",
            call_id=f"call-{self.port}",
            cseq=1,
            headers=headers(reg_id, expires),
        )
        self.writer.write(request.encode())
        challenge = await self.message()
        assert isinstance(challenge, Response) and digest.take(challenge.headers["www-authenticate"])
        value = digest.authorization("REGISTER", request.uri, "c0ffee")
        assert value is not None
        signed = replace(
            request,
            branch=f"{request.branch}b",
            cseq=2,
            headers=(("Authorization", value), *request.headers),
        )
        self.writer.write(signed.encode())
        answer = await self.message()
        assert isinstance(answer, Response)
        return answer


async def test_a_flow_is_bound_named_and_given_its_time() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        answer = await Phone(socket, endpoint).authenticated("REGISTER", headers=headers(1))
        assert answer.status == 200
        assert (answer.header("require"), answer.header("flow-timer")) == ("outbound", "29")
        assert f";+sip.instance={PHONE};reg-id=1;expires=120" in (answer.header("contact") or "")
        (found,) = endpoint.contacts("201")
        target = endpoint.target_of(found)
        assert (target.host, target.port, target.symmetric) == (LOCAL, socket.port, True)
        assert target.answer_within is None


async def test_a_phone_that_asks_for_no_flow_is_required_nothing() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        answer = await Phone(socket, endpoint).authenticated("REGISTER")
        assert (answer.status, answer.header("require"), answer.header("flow-timer")) == (200, None, None)
        assert "outbound" in answer.tokens("supported")


async def test_two_flows_are_one_phone_and_a_lost_one_leaves_the_other() -> None:
    lost = asyncio.Event()
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        assert (await Phone(socket, endpoint).authenticated("REGISTER", headers=headers(1))).status == 200
        tcp = await TcpFlow.open(endpoint)
        answer = await tcp.register(2, expires=300)
        assert (answer.status, answer.header("flow-timer")) == (200, "120")
        (phone,) = endpoint.contacts("201")
        assert [(each.transport, each.port) for each in (phone, *phone.flows)] == [
            (Transport.TCP, tcp.port),
            (Transport.UDP, socket.port),
        ]
        assert endpoint.target_of(phone).answer_within == 8 * CONFIG.t1
        endpoint.flow_failed(phone)
        (again,) = endpoint.contacts("201")
        assert again.transport is Transport.UDP
        on_lost = endpoint._core.network.lost

        def is_lost(flow: Flow) -> None:
            on_lost(flow)
            lost.set()

        endpoint._core.network.lost = is_lost
        tcp.writer.close()
        await within(lost.wait())
        (left,) = endpoint.contacts("201")
        assert (left.transport, left.flows) == (Transport.UDP, ())
        assert endpoint.registered() == ["201"]


async def test_a_double_line_end_over_tcp_is_answered_by_a_single_one() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        tcp = await TcpFlow.open(endpoint)
        await tcp.register(1)
        tcp.writer.write(b"\r\n\r\n")
        assert await within(tcp.reader.readexactly(2)) == b"\r\n"
        tcp.writer.close()


class Stun(asyncio.DatagramProtocol):
    """Asks and keeps the answers."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.answers.put_nowait(data)


async def test_stun_over_udp_says_where_the_phone_is_seen() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_datagram_endpoint(
            Stun, local_addr=(LOCAL, 0), remote_addr=(LOCAL, endpoint.udp_port or 0)
        )
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        indication = stun.Message(stun.Method.BINDING, stun.Class.INDICATION)
        for data in (b"\x00", b"\x00" * 20, bytes(request)[:19], bytes(indication), bytes(request)):
            transport.sendto(data)
        answer = stun.parse_message(await within(protocol.answers.get()))
        assert (answer.message_method, answer.message_class) == (stun.Method.BINDING, stun.Class.RESPONSE)
        assert answer.transaction_id == request.transaction_id
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == transport.get_extra_info("sockname")
        assert protocol.answers.empty(), "only the request is answered"
        transport.close()


async def test_a_stun_flood_from_one_address_gets_silence_beyond_a_bound() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        sent: list[bytes] = []
        endpoint._core.network.send = lambda flow, data, failed: sent.append(data)  # type: ignore[method-assign]
        request = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
        for _ in range(1_000):
            endpoint._core.receive(request, Flow(Transport.UDP, "192.0.2.9", 5060))
        assert 200 <= len(sent) < 300


async def test_a_call_of_a_phone_stays_on_its_flow_whatever_its_contact_says() -> None:
    """`ob` (Section 4.3): the Contact names another port of the same address, where nobody listens."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
        endpoint.on_invite = calls.put
        phone = Phone(socket, endpoint)
        uri = f"sip:201@{LOCAL}:9;ob"
        call_it = {"headers": (("Contact", f"<{uri}>"),), "body": OFFER.encode()}
        answered = asyncio.create_task(phone.authenticated("INVITE", **call_it))
        call = await within(calls.get())
        assert isinstance(call, UasCall)
        call.answer(ANSWER)
        assert (await answered).status == 200
        call.abort()
        assert (await socket.request("BYE")).target == uri


async def test_a_silent_flow_is_left_for_the_next_over_real_sockets() -> None:
    """The phone's NAT forgot the mapping of its UDP flow: the INVITE comes by TCP within a moment."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        silent = await Phone(socket, endpoint).authenticated("REGISTER", headers=headers(1, expires=600))
        assert silent.status == 200
        tcp = await TcpFlow.open(endpoint)
        assert (await tcp.register(2)).status == 200
        (contact_,) = endpoint.contacts("201")
        assert contact_.transport is Transport.UDP

        async def prepare(contact: Contact) -> OutgoingCall:
            address = NameAddress(f"sip:201@{REALM}")
            return await endpoint.prepare(endpoint.target_of(contact), from_=address, to=address, sdp=OFFER)

        posted: list[CallInput] = []
        flows = Flows(contact_, prepare, endpoint.flow_failed)
        leg = SipFork("phone", await prepare(contact_), posted.append, flows=flows)
        leg.start()
        await socket.request("INVITE")
        let_pass(FLOW_PATIENCE * T1)
        invite = await tcp.message()
        assert isinstance(invite, Request)
        assert invite.method == "INVITE"
        (first,) = endpoint.contacts("201")
        assert first.transport is Transport.TCP, "the silent one comes last for a while"
        assert posted == []
        tcp.writer.close()
