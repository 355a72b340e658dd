"""`livekit-api`, the official server SDK, manages our rooms and understands our webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import pytest
from aiohttp import web
from livekit import api, rtc

from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.sfu import KEY, SECRET, Person, SfuProcess, hear, person, sfu_process, token

Events = asyncio.Queue[api.WebhookEvent]
HOOK = free_port()


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    hook = {"url": f"http://127.0.0.1:{HOOK}/hook", "key": KEY}
    with sfu_process(tmp_path_factory.mktemp("api"), webhook=hook) as running:
        yield running


@pytest.fixture
async def server(sfu: SfuProcess) -> AsyncIterator[api.LiveKitAPI]:
    async with api.LiveKitAPI(sfu.http, KEY, SECRET) as client:
        yield client


@pytest.fixture
async def events() -> AsyncIterator[Events]:
    """What arrives as a webhook, checked by LiveKit's own receiver."""
    found: Events = asyncio.Queue()
    receiver = api.WebhookReceiver(api.TokenVerifier(KEY, SECRET))

    async def take(request: web.Request) -> web.Response:
        found.put_nowait(receiver.receive(await request.text(), request.headers["Authorization"]))
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/hook", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", HOOK).start()
    yield found
    await runner.cleanup()


Name = Literal["participant_attributes_changed", "room_metadata_changed", "track_muted"]


def changed(one: Person, name: Name) -> asyncio.Event:
    """Set with the room's next event of this name."""
    found = asyncio.Event()
    one.room.on(name, lambda *_: found.set())
    return found


async def until(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        await event.wait()


async def test_webhooks_tell_a_rooms_whole_story(sfu: SfuProcess, events: Events) -> None:
    seen: list[str] = []

    async def next_of(room: str, last: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen or seen[-1] != last:
                event = await events.get()
                if event.room.name == room:
                    seen.append(event.event)

    async with person(sfu, "anna", "hooked") as anna:
        await anna.speak(440)
        await next_of("hooked", "track_published")
    await next_of("hooked", "room_finished")
    assert seen == [
        "room_started",
        "participant_joined",
        "track_published",
        "track_unpublished",
        "participant_left",
        "room_finished",
    ]


async def test_a_participant_is_found_described_and_permitted(
    sfu: SfuProcess, server: api.LiveKitAPI
) -> None:
    async with person(sfu, "anna", "changed") as anna:
        told = changed(anna, "participant_attributes_changed")
        await server.room.update_participant(
            api.UpdateParticipantRequest(
                room="changed",
                identity="anna",
                name="Anna R.",
                attributes={"hand": "1"},
                permission=api.ParticipantPermission(can_subscribe=True, can_publish=False),
            )
        )
        await until(told)
        assert anna.room.local_participant.attributes["hand"] == "1"
        found = await server.room.get_participant(
            api.RoomParticipantIdentity(room="changed", identity="anna")
        )
        assert (found.name, found.permission.can_publish) == ("Anna R.", False)
        described = changed(anna, "room_metadata_changed")
        await server.room.update_room_metadata(api.UpdateRoomMetadataRequest(room="changed", metadata="m"))
        await until(described)
        assert anna.room.metadata == "m"


async def test_the_server_says_something_to_one_of_them(sfu: SfuProcess, server: api.LiveKitAPI) -> None:
    async with person(sfu, "anna", "said") as anna, person(sfu, "bruno", "said") as bruno:
        request = api.SendDataRequest(
            room="said", data=b"hello", kind="RELIABLE", topic="t", destination_identities=["anna"]
        )
        async with asyncio.timeout(PATIENCE):
            while anna.data.empty():  # its data channel may not be open yet
                await server.room.send_data(request)
                await asyncio.sleep(0.1)
        packet = anna.data.get_nowait()
        assert (packet.data, packet.topic) == (b"hello", "t")
        assert bruno.data.empty()


async def test_a_muted_speaker_is_heard_again_only_by_their_own_will(
    sfu: SfuProcess, server: api.LiveKitAPI
) -> None:
    async with person(sfu, "anna", "quiet") as anna, person(sfu, "bruno", "quiet") as bruno:
        published = await anna.speak(440)
        track = await bruno.next_track(rtc.TrackKind.KIND_AUDIO)
        await hear(track, 440)
        muted = changed(bruno, "track_muted")
        request = api.MuteRoomTrackRequest(room="quiet", identity="anna", track_sid=published.sid, muted=True)
        answer = await server.room.mute_published_track(request)
        assert answer.track.muted
        await until(muted)
        request.muted = False
        with pytest.raises(api.TwirpError) as refused:
            await server.room.mute_published_track(request)
        assert refused.value.code == "permission_denied"
        assert isinstance(published.track, rtc.LocalAudioTrack)
        published.track.unmute()
        assert await hear(track, 440) > 0.8


async def test_whoever_is_removed_stays_out(sfu: SfuProcess, server: api.LiveKitAPI) -> None:
    async with person(sfu, "anna", "out"):
        jwt = token("bruno", "out")
        bruno = rtc.Room()
        gone = asyncio.Event()
        bruno.on("disconnected", lambda *_: gone.set())
        await bruno.connect(sfu.url, jwt)
        await server.room.remove_participant(api.RoomParticipantIdentity(room="out", identity="bruno"))
        await until(gone)
        again = rtc.Room()
        with pytest.raises(rtc.ConnectError):
            await again.connect(sfu.url, jwt)
        people = await server.room.list_participants(api.ListParticipantsRequest(room="out"))
        assert [one.identity for one in people.participants] == ["anna"]
