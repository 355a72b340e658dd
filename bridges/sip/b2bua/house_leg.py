"""Legs for which the house itself speaks: a slot, a seat, a meeting's voice."""

from collections.abc import Mapping
from typing import Any

from bridges.media.gateway import Profile
from bridges.sip.b2bua.events import Post
from wire.record import AnsweredOn

#: The Max-Forwards of calls that begin here (RFC 3261, Section 8.1.1.6).
HOPS = 70


class HouseLeg:
    """What they have in common: they offer nothing anew, keep no time, and stay while nobody speaks."""

    profile = Profile.RTP
    idle = True
    peer = None
    #: Its word for records, and the key of what is its own in its snapshots.
    answered_on: AnsweredOn

    def __init__(self, name: str, post: Post) -> None:
        self.name, self._post = name, post
        self.description = self.given = ""

    def move(self, name: str, post: Post) -> None:
        self.name, self._post = name, post

    def accept_reoffer(self, sdp: str) -> bool:
        return True

    def refuse_reoffer(self) -> None:
        """There was no offer."""

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        """There is no timer."""

    def _snapshot(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """What a later process needs to be this leg; `own` is what its kind needs."""
        return {
            "name": self.name,
            self.answered_on: own,
            "description": self.description,
            "given": self.given,
        }

    def _adopt(self, kept: Mapping[str, Any]) -> None:
        """Be described as in a snapshot. Raises KeyError."""
        self.description, self.given = str(kept["description"]), str(kept["given"])

    def resume(self) -> None:
        """Nothing waits for it."""

    async def said(self) -> None:
        """It says nothing."""

    def established(self) -> None:
        """The other one hears what is to be heard here."""

    async def answers(self) -> bool | None:
        return True
