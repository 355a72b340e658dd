"""What a kind of leg is to a call: which devices it stands for, how they are called, and what an earlier
process left of them. `registry.py` names all kinds; the call and its shells ask nothing else about one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from bridges.media.gateway import Profile
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.matrix_leg import MatrixFork
from bridges.sip.b2bua.services import Services
from bridges.sip.transport.api import Contact
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import Plan

P = TypeVar("P", bound=PlannedLeg)

#: What of a leg's snapshot makes a leg again.
Kept = Mapping[str, Any]
#: Lets a device that is prepared ring.
Send = Callable[[], None]


class LegFailed(Exception):
    """A fork could not even be sent."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class CannotGoOn(Exception):
    """A call, or a part of it, ended with its process."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How one device is reached: where a phone registered from, or where the calls of a line go; `encrypted`
    if it is offered SRTP."""

    contact: Contact | None = None
    line_host: str | None = None
    encrypted: bool = False


@dataclass(slots=True)
class Calling:
    """The call for which legs are made. `register` makes room events reach a Matrix leg; `referred_by` is who
    transfers somebody to them, as an address (RFC 3892); `via` is the way that the call came (`wire.route`).
    """

    call_id: str
    services: Services
    post: Post
    register: Callable[[str, str, MatrixFork], None]
    referred_by: str | None = None
    via: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a device is called with: our offer, for at most `timeout` seconds; `hops` is the Max-Forwards of
    an INVITE."""

    sdp: str
    plan: Plan
    timeout: float
    hops: int


class LegKind(ABC, Generic[P]):
    """One kind of leg, without state. `name` begins the names of its legs in a call, `planned` is its leg of
    a plan, `key` stands in the snapshots of its legs, `answered_on` is its word for records."""

    name: ClassVar[str]
    planned: ClassVar[type[PlannedLeg]]
    key: ClassVar[str]
    answered_on: ClassVar[AnsweredOn]
    #: Whether there is somebody at the other end whose sound is watched.
    listened_to: ClassVar[bool] = True
    #: Whether, where there is nobody, the sound of whoever talks with it is watched all the same.
    heard_by_people: ClassVar[bool] = False
    #: Whether its device rings until it is told to stop, also when the call is given up by us alone.
    rings_until_told: ClassVar[bool] = False

    def via(self, planned: P) -> str:
        """The way by which it is in a call, as of a call that it had made (`wire.route.RouteRequest`)."""
        return self.name

    def profile(self, reach: Reach) -> Profile:
        """The transport of a device's audio."""
        return Profile.SDES if reach.encrypted else Profile.RTP

    def devices(self, planned: P, services: Services) -> Iterator[Reach]:
        """The devices behind a leg of the plan."""
        yield Reach()

    @abstractmethod
    async def make(
        self, name: str, planned: P, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        """Prepare to call a device; nothing rings before the `Send`. None: it answers at once.

        Raises LegFailed, MalformedSdp, MediaError.
        """

    def call_again(self, leg: Leg, lifetime: float, post: Post) -> None:
        """Call an earlier process's leg that was not called yet; `lifetime` is in seconds."""
        return

    def came_in(self, kept: Kept) -> bool:
        """Whether a leg called, or was called by us. Raises CannotGoOn."""
        return False

    def dialog(self, kept: Kept) -> str | None:
        """What is traced of a leg before it is there again, as `Traces.claim` wants it; None: nothing."""
        return None

    @abstractmethod
    def adopt(
        self, kept: Kept, name: str, planned: P, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        """The leg that we called, `age` seconds after `kept` was taken of it. Nothing is sent.

        Raises CannotGoOn, and `AttributeError`, `IndexError`, `KeyError`, `TypeError`, `ValueError` for what
        is no snapshot.
        """

    def adopt_caller(self, kept: Kept, age: float, calling: Calling) -> Leg:
        """The same for a leg that came in."""
        raise CannotGoOn(f"{self.name} does not call")

    @abstractmethod
    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        """End a leg of an earlier process's call; what has to be said through a homeserver first, if
        anything."""
