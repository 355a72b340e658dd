"""One RTP stream as it arrives from its publisher: what is missing, how well it comes, what time it has."""

from dataclasses import dataclass

from server.sfu.forwarding.packet import Packet, newer
from server.sfu.forwarding.rtcp import ReportBlock, SenderReport

#: A packet that is out of order by less than this is not asked for yet. Seconds.
REORDERING = 0.01
#: Between two requests for one packet until the round trip is known, and its bounds. Seconds.
RETRY = 0.1
_RETRY_BOUNDS = (0.03, 0.5)
TRIES = 8
#: A larger hole is not filled packet by packet: a keyframe is cheaper.
MAX_MISSING = 128
#: Without a packet for this long, a layer counts as paused by its sender. Seconds.
SILENCE = 1.0
#: Over which the bit rate is measured. Seconds.
_WINDOW = 0.5


@dataclass(slots=True)
class _Missing:
    tries: int
    due: float
    asked_at: float = 0.0


class Stream:
    """The statistics of one SSRC.

    Args:
        clock: RTP timestamps a second.
        quality: 0 (low) to 2 (high), the layer of its track.
        repairable: whether lost packets are worth asking for.

    Attributes:
        last_at: when the last packet came.
        report: the newest sender report, with which timestamps of layers are compared.
        hopeless: so much is missing that only a keyframe helps; whoever reads it clears it.
        rate: bit/s, of the last seconds.
    """

    def __init__(self, ssrc: int, clock: int, quality: int, *, repairable: bool) -> None:
        self.ssrc = ssrc
        self.clock = clock
        self.quality = quality
        self.last_at = 0.0
        self.report: SenderReport | None = None
        self.hopeless = False
        self.octets = 0
        self._repairable = repairable
        self._report_at = 0.0
        self._highest = -1
        self._cycles = 0
        self._base = 0
        self._received = 0
        self._prior = (0, 0)
        self._transit = 0.0
        self._jitter = 0.0
        self._missing: dict[int, _Missing] = {}
        self._retry = RETRY
        self._window = (0.0, 0)
        self.rate = 0.0

    def receive(self, packet: Packet, now: float, *, repeated: bool = False) -> bool:
        """Counts a packet in; False for one that came before.

        `repeated`: on the stream of retransmissions, which says nothing about losses and jitter of this one.
        """
        self.last_at = now
        number = packet.sequence
        if self._highest < 0:
            self._base = self._highest = number
        elif newer(number, self._highest):
            self._advance(number, now)
        elif number != self._highest and number in self._missing:
            self._note_repair(self._missing.pop(number), now)
        elif number == self._highest or self._repairable:
            # Without a list of holes (audio) a late packet cannot be told from a repeated one.
            return False
        self.octets += packet.size
        self._note_rate(now)
        if not repeated:
            self._received += 1
            self._note_jitter(packet, now)
        return True

    def _note_rate(self, now: float) -> None:
        began, octets = self._window
        elapsed = now - began
        if elapsed >= _WINDOW:
            # A window with a long pause in it says nothing.
            fresh = (self.octets - octets) * 8 / elapsed if elapsed < 4 * _WINDOW else self.rate
            self.rate = fresh if not self.rate else (self.rate + fresh) / 2
            self._window = now, self.octets

    def _note_repair(self, state: _Missing, now: float) -> None:
        """A packet that came after one request shows how long that takes."""
        if state.tries == 1:
            low, high = _RETRY_BOUNDS
            self._retry = min(high, max(low, (self._retry + (now - state.asked_at) * 1.25) / 2))

    def _advance(self, number: int, now: float) -> None:
        gap = (number - self._highest & 0xFFFF) - 1
        if gap > MAX_MISSING:
            self._missing.clear()
            self.hopeless = True
        elif self._repairable:
            for step in range(1, gap + 1):
                self._missing[self._highest + step & 0xFFFF] = _Missing(0, now + REORDERING)
            if len(self._missing) > MAX_MISSING:
                self._missing.clear()
                self.hopeless = True
        if number < self._highest:
            self._cycles += 1
        self._highest = number

    def _note_jitter(self, packet: Packet, now: float) -> None:
        transit = now * self.clock - packet.timestamp
        distance = abs(transit - self._transit)
        # A jump (first packet, wrapped clock) says nothing about the line.
        if self._transit and distance < self.clock:
            self._jitter += (distance - self._jitter) / 16
        self._transit = transit

    def missing(self, now: float) -> list[int]:
        """The numbers to ask for again now."""
        due = []
        for number, state in list(self._missing.items()):
            if state.due > now:
                continue
            if state.tries >= TRIES:
                del self._missing[number]
                self.hopeless = True
                continue
            state.tries += 1
            state.asked_at = now
            state.due = now + self._retry
            due.append(number)
        return due

    def take_report(self, report: SenderReport, now: float) -> None:
        self.report = report
        self._report_at = now

    def alive(self, now: float) -> bool:
        return now - self.last_at < SILENCE

    def block(self, now: float) -> ReportBlock:
        """What a receiver reports; the fraction is counted anew each time (RFC 3550, Section 6.4.1)."""
        highest = self._cycles << 16 | max(self._highest, 0)
        expected = highest - self._base + 1
        due, got = expected - self._prior[0], self._received - self._prior[1]
        self._prior = (expected, self._received)
        lost = min(255, max(0, due - got) * 256 // due) if due > 0 else 0
        lsr = self.report.ntp >> 16 & 0xFFFFFFFF if self.report else 0
        dlsr = int((now - self._report_at) * 65_536) & 0xFFFFFFFF if self.report else 0
        return ReportBlock(
            self.ssrc, lost, expected - self._received, highest & 0xFFFFFFFF, int(self._jitter), lsr, dlsr
        )


def offset_between(former: Stream, latter: Stream) -> int | None:
    """What to add to timestamps of `latter` to have those of `former`; None without a report of each."""
    if former.report is None or latter.report is None:
        return None
    seconds = (latter.report.ntp - former.report.ntp) / 2**32
    return former.report.timestamp + round(seconds * former.clock) - latter.report.timestamp & 0xFFFFFFFF
