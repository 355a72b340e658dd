"""The E-model: how packets that arrive, or do not, sound to people (ITU-T G.107, G.113). Pure.

One scale for all codecs: the narrowband one, on which a faultless call by G.711 has R 93.2 and MOS 4.41.
Wideband codecs sound better than this scale can say; they begin at its best, and loss and delay take from it.
Echo is taken to be cancelled by the devices, so that of the delay only what makes people talk over each other
counts (Idd).

Bridge and SFU rate by it; `clients/web/src/calls/quality/emodel.ts` is the same for calls of browsers, and
`emodel.cases.json` beside it is checked by the tests of both.
"""

from dataclasses import dataclass
from math import log2

#: Scores from which a connection is good, and up to which it is bad, to people (G.107, Annex B: R 80 and 60).
GOOD, BAD = 4.03, 3.1
#: R with all of G.107's default values.
BEST = 93.2
#: Milliseconds of coding and packets of 20 ms, and of the smallest jitter buffer.
_DEVICES = 40.0


@dataclass(frozen=True, slots=True)
class Codec:
    """Equipment impairment and robustness against loss (G.113, Appendix I)."""

    ie: float
    bpl: float


#: G.711: Appendix I with concealment of losses, which telephones and browsers have. G.722 and Opus have no
#: value on this scale: no impairment of their own; G.722's concealment is taken to be G.711's, Opus' a little
#: weaker without redundancy, as browsers measure it.
CODECS = {
    "PCMU": Codec(0.0, 25.1),
    "PCMA": Codec(0.0, 25.1),
    "G722": Codec(0.0, 25.1),
    "OPUS": Codec(0.0, 20.0),
}
_UNKNOWN = Codec(0.0, 25.1)


def delay_ms(round_trip: float | None, jitter: float) -> float:
    """Mouth to ear in milliseconds, from seconds: half the round trip, twice the jitter, devices."""
    return (round_trip or 0.0) * 500 + jitter * 2_000 + _DEVICES


def rating(codec: str | None, loss: float, delay: float) -> float:
    """R, 0 to 93.2. `loss` is the share of packets lost, 0 to 1; `delay` one way in milliseconds."""
    values = CODECS.get((codec or "").upper(), _UNKNOWN)
    percent = 100 * min(max(loss, 0.0), 1.0)
    # G.107, Section 7.5 with random loss (BurstR 1).
    effective = values.ie + (95 - values.ie) * percent / (percent + values.bpl)
    return max(0.0, BEST - effective - _absolute_delay(delay))


def _absolute_delay(ta: float) -> float:
    """Idd (G.107, Section 7.4): nothing up to 100 ms."""
    if ta <= 100:
        return 0.0
    x = log2(ta / 100)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


def mos(r: float) -> float:
    """Mean opinion score, 1 to 4.5 (G.107, Annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def score(codec: str | None, loss: float, round_trip: float | None, jitter: float) -> float:
    """MOS of what arrived; times in seconds."""
    return mos(rating(codec, loss, delay_ms(round_trip, jitter)))
