"""Setting a call up: an originator, the forks of a plan's stages, and at the end two legs, or none.

A back-to-back user agent in the sense of RFC 3261, Section 6, with the forking rules of Section
16.7 (first answer wins, the others are cancelled, the best failure is told). It knows nothing of
SIP, Matrix or media: forks are names, reasons are `Cause`s, and `now` (seconds, monotonic) comes
in as an argument. Methods return what the shell has to do, in order. What the two legs do then is
`conversation.py`'s.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec

from bridges.sip.b2bua.causes import DEFINITIVE, Cause, best
from bridges.sip.machine import Machine
from wire.route import Forwarded, Leg, MatrixLeg, MobileLeg, PhoneLeg, Stage, member_of


class State(Enum):
    """States of a set-up. ENDED: with two legs (`Established`), or with none (`Finished`)."""

    ROUTING = "routing"
    RINGING = "ringing"
    LINGERING = "lingering"
    ANSWERING = "answering"
    ENDED = "ended"


class Trigger(Enum):
    """What moves the set-up."""

    RING = "ring"
    FORWARD = "forward"
    REFUSE = "refuse"
    ANSWER = "answer"
    CONFIRM = "confirm"
    EXHAUST = "exhaust"
    LINGER = "linger"
    CALLER_ENDS = "caller_ends"
    FORK_ENDS = "fork_ends"
    ABORT = "abort"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.ROUTING, Trigger.RING): State.RINGING,
    (State.ROUTING, Trigger.REFUSE): State.ENDED,
    # Whoever wants to take a call may answer while it is asked where it goes on.
    (State.ROUTING, Trigger.ANSWER): State.ANSWERING,
    (State.ROUTING, Trigger.CALLER_ENDS): State.ENDED,
    (State.ROUTING, Trigger.ABORT): State.ENDED,
    (State.RINGING, Trigger.ANSWER): State.ANSWERING,
    (State.RINGING, Trigger.EXHAUST): State.ENDED,
    (State.RINGING, Trigger.FORWARD): State.ROUTING,
    (State.RINGING, Trigger.LINGER): State.LINGERING,
    (State.RINGING, Trigger.CALLER_ENDS): State.ENDED,
    (State.RINGING, Trigger.ABORT): State.ENDED,
    (State.LINGERING, Trigger.ANSWER): State.ANSWERING,
    (State.LINGERING, Trigger.CALLER_ENDS): State.ENDED,
    (State.LINGERING, Trigger.ABORT): State.ENDED,
    (State.ANSWERING, Trigger.CONFIRM): State.ENDED,
    (State.ANSWERING, Trigger.CALLER_ENDS): State.ENDED,
    (State.ANSWERING, Trigger.FORK_ENDS): State.ENDED,
    (State.ANSWERING, Trigger.ABORT): State.ENDED,
}


@dataclass(frozen=True, slots=True)
class StartStage:
    """Ring these legs: `add_fork` for each device found, then `stage_started`."""

    legs: tuple[Leg, ...]
    timeout: float


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask for the route once more, the call having been `forwarded`, by a phone to what it would have dialled
    (`sent_to`), or in vain for `group`: `ring`, or `refuse`, follows."""

    forwarded: tuple[Forwarded, ...]
    group: str | None = None
    sent_to: str | None = None


@dataclass(frozen=True, slots=True)
class TellRinging:
    """Let the caller hear that it rings (sent once)."""


@dataclass(frozen=True, slots=True)
class Join:
    """Answer the caller with what `fork` answered."""

    fork: str


@dataclass(frozen=True, slots=True)
class DropFork:
    """Cancel or hang up `fork`, whichever it takes."""

    fork: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class DropCaller:
    """Refuse or hang up the caller, whichever it takes."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Established:
    """Originator and `fork` are two legs of one conversation; always the last command."""

    fork: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Nobody was found; always the last command."""

    cause: Cause


Command = StartStage | AskAgain | TellRinging | Join | DropFork | DropCaller | Established | Finished


