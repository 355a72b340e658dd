"""What the SFU does with those who may not, those who come twice, and those who talk nonsense."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from livekit.protocol import models
from livekit.protocol import rtc as signal

from server.sfu.signal.token import mint
from tests.support.sfu import KEY, SECRET, SfuProcess, sfu_process, token


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    limits = {"participants": 3, "rooms": 40, "messages_per_second": 20}
    with sfu_process(tmp_path_factory.mktemp("faults"), limits=limits) as running:
        yield running
        assert running.process.poll() is None, "the process did not survive"


class Wire:
    """A client that speaks bare signalling."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send_bytes(signal.SignalRequest(**message).SerializeToString())

    async def next(self, kind: str, timeout: float = 10.0) -> Any:
        """The next message of this kind; others are passed over. Raises TimeoutError, ConnectionError."""
        async with asyncio.timeout(timeout):
            while True:
                message = await self.socket.receive()
                if message.type is not aiohttp.WSMsgType.BINARY:
                    raise ConnectionError(f"the WebSocket ended: {message.type}")
                found = signal.SignalResponse.FromString(message.data)
                if found.WhichOneof("message") == kind:
                    return getattr(found, kind)


async def join(http: aiohttp.ClientSession, sfu: SfuProcess, jwt: str, more: str = "") -> Wire:
    return Wire(await http.ws_connect(f"{sfu.http}/rtc?access_token={jwt}{more}"))


@pytest.fixture
async def http() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


