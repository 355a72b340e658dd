"""How hard a password is to guess, at a cost that its letters cannot raise.

zxcvbn tries every way to read signs as letters ("4" or "@" as "a"), all of them with each other: a password
of nothing but such signs would take seconds.
"""

import math

#: Characters that are looked at: time grows faster than the length, and a strong start is strong enough.
LENGTH = 40
#: Ways to read signs as letters that are tried.
READINGS = 16
#: Signs read alike, each as the first: digits stay digits, so that dates and sequences are still seen.
_ALIKE = str.maketrans("@{[<!|$+", "4(((1157")


def strength(password: str) -> int:
    """Of zxcvbn's 0 to 4. Takes tens of milliseconds of a core at most."""
    seen = password[:LENGTH]
    if readings(seen) > READINGS:
        seen = seen.translate(_ALIKE)
    # Its lists of words are 12 MB, which are for when a password is chosen.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    return int(zxcvbn(seen)["score"]) if seen else 0


def is_common(password: str) -> bool:
    """Whether it stands in the list of what people choose most, whatever the case of its letters."""
    from zxcvbn.matching import RANKED_DICTIONARIES  # noqa: PLC0415

    return password.casefold() in RANKED_DICTIONARIES["passwords"]


def readings(password: str) -> int:
    """In how many ways the signs of a password can be read as letters, at most."""
    from zxcvbn.matching import L33T_TABLE  # noqa: PLC0415

    kinds = set(password)
    return math.prod(max(1, len(kinds.intersection(signs))) for signs in L33T_TABLE.values())
