"""What is asked of the media server: LiveKit's server API (Twirp), of our own SFU or of a real LiveKit."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import aiohttp
from livekit.api.room_service import RoomService
from livekit.api.twirp_client import ServerError
from livekit.protocol import models, room

from server.meetings.call_roster import Listed, Participant
from server.meetings.refusals import MediaUnavailable, ParticipantNotFound
from server.meetings.sfu_nodes import SfuNodes

T = TypeVar("T")
Source = Literal["microphone", "camera", "screen_share"]
_SOURCES: dict[Source, tuple[int, ...]] = {
    "microphone": (models.TrackSource.MICROPHONE,),
    "camera": (models.TrackSource.CAMERA,),
    "screen_share": (models.TrackSource.SCREEN_SHARE, models.TrackSource.SCREEN_SHARE_AUDIO),
}
_PATIENCE = aiohttp.ClientTimeout(total=5.0)


@dataclass
class MediaServer:
    """`where` says which address a room's API has.

    Every method raises `MediaUnavailable` when it does not answer as it should.
    """

    where: SfuNodes
    _http: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def start(self) -> None:
        self._http = aiohttp.ClientSession(timeout=_PATIENCE)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def _api(self, sfu_room: str) -> RoomService:
        return self._at(self.where.node(sfu_room))

    def _at(self, node: str) -> RoomService:
        if self._http is None:
            raise RuntimeError("the client was not started")
        # A room's process on this machine, or one address of a cluster: there is nowhere else to go.
        return RoomService(self._http, node, self.where.key, self.where.secret, failover=False)

    async def rooms(self) -> Listed:
        """Those that there are, some of them empty: LiveKit counts heads only now and then.

        Raises `MediaUnavailable` when no process answers.
        """
        names, silent = set[str](), set[str]()
        for node in self.where.nodes:
            try:
                listed = await _answer(self._at(node).list_rooms(room.ListRoomsRequest()))
            except MediaUnavailable:
                silent.add(node)
                continue
            names.update(one.name for one in listed.rooms)
        if len(silent) == len(self.where.nodes):
            raise MediaUnavailable
        return Listed(frozenset(names), lambda sfu_room: self.where.node(sfu_room) in silent)

    async def participants(self, sfu_room: str) -> list[Participant]:
        """Nobody in a room that does not exist; hidden ones are nobody's business."""
        return [Participant(one.identity, one.sid) for one in await self._infos(sfu_room)]

    async def remove(self, sfu_room: str, identity: str) -> None:
        """Fine for whoever is not there."""
        asked = room.RoomParticipantIdentity(room=sfu_room, identity=identity)
        try:
            await _answer(self._api(sfu_room).remove_participant(asked))
        except ParticipantNotFound:
            return

    async def mute(self, sfu_room: str, identity: str, source: Source) -> None:
        """Raises `ParticipantNotFound` for who is not there or sends nothing of this source."""
        infos = [one for one in await self._infos(sfu_room) if one.identity == identity]
        tracks = [track.sid for one in infos for track in one.tracks if track.source in _SOURCES[source]]
        if not tracks:
            raise ParticipantNotFound
        for sid in tracks:
            asked = room.MuteRoomTrackRequest(room=sfu_room, identity=identity, track_sid=sid, muted=True)
            await _answer(self._api(sfu_room).mute_published_track(asked))

    async def _infos(self, sfu_room: str) -> list[models.ParticipantInfo]:
        try:
            asked = room.ListParticipantsRequest(room=sfu_room)
            listed = await _answer(self._api(sfu_room).list_participants(asked))
        except ParticipantNotFound:
            return []
        return [one for one in listed.participants if not one.permission.hidden]


async def _answer(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except ServerError as error:
        if error.status == 404:
            raise ParticipantNotFound from error
        raise MediaUnavailable from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise MediaUnavailable from error
