"""What calls need from the rest of the process, as the Protocols they see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bridges.sip.appservice.sender import EventSender
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.media.gateway import MediaGateway
from bridges.sip.transport.api import (
    Contact,
    Credentials,
    DialogSnapshot,
    NameAddress,
    OutgoingCall,
    Reason,
    Target,
    TrunkStatus,
)
from wire.record import CallRecord
from wire.route import Party, Plan, RouteRequest


class Endpoint(Protocol):
    """`SipEndpoint`, seen from the calls."""

    async def prepare(
        self,
        target: Target,
        *,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        max_forwards: int = 70,
    ) -> OutgoingCall: ...

    def contacts(self, username: str) -> list[Contact]: ...

    def registered(self) -> list[str]: ...

    def target_of(self, contact: Contact) -> Target: ...

    def trunk_target(self, name: str, number: str) -> Target: ...

    def trunk_caller(
        self, name: str, number: str | None, *, hidden: bool = False
    ) -> tuple[NameAddress, tuple[tuple[str, str], ...]]: ...

    def trunk_credentials(self, name: str) -> Credentials | None: ...

    def trunk_status(self) -> list[TrunkStatus]: ...

    def bye_snapshot(self, snapshot: DialogSnapshot, reason: Reason | None = None) -> None: ...


class Router(Protocol):
    """Decides who is to ring. Raises WebUnavailable, WebRefused."""

    async def route(self, request: RouteRequest) -> Plan: ...


class Members(Protocol):
    """Knows whom a call in a room is for: `RoomMembers`. Raises MatrixUnavailable, MatrixRefused."""

    async def callee(self, room_id: str, sender: str, invitee: str | None) -> str | None: ...

    async def let_in(self, room_id: str, user_id: str) -> None: ...


class Records(Protocol):
    """Keeps live calls and their records."""

    def put_call(self, call_id: str, kind: str, snapshot: Mapping[str, Any]) -> None: ...

    def drop_call(self, call_id: str) -> None: ...

    def put_record(self, record: CallRecord) -> None: ...

    async def flushed(self) -> None: ...


class Meetings(Protocol):
    """`bridges.sip.meeting.floor.Floor`, seen from the calls."""

    async def answer(self, name: str, call_id: str, sdp: str, caller: Party, via: str, post: Post) -> Leg:
        """The dial-in answers; `via` is the way the call came (`wire.route`).

        Raises OSError, MalformedSdp, MediaError.
        """

    async def caller(self, visitor_id: str, call_id: str, number: str, post: Post) -> CallerLeg:
        """A meeting calls. Raises OSError."""

    def forget(self, visitor_id: str) -> None:
        """A visitor of an earlier process has gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a call uses. `now_ms` is the wall clock in milliseconds, `state_changed` a notice."""

    domain: str
    endpoint: Endpoint
    gateway: MediaGateway
    router: Router
    homeserver: EventSender
    members: Members
    records: Records
    meetings: Meetings
    now_ms: Callable[[], int]
    state_changed: Callable[[], None]
