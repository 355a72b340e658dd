"""What LiveKit tells the outside of its rooms, and how it proves that it was it (LiveKit, "Webhooks").

The body is `WebhookEvent` as JSON; the token in `Authorization` holds the body's SHA-256.
"""

import base64
import hashlib
from collections import deque
from dataclasses import dataclass

from google.protobuf import json_format
from livekit.protocol import models, webhook

from server.sfu.signal.token import mint

ROOM_STARTED, ROOM_FINISHED = "room_started", "room_finished"
PARTICIPANT_JOINED, PARTICIPANT_LEFT = "participant_joined", "participant_left"
TRACK_PUBLISHED, TRACK_UNPUBLISHED = "track_published", "track_unpublished"
CONTENT_TYPE = "application/webhook+json"
#: A token is for this delivery alone. Seconds.
_LIFE = 300
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 10.0


@dataclass(frozen=True)
class Happening:
    """Something that a room tells the outside: one of the names above, and whom it is about."""

    event: str
    room: models.Room
    participant: models.ParticipantInfo | None = None
    track: models.TrackInfo | None = None

    def message(self, event_id: str, now: int) -> webhook.WebhookEvent:
        """`now`: seconds since 1970."""
        return webhook.WebhookEvent(
            event=self.event,
            room=self.room,
            participant=self.participant,
            track=self.track,
            id=event_id,
            created_at=now,
        )


def body(event: webhook.WebhookEvent) -> bytes:
    return json_format.MessageToJson(event, indent=None).encode()


def authorization(content: bytes, key: str, secret: str, now: int) -> str:
    """The header for `content`; `now` in seconds since 1970."""
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return mint(key, secret, {"nbf": now, "exp": now + _LIFE, "sha256": digest})


class Outbox:
    """Events that wait to be delivered, in order; pure.

    Args:
        size: how many may wait; the oldest give way, and the next event says how many did.
        patience: how long one is tried before it gives way to the next. Seconds.

    Attributes:
        dropped: how many were given up, ever.
    """

    def __init__(self, size: int, patience: float) -> None:
        self.dropped = 0
        self._told = 0
        self._size = size
        self._patience = patience
        self._waiting: deque[webhook.WebhookEvent] = deque()
        self._since: float | None = None
        self._wait = _FIRST_WAIT

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: webhook.WebhookEvent) -> None:
        self._waiting.append(event)
        if len(self._waiting) > self._size:
            self._next()
            self.dropped += 1

    def head(self) -> webhook.WebhookEvent | None:
        """What is to be delivered now."""
        if not self._waiting:
            return None
        event = self._waiting[0]
        event.num_dropped = self.dropped - self._told
        return event

    def delivered(self, event: webhook.WebhookEvent) -> None:
        self._told += event.num_dropped
        if self._waiting and self._waiting[0] is event:
            self._next()

    def refused(self, event: webhook.WebhookEvent) -> None:
        """It will not be taken, however often it is tried."""
        if self._waiting and self._waiting[0] is event:
            self._next()
            self.dropped += 1

    def failed(self, event: webhook.WebhookEvent, now: float) -> float:
        """It did not arrive: how long to wait before the next attempt. Seconds."""
        self._since = now if self._since is None else self._since
        if now - self._since >= self._patience:
            self.refused(event)
            return 0.0
        wait, self._wait = self._wait, min(self._wait * 2, _LONGEST_WAIT)
        return wait

    def _next(self) -> None:
        self._waiting.popleft()
        self._since, self._wait = None, _FIRST_WAIT
