"""How many calls outside there may be at once, and how long a person may be on them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.telephony.dialplan import Refusal, Trunk

#: Between a call's id and what tells the phones outside apart that ring beside others, where it is reserved.
BESIDE = "~"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call outside that was allowed. `trunk` is the first that it tries; `at` in ms since the epoch.
    `on_behalf_of`: the user id of whoever it is made for, for whom it counts, too."""

    call_id: str
    user_id: str
    trunk: str
    at: int
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Of calls at once: a person's, a trunk's, in all; and a person's minutes in 24 hours. 0: no limit."""

    a_person: int = 0
    a_trunk: int = 0
    in_all: int = 0
    minutes_a_day: int = 0

    def trunks(
        self, user_id: str, trunks: Sequence[Trunk], live: Sequence[Reservation], minutes: float
    ) -> tuple[Trunk, ...] | Refusal:
        """The `trunks` that a further call of `user_id` may take, or why it may not be made.

        `live` are the other calls outside of this moment, `minutes` those of the person.
        """
        if _reached(self.a_person, sum(1 for call in live if user_id in {call.user_id, call.on_behalf_of})):
            return Refusal.TOO_MANY_CALLS
        if _reached(self.minutes_a_day, minutes):
            return Refusal.MINUTES_USED
        if _reached(self.in_all, len(live)):
            return Refusal.LINES_BUSY
        used = [call.trunk for call in live]
        return (
            tuple(t for t in trunks if not _reached(self.a_trunk, used.count(t.name))) or Refusal.LINES_BUSY
        )


def _reached(limit: int, used: float) -> bool:
    return limit > 0 and used >= limit
