"""The codes that phones dial with a star or a hash: which there are, and which may be dialled for what. Pure.

A code of `PLAIN` is dialled as it stands, before an extension where it picks up a call. One of `PAIRS` has
digits alone: with a star they switch something on, with a hash off, as the service codes of GSM networks do
(3GPP TS 22.030). None begins with a digit: no code can hide an extension, a number or a slot.
"""

import re
from collections.abc import Collection, Iterator, Mapping

PLAIN: Mapping[str, str] = {
    "park": "*68",
    "pick_up": "**",
    "pick_up_group": "*8",
    "move": "*99",
    "merge": "*3",
    "record": "*1",
    "voicemail": "*97",
    "voicemail_of": "*98",
}
PAIRS: Mapping[str, str] = {
    "forward_always": "21",
    "forward_busy": "67",
    "forward_no_answer": "61",
    "forward_unreachable": "62",
    "forward_off": "002",
    "do_not_disturb": "26",
    "call_back": "37",
    "group": "28",
    "duty": "45",
    "break": "46",
    "call_for": "29",
}
#: Those before an extension.
BEFORE = ("pick_up", "pick_up_group")
_PLAIN = re.compile(r"\*\*|\*{1,2}[0-9]{1,4}|#[0-9]{1,4}")
_PAIR = re.compile(r"[0-9]{2,4}")
_EXTENSION = re.compile(r"[0-9]{2,6}")
_DIGITS = re.compile(r"[0-9]+")
#: Digits that no code of ours begins with.
_SPARE = tuple(str(digits) for digits in range(70, 80))


def is_code(name: str, code: str) -> bool:
    """Whether a code may be chosen for what has this name."""
    form = _PLAIN if name in PLAIN else _PAIR
    return name in {*PLAIN, *PAIRS} and form.fullmatch(code) is not None


def clash(codes: Mapping[str, str]) -> tuple[str, str] | None:
    """The names of two codes of which one cannot be told from the other; None where all can."""
    taken: dict[str, str] = {}
    for name, code in codes.items():
        for form in _forms(name, code):
            if form in taken:
                return taken[form], name
            taken[form] = name
    for before in BEFORE:
        stem = codes[before]
        for form, name in taken.items():
            # Of two that stand before extensions one digit more may be the other's.
            hidden = _DIGITS if name in BEFORE else _EXTENSION
            if form.startswith(stem) and name != before and hidden.fullmatch(form.removeprefix(stem)):
                return before, name
    return None


def give_way(codes: Mapping[str, str], chosen: Collection[str]) -> Mapping[str, str] | None:
    """`codes` where each pair that is not among the `chosen` names, and clashes with one that is, has other
    digits: a code that came with a new version takes none that somebody chose. None where two of the others
    clash."""
    settled = dict(codes)
    while found := clash(settled):
        ours = next((name for name in found if name in PAIRS and name not in chosen), None)
        if ours is None or set(found).isdisjoint(chosen):
            return None
        free = (digits for digits in _SPARE if clash({**_of(settled, chosen), ours: digits}) is None)
        settled[ours] = next((digits for digits in free if digits not in settled.values()), "")
        if not settled[ours]:
            return None
    return settled


def _of(codes: Mapping[str, str], chosen: Collection[str]) -> dict[str, str]:
    return {name: code for name, code in codes.items() if name in chosen or name in BEFORE}


def _forms(name: str, code: str) -> Iterator[str]:
    yield from (code,) if name in PLAIN else (f"*{code}", f"#{code}")
