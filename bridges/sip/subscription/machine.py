"""One subscription, on the side that notifies (RFC 6665, Section 4.2).

There is one NOTIFY on its way at most: two could overtake each other. What changes meanwhile is told by the
next one, so that a phone that is slow hears the last state and not all that were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bridges.sip.dialog import Dialog
from bridges.sip.machine import Machine
from bridges.sip.subscription.dialog_info import Lamp
from bridges.sip.subscription.message_summary import MessageSummary
from bridges.sip.subscription.pidf import Presentity

__all__ = ["TRANSITIONS", "Gone", "Notify", "Output", "Shown", "State", "Subscription", "Trigger"]

#: What can be watched: somebody's calls, how they are, one's mailbox.
Shown = Lamp | Presentity | MessageSummary
#: What is shown of a package of which nothing is known.
NOTHING: dict[str, Shown] = {"dialog": Lamp(), "presence": Presentity(), "message-summary": MessageSummary()}

#: NOTIFYs in a row without an answer after which nobody is there any more.
MOST_LOST = 3
#: A restored subscription goes on this far ahead, for the documents that no snapshot knows of.
VERSION_ROOM = 1_000
#: Final answers to a NOTIFY that come from the way there, not from the phone.
NOT_THERE = frozenset({408, 500, 502, 503, 504})


class State(Enum):
    """All but the last are "active" in Subscription-State."""

    TOLD = "told"
    NOTIFYING = "notifying"
    CHANGED = "changed"
    TERMINATED = "terminated"


class Trigger(Enum):
    """What moves a subscription."""

    CHANGE = "something to tell"
    ANSWERED = "2xx to the NOTIFY"
    LOST = "no answer to the NOTIFY"
    REFUSED = "300-699 to the NOTIFY"
    END = "Expires: 0, or its time is over"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.TOLD, Trigger.CHANGE): State.NOTIFYING,
    (State.TOLD, Trigger.END): State.TERMINATED,
    (State.NOTIFYING, Trigger.CHANGE): State.CHANGED,
    (State.NOTIFYING, Trigger.ANSWERED): State.TOLD,
    (State.NOTIFYING, Trigger.LOST): State.TOLD,
    (State.NOTIFYING, Trigger.REFUSED): State.TERMINATED,
    (State.NOTIFYING, Trigger.END): State.TERMINATED,
    (State.CHANGED, Trigger.CHANGE): State.CHANGED,
    (State.CHANGED, Trigger.ANSWERED): State.NOTIFYING,
    (State.CHANGED, Trigger.LOST): State.NOTIFYING,
    (State.CHANGED, Trigger.REFUSED): State.TERMINATED,
    (State.CHANGED, Trigger.END): State.TERMINATED,
}


@dataclass(frozen=True, slots=True)
class Notify:
    """Send a NOTIFY with this Subscription-State and this content, as the `version`th document."""

    state: str
    version: int
    shown: Shown


@dataclass(frozen=True, slots=True)
class Gone:
    """The subscription is over and can be forgotten; always the last output."""

    why: str


Output = Notify | Gone


class Subscription(Machine[State, Trigger]):
    """`dialog` is that of the SUBSCRIBE, `watched` the user part that it asked about, `event` the Event value
    of each NOTIFY."""

    __slots__ = ("_current", "_lost", "_told", "dialog", "event", "expires_at", "version", "watched")

    transitions = TRANSITIONS

    def __init__(self, dialog: Dialog, watched: str, event: str) -> None:
        super().__init__(State.TOLD)
        self.dialog, self.watched, self.event = dialog, watched, event
        self.expires_at = 0.0
        self.version = -1
        self._lost = 0
        self._current: Shown = NOTHING[self.package]
        #: What the phone shows, as far as is known.
        self._told: Shown | None = None

    @property
    def package(self) -> str:
        """The Event value without its parameters."""
        return self.event.partition(";")[0]

    @property
    def over(self) -> bool:
        """Whether nothing more will be told."""
        return self.state is State.TERMINATED

    def receive_subscribe(self, expires: int, shown: Shown, now: float) -> list[Output]:
        """A SUBSCRIBE was answered 200: it is told the state in any case. 0 seconds end it."""
        self._current = shown
        if expires <= 0:
            return self._end("timeout", now)
        self.expires_at = now + expires
        self._told = None
        return self.show(shown, now)

    def show(self, shown: Shown, now: float) -> list[Output]:
        """What is watched is like this now."""
        self._current = shown
        if self.state is State.TOLD and shown == self._told:
            return []
        if not self._follow(Trigger.CHANGE):
            return []
        return self._notify(now) if self.state is State.NOTIFYING else []

    def receive_answer(self, status: int, now: float) -> list[Output]:
        """The final answer to the last NOTIFY, 408 for none."""
        if status < 300:
            self._lost = 0
            return self._after(Trigger.ANSWERED, now)
        if status in NOT_THERE and (lost := self._lost + 1) < MOST_LOST:
            self._lost, self._told = lost, None
            return self._after(Trigger.LOST, now)
        return [Gone(f"NOTIFY answered {status}")] if self._follow(Trigger.REFUSED) else []

    def get_timer(self) -> float | None:
        """When its time is over."""
        return None if self.over else self.expires_at

    def handle_timer(self, now: float) -> list[Output]:
        """The phone did not subscribe anew."""
        return self._end("timeout", now) if now >= self.expires_at else []

    def end(self, now: float) -> list[Output]:
        """Whoever is watched may be watched no more (RFC 6665, Section 4.1.3)."""
        return self._end("noresource", now)

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable; see `restore`."""
        return {
            "dialog": self.dialog.snapshot(),
            "watched": self.watched,
            "event": self.event,
            "version": self.version + VERSION_ROOM,
            "expires_in": self.expires_at - now,
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], now: float) -> "Subscription":
        """What an earlier process had: whatever is shown next is told. Raises `ValueError`."""
        try:
            found = cls(Dialog.restore(snapshot["dialog"]), str(snapshot["watched"]), str(snapshot["event"]))
            found.version = int(snapshot["version"])
            found.expires_at = now + float(snapshot["expires_in"])
        except (KeyError, TypeError) as error:
            raise ValueError("not a subscription snapshot") from error
        return found

    def _after(self, trigger: Trigger, now: float) -> list[Output]:
        if not self._follow(trigger) or self.state is not State.NOTIFYING:
            return []
        if self._current == self._told:
            # It has changed and is again as it was told.
            self._follow(Trigger.ANSWERED)
            return []
        return self._notify(now)

    def _end(self, reason: str, now: float) -> list[Output]:
        if not self._follow(Trigger.END):
            return []
        return [self._document(f"terminated;reason={reason}"), Gone(reason)]

    def _notify(self, now: float) -> list[Output]:
        self._told = self._current
        return [self._document(f"active;expires={max(0, round(self.expires_at - now))}")]

    def _document(self, state: str) -> Notify:
        self.version += 1
        return Notify(state, self.version, self._current)
