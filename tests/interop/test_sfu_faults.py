"""What the SFU does with those who may not, those who come twice, and those who talk nonsense."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from livekit.protocol import models
from livekit.protocol import rtc as signal

from server.sfu.signal.token import mint
from tests.benchmarks.bots.livekit_bot import LiveKitBot
from tests.support.patience import PATIENCE
from tests.support.sfu import KEY, SECRET, SfuProcess, sfu_process, token
from tests.support.sfu_wire import join, left_alone, load, twirp


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    limits = {"participants": 3, "rooms": 40, "messages_per_second": 20}
    with sfu_process(tmp_path_factory.mktemp("faults"), limits=limits) as running:
        yield running
        assert running.process.poll() is None, "the process did not survive"


@pytest.fixture
async def http() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


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


async def test_a_guest_stays_who_its_token_says_but_for_the_server(
    http: aiohttp.ClientSession, sfu: SfuProcess
) -> None:
    video = {"room": "named", "roomJoin": True, "canUpdateOwnMetadata": True}
    claims = {"sub": "g", "name": "Gino", "exp": 2e9, "attributes": {"kind": "guest"}, "video": video}
    wire = await join(http, sfu, mint(KEY, SECRET, claims))
    await wire.next("join")
    posing = signal.UpdateParticipantMetadata(name="Anna", attributes={"kind": "member"}, request_id=7)
    await wire.send(update_metadata=posing)
    answer = await wire.next("request_response")
    assert (answer.request_id, answer.reason) == (7, signal.RequestResponse.NOT_ALLOWED)
    await wire.send(update_metadata=signal.UpdateParticipantMetadata(name="Gino", attributes={"hand": "1"}))
    [gino] = (await wire.next("update")).participants
    assert (gino.name, gino.attributes) == ("Gino", {"kind": "guest", "hand": "1"})
    told = {"room": "named", "identity": "g", "name": "Gina", "attributes": {"kind": "member"}}
    assert (await twirp(http, sfu, "UpdateParticipant", told, room="named", roomAdmin=True))[0] == 200
    [gina] = (await wire.next("update")).participants
    assert (gina.name, gina.attributes["kind"]) == ("Gina", "member")
    await wire.send(leave=signal.LeaveRequest())


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


async def test_a_token_of_one_room_takes_up_nothing_of_another(
    http: aiohttp.ClientSession, sfu: SfuProcess
) -> None:
    wire = await join(http, sfu, token("anna", "here"))
    sid = (await wire.next("join")).participant.sid
    other = await join(http, sfu, token("anna", "there"), f"&reconnect=1&sid={sid}")
    assert (await other.next("leave")).action == signal.LeaveRequest.RECONNECT
    await wire.send(ping_req=signal.Ping(timestamp=1))
    await wire.next("pong_resp")


async def test_somebody_removed_cannot_take_their_connection_up_again(
    http: aiohttp.ClientSession, sfu: SfuProcess
) -> None:
    anna, bruno = await join(http, sfu, token("anna", "out")), await join(http, sfu, token("bruno", "out"))
    await anna.next("join")
    sid = (await bruno.next("join")).participant.sid
    gone = {"room": "out", "identity": "bruno"}
    assert (await twirp(http, sfu, "RemoveParticipant", gone, room="out", roomAdmin=True))[0] == 200
    for more in (f"&reconnect=1&sid={sid}", ""):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await join(http, sfu, token("bruno", "out"), more)
        assert refused.value.status == 401


async def test_many_new_websockets_are_one_participant(http: aiohttp.ClientSession, sfu: SfuProcess) -> None:
    wire = await join(http, sfu, token("anna", "again"))
    sid = (await wire.next("join")).participant.sid
    before = await load(http, sfu)
    for count in range(40):
        again = await join(http, sfu, token("anna", "again"), f"&reconnect=1&sid={sid}")
        await again.next("reconnect")
        if count % 2:
            await wire.socket.close()
        wire = again
    await wire.send(ping_req=signal.Ping(timestamp=1))
    await wire.next("pong_resp")
    after = await load(http, sfu)
    assert after["participants"] == before["participants"]
    assert after["connections"] == before["connections"]
    await wire.send(leave=signal.LeaveRequest())


class Flooder(LiveKitBot):
    """Sends without end, and notes when it is sent away."""

    def __init__(self) -> None:
        super().__init__()
        self.farewell: asyncio.Future[signal.LeaveRequest] = asyncio.get_running_loop().create_future()

    async def _take(self, kind: str, message: signal.SignalResponse) -> None:
        if kind == "leave" and not self.farewell.done():
            self.farewell.set_result(message.leave)
        await super()._take(kind, message)

    async def flood(self, bitrate: float, seconds: float) -> None:
        """Until it is sent away, at most for so long."""
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while not self.farewell.done() and (elapsed := loop.time() - began) < seconds:
            while sent * 1000 * 8 < elapsed * bitrate:
                sent += self.show()
            await asyncio.sleep(0.005)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    limits = {"bitrate": 2_000_000, "flood_seconds": 2}
    with sfu_process(tmp_path_factory.mktemp("strict"), limits=limits) as running:
        yield running


async def test_who_floods_for_long_is_put_out_and_nobody_else(
    http: aiohttp.ClientSession, strict: SfuProcess
) -> None:
    flooder, calm = Flooder(), await join(http, strict, token("calm", "torrent"))
    await calm.next("join")
    jwt = token("flooder", "torrent")
    await flooder.enter(http, strict.http, jwt)
    flooder.hush()
    try:
        await flooder.flood(50e6, PATIENCE)
        farewell = await asyncio.wait_for(flooder.farewell, PATIENCE)
        assert farewell.reason == models.PARTICIPANT_REMOVED
        assert farewell.action == signal.LeaveRequest.DISCONNECT
        for one in (jwt, token("flooder", "torrent")):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await join(http, strict, one)
            assert refused.value.status == 403
        elsewhere = await join(http, strict, token("flooder", "brook"))
        await elsewhere.next("join")
        await elsewhere.send(leave=signal.LeaveRequest())
        await calm.send(ping_req=signal.Ping(timestamp=1))
        await calm.next("pong_resp")
    finally:
        await flooder.leave()
        await calm.send(leave=signal.LeaveRequest())


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    limits = {"answer_seconds": 1, "connect_seconds": 2}
    with sfu_process(tmp_path_factory.mktemp("impatient"), limits=limits) as running:
        yield running


async def test_who_never_answers_an_offer_is_let_go(
    http: aiohttp.ClientSession, impatient: SfuProcess
) -> None:
    wire = await join(http, impatient, token("deaf", "deaf"))
    await wire.next("offer")
    assert (await wire.next("leave")).action == signal.LeaveRequest.RECONNECT
    with pytest.raises(ConnectionError):
        await wire.next("pong")
    await left_alone(http, impatient)


async def test_who_answers_and_never_connects_is_let_go(
    http: aiohttp.ClientSession, impatient: SfuProcess
) -> None:
    wire = await join(http, impatient, token("deaf", "dumb"))
    offer = await wire.next("offer")
    answer = offer.sdp.replace("a=setup:actpass", "a=setup:active").replace("a=ice-lite\r\n", "")
    await wire.send(answer=signal.SessionDescription(type="answer", sdp=answer, id=offer.id))
    assert (await wire.next("leave")).action == signal.LeaveRequest.RECONNECT
    await left_alone(http, impatient)
