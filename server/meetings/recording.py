"""Meetings that are recorded: begun, paused and ended by moderators; the bridge hears and writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec

from logs import log
from server.audit.service import Audit
from server.homeserver.errors import HomeserverError
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.call_roster import CallRoster
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.meeting import Meeting
from server.meetings.ports import IdentityReader, MeetingById, VisitorByUser
from server.meetings.refusals import (
    EncryptedNotRecorded,
    MeetingNotRecordedNow,
    MeetingNotStarted,
    MeetingRecordingNotKept,
    RecordingNotAllowed,
)
from wire.meeting_recording import (
    MeetingNow,
    MeetingRecord,
    MeetingRecordAnswer,
    MeetingRecorded,
    RecorderTicket,
    What,
)
from wire.record import Recorded
from wire.recording import OTHERS
from wire.route import Party

_log = log.get(__name__)

#: Seconds without a word of the bridge after which nothing is recorded any more.
_SILENT = 20.0

Live = Literal["announced", "runs", "paused"]
_LIVE: Mapping[str, Live] = {"announced": "announced", "runs": "runs", "paused": "paused"}


class MeetingRecordingView(msgspec.Struct):
    """`state`: null while nothing is recorded; `by`: who wanted it; `may`: I may begin, pause and end it."""

    state: Live | None
    by: str | None
    may: bool


class RecordingPolicy(Protocol):
    """`server.recordings.service.Recordings`, seen from here."""

    async def may_record(self) -> bool:
        """Whether people may have recorded what they take part in."""


class RecordingBridge(Protocol):
    async def record(self, meeting_id: str, asked: MeetingRecord) -> MeetingRecordAnswer:
        """Raises `TelephonesUnavailable`."""


@dataclass(frozen=True, slots=True)
class _Known:
    recorded: Recorded
    at: float


class MeetingRecordings:
    """How a recording is, is known to the bridge, which says so every few seconds: nothing is kept here.

    Args: sfu_url, gives the media server's own address (ws) for a room; mint, signs claims; now, in seconds;
    clock, monotonic seconds.
    """

    def __init__(
        self,
        meetings: MeetingById,
        access: Access,
        roster: CallRoster,
        identities: IdentityReader,
        visitors: VisitorByUser,
        bridge: RecordingBridge,
        policy: RecordingPolicy,
        audit: Audit,
        changes: ChangeNotifier,
        *,
        sfu_url: Callable[[str], str],
        mint: Callable[[Any], str],
        domain: str,
        now: Callable[[], int],
        clock: Callable[[], float],
        fresh_id: Callable[[], str],
    ) -> None:
        self._meetings, self._access, self._roster = meetings, access, roster
        self._identities, self._visitors = identities, visitors
        self._bridge, self._policy, self._audit, self._changes = bridge, policy, audit, changes
        self._sfu_url, self._mint, self._domain = sfu_url, mint, domain
        self._now, self._clock, self._fresh_id = now, clock, fresh_id
        self._known: dict[str, _Known] = {}

    def state_of(self, meeting_id: str) -> Live | None:
        """How the meeting's recording is; None while there is none."""
        known = self._current(meeting_id)
        return _LIVE.get(known.recorded.state) if known is not None else None

    async def of(self, user_id: str, meeting_id: str) -> MeetingRecordingView:
        """For a member of the meeting. Raises `MeetingNotFound`."""
        _, room = await self._access.member(meeting_id, user_id)
        known = self._current(meeting_id)
        may = room.is_moderator(user_id) and (known is not None or await self._policy.may_record())
        by = known.recorded.by if known is not None else None
        return MeetingRecordingView(self.state_of(meeting_id), by, may)

    async def want(self, user_id: str, meeting_id: str, what: What, address: str) -> None:
        """Begin, pause, go on with or end the recording: for moderators.

        Raises `MeetingNotFound`, `ModeratorsOnly`, `EncryptedNotRecorded`, `RecordingNotAllowed`,
        `MeetingNotStarted`, `MeetingRecordingNotKept`, `MeetingNotRecordedNow`, `TelephonesUnavailable`.
        """
        meeting, _ = await self._access.moderator(meeting_id, user_id)
        if what == "start":
            if meeting.encrypted:
                raise EncryptedNotRecorded
            if not await self._policy.may_record():
                raise RecordingNotAllowed
            if not self._roster.started(meeting.sfu_room):
                raise MeetingNotStarted
        asked = MeetingRecord(what=what, by=user_id, id=self._fresh_id(), title=meeting.title)
        answer = await self._bridge.record(meeting_id, asked)
        match answer.refused:
            case "recording_not_kept":
                raise MeetingRecordingNotKept
            case "not_possible_now":
                raise MeetingNotRecordedNow
        _log.info("meeting_recording_wanted", meeting=meeting_id, what=what, by=user_id)
        details = {"what": what, "title": meeting.title}
        await self._audit.record(
            "meeting.recording", actor=user_id, address=address, subject=meeting_id, details=details
        )

    async def told(self, meeting_id: str, told: MeetingRecorded) -> MeetingNow:
        """The bridge says how the recording is."""
        before = self.state_of(meeting_id)
        if told.recorded.state in _LIVE:
            self._known[meeting_id] = _Known(told.recorded, self._clock())
        elif (known := self._known.get(meeting_id)) and known.recorded.id == told.recorded.id:
            del self._known[meeting_id]
        meeting = await self._meetings.get(meeting_id)
        if meeting is None or meeting.cancelled_at is not None:
            return MeetingNow(goes_on=False)
        if self.state_of(meeting_id) != before:
            self._changes.notify(meeting_id)
            await self._access.publish_change(meeting, "recording")
        try:
            meeting = await self._access.current(meeting)
        except HomeserverError:
            # What was known of it holds until the next time.
            _log.info("meeting_not_asked", meeting=meeting_id)
        return MeetingNow(
            goes_on=not meeting.encrypted,
            empty=not self._roster.started(meeting.sfu_room),
            title=meeting.title,
            people=await self._people(meeting),
            sfu=self._ticket(meeting, told.recorded.id) if told.outside else None,
        )

    def _current(self, meeting_id: str) -> _Known | None:
        known = self._known.get(meeting_id)
        return known if known is not None and self._clock() - known.at < _SILENT else None

    def _ticket(self, meeting: Meeting, recording_id: str) -> RecorderTicket:
        user_id = f"@{rules.RECORDER_PREFIX}{recording_id}:{self._domain}"
        identity = rules.plain_identity(user_id, rules.RECORDER_DEVICE)
        claims = rules.recorder_claims(identity, meeting.sfu_room, self._now())
        url, token = self._sfu_url(meeting.sfu_room), self._mint(claims)
        return RecorderTicket(url=url, token=token, identity=identity, room=meeting.sfu_room)

    async def _people(self, meeting: Meeting) -> tuple[Party, ...]:
        """Colleagues, and visitors by the names that everybody in the meeting reads."""
        found: list[Party] = []
        for identity in self._roster.of(meeting.sfu_room):
            if rules.kind_of(identity) == "member":
                user_id = await self._identities.user_of(meeting.sfu_room, identity)
                found += [Party(user_id)] if user_id is not None else []
            else:
                visitor = await self._visitors.by_user(rules.user_of(identity) or "")
                found += [Party(name=visitor.name)] if visitor is not None else []
        return tuple(dict.fromkeys(found))[:OTHERS]
