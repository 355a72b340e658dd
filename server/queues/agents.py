"""What a member of a queue does: on duty or not, ringing, talking, wrapping up. Pure, `now` in milliseconds.

A machine as docs/machines.md has it, over a value: each method answers the agent as they are then. One person
has one state, in however many queues they are: never do two calls ring for them.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from server.queues.refusals import NotOnDuty

#: Milliseconds for which nothing rings for who has not taken a call.
REST = 5_000
#: Calls not taken one after the other, after which somebody is thought to have left the desk.
MISSED_MOST = 3
#: The reason of the break that follows then.
AWAY = "away"


class State(Enum):
    """PAUSING and LEAVING talk, and have a break or are off duty afterwards."""

    OFF = "off"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    PAUSING = "pausing"
    LEAVING = "leaving"
    WRAPPING_UP = "wrapping_up"
    PAUSED = "paused"


class Trigger(Enum):
    """What moves an agent: themselves, and the calls that they are offered."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    PAUSE = "pause"
    OFFER = "offer"
    ANSWER = "answer"
    RELEASE = "release"
    END = "end"
    WRAPPED = "wrapped"


_S, _T = State, Trigger
TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (_S.OFF, _T.SIGN_IN): _S.READY,
    (_S.OFF, _T.SIGN_OUT): _S.OFF,
    # It rang when they left.
    (_S.OFF, _T.ANSWER): _S.LEAVING,
    (_S.OFF, _T.RELEASE): _S.OFF,
    (_S.READY, _T.SIGN_IN): _S.READY,
    (_S.READY, _T.SIGN_OUT): _S.OFF,
    (_S.READY, _T.PAUSE): _S.PAUSED,
    (_S.READY, _T.OFFER): _S.RINGING,
    (_S.READY, _T.ANSWER): _S.TALKING,
    (_S.READY, _T.RELEASE): _S.READY,
    (_S.RINGING, _T.SIGN_IN): _S.RINGING,
    (_S.RINGING, _T.SIGN_OUT): _S.OFF,
    (_S.RINGING, _T.PAUSE): _S.PAUSED,
    (_S.RINGING, _T.ANSWER): _S.TALKING,
    (_S.RINGING, _T.RELEASE): _S.READY,
    (_S.TALKING, _T.SIGN_IN): _S.TALKING,
    (_S.TALKING, _T.SIGN_OUT): _S.LEAVING,
    (_S.TALKING, _T.PAUSE): _S.PAUSING,
    (_S.TALKING, _T.END): _S.WRAPPING_UP,
    (_S.PAUSING, _T.SIGN_IN): _S.TALKING,
    (_S.PAUSING, _T.SIGN_OUT): _S.LEAVING,
    (_S.PAUSING, _T.PAUSE): _S.PAUSING,
    (_S.PAUSING, _T.END): _S.PAUSED,
    (_S.LEAVING, _T.SIGN_IN): _S.TALKING,
    (_S.LEAVING, _T.SIGN_OUT): _S.LEAVING,
    (_S.LEAVING, _T.PAUSE): _S.PAUSING,
    (_S.LEAVING, _T.END): _S.OFF,
    (_S.WRAPPING_UP, _T.SIGN_IN): _S.READY,
    (_S.WRAPPING_UP, _T.SIGN_OUT): _S.OFF,
    (_S.WRAPPING_UP, _T.PAUSE): _S.PAUSED,
    (_S.WRAPPING_UP, _T.WRAPPED): _S.READY,
    (_S.PAUSED, _T.SIGN_IN): _S.READY,
    (_S.PAUSED, _T.SIGN_OUT): _S.OFF,
    (_S.PAUSED, _T.PAUSE): _S.PAUSED,
    (_S.PAUSED, _T.ANSWER): _S.PAUSING,
    (_S.PAUSED, _T.RELEASE): _S.PAUSED,
}
#: Those in which somebody counts as there for a queue's callers.
ON_DUTY = frozenset(State) - {State.OFF, State.LEAVING}


