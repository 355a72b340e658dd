"""An endpoint is killed and another one takes its place on the same ports: its calls go on."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from bridges.sip.auth import DigestClient
from bridges.sip.message import Flow, Response, parse_message
from bridges.sip.transport.api import (
    Acknowledged,
    Answered,
    AnswerWaits,
    Call,
    CallStateError,
    DialogSnapshot,
    Ended,
    EndedBy,
    EndpointConfig,
    FromPhone,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Progress,
    Reason,
    Reinvite,
    Target,
    Transport,
    TrunkConfig,
)
from bridges.sip.transport.call import UacCall, UasCall
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    T1,
    Listener,
    MemoryStore,
    accounts,
    until,
    within,
)
from tests.support.clock import let_pass

TRANSPORTS = [Transport.UDP, Transport.TCP]
BRUNO = NameAddress("sip:202@example.org", "Bruno")


async def kill(endpoint: SipEndpoint) -> None:
    """Its sockets close, and nothing is said."""
    endpoint._core.calls.clear()
    await endpoint.stop()


class Line:
    """`there` is the other side, which lives on. `bridge` dies and is born again on the same ports."""

    def __init__(self, there: SipEndpoint, bridge: SipEndpoint, transport: Transport) -> None:
        self.there, self.bridge, self.transport = there, bridge, transport
        self.calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
        there.on_invite = self.calls.put

    async def call_out(self) -> tuple[OutgoingCall, IncomingCall]:
        return await self._call(self.bridge, self.there)

    async def call_in(self) -> tuple[OutgoingCall, IncomingCall]:
        self.bridge.on_invite = self.calls.put
        return await self._call(self.there, self.bridge)

    async def _call(self, caller: SipEndpoint, callee: SipEndpoint) -> tuple[OutgoingCall, IncomingCall]:
        port = callee.udp_port if self.transport is Transport.UDP else callee.tcp_port
        assert port is not None
        target = Target(f"sip:202@{LOCAL}:{port}", self.transport, LOCAL, port)
        anna = NameAddress("sip:201@example.org", "Anna")
        outgoing = await caller.invite(target, from_=anna, to=NameAddress(target.uri), sdp=OFFER)
        return outgoing, await within(self.calls.get())

    async def restart(
        self, call: OutgoingCall | IncomingCall, kept: DialogSnapshot | None = None
    ) -> UacCall | UasCall:
        """The call of the next process, which finds `kept`, or what the call is by now."""
        snapshot = json.loads(json.dumps(kept or call.snapshot()))
        config = replace(self.bridge.config, udp_port=self.bridge.udp_port, tcp_port=self.bridge.tcp_port)
        await kill(self.bridge)
        self.bridge = SipEndpoint(config)
        await self.bridge.start()
        return self.bridge.restore(snapshot, age=1.0)


@asynccontextmanager
async def line(transport: Transport) -> AsyncIterator[Line]:
    bridge = SipEndpoint(CONFIG)
    await bridge.start()
    there = SipEndpoint(replace(CONFIG, trunks=(trunk_to(bridge, transport),)))
    await there.start()
    await bridge.replace_trunks([trunk_to(there, transport)])
    found = Line(there, bridge, transport)
    try:
        yield found
    finally:
        await there.stop()
        await found.bridge.stop()


def trunk_to(endpoint: SipEndpoint, transport: Transport) -> TrunkConfig:
    port = endpoint.udp_port if transport is Transport.UDP else endpoint.tcp_port
    return TrunkConfig("line", LOCAL, port, transport=transport, keep_alive=0)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_is_said_in_a_call_before_it_is_there_again_waits_for_it(transport: Transport) -> None:
    async with line(transport) as link:
        outgoing, incoming = await link.call_in()
        incoming.answer(ANSWER)
        await Listener(outgoing).next(Answered)
        await Listener(incoming).next(Acknowledged)
        snapshot = json.loads(json.dumps(incoming.snapshot()))
        config = replace(link.bridge.config, udp_port=link.bridge.udp_port, tcp_port=link.bridge.tcp_port)
        await kill(link.bridge)
        link.bridge = SipEndpoint(config)
        await link.bridge.start(takes_over=True)
        outgoing.bye()
        await until(lambda: link.bridge._core._early)
        restored = link.bridge.restore(snapshot, age=1.0)
        restored.resume()
        link.bridge.taken_over()
        assert (await Listener(restored).next(Ended)).by is EndedBy.BYE


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("we_hang_up", [True, False])
@pytest.mark.parametrize("we_called", [True, False])
async def test_a_call_goes_on_and_is_hung_up(transport: Transport, we_hang_up: bool, we_called: bool) -> None:
    async with line(transport) as link:
        outgoing, incoming = await (link.call_out() if we_called else link.call_in())
        incoming.answer(ANSWER)
        await Listener(outgoing).next(Answered)
        await Listener(incoming).next(Acknowledged)
        ours, theirs = (outgoing, incoming) if we_called else (incoming, outgoing)
        restored = await link.restart(ours)
        restored.resume()
        if we_hang_up:
            restored.bye(Reason("Q.850", 16))
            assert (await Listener(theirs).next(Ended)).reasons == (Reason("Q.850", 16),)
        else:
            theirs.bye()
            assert (await Listener(restored).next(Ended)).by is EndedBy.BYE
        await until(lambda: not link.bridge._core.leaving)  # the BYE was answered


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("we_called", [True, False])
async def test_a_call_goes_on_and_is_held(transport: Transport, we_called: bool) -> None:
    async with line(transport) as link:
        outgoing, incoming = await (link.call_out() if we_called else link.call_in())
        incoming.answer(ANSWER)
        await Listener(outgoing).next(Answered)
        await Listener(incoming).next(Acknowledged)
        ours, theirs = (outgoing, incoming) if we_called else (incoming, outgoing)
        restored = await link.restart(ours)
        restored.resume()
        offering = asyncio.ensure_future(restored.reinvite(OFFER))
        await Listener(theirs).next(Reinvite)
        theirs.accept_reinvite(ANSWER)
        assert await within(offering) == ANSWER
        offering = asyncio.ensure_future(theirs.reinvite(OFFER))
        heard = Listener(restored)
        await heard.next(Reinvite)
        restored.accept_reinvite(ANSWER)
        assert await within(offering) == ANSWER
        assert await within(restored.probe()) is True


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_call_that_rings_there_goes_on_ringing_and_is_answered(transport: Transport) -> None:
    async with line(transport) as link:
        outgoing, incoming = await link.call_out()
        incoming.ring()
        await Listener(outgoing).next(Progress)
        restored = await link.restart(outgoing)
        restored.resume()
        heard = Listener(restored)
        await heard.next(Progress)  # it rings, still
        assert link.calls.empty()
        incoming.answer(ANSWER)
        assert (await heard.next(Answered)).sdp == ANSWER
        await Listener(incoming).next(Acknowledged)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_answer_that_was_heard_and_not_kept_is_said_again(transport: Transport) -> None:
    async with line(transport) as link:
        outgoing, incoming = await link.call_out()
        outgoing.keep_ack_back()
        incoming.ring()
        heard = Listener(outgoing)
        await heard.next(Progress)
        kept = outgoing.snapshot()
        incoming.answer(ANSWER)
        await heard.next(Answered)
        restored = await link.restart(outgoing, kept)
        again = Listener(restored)
        restored.resume()
        assert (await again.next(Answered)).sdp == ANSWER
        await Listener(incoming).next(Acknowledged)
        restored.bye()
        await Listener(incoming).next(Ended)


@pytest.mark.parametrize("then", ["send_ack", "bye", "nothing"])
async def test_an_ack_is_kept_back_until_it_is_time(then: str) -> None:
    """A peer that says its answer again is acknowledged, whatever the disk does."""
    async with line(Transport.UDP) as link:
        outgoing, incoming = await link.call_out()
        outgoing.keep_ack_back()
        incoming.answer(ANSWER)
        await Listener(outgoing).next(Answered)
        if then != "nothing":
            getattr(outgoing, then)()
        heard = Listener(incoming)
        await heard.next(Acknowledged)
        outgoing.send_ack()
        if then != "bye":
            outgoing.bye()
        await heard.next(Ended)


@pytest.mark.parametrize("written", [True, False])
async def test_a_call_taken_back_is_acknowledged_once_that_is_written(written: bool) -> None:
    """But a slow disk does not make anybody say it again."""
    async with line(Transport.UDP) as link:
        said: list[bytes] = []
        link.there.watch_messages(lambda sent, data, flow: None if sent else said.append(data))
        outgoing, incoming = await link.call_in()
        incoming.keep_answers_back()
        incoming.ring()
        caller, callee = Listener(outgoing), Listener(incoming)
        await caller.next(Progress)
        outgoing.cancel()
        await callee.next(Ended)
        await callee.next(AnswerWaits)
        assert link.bridge._core.leaving == {}
        disk = asyncio.Event()
        incoming.say_after(disk.wait)
        if written:
            disk.set()
        assert (await caller.next(Ended)).status == 487
        assert [data.split()[1] for data in said][-2:] == [b"200", b"487"]


async def test_a_call_taken_back_too_late_is_acknowledged_all_the_same() -> None:
    """It was refused in the same moment: there is nothing that waits for the disk."""
    async with line(Transport.UDP) as link:
        outgoing, incoming = await link.call_in()
        incoming.keep_answers_back()
        incoming.ring()
        await Listener(outgoing).next(Progress)
        assert isinstance(incoming, UasCall)
        invite = incoming._session.transaction
        incoming.reject(486)
        said: list[str] = []
        incoming.on_cancel(invite, invite.request, lambda: said.append("200"))
        assert said == ["200"]
        assert incoming._kept == []


async def test_rfc4579_4_1_whoever_calls_a_conference_is_told_so_by_every_process() -> None:
    async with line(Transport.UDP) as link:
        said: list[bytes] = []
        link.there.watch_messages(lambda sent, data, flow: None if sent else said.append(data))
        outgoing, incoming = await link.call_in()
        incoming.become_focus("conference-c")
        incoming.answer(ANSWER)
        await Listener(outgoing).next(Answered)
        await Listener(incoming).next(Acknowledged)
        restored = await link.restart(incoming)
        restored.resume()
        offering = asyncio.ensure_future(restored.reinvite(OFFER))
        await Listener(outgoing).next(Reinvite)
        outgoing.accept_reinvite(ANSWER)
        await within(offering)
        named = [data for data in said if b"<sip:conference-c@" in data and b">;isfocus" in data]
        assert {data.split(b" ", 1)[0] for data in named} == {b"SIP/2.0", b"INVITE"}


@pytest.mark.parametrize("written", [True, False])
async def test_a_session_is_agreed_on_once_that_is_written(written: bool) -> None:
    """A refresh of the one that there is waits for nothing."""
    async with line(Transport.UDP) as link:
        outgoing, incoming = await link.call_in()
        incoming.answer(ANSWER)
        await Listener(outgoing).next(Answered)
        callee = Listener(incoming)
        await callee.next(Acknowledged)
        incoming.keep_answers_back()
        for sdp, waits in ((OFFER, False), (OFFER + "a=sendonly\r\n", True)):
            offering = asyncio.ensure_future(outgoing.reinvite(sdp))
            await callee.next(Reinvite)
            incoming.accept_reinvite(ANSWER)
            if waits:
                await callee.next(AnswerWaits)
                disk = asyncio.Event()
                incoming.say_after(disk.wait)
                if written:
                    disk.set()
            assert await within(offering) == ANSWER


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_call_that_rings_here_is_answered(transport: Transport) -> None:
    async with line(transport) as link:
        outgoing, incoming = await link.call_in()
        incoming.ring()
        caller = Listener(outgoing)
        await caller.next(Progress)
        restored = await link.restart(incoming)
        restored.resume()
        assert isinstance(restored, UasCall)
        assert restored.origin == incoming.origin
        restored.answer(ANSWER)
        await caller.next(Answered)
        await Listener(restored).next(Acknowledged)


async def test_a_call_that_rings_here_is_given_up() -> None:
    async with line(Transport.UDP) as link:
        outgoing, incoming = await link.call_in()
        incoming.ring()
        await Listener(outgoing).next(Progress)
        restored = await link.restart(incoming)
        restored.resume()
        outgoing.cancel()
        assert (await Listener(restored).next(Ended)).by is EndedBy.CANCEL


async def test_a_callee_that_answered_while_nobody_listened_is_heard() -> None:
    async with line(Transport.UDP) as link:
        outgoing, incoming = await link.call_out()
        snapshot = outgoing.snapshot()
        config = replace(CONFIG, udp_port=link.bridge.udp_port)
        await kill(link.bridge)
        incoming.answer(ANSWER)
        link.bridge = SipEndpoint(config)
        await link.bridge.start()
        restored = link.bridge.restore(snapshot)
        restored.resume()
        let_pass(T1)
        await Listener(restored).next(Answered)
        await Listener(incoming).next(Acknowledged)


async def test_calls_of_an_earlier_run_are_ended() -> None:
    async with line(Transport.UDP) as link:
        called, ringing = await link.call_out()
        calling, called_in = await link.call_in()
        snapshots = json.loads(json.dumps([called.snapshot(), called_in.snapshot()]))
        config = replace(CONFIG, udp_port=link.bridge.udp_port)
        await kill(link.bridge)
        link.bridge = SipEndpoint(config)
        await link.bridge.start()
        for snapshot in snapshots:
            link.bridge.bye_snapshot(snapshot, Reason("SIP", 503, "Restarted"))
        ended = await Listener(ringing).next(Ended)
        assert (ended.by, ended.reasons) == (EndedBy.CANCEL, (Reason("SIP", 503, "Restarted"),))
        assert (await Listener(calling).next(Ended)).status == 487


async def test_what_is_no_snapshot_is_told() -> None:
    async with line(Transport.UDP) as link:
        outgoing, incoming = await link.call_in()
        snapshot = incoming.snapshot()
        without_origin = {name: value for name, value in snapshot.items() if name != "trunk"}
        for damaged in ({}, {"side": "uac"}, {"side": "uas"}, without_origin, {**snapshot, "side": "uac"}):
            with pytest.raises(ValueError, match="snapshot"):
                link.bridge.restore(damaged)
        outgoing.cancel()
        await Listener(incoming).next(Ended)
        with pytest.raises(CallStateError):
            incoming.snapshot()


# --- phones over TCP: the connection is gone with the process ---

#: As it names itself in calls: some do it in another way than when they register.
CONTACTS = ["sip:201@192.0.2.9:5060;transport=tcp", "sip:line1@192.0.2.9:5060;transport=tcp"]


@asynccontextmanager
async def house(store: MemoryStore, config: EndpointConfig = CONFIG) -> AsyncIterator[SipEndpoint]:
    endpoint = SipEndpoint(config, accounts, store)
    await endpoint.start()
    try:
        yield endpoint
    finally:
        await endpoint.stop()


@dataclass
class Reborn:
    """A phone over TCP, and the call that it had, in the next process; it has opened no connection yet."""

    endpoint: SipEndpoint
    phone: "Phone"
    call: UacCall | UasCall

    async def comes_back(self, *, registers: bool = True) -> None:
        await self.phone.connect(self.endpoint)
        if registers:
            await self.phone.register()


@asynccontextmanager
async def reborn(
    begin: Callable[["Phone", SipEndpoint], Awaitable[Call]], *, contact: str = CONTACTS[0]
) -> AsyncIterator[Reborn]:
    """`begin` makes the call; `contact` is the phone's in it."""
    store = MemoryStore()
    async with house(store) as endpoint:
        phone = await Phone.at(endpoint, contact=contact)
        snapshot = json.loads(json.dumps((await begin(phone, endpoint)).snapshot()))
        port = endpoint.tcp_port
        await kill(endpoint)
        phone.close()
        async with house(store, replace(CONFIG, tcp_port=port)) as later:
            restored = later.restore(snapshot)
            restored.resume()
            yield Reborn(later, phone, restored)
            phone.close()


