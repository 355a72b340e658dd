"""Session timers (RFC 4028), so that a session whose peer has vanished ends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import Request, Response
from bridges.sip.message.reply import Header

__all__ = [
    "MIN_SE",
    "IntervalTooSmall",
    "SessionTimer",
    "TimerAction",
    "asking",
    "least_interval",
    "negotiate_as_uac",
    "negotiate_as_uas",
]

#: The least interval accepted, seconds (RFC 4028, Section 4).
MIN_SE = 90
#: The longest that a 422 makes us ask for: a day. Beyond it the peer has made a mistake.
MOST = 86_400
SESSION_EXPIRES = re.compile(r"\s*([0-9]{1,9})\s*(?:;(.*))?")


class IntervalTooSmall(RemoteSipError):
    """Answer 422 with Min-SE."""

    def __init__(self) -> None:
        super().__init__("session interval", 422, "Session Interval Too Small")


class TimerAction(Enum):
    """What a session timer asks for."""

    REFRESH = "refresh"
    EXPIRE = "expire"


@dataclass(slots=True)
class SessionTimer:
    """An interval agreed on. The refresher repeats at its half; the other side waits nearly all of it."""

    interval: int
    refresher_is_us: bool
    since: float

    def refreshed(self, now: float) -> None:
        self.since = now

    def postpone(self, now: float) -> None:
        """A refresh of ours was refused for now: once more after an eighth of the interval, which leaves the
        peer's patience three tries."""
        self.since = now - self.interval * 3 / 8

    def get_timer(self) -> float:
        """RFC 4028, Section 10: refresh at half; give up min(32 s, a third) before the end."""
        if self.refresher_is_us:
            return self.since + self.interval / 2
        return self.since + self.interval - min(32, self.interval / 3)

    def handle_timer(self, now: float) -> TimerAction | None:
        if now < self.get_timer():
            return None
        return TimerAction.REFRESH if self.refresher_is_us else TimerAction.EXPIRE

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable; see `restore`."""
        return {
            "interval": self.interval,
            "refresher_is_us": self.refresher_is_us,
            "age": max(now - self.since, 0.0),
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], now: float) -> "SessionTimer":
        """From `snapshot`, made at `now`. Raises `ValueError`, `KeyError` for what is none."""
        refresher = bool(snapshot["refresher_is_us"])
        return cls(int(snapshot["interval"]), refresher, now - float(snapshot["age"]))

    def headers(self) -> tuple[Header, ...]:
        """For the 2xx of ours that agrees (Section 9)."""
        refresher = "uas" if self.refresher_is_us else "uac"
        agreed = ("Session-Expires", f"{self.interval};refresher={refresher}")
        return (agreed,) if self.refresher_is_us else (agreed, ("Require", "timer"))

    def request_headers(self) -> tuple[Header, ...]:
        """For a request of ours that refreshes: who refreshes stays who it was (Section 7.4)."""
        refresher = "uac" if self.refresher_is_us else "uas"
        return (("Session-Expires", f"{self.interval};refresher={refresher}"), ("Supported", "timer"))


def asking(interval: int) -> tuple[Header, ...]:
    """For an INVITE of ours that begins a session; the callee says who refreshes (Section 7.1)."""
    return (("Session-Expires", str(interval)),)


def least_interval(refusal: Response) -> int | None:
    """What a 422 wants at least (Section 7.3); None if it does not say, or asks for nonsense."""
    match = SESSION_EXPIRES.fullmatch(refusal.header("min-se") or "")
    return int(match[1]) if match and MIN_SE <= int(match[1]) <= MOST else None


def negotiate_as_uac(answer: Response, now: float, before: SessionTimer | None = None) -> SessionTimer | None:
    """What a 2xx to our INVITE or UPDATE agrees to (Section 7.2); None if the session has no timer.

    A peer that says nothing of it leaves a timer of ours going, and ends its own. Whoever does not say who
    refreshes gets refreshes from us.
    """
    match = SESSION_EXPIRES.fullmatch(answer.header("session-expires") or "")
    if match is None:
        if before is None or not before.refresher_is_us:
            return None
        return SessionTimer(before.interval, True, now)
    theirs = "refresher=uas" in (match[2] or "").replace(" ", "").lower()
    return SessionTimer(max(int(match[1]), MIN_SE), not theirs, now)


def negotiate_as_uas(request: Request, now: float) -> SessionTimer | None:
    """What an INVITE or UPDATE asks for; None if nothing. Raises `IntervalTooSmall`.

    A caller that does not support timers cannot refresh: a proxy asked, and the work is ours.
    """
    match = SESSION_EXPIRES.fullmatch(request.header("session-expires") or "")
    if match is None:
        return None
    interval = int(match[1])
    supported = "timer" in request.tokens("supported") or "timer" in request.tokens("require")
    if interval < MIN_SE and supported:
        raise IntervalTooSmall
    asked_of_us = "refresher=uas" in (match[2] or "").replace(" ", "").lower()
    return SessionTimer(max(interval, MIN_SE), asked_of_us or not supported, now)
