"""LiveKit's server API as far as rooms go (Twirp: `POST /twirp/livekit.RoomService/<method>`)."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from livekit.protocol import models, rtc
from livekit.protocol import room as api

from server.sfu.errors import Full, Refused, Unknown
from server.sfu.signal.token import BadToken, VideoGrant, verify
from server.sfu.transport.peer import LOSSY, RELIABLE
from server.sfu.transport.room_manager import RoomManager, RoomRuntime

#: When a request sets no limit of its own.
_MANY = 1 << 31
_STATUS = {
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "bad_route": 404,
    "malformed": 400,
    "invalid_argument": 400,
    "resource_exhausted": 429,
}


class _TwirpError(Exception):
    """`code` is Twirp's."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class RoomService:
    """Args: manager; keys, secrets by issuer.

    Tokens need `roomAdmin` of the room, `roomList` or `roomCreate`.
    """

    def __init__(self, manager: RoomManager, keys: Mapping[str, str]) -> None:
        self._manager = manager
        self._keys = keys
        self._methods: dict[str, tuple[type[Message], Callable[[Any, VideoGrant], Message]]] = {
            "CreateRoom": (api.CreateRoomRequest, self._create),
            "ListRooms": (api.ListRoomsRequest, self._list),
            "DeleteRoom": (api.DeleteRoomRequest, self._delete),
            "ListParticipants": (api.ListParticipantsRequest, self._participants),
            "GetParticipant": (api.RoomParticipantIdentity, self._participant),
            "RemoveParticipant": (api.RoomParticipantIdentity, self._remove),
            "MutePublishedTrack": (api.MuteRoomTrackRequest, self._mute),
            "UpdateParticipant": (api.UpdateParticipantRequest, self._update),
            "UpdateSubscriptions": (api.UpdateSubscriptionsRequest, self._subscriptions),
            "UpdateRoomMetadata": (api.UpdateRoomMetadataRequest, self._metadata),
            "SendData": (api.SendDataRequest, self._send),
        }

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post("/twirp/livekit.RoomService/{method}", self.call)]

    async def call(self, request: web.Request) -> web.Response:
        try:
            grant = self._grant(request)
            kind, method = self._method(request.match_info["method"])
            as_json = request.content_type == "application/json"
            answer = method(_read(kind, await request.read(), as_json=as_json), grant)
        except _TwirpError as error:
            return _error(error.code, str(error))
        except Unknown as error:
            return _error("not_found", str(error))
        except Refused as error:
            return _error("invalid_argument", str(error))
        except Full as error:
            return _error("resource_exhausted", str(error))
        if as_json:
            text = json_format.MessageToJson(answer, preserving_proto_field_name=True)
            return web.Response(text=text, content_type="application/json")
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    def _method(self, name: str) -> tuple[type[Message], Callable[[Any, VideoGrant], Message]]:
        found = self._methods.get(name)
        if found is None:
            raise _TwirpError("bad_route", "no such method")
        return found

    def _grant(self, request: web.Request) -> VideoGrant:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            return verify(token, self._keys, time.time()).video
        except BadToken as error:
            raise _TwirpError("unauthenticated", str(error)) from error

    def _create(self, request: api.CreateRoomRequest, grant: VideoGrant) -> Message:
        _allow(grant.room_create)
        if not 0 < len(request.name) <= 512:
            raise _TwirpError("malformed", "a room needs a name of at most 512 characters")
        room = self._manager.open(request.name).room
        room.metadata = request.metadata or room.metadata
        room.max_participants = min(request.max_participants or _MANY, self._manager.limits.participants)
        return room.info()

    def _list(self, request: api.ListRoomsRequest, grant: VideoGrant) -> Message:
        _allow(grant.room_list)
        found = [
            meeting.room.info()
            for name, meeting in self._manager.meetings.items()
            if not request.names or name in request.names
        ]
        return api.ListRoomsResponse(rooms=found)

    def _delete(self, request: api.DeleteRoomRequest, grant: VideoGrant) -> Message:
        _allow(grant.room_create)
        self._manager.close_room(request.room)
        return api.DeleteRoomResponse()

    def _meeting(self, name: str, grant: VideoGrant) -> RoomRuntime:
        _allow(grant.room_admin and grant.room == name)
        return self._manager.get(name)

    def _participants(self, request: api.ListParticipantsRequest, grant: VideoGrant) -> Message:
        room = self._meeting(request.room, grant).room
        return api.ListParticipantsResponse(participants=[one.info() for one in room.participants.values()])

    def _participant(self, request: api.RoomParticipantIdentity, grant: VideoGrant) -> Message:
        return self._meeting(request.room, grant).room.by_identity(request.identity).info()

    def _remove(self, request: api.RoomParticipantIdentity, grant: VideoGrant) -> Message:
        meeting = self._meeting(request.room, grant)
        # Tokens say whole seconds: one of this second is older than the removal.
        meeting.room.remove(request.identity, request.revoke_token_ts or time.time() + 1)
        meeting.apply()
        self._manager.drop_if_left(meeting)
        return api.RemoveParticipantResponse()

    def _mute(self, request: api.MuteRoomTrackRequest, grant: VideoGrant) -> Message:
        meeting = self._meeting(request.room, grant)
        one = meeting.room.by_identity(request.identity)
        if not request.muted:
            raise _TwirpError("permission_denied", "only people themselves switch their microphone on")
        meeting.room.mute(one.sid, request.track_sid, muted=True, by_server=True)
        meeting.apply()
        return api.MuteRoomTrackResponse(track=one.tracks[request.track_sid].info)

    def _update(self, request: api.UpdateParticipantRequest, grant: VideoGrant) -> Message:
        meeting = self._meeting(request.room, grant)
        one = meeting.room.by_identity(request.identity)
        if request.metadata or request.name or request.attributes:
            meeting.room.describe(one, request.metadata, request.name, request.attributes)
        if request.HasField("permission"):
            meeting.room.permit(one, request.permission)
        meeting.apply()
        return one.info()

    def _subscriptions(self, request: api.UpdateSubscriptionsRequest, grant: VideoGrant) -> Message:
        meeting = self._meeting(request.room, grant)
        one = meeting.room.by_identity(request.identity)
        wanted = rtc.UpdateSubscription(
            track_sids=request.track_sids,
            subscribe=request.subscribe,
            participant_tracks=request.participant_tracks,
        )
        meeting.room.update_subscription(one.sid, wanted)
        meeting.apply()
        return api.UpdateSubscriptionsResponse()

    def _metadata(self, request: api.UpdateRoomMetadataRequest, grant: VideoGrant) -> Message:
        meeting = self._meeting(request.room, grant)
        meeting.room.set_metadata(request.metadata)
        meeting.apply()
        return meeting.room.info()

    def _send(self, request: api.SendDataRequest, grant: VideoGrant) -> Message:
        meeting = self._meeting(request.room, grant)
        named = [*request.destination_identities, *request.destination_sids]
        user = models.UserPacket(
            payload=request.data,
            topic=request.topic if request.HasField("topic") else None,
            nonce=request.nonce,
            destination_identities=request.destination_identities,
        )
        packet = models.DataPacket(
            kind=request.kind, user=user, destination_identities=request.destination_identities
        )
        label = LOSSY if request.kind == models.DataPacket.LOSSY else RELIABLE
        meeting.data.send(packet, label, meeting.room.receivers("", named))
        return api.SendDataResponse()


def _allow(yes: bool) -> None:
    if not yes:
        raise _TwirpError("permission_denied", "the token does not allow this")


def _read(kind: type[Message], body: bytes, *, as_json: bool) -> Message:
    try:
        return json_format.Parse(body, kind()) if as_json else kind.FromString(body)
    except (DecodeError, json_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise _TwirpError("malformed", "the request cannot be read") from error


def _error(code: str, text: str) -> web.Response:
    return web.json_response({"code": code, "msg": text}, status=_STATUS[code])
