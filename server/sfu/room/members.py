"""A participant and its tracks, in LiveKit's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from livekit.protocol import models

from server.sfu.signal.token import Claims, VideoGrant

_SOURCES = {
    "camera": models.CAMERA,
    "microphone": models.MICROPHONE,
    "screen_share": models.SCREEN_SHARE,
    "screen_share_audio": models.SCREEN_SHARE_AUDIO,
}
#: What nobody says of themselves where tokens say who somebody is, even if theirs leaves it out.
_RESERVED = frozenset({"kind", "unencrypted"})
#: Bytes that a track takes once it is live, beside what it takes before: its place and its codec.
_LIVE = 128
#: Who may go by another name than the one in their token.
_MEMBER = "member"


@dataclass(eq=False)
class Track:
    """What somebody publishes. It is announced once media is agreed upon (`live`).

    `cids` are the names its publisher gave it, under which it is found in session descriptions.
    """

    info: models.TrackInfo
    publisher: "Participant"
    cids: frozenset[str]
    live: bool = False

    @property
    def sid(self) -> str:
        return self.info.sid

    @property
    def kind(self) -> str:
        return "audio" if self.info.type == models.AUDIO else "video"


@dataclass
class Settings:
    """How a subscriber wants a track: LiveKit's UpdateTrackSettings."""

    disabled: bool = False
    quality: int = models.HIGH
    width: int = 0
    height: int = 0


@dataclass(eq=False)
class Participant:
    """One connection of one identity.

    `version` grows with every change that others are told of: clients drop what is not newer.
    `grant` is what it may do by now; at first what its token says.
    """

    sid: str
    claims: Claims
    joined_at: int
    auto_subscribe: bool = True
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    version: int = 0
    tracks: dict[str, Track] = field(default_factory=dict)
    subscriptions: dict[str, Settings] = field(default_factory=dict)
    #: Who may subscribe to what: None allows all; else identities or sids with track sids (empty: all).
    allowed: dict[str, frozenset[str]] | None = None
    grant: VideoGrant = field(default_factory=VideoGrant)

    def __post_init__(self) -> None:
        self.grant = self.claims.video

    @property
    def identity(self) -> str:
        return self.claims.sub

    def kept(self, name: str, changed: Mapping[str, str]) -> list[str]:
        """What of a change of its own a participant may not make, as it is the organisation's word.

        That is what its token says in attributes, and the name that it gives to all but members. A token
        without attributes, as LiveKit's own servers know them, keeps nothing from being changed.

        Args:
            name: the new one, empty for none.
            changed: attributes; empty: to be removed.

        Returns:
            The names of the attributes, "name" for the name; what stays as it is does not count.
        """
        said = self.claims.attributes
        if not said:
            return []
        fixed = said.keys() | _RESERVED
        found = sorted(
            key for key in changed if key in fixed and changed[key] != self.attributes.get(key, "")
        )
        if self.claims.name and said.get("kind") != _MEMBER and name not in ("", self.name):
            found.append("name")
        return found

    def said(self) -> int:
        """Characters of what it says of itself, where that is not what its token says."""
        claims = self.claims
        own = {key: value for key, value in self.attributes.items() if claims.attributes.get(key) != value}
        metadata = "" if self.metadata == claims.metadata else self.metadata
        return len(metadata) + sum(len(key) + len(value) for key, value in own.items())

    def size(self) -> int:
        """Bytes of what others are told of it once all its tracks are live, beyond what its token says."""
        coming = sum(track.info.ByteSize() + _LIVE for track in self.tracks.values() if not track.live)
        claims = self.claims
        texts = (claims.sub, claims.name, claims.metadata, *claims.attributes, *claims.attributes.values())
        return self.info().ByteSize() + coming - sum(len(text.encode()) for text in texts)

    @property
    def hidden(self) -> bool:
        return self.grant.hidden

    def may_publish(self, source: int) -> bool:
        named = {_SOURCES.get(name.lower()) for name in self.grant.can_publish_sources}
        return self.grant.can_publish and (not named or source in named)

    def permit(self, permission: models.ParticipantPermission) -> None:
        """A moderator's word takes the token's place; who is hidden stays so."""
        names = {source: name for name, source in _SOURCES.items()}
        self.grant = msgspec.structs.replace(
            self.grant,
            can_subscribe=permission.can_subscribe,
            can_publish=permission.can_publish,
            can_publish_data=permission.can_publish_data,
            can_publish_sources=tuple(names.get(one, "none") for one in permission.can_publish_sources),
            can_update_own_metadata=permission.can_update_metadata,
        )

    def permission(self) -> models.ParticipantPermission:
        grant = self.grant
        found = models.ParticipantPermission(
            can_subscribe=grant.can_subscribe,
            can_publish=grant.can_publish,
            can_publish_data=grant.can_publish_data,
            can_update_metadata=grant.can_update_own_metadata,
            hidden=grant.hidden,
            recorder=grant.recorder,
        )
        named = (_SOURCES.get(name.lower(), models.UNKNOWN) for name in grant.can_publish_sources)
        found.can_publish_sources.extend(named)
        return found

    def shows(self, track: Track, other: "Participant") -> bool:
        """Whether `other` may subscribe to a track of ours."""
        if self.allowed is None:
            return True
        for key in (other.identity, other.sid):
            tracks = self.allowed.get(key)
            if tracks is not None and (not tracks or track.sid in tracks):
                return True
        return False

    def info(self, *, left: int | None = None) -> models.ParticipantInfo:
        """`left`: the reason, for somebody who is gone."""
        live = [track.info for track in self.tracks.values() if track.live]
        return models.ParticipantInfo(
            sid=self.sid,
            identity=self.identity,
            name=self.name,
            state=models.ParticipantInfo.ACTIVE if left is None else models.ParticipantInfo.DISCONNECTED,
            tracks=live if left is None else [],
            metadata=self.metadata,
            attributes=self.attributes,
            joined_at=self.joined_at,
            joined_at_ms=self.joined_at * 1000,
            version=self.version,
            is_publisher=bool(live),
            kind=models.ParticipantInfo.EGRESS if self.grant.recorder else models.ParticipantInfo.STANDARD,
            permission=self.permission(),
            disconnect_reason=left or models.UNKNOWN_REASON,  # type: ignore[arg-type]
        )
