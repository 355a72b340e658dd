"""The table of results: ours, the peer's, and the ratio between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    :ivar theirs: the peer's value in the same run; ``None`` for what has no peer.
    """

    what: str
    ours: float
    theirs: float | None
    unit: str
    peer: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.theirs if self.theirs else None


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{row.ratio:.2f}" if row.ratio else ""
    return (row.what, _number(row.ours), row.unit, _number(row.theirs), row.peer, ratio)


def markdown(rows: Sequence[Row]) -> str:
    """A Markdown table, padded so that it reads well on a terminal too."""
    head = ("Measurement", "Unisono", "Unit", "Peer", "Which peer", "Ratio")
    lines = [head, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    right = {1, 3, 5}
    rule = tuple("-" * (width - 1) + ":" if n in right else "-" * width for n, width in enumerate(widths))

    def text(line: Sequence[str]) -> str:
        cells = (
            cell.rjust(w) if n in right else cell.ljust(w)
            for n, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        return f"| {' | '.join(cells)} |"

    return "\n".join(text(line) for line in (lines[0], rule, *lines[1:])) + "\n"
