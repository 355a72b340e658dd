"""A leg of a call, whatever it is made of."""

from typing import Any, Protocol, runtime_checkable

from bridges.media.gateway import Peer, Profile
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post, TransferReport
from wire.record import AnsweredOn


class ReofferRefused(Exception):
    """The leg did not take a new offer; the call goes on as before."""


class Leg(Protocol):
    """One side of a call. What it hears it posts as `bridges.sip.b2bua.events`.

    `description` is the last SDP that the leg itself gave, `given` the last one given to it;
    `answered_on` is the word for records.
    """

    name: str
    profile: Profile
    answered_on: AnsweredOn
    description: str
    given: str

    @property
    def peer(self) -> Peer | None:
        """Who is at the other end, for the media of a SIP leg."""

    def move(self, name: str, post: Post) -> None:
        """Be a leg of another call from now on."""

    def drop(self, cause: Cause) -> None:
        """Refuse, cancel or hang up, whichever it takes; nothing if it has ended."""

    async def reoffer(self, sdp: str) -> str:
        """Offer another session; the answer. Raises ReofferRefused."""

    def accept_reoffer(self, sdp: str) -> bool:
        """Answer the leg's own new offer. False if it has been taken back meanwhile: all is as before it."""

    def refuse_reoffer(self) -> None:
        """Decline it; the session stays."""

    def get_timer(self) -> float | None:
        """When the leg wants `handle_timer`, on the loop's clock."""

    def handle_timer(self, now: float) -> None:
        """Time has come."""

    def snapshot(self) -> dict[str, Any] | None:
        """What a later process needs to go on with this leg, or to end it; None if it has ended."""

    def resume(self) -> None:
        """After it was restored, and the call listens: go on, and post again what may not have been heard."""

    @property
    def idle(self) -> bool:
        """Whether everything it had to say has been said."""

    async def said(self) -> None:
        """Return when it is idle."""

    def established(self) -> None:
        """Both sides talk."""

    async def answers(self) -> bool | None:
        """Whether the other end, which sends no media, still knows the call; None if it says nothing."""


@runtime_checkable
class GivesOn(Leg, Protocol):
    """A leg of ours that gives the other side on."""

    def given_on(self) -> TransferReport:
        """How it hears what becomes of that, in the next process too."""


@runtime_checkable
class CallerLeg(Leg, Protocol):
    """The leg that began the call. `hops` is the Max-Forwards of what we send on, so that loops end."""

    offer: str
    hops: int

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Let the caller know that it rings (or hear early media)."""

    def accept(self, sdp: str) -> None:
        """Answer the caller."""

    @property
    def accepted(self) -> bool:
        """Whether it was answered."""
