"""Slots for parked calls, as the configuration writes them."""

import re


def slots_of(text: str) -> tuple[str, ...]:
    """ "700-719" or "700" as numbers, none for ""; all of one length. Raises ValueError."""
    if not text:
        return ()
    first, dash, last = text.partition("-")
    last = last if dash else first
    if not (re.fullmatch("[0-9]{2,6}", first) and re.fullmatch("[0-9]{2,6}", last)):
        raise ValueError("slots are numbers of two to six digits, such as 700-719")
    if len(first) != len(last) or not int(first) <= int(last) <= int(first) + 999:
        raise ValueError("the last slot has to follow the first one, a thousand at most")
    return tuple(f"{number:0{len(first)}d}" for number in range(int(first), int(last) + 1))
