"""LiveKit's server API with rooms in memory, and its webhooks."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web as aio
from livekit.protocol import models, room

from server.sfu.signal.token import verify
from server.sfu.signal.webhook import Happening, authorization, body
from tests.support.web import Answer, Web

MICROPHONE = models.TrackInfo(sid="TR_mic", source=models.TrackSource.MICROPHONE)


@dataclass
class FakeMedia:
    """`rooms` by name, participants by identity. `muted` and `removed` say what was asked for."""

    port: int = 0
    rooms: dict[str, dict[str, models.ParticipantInfo]] = field(default_factory=dict)
    muted: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    away: bool = False
    web: Web | None = None
    _ids: Any = field(default_factory=itertools.count)

    # As the media server

    async def answer(self, request: aio.Request) -> aio.Response:
        if self.away:
            return aio.json_response({"code": "unavailable", "msg": "away"}, status=503)
        token = request.headers["Authorization"].removeprefix("Bearer ")
        assert self.web is not None
        claims = verify(token, {"unisono": self.web.secrets.sfu_secret}, time.time())
        method, raw = request.match_info["method"], await request.read()
        if method == "ListRooms":
            assert claims.video.room_list
            listed = [models.Room(name=name, num_participants=len(p)) for name, p in self.rooms.items()]
            return _proto(room.ListRoomsResponse(rooms=listed))
        assert claims.video.room_admin
        if method == "ListParticipants":
            asked = room.ListParticipantsRequest.FromString(raw)
            there = self.rooms.get(asked.room, {})
            return _proto(room.ListParticipantsResponse(participants=there.values()))
        if method == "RemoveParticipant":
            return await self._remove(room.RoomParticipantIdentity.FromString(raw))
        wanted = room.MuteRoomTrackRequest.FromString(raw)
        self.muted.append((wanted.identity, wanted.track_sid))
        return _proto(room.MuteRoomTrackResponse(track=MICROPHONE))

    async def _remove(self, asked: room.RoomParticipantIdentity) -> aio.Response:
        if asked.identity not in self.rooms.get(asked.room, {}):
            return aio.json_response({"code": "not_found", "msg": "no such participant"}, status=404)
        self.rooms[asked.room].pop(asked.identity)
        self.removed.append(asked.identity)
        return _proto(room.RemoveParticipantResponse())

    # As those who are in its rooms

    async def join(self, name: str, identity: str, *tracks: models.TrackInfo, told: bool = True) -> None:
        """Somebody connects; `told` is False when the webhook gets lost."""
        participant = models.ParticipantInfo(identity=identity, sid=f"PA_{next(self._ids)}", tracks=tracks)
        self.rooms.setdefault(name, {})[identity] = participant
        if told:
            assert (await self.tell("participant_joined", name, participant)).status == 204

    async def leave(self, name: str, identity: str, *, told: bool = True) -> None:
        participant = self.rooms[name].pop(identity)
        if not self.rooms[name]:
            del self.rooms[name]
        if told:
            assert (await self.tell("participant_left", name, participant)).status == 204

    async def tell(
        self, event: str, name: str, participant: models.ParticipantInfo | None = None, secret: str = ""
    ) -> Answer:
        """A webhook."""
        assert self.web is not None
        now = int(time.time())
        content = body(Happening(event, models.Room(name=name), participant).message("EV_1", now))
        signed = authorization(content, "unisono", secret or self.web.secrets.sfu_secret, now)
        headers = {"Authorization": signed, "Content-Type": "application/webhook+json"}
        path = "/internal/v1/sfu/webhook"
        return await self.web.browser().ask("POST", path, headers=headers, data=content)


def room_of(token: str) -> str:
    """The room that a token is for; whether it is good is not looked at."""
    content = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    return str(claims["video"]["room"])


def _proto(message: Any) -> aio.Response:
    return aio.Response(body=message.SerializeToString(), content_type="application/protobuf")


@asynccontextmanager
async def media_server() -> AsyncIterator[FakeMedia]:
    """Listening on a free port."""
    media = FakeMedia()
    app = aio.Application()
    app.router.add_post("/twirp/livekit.RoomService/{method}", media.answer)
    runner = aio.AppRunner(app)
    await runner.setup()
    site = aio.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    media.port = runner.addresses[0][1]
    try:
        yield media
    finally:
        await runner.cleanup()
