"""Session timers (RFC 4028), so that a session whose peer has vanished ends.

We never ask for one as caller; we agree to what a caller asks for, and keep to it.
"""

import re
from dataclasses import dataclass
from enum import Enum

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import Request
from bridges.sip.message.reply import Header

__all__ = ["MIN_SE", "IntervalTooSmall", "SessionTimer", "TimerAction", "negotiate_as_uas"]

#: The least interval accepted, seconds (RFC 4028, Section 4).
MIN_SE = 90
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

    def get_timer(self) -> float:
        """RFC 4028, Section 10: refresh at half; give up min(32 s, a third) before the end."""
        if self.refresher_is_us:
            return self.since + self.interval / 2
        return self.since + self.interval - min(32, self.interval / 3)

    def handle_timer(self, now: float) -> TimerAction | None:
        if now < self.get_timer():
            return None
        return TimerAction.REFRESH if self.refresher_is_us else TimerAction.EXPIRE

    def headers(self) -> tuple[Header, ...]:
        """For the 2xx of ours that agrees (Section 9)."""
        refresher = "uas" if self.refresher_is_us else "uac"
        agreed = ("Session-Expires", f"{self.interval};refresher={refresher}")
        return (agreed,) if self.refresher_is_us else (agreed, ("Require", "timer"))


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