async def calls_us(phone: "Phone", endpoint: SipEndpoint) -> Call:
    """A call that has been answered."""
    call = await rings_here(phone, endpoint)
    assert isinstance(call, UasCall) and isinstance(call.origin, FromPhone)
    call.answer(ANSWER)
    await phone.acknowledges(await phone.hears())
    await Listener(call).next(Acknowledged)
    return call


async def rings_here(phone: "Phone", endpoint: SipEndpoint) -> Call:
    """A call that nobody has answered."""
    calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
    endpoint.on_invite = calls.put
    await phone.calls()
    call: IncomingCall = await within(calls.get())
    return call


async def rings_there(phone: "Phone", endpoint: SipEndpoint) -> Call:
    """One of ours to the phone."""
    (contact,) = endpoint.contacts("201")
    call = await endpoint.invite(
        endpoint.target_of(contact), from_=BRUNO, to=NameAddress("sip:201@example.org"), sdp=OFFER
    )
    phone.invite = await phone.hears()
    phone.answers(180)
    await Listener(call).next(Progress)
    return call


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize("is_there", [True, False])
async def test_a_phone_that_called_over_tcp_is_hung_up_over_its_new_connection(
    contact: str, is_there: bool
) -> None:
    """It has opened another one to register, and is reached over that; until it has, it is waited for."""
    async with reborn(calls_us, contact=contact) as then:
        if is_there:
            await then.comes_back()
        then.call.bye()
        if not is_there:
            await then.comes_back()
        assert (await then.phone.hears()).startswith(b"BYE ")


