"""When and how hard a line is tried beyond what it is known to carry. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.sfu.forwarding.send_history import Arrival

#: One probe lasts so long, and so long is waited for what comes of it. Seconds.
DURATION, ANSWER = 0.2, 0.7
#: Between probes while they succeed, and after failures, doubled each time. Seconds.
_SOON, _FIRST, _LONGEST = 0.2, 2.0, 8.0
#: After the line was too full, it is left alone. Seconds.
_REST = 2.5
#: There is no use in more than this part of what is needed.
_MORE = 1.3
#: What a probe left in queues is gone after so long. Seconds.
_WAKE = 0.4
#: An attempt without a probe lasts so long. Seconds.
_TRY = 4.0
#: Upwards in steps of so much, of more after a success; and a success is a rise by so much.
_STEP, _STRIDE, _RISE = 2.0, 3.0, 1.1
#: Arrivals that make a measurement.
_ENOUGH = 5


@dataclass(slots=True)
class _Probe:
    cluster: int
    target: float
    began: float
    sent: list[Arrival]
    heard: bool = False
    octets: int = 0


class Prober:
    """Attributes:
    cluster: of the packets that belong to the probe under way, 0 without one.
    failed: bit/s that the last one brought when that was no more than what was known; 0 after a success.
    """

    def __init__(self) -> None:
        self.cluster = 0
        self.failed = 0.0
        self._count = 0
        self._probe: _Probe | None = None
        self._wait = _FIRST
        self._due = 0.0
        self._step = _STEP
        self._ended = -1e9

    def disturbs(self, now: float) -> bool:
        """Whether what is heard of the line may come from a probe."""
        return self._probe is not None or now - self._ended < _WAKE

    def begin(self, estimate: float, needed: float, lowered_at: float, now: float) -> bool:
        """Begins a probe when it is time for one.

        Args:
            estimate: bit/s that the line is known to carry.
            needed: bit/s that would be sent if it carried all that is wanted.
            lowered_at: when the line last was too full.
        """
        if self._probe is not None or needed <= estimate or now < max(self._due, lowered_at + _REST):
            return False
        self._count += 1
        self.cluster = self._count
        self._probe = _Probe(self._count, min(estimate * self._step, needed * _MORE), now, [])
        return True

    def padding(self, sent: int, elapsed: float, now: float) -> int:
        """Bytes to send now for the `elapsed` seconds to come, as many as passed since the last time.

        `sent`: bytes since the last time, those to try the line included.
        """
        probe = self._probe
        if probe is None or not self.cluster:
            return 0
        if now - probe.began >= DURATION:
            self.cluster = 0
            return 0
        probe.octets += sent if now > probe.began else 0
        return max(0, int(probe.target * (now - probe.began + elapsed) / 8) - probe.octets)

    def take(self, arrivals: Iterable[Arrival]) -> None:
        probe = self._probe
        if probe is None:
            return
        for one in arrivals:
            if one.cluster == probe.cluster:
                probe.sent.append(one)
            elif one.sent_at > probe.began + DURATION:
                probe.heard = True  # of what was sent after it: nothing more will come

    def result(self, estimate: float, now: float) -> float | None:
        """The bit rate that came through, once the probe is over; None meanwhile and when it failed."""
        probe = self._probe
        if probe is None or (not probe.heard and now - probe.began < DURATION + ANSWER):
            return None
        self._probe, self.cluster, self._ended = None, 0, now
        rate = min(measure(probe.sent), probe.target)
        self.failed = 0.0 if rate > estimate * _RISE else rate
        if rate > estimate * _RISE:
            self._wait, self._due, self._step = _FIRST, now + _SOON, _STRIDE
        else:
            self._due, self._wait, self._step = now + self._wait, min(_LONGEST, self._wait * 2), _STEP
        return rate if rate > estimate else None


class Attempt:
    """For lines that cannot be probed, whose receivers tell an estimate of what comes and no more (REMB).

    Now and then more is sent than they tell, for a while; when they tell less then, the pause grows.
    """

    def __init__(self) -> None:
        self._began: float | None = None
        self._wait = _FIRST
        self._ended = -1e9

    def limit(self, estimate: float, needed: float, lowered_at: float, now: float) -> float:
        """bit/s to allow now; arguments as for `Prober.begin`."""
        if self._began is None:
            if needed <= estimate or now < max(self._ended, lowered_at) + self._wait:
                return estimate
            self._began = now
        if lowered_at > self._began:
            self._wait = min(_LONGEST, self._wait * 2)
        elif now - self._began < _TRY:
            return min(estimate * _STEP, needed * _MORE)
        else:
            self._wait = _FIRST
        self._began, self._ended = None, now
        return estimate


def measure(arrivals: list[Arrival]) -> float:
    """bit/s at which packets came through, by both clocks; 0 when too few came to tell."""
    came = [one for one in arrivals if one.received_at is not None]
    if len(came) < _ENOUGH:
        return 0.0
    octets = sum(one.size for one in came)
    sending = came[-1].sent_at - came[0].sent_at
    times = [one.received_at for one in came if one.received_at is not None]
    receiving = max(times) - min(times)
    if sending <= 0 or receiving <= 0:
        return 0.0
    return min((octets - came[-1].size) / sending, (octets - came[0].size) / receiving) * 8
