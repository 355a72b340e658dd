"""Recordings of calls, as bridge and web speak of them.

`POST /internal/v1/recording-terms` (`TermsAsked` -> `Terms`), when two people begin to talk, or somebody
wants a recording; then `PUT /internal/v1/recordings/<id>/parts/<number>`, the sound in pieces, and at last
`PUT /internal/v1/recordings/<id>` with what is to be known of it (`Note`).
"""

from typing import Annotated, Literal

import msgspec

from wire.record import Millis, RecordedPause
from wire.route import Party, Word

#: Samples a second of the sound: two bytes of G.711 mu-law each, the caller's and the callee's.
RATE, CHANNELS = 8000, 2
#: Bytes of a piece: all but the last have as many. A minute of a call.
PART = 60 * RATE * CHANNELS
#: Pieces of the longest recording: a day.
PARTS_MOST = 24 * 60

#: People of a recording beside caller and callee: the first who came.
OTHERS = 100

RecordingId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]


class TermsAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Who talk. `trunk`: the name of the line that the call came or went by; `groups`: the ids of the ring
    groups that it was for."""

    caller: Party
    callee: Party
    trunk: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    groups: tuple[Word, ...] = ()


class Announcement(msgspec.Struct, frozen=True):
    """A sound of the organisation's own, and how long it is."""

    id: RecordingId
    seconds: Annotated[float, msgspec.Meta(ge=0, le=60)]


class Terms(msgspec.Struct, frozen=True):
    """What holds for a call. `rule`: it is recorded in any case. `on_demand`: the user ids of those of its
    people who may have it recorded. `announcements`: what is played in place of our own words, by
    language."""

    rule: bool = False
    on_demand: tuple[Word, ...] = ()
    announcements: dict[Literal["it", "en"], Announcement] = {}


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Of a recording that is over. `call_id` is that of the call's record; the parties are as in it, and
    `withheld`, too. `why`: by rule, or because somebody (`by`, a user id) wanted it. `pauses` are what is
    missing. `whole`: False when the disk was full, and the end is missing. `size` is in bytes of sound.
    `others`: who else was in a call of several, as all of them may know it."""

    id: RecordingId
    call_id: Annotated[str, msgspec.Meta(max_length=64)]
    caller: Party
    callee: Party
    withheld: bool = False
    why: Literal["rule", "demand"]
    by: Word | None = None
    started_at: Millis
    ended_at: Millis
    pauses: Annotated[tuple[RecordedPause, ...], msgspec.Meta(max_length=200)] = ()
    whole: bool = True
    size: Annotated[int, msgspec.Meta(ge=0, le=PART * PARTS_MOST)] = 0
    others: Annotated[tuple[Party, ...], msgspec.Meta(max_length=OTHERS)] = ()
    #: Of a meeting: its title. `call_id` is then the meeting's id, and `caller` who wanted it.
    title: Annotated[str, msgspec.Meta(max_length=200)] | None = None
