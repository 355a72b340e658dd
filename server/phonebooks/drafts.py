"""Contacts read from a file, before anybody has decided to keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.phonebooks import rules
from server.phonebooks.rules import Details, PhonebookError

#: Shown of a file before it is read in.
SHOWN = 50
#: Faults named one by one; a file with more is the wrong file.
FAULTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """One contact of a file, at its first line (1-based). `broken` says why nothing could be read."""

    line: int
    details: Details = field(default_factory=Details)
    broken: PhonebookError | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the contact at `line`; `code` is stable, `value` what stands there."""

    line: int
    code: str
    field: str | None
    message: str
    value: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`good` contacts would be added; `duplicates` are there already or twice in the file."""

    good: tuple[Details, ...]
    faults: tuple[Fault, ...]
    faulty: int
    duplicates: int


def preview(drafts: Sequence[Draft], known: set[str], region: str) -> Preview:
    """What reading `drafts` in would do to a phonebook that holds the fingerprints `known`."""
    good: list[Details] = []
    faults: list[Fault] = []
    seen, faulty, duplicates = set(known), 0, 0
    for draft in drafts:
        wrong = [draft.broken] if draft.broken else rules.faults(draft.details, region)
        if wrong:
            faulty += 1
            faults += [_fault(draft.line, error) for error in wrong]
            continue
        details = rules.tidy(draft.details, region)
        mark = rules.fingerprint(details)
        if mark in seen:
            duplicates += 1
        else:
            seen.add(mark)
            good.append(details)
    return Preview(tuple(good), tuple(faults[:FAULTS_SHOWN]), faulty, duplicates)


def _fault(line: int, error: PhonebookError) -> Fault:
    words = (error.__doc__ or "").strip().rstrip(".")
    return Fault(line, error.code, error.field, words, error.value)
