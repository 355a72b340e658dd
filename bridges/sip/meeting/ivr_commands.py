"""What a telephone's machine says is to be done, and what it is told by the web (see `ivr.py`). Pure."""

from dataclasses import dataclass
from enum import Enum

from bridges.sip.voice.player import Beneath
from bridges.sip.voice.prompts import Language, Prompt, Words


class Over(Enum):
    """Why there is no way on; the values go to the web as the reason of the visitor's end."""

    REFUSED = "refused"
    REMOVED = "removed"
    ENDED = "ended"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "too_many_attempts"
    SILENT = "no_input"


@dataclass(frozen=True, slots=True)
class Say:
    """Say these one after the other, in place of what is being said; none: be quiet. `said` follows."""

    prompts: tuple[Words, ...]
    language: Language
    #: Said after them in the other language.
    aside: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Underlay:
    """What is heard beneath from now on."""

    what: Beneath


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Ask the web for the meeting of this PIN."""

    pin: str


@dataclass(frozen=True, slots=True)
class Join:
    """Enter the room of the SFU that the last `Visit` names."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave that room, or give up entering it."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Mute the participant's track, or unmute it."""

    on: bool


@dataclass(frozen=True, slots=True)
class Hand:
    """Raise the hand, or lower it."""

    up: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; always the last command."""

    why: Over


Command = Say | Underlay | CheckPin | Join | Quit | Mute | Hand | HangUp


@dataclass(frozen=True, slots=True)
class Visit:
    """What the web says of the telephone as a visitor of its meeting.

    `state`: calling, waiting, admitted, refused, left, removed; `started`: others than telephones are in the
    meeting; `ready`: a ticket for the SFU is there. `room` is the room it leads to, which is the breakout
    room of the number `place`, or the main room (None). `closes_at` is when that breakout room closes, on the
    clock of `now`.
    """

    state: str
    started: bool
    ready: bool
    encrypted: bool = False
    room: str = ""
    place: int | None = None
    closes_at: float | None = None
