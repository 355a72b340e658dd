"""Garbage, floods and rude peers over real sockets: the endpoint goes on serving."""

import asyncio
import random
from dataclasses import replace

from bridges.sip.auth import DigestClient
from bridges.sip.message import Flow, OutgoingRequest, Transport, parse_message
from bridges.sip.transport.api import Ended, EndedBy, NameAddress, Target, TrunkConfig
from bridges.sip.transport.budget import RefusalBudget
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
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
from tests.bridges.sip.transport.test_registration import Phone


def request(method: str, number: int, port: int, **more: object) -> OutgoingRequest:
    made = OutgoingRequest(
        method=method,
        uri=f"sip:202@{LOCAL}",
        transport=Transport.UDP,
        sent_by=f"{LOCAL}:{port}",
        branch=f"z9hG4bK{number}",
        from_="<sip:201@x>;tag=1",
        to="<sip:202@x>",
        call_id=f"call{number}",
        cseq=1,
        headers=(("Contact", f"<sip:201@{LOCAL}:{port}>"),),
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def serves(endpoint: SipEndpoint, socket: Peer) -> bool:
    """Whether OPTIONS is still answered."""
    probe = request("OPTIONS", 999_999, socket.port)
    socket.send(probe.encode(), endpoint.udp_port)
    return (await socket.response(lambda r: r.branch == probe.branch)).status == 200


async def test_garbage_datagrams_change_nothing() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable garbage
    valid = request("INVITE", 1, 9).encode()
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        for _ in range(300):
            cut = chance.randrange(len(valid))
            socket.send(chance.randbytes(chance.randrange(1, 900)), endpoint.udp_port)
            socket.send(valid[:cut] + chance.randbytes(3) + valid[cut + 5 :], endpoint.udp_port)
        for keep_alive in (b"\r\n\r\n", b"\0\0\0\0", bytes.fromhex("000100002112a442") + bytes(12)):
            socket.send(keep_alive, endpoint.udp_port)
        assert await serves(endpoint, socket)
        assert len(endpoint._core.layer) == 0


async def test_a_malformed_request_is_answered_400_when_it_can_be() -> None:
    async with running(SipEndpoint(CONFIG)) as endpoint, peer() as socket:
        data = request("OPTIONS", 1, socket.port).encode().replace(b"Max-Forwards: 70", b"Max-Forwards: x")
        socket.send(data, endpoint.udp_port)
        assert (await socket.response()).status == 400


async def test_a_flood_of_strangers_leaves_no_state_and_keeps_nobody_else_out() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        for number in range(3000):
            socket.send(request("INVITE", number, socket.port).encode(), endpoint.udp_port)
            if number % 100 == 0:
                await asyncio.sleep(0)
        async with peer("127.0.0.2") as other:
            probe = request("OPTIONS", 999_999, other.port)
            other.send(probe.encode(), endpoint.udp_port)
            assert (await other.response()).status == 200, "another address is served"
        assert len(endpoint._core.layer) == 0


async def test_beyond_the_bound_a_trusted_flood_gets_503_and_nothing_grows() -> None:
    async with peer() as socket:
        trunk = TrunkConfig("line", LOCAL, socket.port, keep_alive=0)
        endpoint = SipEndpoint(replace(CONFIG, trunks=(trunk,), max_transactions=100))

        async def ring(_: object) -> None:
            """Never answers."""

        endpoint.on_invite = ring
        async with running(endpoint):
            for number in range(200):
                socket.send(request("INVITE", number, socket.port).encode(), endpoint.udp_port)
                await asyncio.sleep(0)
            busy = await socket.response(lambda r: r.status == 503)
            assert busy.header("retry-after") is not None
            assert len(endpoint._core.layer) <= 100
            assert len(endpoint._core.calls) <= 100


def test_an_address_has_a_budget_of_refusals() -> None:
    budget = RefusalBudget(rate=10, burst=3, capacity=2)
    assert [budget.allow("a", 0) for _ in range(4)] == [True, True, True, False]
    assert budget.allow("b", 0)
    assert budget.allow("a", 0.1)
    assert not budget.allow("a", 0.1)
    for address in ("c", "d", "e"):
        budget.allow(address, 1)
    assert len(budget._buckets) == 2


# --- TCP ---


async def connect(endpoint: SipEndpoint) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(LOCAL, endpoint.tcp_port)


OPTIONS = request("OPTIONS", 7, 9, transport=Transport.TCP).encode()


async def read_message(reader: asyncio.StreamReader) -> int:
    """The status of the next response."""
    head = await within(reader.readuntil(b"\r\n\r\n"))
    message = parse_message(head, Flow(Transport.TCP, LOCAL, 1))
    return int(getattr(message, "status", 0))


async def test_a_stream_in_small_pieces_with_pings_is_understood() -> None:
    async with running(SipEndpoint(CONFIG)) as endpoint:
        reader, writer = await connect(endpoint)
        writer.write(b"\r\n\r\n")
        assert await within(reader.readexactly(2)) == b"\r\n"
        for start in range(0, len(OPTIONS), 7):
            writer.write(OPTIONS[start : start + 7])
            await writer.drain()
            await asyncio.sleep(0)
        assert await read_message(reader) == 200
        writer.write(OPTIONS + OPTIONS)
        assert [await read_message(reader), await read_message(reader)] == [200, 200]
        writer.close()


async def test_a_message_wrong_inside_is_refused_and_the_stream_goes_on() -> None:
    async with running(SipEndpoint(CONFIG)) as endpoint:
        reader, writer = await connect(endpoint)
        writer.write(OPTIONS.replace(b"CSeq: 1 OPTIONS", b"CSeq: 1 INVITE") + OPTIONS)
        assert [await read_message(reader), await read_message(reader)] == [400, 200]
        writer.close()


async def test_a_stream_that_cannot_be_followed_is_closed() -> None:
    async with running(SipEndpoint(CONFIG)) as endpoint:
        for garbage, answer in (
            (OPTIONS.replace(b"Content-Length: 0", b"X: 0"), b"SIP/2.0 400 "),
            (b"A" * 50_000, b""),
            (b"\x16\x03\x01" + b"\0" * 40_000, b""),
        ):
            reader, writer = await connect(endpoint)
            writer.write(garbage)
            assert (await within(reader.read()))[:12] == answer
            writer.close()


async def test_connections_are_limited_an_address_and_in_all() -> None:
    limits = replace(CONFIG, max_connections=3, max_connections_per_host=2)
    async with running(SipEndpoint(limits)) as endpoint:
        first, second = await connect(endpoint), await connect(endpoint)
        for _, writer in (first, second):
            writer.write(OPTIONS)
        assert [await read_message(first[0]), await read_message(second[0])] == [200, 200]
        third = await connect(endpoint)
        with_end = await within(_rest(third[0]))
        assert with_end == b""
        first[1].close()
        await within(first[1].wait_closed())
        for writer in (second[1], third[1]):
            writer.close()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


def over_tcp(message: OutgoingRequest) -> bytes:
    return replace(message, transport=Transport.TCP).encode()


async def signed_in(
    endpoint: SipEndpoint, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], number: int = 1
) -> int:
    """REGISTER as 201 over a TCP connection; the last status."""
    own = {"uri": f"sip:{REALM}", "from_": f"<sip:201@{REALM}>;tag=1", "to": f"<sip:201@{REALM}>"}
    first = request("REGISTER", number, 9, call_id=f"r{number}", **own)
    reader, writer = connection
    writer.write(over_tcp(first))
    head = await within(reader.readuntil(b"\r\n\r\n"))
    response = parse_message(head, Flow(Transport.TCP, LOCAL, 1))
    digest = DigestClient("201", "secret-201")
    if not digest.take(response.headers.get("www-authenticate", [])):
        return 0
    value = digest.authorization("REGISTER", first.uri, "c0ffee") or ""
    again = replace(first, cseq=2, branch=f"z9hG4bKagain{number}")
    writer.write(over_tcp(replace(again, headers=(("Authorization", value), *again.headers))))
    return await read_message(reader)


