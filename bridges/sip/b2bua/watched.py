"""A call that began in a Matrix client: watched from its invitation to its end, and taken part in as
long as the callee's desk phones, or an outside line, may answer it.

The watcher keeps the record. Browsers talk peer to peer: their call goes on when this process dies,
and a later one goes on watching it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from bridges.sip.b2bua import identity
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.matrix_leg import MatrixCaller, cause_of
from bridges.sip.matrix_call.content import CallEvent
from bridges.sip.matrix_call.machine import Answered, Ended, Established, Output
from bridges.sip.matrix_call.observer import Observer, State
from logs import log
from wire.record import AnsweredOn

_log = log.get(__name__)


class WatchedCall:
    """One such call. `on_closed` is called once, when it is over."""

    def __init__(
        self, room_id: str, observer: Observer, journal: Journal, on_closed: Callable[["WatchedCall"], None]
    ) -> None:
        self.room_id, self.observer, self.journal = room_id, observer, journal
        self._on_closed = on_closed
        self._part: MatrixCaller | None = None
        self._part_snapshot: Callable[[], Mapping[str, Any]] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._chosen = asyncio.Event()
        journal.keep("watched", self.snapshot)
        self._arm()

    @classmethod
    def restored(
        cls,
        snapshot: Mapping[str, Any],
        journal: Journal,
        on_closed: Callable[["WatchedCall"], None],
        age: float = 0.0,
    ) -> "WatchedCall":
        """The call that an earlier process watched, `age` seconds after the snapshot was made."""
        now = asyncio.get_running_loop().time()
        observer = Observer.restore(snapshot["observer"], now - age, now)
        if snapshot["part"] is None:
            observer.give_back()  # it was being taken into the house when that process ended
        return cls(snapshot["room_id"], observer, journal, on_closed)

    @property
    def call_id(self) -> str:
        """Our id of the call."""
        return self.journal.record.id

    @property
    def state(self) -> str:
        """For inspection."""
        return self.observer.state.value

    def take_part(self, leg: MatrixCaller, snapshot: Callable[[], Mapping[str, Any]]) -> None:
        """Our desk phones ring too: `leg` hears what happens in the room, `snapshot` is of our part."""
        self._part, self._part_snapshot = leg, snapshot

    async def chosen(self, patience: float) -> None:
        """Once the caller has chosen among the devices that have answered, or it is over; for so many seconds
        at the most. Both hear each other while the choice is on its way."""
        if self.observer.state is State.ANSWERED:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._chosen.wait()

    def taken(self) -> None:
        """Our part was answered: the call's end is decided there."""
        self.observer.take()

    def receive(self, sender: str, event: CallEvent, event_id: str, sent_at: int) -> bool:
        """Take an event of the room, sent at `sent_at` (milliseconds since 1970); whether our part notes when
        it has been acted on."""
        part = self._part
        if part is not None:
            part.feed(sender, event, event_id)
        self._act(self.observer.receive(sender, event, asyncio.get_running_loop().time()), sent_at)
        return part is not None

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable: what a later process needs to go on watching, and to go on with our part."""
        return {
            "room_id": self.room_id,
            "observer": self.observer.snapshot(asyncio.get_running_loop().time()),
            "part": self._part_snapshot() if self._part_snapshot else None,
        }

    def part_ended(self, cause: Cause, *, went_on: bool) -> None:
        """Our part in the call is over; unless it `went_on` elsewhere, so is the call."""
        self._part = self._part_snapshot = None
        outputs = self.observer.give_back()
        if went_on and not self.journal.ended:
            self._act(outputs, self.journal.now_ms())
            if not self.journal.ended:
                self.journal.touch()
        else:
            self._end(cause)

    def leave(self) -> MatrixCaller | None:
        """Our part goes on as another call, which this leg is of: there is nothing left to be watched."""
        self.close()
        leg, self._part = self._part, None
        return leg

    def close(self) -> None:
        """Stop watching, and leave the call to a later process."""
        if self._timer is not None:
            self._timer.cancel()

    def _act(self, outputs: list[Output], at_ms: int) -> None:
        for output in outputs:
            match output:
                case Answered(party_id=party) | Established(party_id=party):
                    self.journal.answered(self._answered_on(party), at_ms)
                    self.journal.touch()
                case Ended():
                    self._end(cause_of(output), at_ms)
        if self.observer.state not in {State.RINGING, State.ANSWERED}:
            self._chosen.set()
        if not self.journal.ended:
            self._arm()

    def _answered_on(self, party: str | None) -> AnsweredOn:
        if not identity.is_ours(party):
            return "matrix"
        known = self.journal.record.answered_on
        if known is not None and known != "matrix":
            return known  # the part that answered knows better what of ours it was
        return "outside" if identity.is_ghost(self.journal.record.callee.user_id) else "desk_phone"

    def _end(self, cause: Cause, at_ms: int | None = None) -> None:
        if self.journal.ended:
            return
        self.close()
        self._chosen.set()
        self.journal.end(cause, at_ms)
        _log.info("watched_call_ended", call_id=self.call_id, outcome=self.journal.record.outcome)
        self._on_closed(self)

    def _arm(self) -> None:
        self.close()
        due = self.observer.get_timer()
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self._due)

    def _due(self) -> None:
        outputs = self.observer.handle_timer(asyncio.get_running_loop().time())
        self._act(outputs, self.journal.now_ms())
