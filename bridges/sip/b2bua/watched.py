"""A call that began in a Matrix client: watched from its invitation to its end, and taken part in as
long as the callee's desk phones, or an outside line, may answer it.

The watcher keeps the record. Browsers talk peer to peer: their call goes on when this process dies,
and a later one goes on watching it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from bridges.sip.b2bua import identity
from bridges.sip.b2bua.call import BridgedCall
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.matrix_leg import MatrixCaller, cause_of
from bridges.sip.matrix_call.content import CallEvent
from bridges.sip.matrix_call.machine import Answered, Ended, Established, Output
from bridges.sip.matrix_call.observer import Observer
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
        self._part: tuple[BridgedCall, MatrixCaller] | None = None
        self._legs: list[dict[str, Any]] = []
        self._timer: asyncio.TimerHandle | None = None
        self.remember()
        self._arm()

    @classmethod
    def restored(
        cls, snapshot: Mapping[str, Any], journal: Journal, on_closed: Callable[["WatchedCall"], None]
    ) -> "WatchedCall":
        """The call that an earlier process watched."""
        observer = Observer.restore(snapshot["observer"], asyncio.get_running_loop().time())
        return cls(snapshot["room_id"], observer, journal, on_closed)

    @property
    def call_id(self) -> str:
        """Our id of the call."""
        return self.journal.record.id

    @property
    def state(self) -> str:
        """For inspection."""
        return self.observer.state.value

    def take_part(self, call: BridgedCall, leg: MatrixCaller) -> None:
        """Our desk phones ring too: `leg` hears what happens in the room."""
        self._part = (call, leg)

    def receive(self, sender: str, event: CallEvent, sent_at: int) -> None:
        """Take an event of the room, sent at `sent_at` (milliseconds since 1970)."""
        ours_to_end = self._part is not None and self._part[0].owns
        if self._part is not None:
            self._part[1].feed(sender, event)
        outputs = self.observer.receive(sender, event, asyncio.get_running_loop().time())
        self._act(outputs, sent_at, ours_to_end=ours_to_end)

    def remember(self, legs: list[dict[str, Any]] | None = None) -> None:
        """Keep on disk what a later process needs: to end our part (`legs`, if they changed), or to silence
        our phones and go on watching."""
        self._legs = self._legs if legs is None else legs
        if self._part is not None and self._part[0].owns:
            self.journal.remember("bridged", {"legs": self._legs})
            return
        now = asyncio.get_running_loop().time()
        watched = {"room_id": self.room_id, "observer": self.observer.snapshot(now)}
        self.journal.remember("watched", watched | {"ringing": [leg for leg in self._legs if "sip" in leg]})

    def part_ended(self, cause: Cause, *, went_on: bool) -> None:
        """Our part in the call is over; unless it `went_on` elsewhere, so is the call."""
        self._part = None
        if went_on and not self.journal.ended:
            self.remember()
        else:
            self._end(cause)

    def close(self) -> None:
        """Stop watching, and leave the call to a later process."""
        if self._timer is not None:
            self._timer.cancel()

    def _act(self, outputs: list[Output], at_ms: int, *, ours_to_end: bool = False) -> None:
        for output in outputs:
            match output:
                case Answered(party_id=party) | Established(party_id=party):
                    self.journal.answered(self._answered_on(party), at_ms)
                    self.remember()
                case Ended() if not ours_to_end:
                    self._end(cause_of(output), at_ms)
        if not self.journal.ended:
            self._arm()

    def _answered_on(self, party: str | None) -> AnsweredOn:
        if not identity.is_ours(party):
            return "matrix"
        return "outside" if identity.is_ghost(self.observer.callee) else "desk_phone"

    def _end(self, cause: Cause, at_ms: int | None = None) -> None:
        if self.journal.ended:
            return
        self.close()
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
        ours_to_end = self._part is not None and self._part[0].owns
        self._act(outputs, self.journal.now_ms(), ours_to_end=ours_to_end)