class SetupMachine(Machine[State, Trigger]):
    """The state of a set-up. `lingers`: the callee's Matrix clients ring too, whatever our forks do; it may
    be set until the call rings. All that it is told comes from outside, or answers a question that was put
    before the caller hung up: what comes too late is ignored."""

    transitions = TRANSITIONS

    def __init__(self, *, lingers: bool = False) -> None:
        super().__init__(State.ROUTING)
        self.winner: str | None = None
        self.lingers = lingers
        self._stages: list[Stage] = []
        self._current: Stage | None = None
        self._forks: list[str] = []
        #: Whose forks are, where a stage rings for several people, each of whom decides for themselves.
        self._owners: dict[str, str] = {}
        #: Phones outside: what they say is no word of the callee's, unless somebody there was asked.
        self._mobiles: list[str] = []
        #: Why they did not take the call in this stage.
        self._mobile_causes: list[Cause] = []
        #: Legs that ring later than the others of their stage, and when; the first one first.
        self._later: list[tuple[float, Leg]] = []
        #: Those of whoever wants to take the call: what becomes of them is no word of the callee's.
        self._takers: list[str] = []
        self._causes: list[Cause] = []
        #: Why outside lines could not place the call: told only when nothing is known of the callee.
        self._line_causes: list[Cause] = []
        #: How the stage that rang last ended; None before the first.
        self._outcome: Cause | None = None
        self._stage_causes: list[Cause] = []
        self._starting = False
        self._told_ringing = False
        self._deadline: float | None = None

    @property
    def forks(self) -> tuple[str, ...]:
        """The devices that are being called, or the one that answered."""
        return (*self._forks, *self._takers)

    @property
    def later(self) -> tuple[Leg, ...]:
        """What is to ring yet, in this stage."""
        return tuple(leg for _, leg in self._later) if self.state is State.RINGING else ()

    @property
    def rings(self) -> bool:
        """Whether somebody may answer: a device of ours, or one of the callee's Matrix clients."""
        return self.state in {State.RINGING, State.LINGERING}

    # --- the plan ---

    def ring(self, stages: Iterable[Stage], now: float) -> list[Command]:
        """Begin with the first stage."""
        if not self._follow(Trigger.RING):
            return []
        self._stages = list(stages)
        return self._next_stage(now)

    def refuse(self, cause: Cause) -> list[Command]:
        """The route says that nobody is to ring. Where it was to go on, what became of the call before is
        told."""
        if not self._follow(Trigger.REFUSE):
            return []
        cause = best(self._known) if self._known else cause
        return [DropCaller(cause), *self._drop_forks(cause), Finished(cause)]

    def add_fork(self, fork: str, owner: str | None = None, *, mobile: bool = False) -> bool:
        """A device of the current stage is being called; of `owner`, one of several people for whom it rings.
        `mobile`: who answers there is asked first. False when nobody waits for it any more."""
        if self.state is not State.RINGING:
            return False
        self._forks.append(fork)
        if mobile:
            self._mobiles.append(fork)
        if owner is not None:
            self._owners[fork] = owner
        return True

    def add_taker(self, fork: str) -> bool:
        """A device of somebody who wants to take the call is called, or has called. False when nobody waits
        for an answer any more."""
        if not self.rings:
            return False
        self._takers.append(fork)
        return True

    def stage_started(self, now: float) -> list[Command]:
        """Every device of the stage has been added, and those that failed at once have been reported."""
        self._starting = False
        return self._unless_ringing(now)

    def asks(self, fork: str, within: float, now: float) -> list[Command]:
        """Somebody answered a mobile phone and is asked whether they take the call: all else goes on ringing
        for as long as that may take (seconds)."""
        if self.state is not State.RINGING or fork not in self._forks:
            return []
        if self._deadline is not None:
            self._deadline = max(self._deadline, now + within)
        return self.fork_rings(fork)

    def fork_declines(self, fork: str, now: float) -> list[Command]:
        """Who was asked on a mobile phone said no, for all devices of theirs."""
        if self.state is not State.RINGING or fork not in self._forks:
            return []
        if fork in self._owners:
            return self._declined(fork, now)
        return self.declined(now)

    # --- the forks ---

    def fork_rings(self, fork: str) -> list[Command]:
        """A device rings."""
        if self.state is not State.RINGING or fork not in self._forks or self._told_ringing:
            return []
        self._told_ringing = True
        return [TellRinging()]

    def fork_answers(self, fork: str) -> list[Command]:
        """A device answers. The first one wins; a later one is told that it came too late."""
        if fork not in self.forks or not self._follow(Trigger.ANSWER):
            return [DropFork(fork, Cause.ANSWERED_ELSEWHERE)] if fork != self.winner else []
        self.winner = fork
        self._deadline = None
        losers = [other for other in self.forks if other != fork]
        self._forks, self._takers = [fork], []
        return [Join(fork), *(DropFork(other, Cause.ANSWERED_ELSEWHERE) for other in losers)]

    def fork_ends(self, fork: str, cause: Cause, now: float, *, of_line: bool | None = None) -> list[Command]:
        """A device failed, refused, or hung up; `of_line` as in `events.Gone`."""
        if fork in self._takers:
            self._takers.remove(fork)
        if fork not in self._forks:
            return []
        self._forks.remove(fork)
        if fork == self.winner:
            return self._winner_gone(cause)
        if (causes := self._not_of_callee(fork, cause, of_line)) is not None:
            causes.append(cause)
            return self._unless_ringing(now)
        if cause is Cause.REJECTED and fork in self._owners:
            return self._declined(fork, now)
        self._fails(cause)
        if cause is Cause.REJECTED:
            return self._rejected(now)
        return self._unless_ringing(now)

    def declined(self, now: float) -> list[Command]:
        """The callee said no, with none of the devices that we call."""
        if self.state is not State.RINGING:
            return self.abort(Cause.REJECTED)
        self._fails(Cause.REJECTED)
        return self._rejected(now)

    def may_be_sent_on(self, fork: str) -> bool:
        """Whether it is the word of a device of the callee's that rings, or is about to."""
        return self.state is State.RINGING and fork in self._forks

    def fork_sends_on(self, fork: str, forwarded: tuple[Forwarded, ...], sent_to: str) -> list[Command]:
        """A phone names who is to be called in its place: its owner's word, for all of their devices."""
        self._forks.remove(fork)
        self._fails(Cause.UNREACHABLE)
        forks, self._forks = self._forks, []
        dropped = [DropFork(other, Cause.REJECTED) for other in forks]
        return [*dropped, *self._goes_on(forwarded, None, sent_to)]

    # --- the caller ---

    def confirmed(self) -> list[Command]:
        """The caller took our answer."""
        if self.winner is None or not self._follow(Trigger.CONFIRM):
            return []
        return [Established(self.winner)]

    def caller_ends(self, cause: Cause) -> list[Command]:
        """The caller cancelled or hung up, or (Matrix) the call went on without us."""
        if not self._follow(Trigger.CALLER_ENDS):
            return []
        return [*self._drop_forks(cause), Finished(cause)]

    # --- from outside of both ---

    def abort(self, cause: Cause) -> list[Command]:
        """End everything: media failed, the process stops, the route could not be asked."""
        if not self._follow(Trigger.ABORT):
            return []
        return [DropCaller(cause), *self._drop_forks(cause), Finished(cause)]

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        if self._later and self._deadline is not None:
            return min(self._later[0][0], self._deadline)
        return self._deadline

    def handle_timer(self, now: float) -> list[Command]:
        """The stage has rung long enough, or further devices are to ring."""
        if self._deadline is None:
            return []
        if now < self._deadline:
            return self._start_later(now, now)
        self._deadline = None
        self._fails(Cause.NO_ANSWER)
        forks, self._forks = self._forks, []
        dropped = [DropFork(fork, Cause.NO_ANSWER) for fork in forks]
        return [*dropped, *self._next_stage(now)]

    # --- over a restart ---

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable, for `restore` in a later process."""
        return {
            "state": self.state.value,
            "winner": self.winner,
            "lingers": self.lingers,
            "stages": msgspec.to_builtins(self._stages),
            "current": msgspec.to_builtins(self._current),
            "forks": list(self._forks),
            "takers": list(self._takers),
            "owners": dict(self._owners),
            "causes": [cause.value for cause in self._causes],
            "mobiles": list(self._mobiles),
            "mobile_causes": [cause.value for cause in self._mobile_causes],
            "later": [[at - now, msgspec.to_builtins(leg)] for at, leg in self._later],
            "line_causes": [cause.value for cause in self._line_causes],
            "outcome": self._outcome.value if self._outcome else None,
            "stage_causes": [cause.value for cause in self._stage_causes],
            "starting": self._starting,
            "told_ringing": self._told_ringing,
            "remaining": None if self._deadline is None else self._deadline - now,
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], made: float) -> "SetupMachine":
        """The set-up that `snapshot` was taken of, at `made` on the clock in use. One that was about to start
        a stage waits for `stage_started`. Raises `ValueError`, `KeyError`, `TypeError` for what is none."""
        machine = cls(lingers=bool(snapshot["lingers"]))
        machine.state, machine.winner = State(snapshot["state"]), snapshot["winner"]
        machine._stages = msgspec.convert(snapshot["stages"], list[Stage])
        machine._current = msgspec.convert(snapshot["current"], Stage | None)
        machine._forks = [str(fork) for fork in snapshot["forks"]]
        machine._takers = [str(fork) for fork in snapshot.get("takers", ())]
        machine._owners = {str(fork): str(owner) for fork, owner in snapshot.get("owners", {}).items()}
        machine._causes = [Cause(cause) for cause in snapshot["causes"]]
        machine._line_causes = [Cause(cause) for cause in snapshot["line_causes"]]
        machine._mobiles = [str(fork) for fork in snapshot.get("mobiles", ())]
        machine._mobile_causes = [Cause(cause) for cause in snapshot.get("mobile_causes", ())]
        machine._later = [
            (made + float(in_), msgspec.convert(leg, Leg)) for in_, leg in snapshot.get("later", ())
        ]
        machine._outcome = Cause(snapshot["outcome"]) if snapshot["outcome"] else None
        machine._stage_causes = [Cause(cause) for cause in snapshot["stage_causes"]]
        machine._starting = bool(snapshot["starting"])
        machine._told_ringing = bool(snapshot["told_ringing"])
        remaining = snapshot["remaining"]
        machine._deadline = None if remaining is None else made + float(remaining)
        return machine

    # --- inside ---

    @property
    def _known(self) -> list[Cause]:
        """Why nobody took it: what the callee's devices said, else their mobile phones, else a line."""
        return self._causes or self._mobile_causes or self._line_causes

    def _fails(self, cause: Cause) -> None:
        """A device of the callee's, or a line about the callee, said so."""
        self._causes.append(cause)
        self._stage_causes.append(cause)

    def _rejected(self, now: float) -> list[Command]:
        """A person said no, for all of their devices; the call may go on to somebody else."""
        if not any("rejected" in (stage.after or ()) for stage in self._stages):
            return self._exhausted(Cause.REJECTED)
        forks, self._forks = self._forks, []
        return [*(DropFork(fork, Cause.REJECTED) for fork in forks), *self._next_stage(now)]

    def _not_of_callee(self, fork: str, cause: Cause, of_line: bool | None) -> list[Cause] | None:
        """Where it is kept why a fork ended that does not speak for the callee; None if it does."""
        if fork in self._mobiles:
            self._mobiles.remove(fork)
            return self._mobile_causes
        outside = self._current is not None and self._current.outside
        of_line = cause not in DEFINITIVE if of_line is None else of_line
        return self._line_causes if outside and of_line else None

    def _declined(self, fork: str, now: float) -> list[Command]:
        """One of several people said no, for all of their own devices: whoever called them all hears at most
        that this one has no time."""
        self._fails(Cause.BUSY)
        owner = self._owners[fork]
        theirs = [other for other in self._forks if self._owners.get(other) == owner]
        self._forks = [other for other in self._forks if other not in theirs]
        self._later = [(at, leg) for at, leg in self._later if not _is_of(leg, owner)]
        return [*(DropFork(other, Cause.REJECTED) for other in theirs), *self._unless_ringing(now)]

    def _next_stage(self, now: float) -> list[Command]:
        if self._current is not None:
            self._outcome = self._outcome_of(self._current)
        came_to = self._outcome.value if self._outcome else None
        while self._stages and not self._stages[0].is_tried_after(came_to):
            del self._stages[0]
        if not self._stages:
            return self._exhausted(best(self._known))
        self._current, self._stage_causes = self._stages.pop(0), []
        self._mobile_causes, self._later = [], []
        if self._current.forward:
            return self._goes_on(self._current.forward, self._current.group)
        self._starting = True
        self._deadline = now + self._current.timeout
        delays = [(_delay(leg), leg) for leg in self._current.legs]
        first = min((delay for delay, _ in delays), default=0)
        # Where nothing rings sooner, there is nothing to wait for.
        begins = first if not self.lingers else 0
        later = [(now + delay, leg) for delay, leg in delays if delay > begins]
        self._later = sorted(later, key=lambda one: one[0])
        return [StartStage(tuple(leg for delay, leg in delays if delay <= begins), self._current.timeout)]

    def _start_later(self, now: float, until: float) -> list[Command]:
        """Further devices of the stage ring that were to wait for a time up to `until`."""
        due = tuple(leg for at, leg in self._later if at <= until)
        if not due or self.state is not State.RINGING or self._deadline is None:
            return []
        self._later = [(at, leg) for at, leg in self._later if at > until]
        self._starting = True
        return [StartStage(due, self._deadline - now)]

    def _goes_on(
        self, forwarded: tuple[Forwarded, ...], group: str | None, sent_to: str | None = None
    ) -> list[Command]:
        """Whoever rang, ours or not, is asked no more: the next plan is somebody else's."""
        self._move(Trigger.FORWARD)
        self._stages, self._current, self._outcome, self._deadline = [], None, None, None
        self._later = []
        self.lingers = False
        return [AskAgain(forwarded, group, sent_to)]

    def _outcome_of(self, stage: Stage) -> Cause:
        """What is known of the callee counts; else a line was the reason, or nothing could be rung."""
        if known := self._stage_causes or self._mobile_causes:
            return best(known)
        return Cause.NO_TRUNK if stage.outside else Cause.UNREACHABLE

    def _unless_ringing(self, now: float) -> list[Command]:
        if self.state is not State.RINGING or self._starting or self._forks:
            return []
        if self._later and not self.lingers:
            return self._start_later(now, self._later[0][0])
        if self._later:
            return []
        if self.lingers and self._stages:
            return []  # the callee's clients have as long as the stage takes before somebody else is tried
        self._deadline = None
        return self._next_stage(now)

    def _exhausted(self, cause: Cause) -> list[Command]:
        if self.lingers and cause is not Cause.REJECTED:
            self._deadline = None
            self._move(Trigger.LINGER)
            return []
        if not self._follow(Trigger.EXHAUST):
            return []
        return [DropCaller(cause), *self._drop_forks(cause), Finished(cause)]

    def _winner_gone(self, cause: Cause) -> list[Command]:
        if not self._follow(Trigger.FORK_ENDS):
            return []
        return [DropCaller(cause), Finished(cause)]

    def _drop_forks(self, cause: Cause) -> list[Command]:
        forks, self._forks, self._takers = self.forks, [], []
        return [DropFork(fork, cause) for fork in forks]

    def _follow(self, trigger: Trigger) -> bool:
        followed = super()._follow(trigger)
        if self.state is State.ENDED:
            self._deadline = None
        return followed


def _delay(leg: Leg) -> int:
    return leg.delay if isinstance(leg, MatrixLeg | PhoneLeg | MobileLeg) else 0


def _is_of(leg: Leg, owner: str) -> bool:
    member = member_of(leg)
    return member is not None and member.user_id == owner