@pytest.mark.parametrize("contact", CONTACTS)
async def test_a_phone_that_calls_over_tcp_is_answered_over_its_new_connection(contact: str) -> None:
    async with reborn(rings_here, contact=contact) as then:
        assert isinstance(then.call, UasCall)
        then.call.ring(183, ANSWER)  # nobody is there yet: that ends nothing
        await asyncio.sleep(0)
        await then.comes_back()
        assert (await then.phone.hears()).startswith(b"SIP/2.0 183 ")
        then.call.answer(ANSWER)
        answer = await then.phone.hears()
        assert answer.startswith(b"SIP/2.0 200 ")
        await then.phone.acknowledges(answer)
        await Listener(then.call).next(Acknowledged)


async def test_a_phone_that_answers_over_a_new_connection_is_spoken_to_over_that() -> None:
    """It need not register before."""
    async with reborn(rings_there, contact=CONTACTS[1]) as then:
        heard = Listener(then.call)
        await then.comes_back(registers=False)
        then.phone.answers(200, ANSWER)
        await heard.next(Answered)
        assert (await then.phone.hears()).startswith(b"ACK ")
        then.call.bye()
        assert (await then.phone.hears()).startswith(b"BYE ")


async def test_a_phone_that_rings_is_told_over_its_new_connection_that_it_is_over() -> None:
    async with reborn(rings_there) as then:
        await then.comes_back()
        assert isinstance(then.call, UacCall)
        then.call.cancel()
        assert (await then.phone.hears()).startswith(b"CANCEL ")


