"""The bridge's listeners, walked: who may call which route, and what which SIP method gets a stranger."""

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bridges.sip.app import Bridge
from bridges.sip.config import Config
from bridges.sip.message import OutgoingRequest, Transport
from tests.bridges.sip.surroundings import HS_TOKEN, REALM, SECRET, Surroundings
from tests.bridges.sip.test_app import configuration, running
from tests.bridges.sip.transport.endpoints import LOCAL, Peer, peer

#: Every route of the control port, and whose secret it wants.
CONTROL = {
    ("PUT", "_matrix/app/v1/transactions/<txn:str>"): "homeserver",
    ("GET", "_matrix/app/v1/users/<user_id:str>"): "homeserver",
    ("GET", "_matrix/app/v1/rooms/<alias:str>"): "homeserver",
    ("POST", "_matrix/app/v1/ping"): "homeserver",
    ("GET", "health/live"): "everybody",
    ("GET", "health/ready"): "everybody",
    ("GET", "v1/registrations"): "web",
    ("DELETE", "v1/registrations/<username:str>"): "web",
    ("GET", "v1/calls"): "web",
    ("GET", "v1/calls/<call_id:str>/messages"): "web",
    ("POST", "v1/calls/<call_id:str>/commands"): "web",
    ("POST", "v1/calls/pick-up"): "web",
    ("POST", "v1/calls/ring-no-more"): "web",
    ("POST", "v1/call-backs"): "web",
    ("POST", "v1/ring-me"): "web",
    ("GET", "v1/ring-me/<call_id:str>"): "web",
    ("POST", "v1/listenings"): "web",
    ("PUT", "v1/listenings/<call_id:str>"): "web",
    ("POST", "v1/queues/calls/<call_id:str>"): "web",
    ("GET", "v1/trunks"): "web",
    ("POST", "v1/trunks/reload"): "web",
    ("POST", "v1/trunks/<name:str>/test"): "web",
    ("PUT", "v1/mailboxes/<user_id:str>"): "web",
    ("PUT", "v1/presence"): "web",
    ("POST", "v1/meetings/dial"): "web",
    ("POST", "v1/meetings/<meeting_id:str>/recording"): "web",
    ("DELETE", "v1/meetings/visitors/<visitor_id:str>"): "web",
    ("GET", "metrics"): "Prometheus",
}

#: What a stranger gets for a request outside of any call.
METHODS = {
    "INVITE": 407,
    "REGISTER": 401,
    "OPTIONS": 200,
    "CANCEL": 481,
    "BYE": 481,
    "INFO": 481,
    "UPDATE": 481,
    "PRACK": 481,
    "NOTIFY": 481,
    "SUBSCRIBE": 489,
    "MESSAGE": 405,
    "REFER": 405,
    "PUBLISH": 405,
    "NONSENSE": 501,
}


@pytest.fixture
async def config(tmp_path: Path) -> AsyncIterator[Config]:
    async with Surroundings() as around:
        yield configuration(around, tmp_path)


@pytest.fixture
async def bridge(config: Config) -> AsyncIterator[Bridge]:
    async with running(config) as made:
        yield made


async def test_the_control_port_has_these_routes_and_no_others(bridge: Bridge) -> None:
    routes = {(method, route.path) for route in bridge._control.router.routes for method in route.methods}
    assert routes == set(CONTROL)


@pytest.mark.parametrize("secret", ["", "wrong", HS_TOKEN, SECRET])
async def test_each_route_of_the_control_port_wants_its_own_secret(
    bridge: Bridge, config: Config, secret: str
) -> None:
    holder = {HS_TOKEN: "homeserver", SECRET: "web"}.get(secret)
    base = f"http://{config.control.host}:{config.control.port}/"
    async with ClientSession(headers={"Authorization": f"Bearer {secret}"}) as http:
        for (method, path), owner in CONTROL.items():
            async with http.request(
                method, base + path, json={} if method in {"PUT", "POST"} else None
            ) as it:
                assert (it.status in {401, 403}) == (owner not in {"everybody", holder}), (method, path)


@pytest.mark.parametrize("method", METHODS)
async def test_a_stranger_gets_by_each_sip_method(bridge: Bridge, config: Config, method: str) -> None:
    async with peer() as socket:
        request = OutgoingRequest(
            method=method,
            uri=f"sip:202@{REALM}",
            transport=Transport.UDP,
            sent_by=f"{LOCAL}:{socket.port}",
            branch="z9hG4bKwalk",
            from_=f"<sip:201@{REALM}>;tag=1",
            to=f"<sip:202@{REALM}>",
            call_id="walk",
            cseq=1,
            headers=(("Contact", f"<sip:201@{LOCAL}:{socket.port}>"),),
        )
        port = config.sip.udp_port
        assert port is not None
        socket.send(request.encode(), port)
        assert (await socket.response()).status == METHODS[method]
        assert await serves(socket, port)


async def serves(socket: Peer, port: int) -> bool:
    probe = OutgoingRequest(
        method="OPTIONS", uri=f"sip:{REALM}", transport=Transport.UDP, sent_by=f"{LOCAL}:{socket.port}",
        branch="z9hG4bKprobe", from_="<sip:x@x>;tag=1", to="<sip:x@x>", call_id="probe", cseq=1, headers=(),
    )  # fmt: skip
    socket.send(probe.encode(), port)
    return (await socket.response(lambda response: response.branch == probe.branch)).status == 200


STUN_BINDING = struct.pack("!HHI12s", 1, 0, 0x2112A442, b"stranger" + bytes(4))


class _Silence(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def datagram_received(self, data: bytes, _addr: object) -> None:
        self.heard.append(data)


@pytest.mark.parametrize(
    "data",
    [STUN_BINDING, b"\x16\xfe\xfd" + bytes(60), b"\x80\x00" + bytes(20), b"", b"GET / HTTP/1.1\r\n\r\n"],
    ids=["stun", "dtls", "rtp", "empty", "http"],
)
async def test_the_media_port_answers_nobody_without_a_calls_password(
    bridge: Bridge, config: Config, data: bytes
) -> None:
    """Loopback keeps the order: what would have been answered is here before the answer of SIP."""
    loop = asyncio.get_running_loop()
    sip = config.sip.udp_port
    assert sip is not None
    transport, protocol = await loop.create_datagram_endpoint(_Silence, local_addr=(LOCAL, 0))
    try:
        for port in (config.media.webrtc_port, config.media.rtp_port_min):
            transport.sendto(data, (LOCAL, port))
        async with peer() as socket:
            assert await serves(socket, sip)
        assert protocol.heard == []
    finally:
        transport.close()
