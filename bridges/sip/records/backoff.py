"""How long to wait before trying again."""


def delay(failures: int, *, first: float = 0.5, longest: float = 30.0) -> float:
    """Seconds before the next attempt after `failures` failed ones (at least one): doubling, bounded."""
    return float(min(longest, first * 2.0 ** min(failures - 1, 16)))
