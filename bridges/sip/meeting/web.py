"""What the telephones of meetings ask of the web: PINs, and what became of each as a visitor."""

from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from bridges.sip.routing.client import MAKING, WebClient, WebUnavailable
from wire.meeting_recording import MeetingNow, MeetingRecorded
from wire.route import CallMeeting, Party

#: Seconds that the web may keep a question until something changes, and what its answer may take beyond.
WAIT, BEYOND = 25, 10.0

_Answer = TypeVar("_Answer")
VisitorState = Literal["calling", "waiting", "admitted", "refused", "left", "removed"]


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The meeting behind a PIN, and the telephone as its visitor."""

    visitor_id: str
    meeting_id: str
    title: str
    state: VisitorState
    started: bool
    encrypted: bool = False


class _Brought(msgspec.Struct, frozen=True):
    visitor_id: str


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The way into the SFU."""

    url: str
    token: str
    identity: str
    room: str
    #: The key of an encrypted meeting, where the moderator gave it to the telephone.
    secret: str | None = None

    def __repr__(self) -> str:
        return f"Ticket({self.identity!r})"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A breakout room, by its number among those of the meeting; `closes_at` in ms since the epoch."""

    number: Annotated[int, msgspec.Meta(ge=1, le=50)]
    closes_at: int | None = None


class VisitorNow(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor as it is now; `sfu` once it may enter, `place` unless that leads to the main room."""

    state: VisitorState
    started: bool
    sfu: Ticket | None = None
    place: Place | None = None


class MeetingsWeb:
    """Each method raises WebUnavailable (try again) and WebRefused (`status` says why)."""

    def __init__(self, web: WebClient) -> None:
        self._web = web

    async def open(self, pin: str, call_id: str, caller: Party, via: str) -> Opened:
        """The meeting of a PIN. WebRefused: 404 nobody's, 429 too many attempts."""
        who = {"user_id": caller.user_id, "number": caller.number, "name": caller.name}
        body = {"pin": pin, "call_id": call_id, "caller": who, "via": via}
        answer = await self._web.ask("POST", "/internal/v1/meetings/pin", body, call_id, MAKING)
        return _read(answer, Opened)

    async def bring(self, meeting: CallMeeting, call_id: str, who: Party) -> str:
        """Somebody who talks in a call that goes on as this meeting is a visitor of it; the visitor's id.
        WebRefused: 404 no such meeting, 409 it is full."""
        path = f"/internal/v1/meetings/{quote(meeting.id, safe='')}/phones"
        body = {"caller": {"user_id": who.user_id, "number": who.number}, "by": meeting.by.user_id}
        answer = await self._web.ask("POST", path, body, call_id, MAKING)
        return _read(answer, _Brought).visitor_id

    async def visitor(self, visitor_id: str, call_id: str, known: VisitorNow | None) -> VisitorNow:
        """The visitor once it differs from `known` (None: at once), or after a while."""
        path = _path(visitor_id)
        if known is not None:
            path += f"?{urlencode(_known(known))}"
        return _read(await self._web.ask("GET", path, None, call_id, WAIT + BEYOND), VisitorNow)

    async def recorded(self, meeting_id: str, told: MeetingRecorded) -> MeetingNow:
        """How the recording of a meeting is; the answer says how the meeting is."""
        path = f"/internal/v1/meetings/{quote(meeting_id, safe='')}/recording"
        return _read(
            await self._web.ask("PUT", path, msgspec.to_builtins(told), meeting_id, MAKING), MeetingNow
        )

    async def leave(self, visitor_id: str, call_id: str | None, reason: str) -> None:
        """The telephone has gone, or never answered."""
        await self._web.ask("DELETE", _path(visitor_id), {"reason": reason}, call_id)


def _path(visitor_id: str) -> str:
    return f"/internal/v1/meetings/visitors/{quote(visitor_id, safe='')}"


def _known(visitor: VisitorNow) -> dict[str, str]:
    known = {"wait": str(WAIT), "state": visitor.state, "started": str(visitor.started).lower()}
    if visitor.sfu is not None:
        closes_at = visitor.place.closes_at if visitor.place is not None else None
        known |= {"room": visitor.sfu.room, "closes_at": str(closes_at or 0)}
    return known


def _read(answer: Any, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise WebUnavailable(f"the answer is malformed: {error}") from error