class Phone:
    """A telephone that says over TCP what it is told; at an address that takes no connections."""

    def __init__(self, contact: str = CONTACTS[0]) -> None:
        self._cseq, self._invited, self._contact = 0, 0, contact
        #: What it says in a REGISTER: its Contact, and more lines.
        self.registers_as: tuple[str, ...] = (f"Contact: <{CONTACTS[0]}>",)
        #: Of the house, to it.
        self.invite = b""

    @classmethod
    async def at(
        cls, endpoint: SipEndpoint, *, contact: str = CONTACTS[0], registers_as: tuple[str, ...] = ()
    ) -> "Phone":
        phone = cls(contact)
        phone.registers_as = registers_as or phone.registers_as
        await phone.connect(endpoint)
        await phone.register()
        return phone

    async def connect(self, endpoint: SipEndpoint) -> None:
        self._reader, self._writer = await asyncio.open_connection(LOCAL, endpoint.tcp_port)

    def close(self) -> None:
        self._writer.close()

    async def register(self) -> None:
        answer = await self._ask("REGISTER", "sip:example.org", "<sip:201@example.org>")
        assert b" 200 " in answer.split(b"\r\n", 1)[0]

    async def calls(self) -> None:
        """An INVITE that was let in."""
        answer = await self._ask("INVITE", "sip:202@example.org", "<sip:202@example.org>", OFFER)
        assert b" 100 " in answer.split(b"\r\n", 1)[0]
        self._invited = self._cseq

    async def acknowledges(self, answer: bytes) -> None:
        """A 200 to its INVITE."""
        tag = answer.split(b"\nTo: ")[1].split(b"tag=")[1].split(b"\r\n")[0].decode()
        self._say("ACK", "sip:unisono@x", f"<sip:202@example.org>;tag={tag}", number=self._invited)

    def answers(self, status: int, body: str = "") -> None:
        """The INVITE of the house."""
        kept = ("via:", "from:", "call-id:", "cseq:", "to:")
        head = self.invite.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        lines = [line for line in head if line.lower().startswith(kept)]
        lines = [f"{line};tag=phone" if line.lower().startswith("to:") else line for line in lines]
        more = [f"Contact: <{self._contact}>", *(["Content-Type: application/sdp"] if body else [])]
        answer = [f"SIP/2.0 {status} Words", *lines, *more, f"Content-Length: {len(body)}", "", body]
        self._writer.write("\r\n".join(answer).encode())

    async def _ask(self, method: str, uri: str, to: str, body: str = "") -> bytes:
        """With the digest that is asked for."""
        self._say(method, uri, to, body)
        challenge = await self.hears()
        if method == "INVITE":
            tag = challenge.split(b"\nTo: ")[1].split(b"\r\n")[0].decode()
            self._say("ACK", uri, tag, number=self._cseq)
        self._say(method, uri, to, body, answer_to(challenge, method, uri))
        return await self.hears()

    def _say(
        self, method: str, uri: str, to: str, body: str = "", *more: str, number: int | None = None
    ) -> None:
        self._cseq += number is None
        sequence = self._cseq if number is None else number
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bK-{method}-{sequence};rport",
            "Max-Forwards: 70",
            "From: <sip:201@example.org>;tag=phone",
            f"To: {to}",
            f"Call-ID: {'reg' if method == 'REGISTER' else 'call'}",
            f"CSeq: {sequence} {method}",
            *(self.registers_as if method == "REGISTER" else (f"Contact: <{self._contact}>",)),
            *more,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._writer.write("\r\n".join([*lines, "", body]).encode())

    async def hears(self) -> bytes:
        head: bytes = await within(self._reader.readuntil(b"\r\n\r\n"))
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body: bytes = await within(self._reader.readexactly(length))
        return head + body


def answer_to(challenge: bytes, method: str, uri: str) -> str:
    response = parse_message(challenge, Flow(Transport.TCP, LOCAL, 1))
    assert isinstance(response, Response)
    attempt = DigestClient("201", "secret-201").attempt()
    assert attempt.take(response.headers)
    ((name, value),) = attempt.headers(method, uri, "nonce")
    return f"{name}: {value}"