async def twirp(http: aiohttp.ClientSession, sfu: SfuProcess, method: str, body: Any, **grants: Any) -> Any:
    claims = {"sub": "server", "exp": time.time() + 60, "video": grants}
    headers = {"Authorization": f"Bearer {mint(KEY, SECRET, claims)}"}
    url = f"{sfu.http}/twirp/livekit.RoomService/{method}"
    async with http.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    "jwt",
    [
        pytest.param("", id="none"),
        pytest.param(mint(KEY, "f" * 40, {"sub": "a", "exp": 2e9, "video": {"room": "r"}}), id="forged"),
        pytest.param(
            mint(KEY, SECRET, {"sub": "a", "exp": 5, "video": {"room": "r", "roomJoin": True}}), id="old"
        ),
        pytest.param(
            mint(KEY, SECRET, {"sub": "a", "exp": 2e9, "video": {"room": "r"}}), id="no right to join"
        ),
    ],
)
async def test_without_a_good_token_nobody_enters(
    http: aiohttp.ClientSession, sfu: SfuProcess, jwt: str
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await join(http, sfu, jwt)
    assert refused.value.status == 401
    async with http.get(f"{sfu.http}/rtc/validate?access_token={jwt}") as answer:
        assert answer.status == 401
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_the_same_identity_again_ends_the_older(http: aiohttp.ClientSession, sfu: SfuProcess) -> None:
    older = await join(http, sfu, token("anna", "twice"))
    await older.next("join")
    newer = await join(http, sfu, token("anna", "twice"))
    assert (await older.next("leave")).reason == models.DUPLICATE_IDENTITY
    assert (await newer.next("join")).participant.identity == "anna"
    with pytest.raises(ConnectionError):
        await older.next("update")


async def test_a_full_room_refuses_readably(http: aiohttp.ClientSession, sfu: SfuProcess) -> None:
    inside = [await join(http, sfu, token(name, "full")) for name in ("a", "b", "c")]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await join(http, sfu, token("d", "full"))
    assert refused.value.status == 503
    for one in inside:
        await one.send(leave=signal.LeaveRequest())


async def test_nonsense_is_answered_or_passed_over(http: aiohttp.ClientSession, sfu: SfuProcess) -> None:
    wire = await join(http, sfu, token("anna", "nonsense"))
    await wire.next("join")
    for _ in range(10):
        await wire.socket.send_bytes(secrets.token_bytes(40))
    await wire.send(offer=signal.SessionDescription(type="offer", sdp="v=0\r\nm=nonsense"))
    await wire.next("request_response")
    await wire.send(mute=signal.MuteTrackRequest(sid="TR_nobody", muted=True))
    await wire.next("request_response")
    await wire.send(ping_req=signal.Ping(timestamp=7))
    assert (await wire.next("pong_resp")).last_ping_timestamp == 7


async def test_a_flood_of_messages_ends_its_sender_only(http: aiohttp.ClientSession, sfu: SfuProcess) -> None:
    calm = await join(http, sfu, token("calm", "flood"))
    flood = await join(http, sfu, token("flood", "flood"))
    await flood.next("join")
    with pytest.raises(ConnectionError):
        for _ in range(500):
            await flood.send(ping_req=signal.Ping(timestamp=1))
        await flood.next("leave")
    await calm.send(ping_req=signal.Ping(timestamp=1))
    await calm.next("pong_resp")


async def test_a_message_of_megabytes_ends_the_connection(
    http: aiohttp.ClientSession, sfu: SfuProcess
) -> None:
    wire = await join(http, sfu, token("anna", "large"))
    await wire.next("join")
    with pytest.raises(ConnectionError):
        await wire.socket.send_bytes(bytes(2_000_000))
        while True:
            await wire.next("leave")


async def test_publishing_without_permission_is_refused(http: aiohttp.ClientSession, sfu: SfuProcess) -> None:
    wire = await join(http, sfu, token("anna", "mute", canPublish=False))
    await wire.send(add_track=signal.AddTrackRequest(cid="c", type=models.AUDIO))
    answer = await wire.next("request_response")
    assert answer.reason == signal.RequestResponse.NOT_ALLOWED


async def test_a_connection_that_broke_is_taken_up_again(
    http: aiohttp.ClientSession, sfu: SfuProcess
) -> None:
    wire = await join(http, sfu, token("anna", "resume"))
    sid = (await wire.next("join")).participant.sid
    await wire.socket.close()
    again = await join(http, sfu, token("anna", "resume"), f"&reconnect=1&sid={sid}")
    await again.next("reconnect")
    assert "a=ice-ufrag" in (await again.next("offer")).sdp
    stranger = await join(http, sfu, token("bruno", "resume"), f"&reconnect=1&sid={sid}")
    assert (await stranger.next("leave")).action == signal.LeaveRequest.RECONNECT


async def test_rooms_are_managed_with_the_right_token_only(
    http: aiohttp.ClientSession, sfu: SfuProcess
) -> None:
    wire = await join(http, sfu, token("anna", "managed"))
    await wire.next("join")
    await wire.send(add_track=signal.AddTrackRequest(cid="c", type=models.AUDIO))
    track = (await wire.next("track_published")).track.sid
    admin = {"room": "managed", "roomAdmin": True}
    status, listed = await twirp(http, sfu, "ListRooms", {}, roomList=True)
    assert status == 200
    assert "managed" in [room["name"] for room in listed["rooms"]]
    status, people = await twirp(http, sfu, "ListParticipants", {"room": "managed"}, **admin)
    assert [one["identity"] for one in people["participants"]] == ["anna"]
    mute = {"room": "managed", "identity": "anna", "track_sid": track, "muted": True}
    assert (await twirp(http, sfu, "MutePublishedTrack", mute, room="other", roomAdmin=True))[0] == 403
    assert (await twirp(http, sfu, "MutePublishedTrack", mute, **admin))[0] == 200
    assert (await wire.next("mute")).muted
    gone = {"room": "managed", "identity": "anna"}
    assert (await twirp(http, sfu, "RemoveParticipant", {**gone, "identity": "x"}, **admin))[0] == 404
    assert (await twirp(http, sfu, "RemoveParticipant", gone, **admin))[0] == 200
    assert (await wire.next("leave")).reason == models.PARTICIPANT_REMOVED
    assert (await twirp(http, sfu, "NoSuchThing", {}, **admin))[0] == 404
    assert (await twirp(http, sfu, "CreateRoom", {"name": "made"}, roomCreate=True))[0] == 200
    assert (await twirp(http, sfu, "DeleteRoom", {"room": "made"}, roomCreate=True))[0] == 200


async def test_datagrams_of_strangers_are_dropped(http: aiohttp.ClientSession, sfu: SfuProcess) -> None:
    port = int(sfu.http.rpartition(":")[2]) + 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for first in (0, 1, 20, 22, 63, 64, 127, 128, 144, 191, 200, 255):
            for size in (0, 1, 11, 19, 40, 1400):
                stranger.sendto(bytes([first]) + secrets.token_bytes(size), ("127.0.0.1", port))
        stranger.sendto(b"", ("127.0.0.1", port))
    async with http.get(f"{sfu.http}/health/ready") as answer:
        assert answer.status == 200