async def test_only_who_showed_who_they_are_keeps_a_connection() -> None:
    """L4: nonsense, requests and challenges do not keep a connection open; right credentials do."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        useful, talkative, useless = [await connect(endpoint) for _ in range(3)]
        assert await signed_in(endpoint, useful) == 200
        talkative[1].write(OPTIONS)
        assert await read_message(talkative[0]) == 200
        useless[1].write(b"OPTIONS sip:")
        now = asyncio.get_running_loop().time()
        endpoint._core.network.sweep(now + 10)
        talkative[1].write(OPTIONS)
        assert await read_message(talkative[0]) == 200
        endpoint._core.network.sweep(now + 40)
        for connection in (talkative, useless):
            assert await within(_rest(connection[0])) == b""
        useful[1].write(OPTIONS)
        assert await read_message(useful[0]) == 200
        endpoint._core.network.sweep(now + CONFIG.idle_timeout + 10)
        assert await within(_rest(useful[0])) == b""


async def test_the_connection_of_a_known_line_is_kept() -> None:
    """L4: a provider that opens a connection to us is known by its address."""
    trunk = TrunkConfig("line", LOCAL, 9, keep_alive=0)
    async with running(SipEndpoint(replace(CONFIG, trunks=(trunk,)))) as endpoint:
        reader, writer = await connect(endpoint)
        writer.write(OPTIONS)
        assert await read_message(reader) == 200
        endpoint._core.network.sweep(asyncio.get_running_loop().time() + 40)
        writer.write(OPTIONS)
        assert await read_message(reader) == 200
        writer.close()


UNREADABLE = request("OPTIONS", 5, 9).encode().replace(b"Max-Forwards: 70", b"Max-Forwards: x")


async def test_a_flooder_behind_the_same_address_silences_nobody_over_tcp_or_registered() -> None:
    """Case 32: 5,000 unreadable datagrams and as many strangers' calls; then REGISTER from the same address,
    over TCP, over UDP by a phone that is registered there, and by a new phone after nonsense alone."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket, peer() as phone:
        registered = Phone(phone, endpoint)
        assert (await registered.authenticated("REGISTER")).status == 200
        core = endpoint._core
        for _ in range(5000):
            core.receive(UNREADABLE, Flow(Transport.UDP, LOCAL, 9))
        fresh = Phone(socket, endpoint, "202")
        assert (await fresh.say(fresh.request("REGISTER"))).status == 401, "nonsense costs nobody a challenge"
        for number in range(5000):
            core.receive(request("INVITE", number, 9).encode(), Flow(Transport.UDP, LOCAL, 9))
        assert await signed_in(endpoint, await connect(endpoint), 2) == 200
        assert (await registered.say(registered.request("REGISTER"))).status == 401
        assert (await registered.authenticated("INVITE", body=OFFER.encode())).status == 480


async def test_a_connection_lost_before_any_answer_fails_the_call_at_once() -> None:
    async with running(SipEndpoint(CONFIG)) as endpoint:
        listener = await asyncio.start_server(_accept_and_close, LOCAL, 0)
        port = listener.sockets[0].getsockname()[1]
        target = Target(f"sip:1@{LOCAL}:{port};transport=tcp", Transport.TCP, LOCAL, port)
        call = await endpoint.invite(
            target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER
        )
        ended = await Listener(call).next(Ended)
        assert (ended.by, ended.status) == (EndedBy.TRANSPORT, 503)
        listener.close()


async def _accept_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
