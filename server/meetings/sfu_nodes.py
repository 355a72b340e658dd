"""Where group calls are: in one of our own processes, or in a LiveKit server or cluster of others. Pure."""

import zlib
from dataclasses import dataclass, field

from server.config.sections import Sfu
from server.meetings.rules import ISSUER


@dataclass(frozen=True)
class SfuNodes:
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


def sfu_nodes(section: Sfu, own_secret: str) -> SfuNodes:
    if section.kind == "livekit":
        return SfuNodes(section.urls, section.api_key, section.api_secret)
    return SfuNodes(section.urls, ISSUER, own_secret)
