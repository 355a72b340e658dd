"""One room: who is in it, what they publish, what they see of each other.

A machine without I/O. Each method changes the room and leaves in `outbox` what is to be said to whom, in
`renegotiate` whose subscriber connection needs a new offer, and in `gone` who has to be let go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from livekit.protocol import models, rtc

from server.sfu.config import Limits
from server.sfu.errors import Full, Refused, Revoked, Unknown
from server.sfu.room.members import Participant, Settings, Track
from server.sfu.room.messages import FLAVOURS, SERVER_VERSION, copied, goodbye, server_info, track_info
from server.sfu.room.news import News
from server.sfu.signal import webhook
from server.sfu.signal.ingress import MAX_NAME, check
from server.sfu.signal.token import Claims
from server.sfu.signal.webhook import Happening

#: Clients say something this often, or are taken for dead. Seconds.
PING_INTERVAL = 5
PING_TIMEOUT = 15
#: Bytes of what all are told of one participant, beyond what its token says: a full room has to fit into one
#: message to whoever joins.
MAX_INFO = 16_384
#: Characters of a refusal's reason.
_LONGEST = 512


@dataclass
class Effects:
    """What the shell has to do after a change, in this order."""

    outbox: list[tuple[str, rtc.SignalResponse]] = field(default_factory=list)
    renegotiate: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)
    happened: list[Happening] = field(default_factory=list)


class Room:
    """Args: name, sid: as clients are told; created_at: seconds since 1970."""

    def __init__(self, name: str, sid: str, created_at: int, limits: Limits) -> None:
        self.name = name
        self.sid = sid
        self.created_at = created_at
        self.metadata = ""
        self.max_participants = limits.participants
        self.participants: dict[str, Participant] = {}
        self._revoked: dict[str, float] = {}
        self._limits = limits
        self._effects = Effects()
        self._news = News()

    def take(self) -> Effects:
        """What has to be done since the last time."""
        found, self._effects = self._effects, Effects()
        return found

    def info(self) -> models.Room:
        people = self.participants.values()
        return models.Room(
            sid=self.sid,
            name=self.name,
            creation_time=self.created_at,
            creation_time_ms=self.created_at * 1000,
            metadata=self.metadata,
            max_participants=self.max_participants,
            num_participants=sum(not one.hidden for one in people),
            num_publishers=sum(any(track.live for track in one.tracks.values()) for one in people),
            active_recording=any(one.grant.recorder for one in people),
            enabled_codecs=[models.Codec(mime=mime) for mime in FLAVOURS],
        )

    def by_identity(self, identity: str) -> Participant:
        """Raises Unknown."""
        for one in self.participants.values():
            if one.identity == identity:
                return one
        raise Unknown(f"nobody called {identity}")

    def _others(self, sid: str) -> list[Participant]:
        return [one for one in self.participants.values() if one.sid != sid]

    def _tell(self, sid: str, response: rtc.SignalResponse) -> None:
        self._effects.outbox.append((sid, response))

    def _happened(self, event: str, one: Participant, track: Track | None = None) -> None:
        """Something that the outside is told."""
        info = track.info if track else None
        self._effects.happened.append(Happening(event, self.info(), one.info(), copied(info)))

    # Coming and going

    def join(
        self,
        sid: str,
        claims: Claims,
        now: int,
        *,
        auto_subscribe: bool,
        subscriber_primary: bool = True,
    ) -> Participant:
        """Lets somebody in; an older connection of the same identity leaves.

        `subscriber_primary`: the connection on which we send is the one that counts, and is offered by us.

        Raises Full, Revoked.
        """
        self.check(claims)
        for one in self._others(sid):
            if one.identity == claims.sub:
                self.leave(one.sid, models.DUPLICATE_IDENTITY, tell=True)
        # What records takes nobody's place, and has one in a full room: people wait for it.
        inside = sum(not one.grant.recorder for one in self.participants.values())
        if inside >= self.max_participants and not claims.video.recorder:
            raise Full("the room is full")
        came = Participant(
            sid, claims, now, auto_subscribe, claims.name, claims.metadata, dict(claims.attributes)
        )
        others = [one.info() for one in self._others(sid) if not one.hidden]
        self.participants[sid] = came
        came.version += 1
        answer = rtc.JoinResponse(
            room=self.info(),
            participant=came.info(),
            other_participants=others,
            server_version=SERVER_VERSION,
            subscriber_primary=subscriber_primary,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            server_info=server_info(),
            enabled_publish_codecs=[models.Codec(mime=mime) for mime in FLAVOURS],
        )
        self._tell(sid, rtc.SignalResponse(join=answer))
        self._effects.renegotiate.add(sid)
        self._announce(came, own=False)
        if came.grant.recorder:
            self._tell_of_room()
        self._happened(webhook.PARTICIPANT_JOINED, came)
        if auto_subscribe:
            self._subscribe_all(came)
        return came

    def leave(self, sid: str, reason: int, *, tell: bool = False) -> None:
        """Somebody is gone, or has to go (`tell`: it is told why)."""
        left = self.participants.pop(sid, None)
        if left is None:
            return
        for track in list(left.tracks.values()):
            self._forget(track)
        if tell:
            self._tell(sid, goodbye(reason))
        left.version += 1
        info = left.info(left=reason)
        update = rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=[info]))
        for one in self._others(sid) if not left.hidden else ():
            self._tell(one.sid, update)
        if left.grant.recorder:
            self._tell_of_room()
        self._effects.happened.append(Happening(webhook.PARTICIPANT_LEFT, self.info(), info))
        self._effects.gone.append(sid)

    def remove(self, identity: str, before: float) -> None:
        """A moderator sends somebody away; tokens issued before `before` (seconds since 1970) are void.

        Raises Unknown when nobody of this identity is here; the tokens are void all the same.
        """
        self._revoked[identity] = max(before, self._revoked.get(identity, 0.0))
        self.leave(self.by_identity(identity).sid, models.PARTICIPANT_REMOVED, tell=True)

    def put_out(self, identity: str, before: float, why: str) -> None:
        """As `remove`; it hears `why` before, in an attribute, as the reasons of goodbyes are LiveKit's."""
        one = self.by_identity(identity)
        one.version += 1
        info = one.info()
        info.attributes["put_out"] = why
        self._tell(one.sid, rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=[info])))
        self.remove(identity, before)

    def check(self, claims: Claims) -> None:
        """Raises Revoked."""
        if claims.issued_at < self._revoked.get(claims.sub, 0.0):
            raise Revoked("removed from this room")

    def close(self, reason: int) -> None:
        for sid in list(self.participants):
            self.leave(sid, reason, tell=True)

    def _announce(self, one: Participant, *, own: bool = True) -> None:
        update = rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=[one.info()]))
        for other in self._others(one.sid) if not one.hidden else ():
            self._tell(other.sid, update)
        if own:
            self._tell(one.sid, update)

    def _changed(self, one: Participant, *, at_once: bool = False) -> None:
        """`at_once`: tracks came or went, which others are to know before they are offered them."""
        one.version += 1
        if self._news.tell(one.sid, at_once=at_once):
            self._announce(one)

    def catch_up(self, now: float) -> None:
        """Tells what changed too often to be told at once; to be called often."""
        for sid in self._news.due(self.participants, now):
            self._announce(self.participants[sid])

    # Publishing

    def add_track(self, sid: str, request: rtc.AddTrackRequest, track_sid: str) -> None:
        """The publisher announces a track; media is agreed upon in its next offer. Raises Refused."""
        check(request)
        one = self.participants[sid]
        if not one.may_publish(request.source):
            raise Refused("not allowed to publish this")
        if len(one.tracks) >= self._limits.tracks:
            raise Refused("too many tracks")
        if request.type not in (models.AUDIO, models.VIDEO):
            raise Refused("a track of unknown form")
        info = track_info(request, track_sid)
        cids = frozenset({request.cid, *(codec.cid for codec in request.simulcast_codecs)} - {""})
        one.tracks[track_sid] = Track(info, one, cids)
        if one.size() > MAX_INFO:
            del one.tracks[track_sid]
            raise Refused("too much is said of this participant's tracks")
        published = rtc.TrackPublishedResponse(cid=request.cid, track=info)
        self._tell(sid, rtc.SignalResponse(track_published=published))

    def find_track(self, sid: str, cid: str, mid: str, kind: str) -> Track | None:
        """Which of a publisher's tracks a media section is: known by its mid, a new one by its name.

        Firefox makes up names for its descriptions that nothing else tells of: what has such a name is the
        first track of its kind that is still to come.
        """
        tracks = [track for track in self.participants[sid].tracks.values() if track.kind == kind]
        for track in tracks:
            if track.live and track.info.mid == mid:
                return track
        coming = [track for track in tracks if not track.live]
        named = next((track for track in coming if cid in track.cids), None)
        return named or (coming[0] if cid and coming else None)

    def bind(self, sid: str, track: Track, mid: str, mime: str) -> None:
        """Media of `track` will come; now everybody may hear of it."""
        if track.live:
            return
        track.info.mid, track.info.mime_type, track.live = mid, mime, True
        for codec in track.info.codecs:
            codec.mime_type, codec.mid = mime, mid
        publisher = self.participants[sid]
        self._changed(publisher, at_once=True)
        self._happened(webhook.TRACK_PUBLISHED, publisher, track)
        for one in self._others(sid):
            if one.auto_subscribe:
                self._subscribe(one, track)

    def unpublish(self, sid: str, track_sid: str) -> None:
        one = self.participants[sid]
        track = one.tracks.get(track_sid)
        if track is not None:
            self._forget(track)
            self._changed(one, at_once=True)

    def _forget(self, track: Track) -> None:
        track.publisher.tracks.pop(track.sid, None)
        if track.live:
            self._happened(webhook.TRACK_UNPUBLISHED, track.publisher, track)
        track.live = False
        for one in self.participants.values():
            if one.subscriptions.pop(track.sid, None):
                self._effects.renegotiate.add(one.sid)

    def mute(self, sid: str, track_sid: str, *, muted: bool, by_server: bool = False) -> None:
        """Raises Unknown."""
        one = self.participants[sid]
        track = one.tracks.get(track_sid)
        if track is None:
            raise Unknown("no such track")
        if by_server:
            request = rtc.MuteTrackRequest(sid=track_sid, muted=muted)
            self._tell(sid, rtc.SignalResponse(mute=request))
        if track.info.muted != muted:
            track.info.muted = muted
            if track.live:
                self._changed(one)

    def update_layers(self, sid: str, request: rtc.UpdateVideoLayers) -> None:
        track = self.participants[sid].tracks.get(request.track_sid)
        if track is not None and len(request.layers) <= 3:
            del track.info.layers[:]
            track.info.layers.extend(request.layers)

    def update_features(
        self, sid: str, request: rtc.UpdateLocalAudioTrack | rtc.UpdateLocalVideoTrack
    ) -> None:
        """What a publisher says of its own track later: noise filters, stereo, size."""
        one = self.participants[sid]
        track = one.tracks.get(request.track_sid)
        if track is None:
            return
        if isinstance(request, rtc.UpdateLocalAudioTrack):
            del track.info.audio_features[:]
            track.info.audio_features.extend(list(request.features)[:16])
        else:
            track.info.width, track.info.height = request.width, request.height
        if track.live:
            self._changed(one)

    # Subscribing

    def _subscribe(self, one: Participant, track: Track) -> None:
        publisher = track.publisher
        if not track.live or track.sid in one.subscriptions or publisher is one:
            return
        if one.grant.can_subscribe and publisher.shows(track, one) and not publisher.hidden:
            one.subscriptions[track.sid] = Settings()
            self._effects.renegotiate.add(one.sid)

    def _subscribe_all(self, one: Participant) -> None:
        for other in self._others(one.sid):
            for track in other.tracks.values():
                self._subscribe(one, track)

    def _unsubscribe(self, one: Participant, track_sid: str) -> None:
        if one.subscriptions.pop(track_sid, None):
            self._effects.renegotiate.add(one.sid)

    def update_subscription(self, sid: str, request: rtc.UpdateSubscription) -> None:
        one = self.participants[sid]
        sids = [*request.track_sids, *(s for tracks in request.participant_tracks for s in tracks.track_sids)]
        # Found once for all: who is in a room of a hundred may name all tracks of it.
        known = {track.sid: track for each in self.participants.values() for track in each.tracks.values()}
        for track_sid in dict.fromkeys(sids[:1000]):
            track = known.get(track_sid)
            if track is None or not request.subscribe:
                self._unsubscribe(one, track_sid)
            else:
                self._subscribe(one, track)

    def update_settings(self, sid: str, request: rtc.UpdateTrackSettings) -> list[str]:
        """How tracks are wanted; the sids of those that this concerns."""
        one = self.participants[sid]
        known = [track_sid for track_sid in request.track_sids if track_sid in one.subscriptions]
        for track_sid in known:
            one.subscriptions[track_sid] = Settings(
                request.disabled, request.quality, request.width, request.height
            )
        return known

    def set_permission(self, sid: str, request: rtc.SubscriptionPermission) -> None:
        """Whom a publisher lets see its tracks; whoever is no longer allowed loses them now."""
        one = self.participants[sid]
        if request.all_participants:
            one.allowed = None
        else:
            one.allowed = {
                (rule.participant_identity or rule.participant_sid): (
                    frozenset() if rule.all_tracks else frozenset(rule.track_sids) or frozenset({""})
                )
                for rule in list(request.track_permissions)[:1000]
            }
        for other in self._others(sid):
            for track in one.tracks.values():
                if not one.shows(track, other):
                    self._unsubscribe(other, track.sid)
                elif other.auto_subscribe:
                    self._subscribe(other, track)

    # What people say of themselves

    def update_metadata(self, sid: str, request: rtc.UpdateParticipantMetadata) -> None:
        """Raises Refused."""
        check(request)
        one = self.participants[sid]
        if not one.grant.can_update_own_metadata:
            raise Refused("not allowed to change this")
        kept = one.kept(request.name, request.attributes)
        if kept:
            raise Refused(f"set by the organisation: {', '.join(kept)}"[:_LONGEST])
        before = one.metadata, one.name, one.attributes
        self._describe(one, request.metadata, request.name, request.attributes)
        if one.said() > self._limits.own_metadata or one.size() > MAX_INFO:
            one.metadata, one.name, one.attributes = before
            raise Refused("too large")
        self._changed(one)

    def describe(self, one: Participant, metadata: str, name: str, changed: Mapping[str, str]) -> None:
        """The server's word: empty metadata or name stay, an empty attribute goes. Raises Refused."""
        attributes = {**one.attributes, **changed}
        size = len(metadata) + sum(len(key) + len(value) for key, value in attributes.items())
        if size > self._limits.metadata or len(name) > MAX_NAME:
            raise Refused("too large")
        self._describe(one, metadata, name, changed)
        self._changed(one)

    def _describe(self, one: Participant, metadata: str, name: str, changed: Mapping[str, str]) -> None:
        attributes = {**one.attributes, **changed}
        one.metadata = metadata or one.metadata
        one.name = name or one.name
        one.attributes = {key: value for key, value in attributes.items() if value}

    def permit(self, one: Participant, permission: models.ParticipantPermission) -> None:
        """What somebody may do from now on; what it may no longer do ends at once."""
        one.permit(permission)
        for track in list(one.tracks.values()):
            if not one.may_publish(track.info.source):
                self._forget(track)
                self._effects.renegotiate.add(one.sid)
                gone = rtc.TrackUnpublishedResponse(track_sid=track.sid)
                self._tell(one.sid, rtc.SignalResponse(track_unpublished=gone))
        if not one.grant.can_subscribe:
            for track_sid in list(one.subscriptions):
                self._unsubscribe(one, track_sid)
        elif one.auto_subscribe:
            self._subscribe_all(one)
        self._changed(one, at_once=True)

    def set_metadata(self, metadata: str) -> None:
        """The room's own; everybody is told. Raises Refused."""
        if len(metadata) > self._limits.metadata:
            raise Refused("too large")
        self.metadata = metadata
        self._tell_of_room()

    def _tell_of_room(self) -> None:
        update = rtc.SignalResponse(room_update=rtc.RoomUpdate(room=self.info()))
        for sid in self.participants:
            self._tell(sid, update)

    def resume(self, sid: str) -> None:
        """A participant is back on another WebSocket."""
        self._tell(sid, rtc.SignalResponse(reconnect=rtc.ReconnectResponse(server_info=server_info())))
        infos = [one.info() for one in self.participants.values() if not one.hidden or one.sid == sid]
        self._tell(sid, rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=infos)))
        self._effects.renegotiate.add(sid)

    def receivers(self, sender: str, identities: Iterable[str]) -> list[str]:
        """To whom a data packet goes: everybody else, or those who are named; `sender` is a sid or empty."""
        named = set(identities)
        return [one.sid for one in self._others(sender) if not named or named & {one.identity, one.sid}]
