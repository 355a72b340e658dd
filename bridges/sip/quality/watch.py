"""Watches the sound of a call that was answered: whether it passes both ways, and how well. Pure.

It is shown the counters of both legs from time to time, with `now`; it says what is wrong, and takes a sample
of each direction every five seconds. A leg that need not send (on hold, or the other is) is not missed.
"""

from dataclasses import dataclass, field

from webrtc import emodel
from wire.record import Fault, Heard, Side, SoundTrouble, WhySound

#: Seconds from the answer, or from the last packet, after which a leg that ought to send is missed. In mid
#: call telephones may be silent by themselves for a while (comfort noise), and for as long as their reports
#: (RTCP, about every five seconds) go on arriving.
MISSED, STOPPED = 1.8, 8.0
#: Seconds of packets without any sound in them after which a microphone counts as silent.
SILENT = 12.0
#: Seconds between samples, and seconds between looks while the call is young, and later.
SAMPLE, YOUNG, LATER = 5.0, 0.9, 2.5
#: A sample with this MOS or less is one that people complain of (G.107, Annex B: nearly all dissatisfied);
#: it is over only when sound is clearly better.
BAD, GOOD_AGAIN = emodel.BAD, 3.6
#: Packets of a sample that say anything about loss.
_ENOUGH = 50


@dataclass(frozen=True, slots=True)
class Counters:
    """Of one leg, as `bridges.media.gateway.LegReport` has them; `ought` it to send? Times in seconds; the
    round trip is that of both legs."""

    packets: int
    lost: int
    jitter: float
    connected: bool = True
    dropped: int = 0
    heard: bool = False
    judged: bool = True  # whether anybody can tell sound from silence in this codec
    codec: str | None = None
    round_trip: float | None = None
    far_loss: float = 0.0  # between us and whoever listens
    ought: bool = True
    reported_at: float | None = None  # a telephone's last sign of life: sound or report


@dataclass(slots=True)
class _Ear:
    """One direction: the sound that comes from `side`."""

    side: Side
    since: float
    last: Counters | None = None
    arrived_at: float | None = None
    reported_at: float | None = None  # in the watch's time
    sampled: Counters | None = None
    sampled_at: float = 0.0
    scores: list[float] = field(default_factory=list)
    worst: tuple[float, int] | None = None
    lost: float = 0.0
    expected: int = 0
    why: WhySound = "network"
    jitter: float = 0.0
    codec: str | None = None
    bad: bool = False
    trouble: SoundTrouble | None = None


class SoundWatch:
    """From `now`, when the call was answered. `all` are the troubles so far, those that are over too."""

    def __init__(self, now: float) -> None:
        self._began = now
        self._ears: dict[Side, _Ear] = {side: _Ear(side, now) for side in ("caller", "callee")}
        self._over: list[SoundTrouble] = []

    def next_look(self, now: float) -> float:
        """Seconds until counters are wanted again."""
        return YOUNG if now - self._began < 2 * SAMPLE else LATER

    def receive(self, counters: dict[Side, Counters], now: float, wall_ms: int) -> list[SoundTrouble]:
        """Take the counters; what begins to be wrong, or is over (`until` is set)."""
        changed: list[SoundTrouble] = []
        for side, ear in self._ears.items():
            if (counted := counters.get(side)) is not None:
                self._count(ear, counted, now, wall_ms)
                changed += self._judge(ear, counted, now, wall_ms)
        return changed

    @property
    def troubles(self) -> tuple[SoundTrouble, ...]:
        """All of them, oldest first."""
        now = [ear.trouble for ear in self._ears.values() if ear.trouble is not None]
        return tuple(sorted([*self._over, *now], key=lambda trouble: trouble.since))

    def heard(self, side: Side) -> Heard | None:
        """How the sound of one side arrived; None before the first sample."""
        ear = self._ears[side]
        if not ear.scores:
            return None
        score, at = ear.worst or (ear.scores[0], 0)
        return Heard(
            mos_mean=round(sum(ear.scores) / len(ear.scores), 2),
            mos_min=round(score, 2),
            worst_at=at,
            samples=len(ear.scores),
            loss=round(ear.lost / ear.expected, 4) if ear.expected else 0.0,
            jitter_ms=round(ear.jitter * 1000, 1),
            codec=ear.codec,
        )

    # --- one direction ---

    def _count(self, ear: _Ear, counted: Counters, now: float, wall_ms: int) -> None:
        before, ear.last = ear.last, counted
        if counted.packets > (before.packets if before else 0):
            ear.arrived_at = now
        if before is not None and counted.reported_at != before.reported_at:
            ear.reported_at = now
        if not counted.ought:
            # What is not sent is not missed afterwards, either.
            ear.since = now
        if ear.sampled is None:
            ear.sampled, ear.sampled_at = counted, now
        elif now - ear.sampled_at >= SAMPLE:
            self._sample(ear, ear.sampled, counted, wall_ms)
            ear.sampled, ear.sampled_at = counted, now

    def _sample(self, ear: _Ear, before: Counters, counted: Counters, wall_ms: int) -> None:
        arrived, lost = counted.packets - before.packets, max(0, counted.lost - before.lost)
        if arrived + lost < _ENOUGH or not counted.ought:
            return
        if not (counted.jitter or lost or counted.round_trip or counted.far_loss):
            # Sound without any jitter does not exist: this media server counts packets and measures nothing.
            return
        near = lost / (arrived + lost)
        loss = 1 - (1 - near) * (1 - counted.far_loss)
        score = emodel.score(counted.codec, loss, counted.round_trip, counted.jitter)
        ear.why = "far_network" if counted.far_loss > near else "network"
        ear.scores.append(score)
        if ear.worst is None or score < ear.worst[0]:
            ear.worst = score, wall_ms
        ear.lost += loss * (arrived + lost)
        ear.expected += arrived + lost
        ear.jitter, ear.codec = max(ear.jitter, counted.jitter), counted.codec
        ear.bad = score <= (GOOD_AGAIN if ear.bad else BAD)

    def _judge(self, ear: _Ear, counted: Counters, now: float, wall_ms: int) -> list[SoundTrouble]:
        fault = self._fault(ear, counted, now)
        known = ear.trouble
        if (known is None and fault is None) or (known and fault and known.fault == fault[0]):
            return []
        changed = []
        if known is not None:
            over = _until(known, wall_ms)
            self._over.append(over)
            changed.append(over)
        ear.trouble = None if fault is None else SoundTrouble(fault[0], fault[1], ear.side, wall_ms)
        return [*changed, ear.trouble] if ear.trouble is not None else changed

    def _fault(self, ear: _Ear, counted: Counters, now: float) -> tuple[Fault, WhySound] | None:
        if not counted.ought:
            return None
        since = max(ear.since, ear.arrived_at or 0.0)
        if ear.arrived_at is None and now - since >= MISSED:
            return "nothing", _why_nothing(counted)
        if ear.arrived_at is not None and now - max(since, ear.reported_at or 0.0) >= STOPPED:
            return "nothing", "stopped"
        if counted.judged and not counted.heard and ear.arrived_at and now - self._began >= SILENT:
            return "silent", "muted"
        return ("lossy", ear.why) if ear.bad else None


def _why_nothing(counted: Counters) -> WhySound:
    """What is likely where not one packet came."""
    if not counted.connected:
        return "not_connected"
    return "elsewhere" if counted.dropped else "blocked"


def _until(trouble: SoundTrouble, wall_ms: int) -> SoundTrouble:
    return SoundTrouble(trouble.fault, trouble.why, trouble.side, trouble.since, wall_ms)
