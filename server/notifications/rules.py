"""When a mail that could not be delivered is tried again."""

_FIRST = 5_000
#: Milliseconds.
LONGEST = 600_000


def pause_after(attempts: int) -> int:
    """Milliseconds to wait after so many failed attempts: five seconds, doubled up to ten minutes.

    A refusal is no reason to stop sooner: most are a password or an address that an administrator puts right.
    """
    return min(LONGEST, _FIRST << min(max(attempts, 1) - 1, 20))