@dataclass(frozen=True, slots=True)
class Agent:
    """`since` is when the state began. `call` is the waiting call that rings for them or that they have
    taken, `record` that of their own call then; `until`: when wrapping up ends; `missed`: calls in a row that
    they have not taken; `rests_until`: nothing rings before."""

    user_id: str
    state: State = State.OFF
    since: int = 0
    reason: str = ""
    queue_id: str | None = None
    call: str | None = None
    record: str | None = None
    until: int | None = None
    missed: int = 0
    rests_until: int = 0

    # --- their own ---

    def sign_in(self, now: int) -> Self:
        """On duty; also after a break, and before wrapping up has ended."""
        return replace(self._moved(Trigger.SIGN_IN, now), missed=0, rests_until=0)

    def sign_out(self, now: int) -> Self:
        return self._moved(Trigger.SIGN_OUT, now)

    def pause(self, reason: str, now: int) -> Self:
        """Raises NotOnDuty."""
        if (self.state, Trigger.PAUSE) not in TRANSITIONS:
            raise NotOnDuty
        return replace(self._moved(Trigger.PAUSE, now), reason=reason)

    def offer(self, call: str, queue_id: str, now: int) -> Self:
        """A call rings for them from now on. Raises ValueError for who is not `free`."""
        if not self.free(now):
            raise ValueError(f"{self.user_id} is {self.state.value}")
        return replace(self._moved(Trigger.OFFER, now), call=call, queue_id=queue_id, record=None)

    def free(self, now: int) -> bool:
        """Whether a call may ring for them."""
        return self.state is State.READY and self.call is None and now >= self.rests_until

    # --- what becomes of the calls; too late, or about others, it is ignored ---

    def rings_in(self, record: str) -> Self:
        """The record of the call that rings for them is known."""
        return self if self.call is None or self.record else replace(self, record=record)

    def answered(self, now: int) -> Self:
        """They took it."""
        if self.call is None or (self.state, Trigger.ANSWER) not in TRANSITIONS:
            return self
        return replace(self._moved(Trigger.ANSWER, now), missed=0)

    def released(self, now: int, *, missed: bool) -> Self:
        """It rings no more; `missed`: they could have taken it."""
        if self.call is None or (self.state, Trigger.RELEASE) not in TRANSITIONS:
            return self
        free = replace(self._moved(Trigger.RELEASE, now), call=None, record=None, queue_id=None)
        if not missed or free.state is not State.READY:
            return free
        free = replace(free, missed=self.missed + 1, rests_until=now + REST)
        return free.pause(AWAY, now) if free.missed >= MISSED_MOST else free

    def rests(self, now: int) -> Self:
        """Nothing rings for a moment: their phone could not be reached, and might not be at once."""
        return replace(self, rests_until=now + REST) if self.call is None else self

    def ended(self, wrap_up: int, now: int) -> Self:
        """Their call is over, and for `wrap_up` seconds they write down what it was about."""
        if (self.state, Trigger.END) not in TRANSITIONS:
            return self
        over = replace(self._moved(Trigger.END, now), call=None, record=None)
        until = now + 1000 * wrap_up if over.state is State.WRAPPING_UP else None
        return replace(over, until=until).wrapped(now)

    def wrapped(self, now: int) -> Self:
        """Time has come; too early does nothing."""
        if self.state is not State.WRAPPING_UP or (self.until or 0) > now:
            return self
        return self._moved(Trigger.WRAPPED, now)

    def goes_on_in(self, record: str) -> Self:
        """They talk on under another record: on another device."""
        return replace(self, record=record)

    def _moved(self, trigger: Trigger, now: int) -> Self:
        state = TRANSITIONS.get((self.state, trigger))
        if state is None:
            raise ValueError(f"{trigger.value} in {self.state.value}")
        if state is self.state:
            return self
        reason = self.reason if {state, self.state} == {State.PAUSING, State.PAUSED} else ""
        until = self.until if state is State.WRAPPING_UP else None
        queue_id = self.queue_id if self.call or state is State.WRAPPING_UP else None
        return replace(self, state=state, since=now, reason=reason, until=until, queue_id=queue_id)
