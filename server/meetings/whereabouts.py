"""Where group calls are: in one of our own processes, or in a LiveKit server or cluster of others. Pure."""

import base64
import binascii
import zlib
from dataclasses import dataclass, field

import msgspec

from server.config.sections import Sfu
from server.meetings.rules import ISSUER


class _Video(msgspec.Struct):
    room: str = ""


class _Claims(msgspec.Struct):
    video: _Video = msgspec.field(default_factory=_Video)


@dataclass(frozen=True)
class Whereabouts:
    """`nodes` are addresses (http) as this machine reaches them; `key` and `secret` sign tokens for all."""

    nodes: tuple[str, ...]
    key: str
    secret: str = field(repr=False)

    def node(self, sfu_room: str) -> str:
        """A room lives in exactly one process; which one follows from its name."""
        return self.nodes[zlib.crc32(sfu_room.encode()) % len(self.nodes)]

    def socket(self, sfu_room: str) -> str:
        """Where who is on this machine connects for signalling (ws)."""
        return "ws" + self.node(sfu_room).removeprefix("http")


def whereabouts(section: Sfu, own_secret: str) -> Whereabouts:
    if section.kind == "livekit":
        return Whereabouts(section.urls, section.api_key, section.api_secret)
    return Whereabouts(section.urls, ISSUER, own_secret)


def room_of(token: str) -> str:
    """The room that a token is for, empty for what is no token; whether it is good is for others to say."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        content = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(content, type=_Claims).video.room
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        return ""
