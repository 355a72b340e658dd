"""All calls of several of this process (a focus with its mixer, RFC 4353): their seats, and one clock."""

import asyncio
import secrets
from collections.abc import Collection, Coroutine, Mapping
from typing import Any, Protocol

from bridges.sip.b2bua.events import Post, TransferReport
from bridges.sip.b2bua.leg import Leg
from bridges.sip.conference.lasting import Lasting, Step
from bridges.sip.conference.mixer import mix_minus
from bridges.sip.conference.seat import CallingSeat, Seat
from bridges.sip.voice.audio_port import AudioPort
from logs import log

_log = log.get(__name__)

#: Seconds of a frame, and what is not caught up with when the process was held up.
_FRAME, _SKIP = 0.02, 0.2
#: Frames between two looks whether each conference still is one.
_LOOK = 10
#: How many take part in one at the most.
MOST = 12


class Calls(Protocol):
    """`bridges.sip.b2bua.exchange.Exchange`, seen from here."""

    def talking(self) -> Collection[Leg]:
        """The legs of all who talk, and are not being replaced."""

    def unite(self, one: Leg, other: Leg) -> None:
        """Whoever talk with these two are to talk with each other."""

    def end_of(self, leg: Leg) -> None:
        """The call of this leg is over."""

    def entitle(self, conference: str) -> None:
        """Others take part than before: the records of all say so."""

    def heard(self, conference: str) -> frozenset[str]:
        """By what name each is known who is heard in it."""

    def changed(self, conference: str) -> None:
        """Somebody is heard who was not: who records has to tell them."""


class Conference:
    """One of them."""

    def __init__(self, now: float) -> None:
        self.seats: list[Seat] = []
        self.lasting = Lasting(now)
        self.talking = 0
        self.heard: frozenset[str] = frozenset()


class Focus:
    """Args: host, where sound is received from the gateway.

    Attributes:
        calls: those whose other legs the seats are; to be set before the first of them.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self.calls: Calls | None = None
        self._conferences: dict[str, Conference] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._ticks = 0
        self._opening: set[asyncio.Task[None]] = set()

    # --- bridges.sip.b2bua.services.Conferences ---

    @property
    def idle(self) -> bool:
        """Whether there are no conferences."""
        return not self._conferences

    def fresh(self) -> str:
        """The name of a conference to be."""
        return secrets.token_hex(8)

    def lives(self, conference: str) -> bool:
        """Whether somebody takes part in it, or is called."""
        return conference in self._conferences

    def of_leg(self, leg: Leg) -> str | None:
        """The conference that a leg is a seat of; None for a leg of another kind."""
        return leg.conference if isinstance(leg, Seat) else None

    async def seat(self, name: str, conference: str, post: Post) -> Seat:
        """A further one, to be offered something by `reoffer`. Raises OSError when there are too many."""
        seat = Seat(name, conference, post, self)
        await self._take(seat)
        return seat

    async def caller(self, conference: str, post: Post, report: TransferReport) -> CallingSeat:
        """One for somebody who is to be called. Raises OSError."""
        seat = CallingSeat(conference, post, self, report)
        await self._take(seat)
        return seat

    def restore(self, kept: Mapping[str, Any], post: Post) -> Seat:
        """That of an earlier process, at the port that it had: the gateway sends there. Raises `KeyError`,
        `TypeError`, `ValueError`."""
        known = kept["conference"]
        name, conference = str(kept["name"]), str(known["id"])
        calls = CallingSeat(conference, post, self, None) if known["calls"] else None
        seat = calls or Seat(name, conference, post, self)
        seat.move(name, post)
        seat.adopt(kept)
        seat.here = True
        self._add(seat)
        self._later(self._reopen(seat))
        return seat

    def close(self) -> None:
        """Nothing is heard any more."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._opening:
            task.cancel()
        for conference in self._conferences.values():
            for seat in conference.seats:
                if seat.port is not None:
                    seat.port.close()

    # --- seats ---

    async def _take(self, seat: Seat) -> None:
        found = self._conferences.get(seat.conference)
        if found is not None and len(found.seats) >= MOST:
            raise OSError(f"more than {MOST} take part")
        self._add(seat)
        try:
            seat.opened(await AudioPort.open(self._host))
        except BaseException:
            self.left(seat)
            raise

    async def _reopen(self, seat: Seat) -> None:
        try:
            seat.opened(await AudioPort.open(self._host, seat.number))
        except (OSError, ValueError) as error:
            _log.warning("seat_not_restored", conference=seat.conference, why=str(error))
            seat.failed()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _add(self, seat: Seat) -> None:
        now = asyncio.get_running_loop().time()
        if seat.conference not in self._conferences:
            _log.info("conference_begins", conference=seat.conference)
            self._conferences[seat.conference] = Conference(now)
        self._conferences[seat.conference].seats.append(seat)
        if self._timer is None:
            self._due = now
            self._arm()

    def left(self, seat: Seat) -> None:
        found = self._conferences.get(seat.conference)
        if found is None or seat not in found.seats:
            return
        found.seats.remove(seat)
        if not found.seats:
            _log.info("conference_ended", conference=seat.conference)
            del self._conferences[seat.conference]

    # --- the clock ---

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._due += _FRAME
        if loop.time() - self._due > _SKIP:
            self._due = loop.time()
        self._timer = loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if not self._conferences:
            return
        for conference in self._conferences.values():
            _mix(conference)
        self._ticks += 1
        if self._ticks % _LOOK == 0:
            self.look(asyncio.get_running_loop().time())
        self._arm()

    def look(self, now: float) -> None:
        """See whether each conference still is one; `now` is the loop's time."""
        if self.calls is None:
            return
        talking = self.calls.talking()
        for name, conference in list(self._conferences.items()):
            self._look(name, conference, now, self.calls, talking)

    def _look(
        self, name: str, conference: Conference, now: float, calls: Calls, all_talking: Collection[Leg]
    ) -> None:
        here = [seat for seat in conference.seats if seat.here]
        talking = sum(seat in all_talking for seat in here)
        before, conference.talking = conference.talking, talking
        if talking > before:
            calls.entitle(name)
        heard, conference.heard = conference.heard, calls.heard(name)
        if conference.heard - heard:
            calls.changed(name)
        match conference.lasting.look(now, len(here), talking, len(conference.seats) - len(here)):
            case Step.UNITE:
                one, other = here
                _log.info("conference_is_a_call_again", conference=name)
                calls.unite(one, other)
            case Step.END:
                calls.end_of(here[0])


def _mix(conference: Conference) -> None:
    ports = [seat.port for seat in conference.seats if seat.here and seat.port is not None]
    said = {port: port.playout.pop() for port in ports}
    # Whoever holds does not speak to us: what comes is music, or nothing.
    heard = mix_minus({port: None if port.held else frame for port, frame in said.items()})
    for port, frame in heard.items():
        port.send(frame)
