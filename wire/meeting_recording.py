"""Recordings of meetings, as web and bridge speak of them.

The web commands: `POST /v1/meetings/<id>/recording` (`MeetingRecord` -> `MeetingRecordAnswer`). The bridge
tells how it is, at each change and every few seconds: `PUT /internal/v1/meetings/<id>/recording`
(`MeetingRecorded` -> `MeetingNow`).
"""

from typing import Annotated, Literal

import msgspec

from wire.record import Recorded
from wire.recording import OTHERS, RecordingId
from wire.route import Party, Word

#: Characters of a meeting's title.
TITLE = 200

What = Literal["start", "pause", "resume", "stop"]
#: `recording_not_kept`: there is no room on the disk. `not_possible_now`: there is nothing to pause, or to go
#: on with.
Refused = Literal["recording_not_kept", "not_possible_now"]


class MeetingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants (`by`, a user id), and the recording's id if one is to begin."""

    what: What
    by: Word
    id: RecordingId
    title: Annotated[str, msgspec.Meta(max_length=TITLE)]


class MeetingRecordAnswer(msgspec.Struct, frozen=True):
    """Why it was not done; None where it was, or somebody else had done it."""

    refused: Refused | None = None


class MeetingRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """How a meeting's recording is. `outside`: the bridge wants a ticket for the room."""

    recorded: Recorded
    outside: bool = False


class RecorderTicket(msgspec.Struct, frozen=True, kw_only=True):
    """The way into the room of the SFU."""

    url: str
    token: str
    identity: str
    room: str

    def __repr__(self) -> str:
        return f"RecorderTicket({self.identity!r})"


class MeetingNow(msgspec.Struct, frozen=True, kw_only=True):
    """`goes_on`: False where nothing may be recorded any more (the meeting was cancelled or encrypted).
    `empty`: nobody but telephones is there. `people`: who is in it now, as all who are in it see them."""

    goes_on: bool
    empty: bool = False
    title: Annotated[str, msgspec.Meta(max_length=TITLE)] = ""
    people: Annotated[tuple[Party, ...], msgspec.Meta(max_length=OTHERS)] = ()
    sfu: RecorderTicket | None = None
