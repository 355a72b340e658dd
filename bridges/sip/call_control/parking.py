"""Slots for parked calls: which hold one, and when it goes back. Pure."""

from collections.abc import Sequence


class NoFreeSlot(Exception):
    """The slot that was asked for holds a call, or all of them do, or there is no such slot."""


class ParkingLot:
    """The slots of the house. A call goes back after `stay` seconds, and again whenever that fails."""

    def __init__(self, slots: Sequence[str], stay: float) -> None:
        self._slots, self._stay = tuple(slots), stay
        self._back_at: dict[str, float] = {}

    def __contains__(self, slot: object) -> bool:
        return slot in self._slots

    def park(self, now: float, slot: str | None = None, back_in: float | None = None) -> str:
        """Take a slot for a call; None: the first free one. `back_in` seconds is what is left of its stay.
        Raises NoFreeSlot."""
        free = [one for one in self._slots if one not in self._back_at]
        if slot is not None:
            free = [slot] if slot in free else []
        if not free:
            raise NoFreeSlot(slot or "all of them")
        self._back_at[free[0]] = now + (self._stay if back_in is None else back_in)
        return free[0]

    def free(self, slot: str) -> None:
        """The call was fetched, or is over."""
        self._back_at.pop(slot, None)

    def back_in(self, slot: str, now: float) -> float:
        """Seconds until its call goes back."""
        return self._back_at[slot] - now

    def get_timer(self) -> float | None:
        """When `handle_timer` has something."""
        return min(self._back_at.values(), default=None)

    def handle_timer(self, now: float) -> list[str]:
        """The slots whose calls go back now; they stay there until they are taken."""
        due = [slot for slot, back_at in self._back_at.items() if back_at <= now]
        for slot in due:
            self._back_at[slot] = now + self._stay
        return due
