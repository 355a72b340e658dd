"""Whether whoever answered a mobile phone takes a call: who calls is said, and a key is waited for.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order. A mailbox that answers presses no key.
"""

from dataclasses import dataclass
from enum import Enum

from bridges.sip.b2bua.events import Verdict
from bridges.sip.machine import Machine
from bridges.sip.voice.prompts import Prompt, Words

#: Seconds from the first word in which a key is to be pressed; the caller hears ringing meanwhile.
WITHIN = 25.0
#: Seconds of silence before all is said again.
PAUSE = 3.0
TAKE_KEY, DECLINE_KEY = "1", "2"


class State(Enum):
    """ANSWERED: nothing was said yet; GONE: it is known, or the call is over."""

    ANSWERED = "answered"
    ASKING = "asking"
    GONE = "gone"


class Trigger(Enum):
    """What moves it on."""

    ASK = "ask"
    END = "end"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.ANSWERED, Trigger.ASK): State.ASKING,
    (State.ANSWERED, Trigger.END): State.GONE,
    (State.ASKING, Trigger.END): State.GONE,
}


@dataclass(frozen=True, slots=True)
class Say:
    """Say these, in place of what is being said."""

    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """It is known."""

    verdict: Verdict


Command = Say | Tell


def words_for(digits: str) -> tuple[Words, ...]:
    """What is said of a call by a number with these digits."""
    if not digits:
        return (Prompt.MOBILE_CALL, Prompt.MOBILE_KEYS)
    return (Prompt.MOBILE_CALL_FROM, *(int(digit) for digit in digits), Prompt.MOBILE_KEYS)


class Asking(Machine[State, Trigger]):
    """One who answered; `digits` are those of the number that calls, "" for one that nobody is to learn."""

    transitions = TRANSITIONS

    def __init__(self, digits: str = "") -> None:
        super().__init__(State.ANSWERED)
        self._words = words_for(digits)
        self._ends_at = 0.0
        #: When all is said again.
        self._again_at: float | None = None

    @property
    def gone(self) -> bool:
        """Whether nobody is asked any more."""
        return self.state is State.GONE

    def begin(self, now: float) -> list[Command]:
        """They hear us."""
        if not self._follow(Trigger.ASK):
            return []
        self._ends_at = now + WITHIN
        return [Say(self._words)]

    def said(self, now: float) -> list[Command]:
        """All was said."""
        if self.state is State.ASKING:
            self._again_at = now + PAUSE
        return []

    def key(self, key: str, now: float) -> list[Command]:
        """A key was pressed, also before all was said. One that means nothing has it said again."""
        if self.state is State.GONE:
            return []
        if key == TAKE_KEY:
            return self._tell(Verdict.TAKE)
        if key == DECLINE_KEY:
            return self._tell(Verdict.DECLINE)
        return self._say_again()

    def hung_up(self) -> list[Command]:
        """It is over, whatever they would have said."""
        self._follow(Trigger.END)
        return []

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        if self.state is not State.ASKING:
            return None
        return self._ends_at if self._again_at is None else min(self._again_at, self._ends_at)

    def handle_timer(self, now: float) -> list[Command]:
        """Nobody has pressed anything for a while, or for too long."""
        due = self.get_timer()
        if due is None or now < due:
            return []
        return self._tell(Verdict.NOTHING) if now >= self._ends_at else self._say_again()

    # --- inside ---

    def _say_again(self) -> list[Command]:
        self._again_at = None
        return [Say(self._words)] if self.state is State.ASKING else []

    def _tell(self, verdict: Verdict) -> list[Command]:
        return [Tell(verdict)] if self._follow(Trigger.END) else []
