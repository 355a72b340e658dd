"""Parked calls: they wait in slots, are fetched, and go back to who parked them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post, TransferAsked
from bridges.sip.call_control.parked_leg import ParkedLeg
from bridges.sip.call_control.parking import NoFreeSlot, ParkingLot
from logs import log
from wire.route import OWN_ANY

_log = log.get(__name__)


class Return:
    """Who parked a call is asked to take it back (`events.TransferReport`)."""

    def __init__(self, slot: str) -> None:
        self._slot = slot

    def accepted(self) -> None:
        """Their devices are looked for."""

    def rings(self) -> None:
        """They ring."""

    def done(self) -> None:
        _log.info("parked_call_taken_back", slot=self._slot)

    def failed(self, cause: Cause) -> None:
        """It waits on, and comes back again."""
        _log.info("parked_call_not_taken_back", slot=self._slot, cause=cause.value)


class Park:
    """`b2bua.services.Parking`. `slots` are their numbers, `stay` is in seconds; `changed` is called when a
    slot holds another call."""

    def __init__(self, slots: Sequence[str], stay: float, changed: Callable[[], None]) -> None:
        self._lot, self._changed = ParkingLot(slots, stay), changed
        self._legs: dict[str, tuple[ParkedLeg, Post]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __contains__(self, slot: object) -> bool:
        return slot in self._lot

    def park(self, name: str, slot: str | None, sdp: str, post: Post) -> ParkedLeg:
        """Let a call wait. Raises OSError when no slot is free."""
        leg = self._keep(name, slot, None, sdp, post)
        _log.info("call_parked", slot=leg.slot)
        leg.answer()
        return leg

    def restore(self, kept: Mapping[str, Any], post: Post) -> ParkedLeg:
        """The leg of a call that an earlier process had parked. Raises ValueError where no slot is."""
        slot, back_in = str(kept["parked"]["slot"]), float(kept["parked"]["back_in"])
        try:
            leg = self._keep(str(kept["name"]), slot, back_in, str(kept["description"]), post)
        except OSError as error:
            raise ValueError(str(error)) from error
        leg.given = str(kept["given"])
        return leg

    def slot_of(self, leg: object) -> str | None:
        """The slot that a leg stands for; None for a leg of another kind."""
        return leg.slot if isinstance(leg, ParkedLeg) else None

    def leg_at(self, slot: str) -> ParkedLeg | None:
        """What stands for the slot in the call that is parked there."""
        found = self._legs.get(slot)
        return found[0] if found else None

    def taken(self) -> list[str]:
        """The numbers of the slots that hold a call."""
        return list(self._legs)

    def close(self) -> None:
        """Nothing goes back any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _keep(self, name: str, slot: str | None, back_in: float | None, sdp: str, post: Post) -> ParkedLeg:
        try:
            taken = self._lot.park(self._now(), slot, back_in)
        except NoFreeSlot as error:
            raise OSError(f"no slot is free: {error}") from error
        leg = ParkedLeg(name, taken, sdp, post, self)
        self._legs[taken] = leg, post
        self._arm()
        self._changed()
        return leg

    def back_in(self, leg: ParkedLeg) -> float | None:
        """Seconds until the call goes back; None once it has left the slot."""
        return self._lot.back_in(leg.slot, self._now()) if self.leg_at(leg.slot) is leg else None

    def left(self, leg: ParkedLeg) -> None:
        """The call of this leg is in the slot no more."""
        if self.leg_at(leg.slot) is leg:
            del self._legs[leg.slot]
            self._lot.free(leg.slot)
            self._arm()
            self._changed()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._lot.get_timer()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._go_back)

    def _go_back(self) -> None:
        # The loop's clock is coarser than the timer it kept.
        for slot in self._lot.handle_timer(max(self._now(), self._lot.get_timer() or 0.0)):
            leg, post = self._legs[slot]
            _log.info("parked_call_goes_back", slot=slot)
            post(TransferAsked(leg.name, OWN_ANY, Return(slot)))
        self._arm()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
