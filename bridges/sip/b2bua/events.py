"""What happens to a call, as its legs and timers tell it. Each is handled alone, in order of arrival."""

from collections.abc import Callable
from dataclasses import dataclass

from bridges.sip.b2bua.causes import Cause
from bridges.sip.matrix_call.content import Candidate
from wire.route import Plan


@dataclass(frozen=True, slots=True)
class Routed:
    """The web answered who is to ring."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class NotRouted:
    """The web could not be asked."""


@dataclass(frozen=True, slots=True)
class Rings:
    """A fork rings; `sdp` is early media to be heard meanwhile."""

    leg: str
    status: int = 180
    sdp: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """A fork answered."""

    leg: str
    sdp: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The caller took our answer; `sdp` if that is where its own description came."""

    leg: str
    sdp: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A leg is over. `of_line`: of an outside line, whether its answer spoke of the line, not of the callee
    (see `line_answers`); None leaves that to the cause."""

    leg: str
    cause: Cause
    of_line: bool | None = None


@dataclass(frozen=True, slots=True)
class Reoffer:
    """A leg asks for another session; None asks for our offer."""

    leg: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class Trickle:
    """A WebRTC leg's ICE candidates."""

    leg: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key pressed, told by signalling."""

    leg: str
    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Silent:
    """A leg has sent neither RTP nor RTCP for so many seconds."""

    leg: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Noted:
    """What a later process must know of the leg has changed; `title` names what it leads to."""

    leg: str
    title: str


@dataclass(frozen=True, slots=True)
class Abort:
    """End the call, whatever its state."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Tick:
    """A timer is due."""


CallInput = (
    Routed
    | NotRouted
    | Rings
    | Answers
    | Confirmed
    | Gone
    | Reoffer
    | Trickle
    | Key
    | Silent
    | Noted
    | Abort
    | Tick
)
Post = Callable[[CallInput], None]
