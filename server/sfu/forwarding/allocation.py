"""Who gets what of a line: sound first, then a picture of everybody, then better pictures. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: A layer above the present one must fit with this much to spare, so that choices do not swing.
_SPARE = 1.1
#: The last picture of somebody is kept while it overdraws the line by no more than this: what is known of a
#: line that was too full is less than it carries.
_KEEP = 0.8


@dataclass(frozen=True)
class Demand:
    """One video on its way to a subscriber.

    Attributes:
        key: its name in the answer.
        costs: bit/s by quality, those at or below what is asked for.
        priority: greater is served first.
        current: the quality that is sent now, None for none.
    """

    key: str
    costs: Mapping[int, float]
    priority: tuple[float, ...] = ()
    current: int | None = None

    def cost(self, quality: int) -> float:
        if quality == min(self.costs):
            return self.costs[quality] * (_KEEP if self.current is not None else 1.0)
        rises = self.current is None or quality > self.current
        return self.costs[quality] * (_SPARE if rises else 1.0)

    @property
    def least(self) -> float:
        """bit/s of the lowest layer."""
        return min(self.costs.values(), default=0.0)

    @property
    def wish(self) -> float:
        """bit/s of the best that is asked for."""
        return self.costs[max(self.costs)] * _SPARE if self.costs else 0.0


def allocate(demands: Iterable[Demand], budget: float, better: float = math.inf) -> dict[str, int | None]:
    """The highest quality for each, None: not even the lowest fits and it is paused.

    `better`: bit/s of all together as far as some are better than the lowest.

    The lowest layers are given out first, in the order of priority; then all are raised step by step in the
    same order, so that nobody has the best picture while another has none.
    """
    ranked = sorted((one for one in demands if one.costs), key=lambda one: one.priority, reverse=True)
    given: dict[str, int | None] = {one.key: None for one in ranked}
    left = budget
    for one in ranked:
        lowest = min(one.costs)
        if one.cost(lowest) <= left:
            given[one.key] = lowest
            left -= one.cost(lowest)
    left = min(left, better - (budget - left))
    for step in range(max((len(one.costs) for one in ranked), default=0)):
        for one in ranked:
            left -= _raise(one, given, step, left)
    return given


def _raise(one: Demand, given: dict[str, int | None], step: int, left: float) -> float:
    """Gives the layer after the one at `step` when it fits; what that costs more."""
    qualities = sorted(one.costs)
    if step + 1 >= len(qualities) or given[one.key] != qualities[step]:
        return 0.0
    more = max(0.0, one.cost(qualities[step + 1]) - one.cost(qualities[step]))
    if more > left:
        return 0.0
    given[one.key] = qualities[step + 1]
    return more
