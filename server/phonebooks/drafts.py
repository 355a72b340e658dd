"""Contacts read from a file, before anybody has decided to keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.phonebooks import rules
from server.phonebooks.rules import Details, PhonebookError
from server.phonebooks.salvage import salvage

#: Shown of a file before it is read in.
SHOWN = 50
#: Faults named one by one; a file with more is the wrong file.
FAULTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """One contact of a file, at its first line (1-based). `broken` says why nothing could be read,
    `left_out` what of it could not. What is left out of the whole file is in a draft that is no contact."""

    line: int
    details: Details = field(default_factory=Details)
    broken: PhonebookError | None = None
    left_out: tuple[PhonebookError, ...] = ()
    is_contact: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `line`; `code` is stable, `value` what stands there.

    `kept`: the contact comes all the same, without that value."""

    line: int
    code: str
    field: str | None
    message: str
    value: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """`good` contacts would be added, `incomplete` of them without something that stands in the file;
    `duplicates` are there already or twice in the file."""

    good: tuple[Details, ...]
    faults: tuple[Fault, ...]
    faulty: int
    duplicates: int
    incomplete: int = 0


def preview(drafts: Sequence[Draft], known: set[str], region: str) -> Preview:
    """What reading `drafts` in would do to a phonebook that holds the fingerprints `known`."""
    good: list[Details] = []
    faults: list[Fault] = []
    seen, faulty, duplicates, incomplete = set(known), 0, 0, 0
    for draft in drafts:
        if draft.broken:
            faulty += 1
            faults.append(_fault(draft.line, draft.broken, kept=False))
            continue
        if not draft.is_contact:
            faults += [_fault(draft.line, each, kept=True) for each in draft.left_out]
            continue
        kept, left_out = salvage(draft.details, region)
        left_out = [*draft.left_out, *left_out]
        wrong = rules.faults(kept, region)
        faults += [_fault(draft.line, each, kept=not wrong) for each in left_out or wrong]
        if wrong:
            faulty += 1
            continue
        details = rules.tidy(kept, region)
        mark = rules.fingerprint(details)
        if mark in seen:
            duplicates += 1
        else:
            seen.add(mark)
            good.append(details)
            incomplete += bool(left_out)
    # What costs a contact is named first: the list is cut at its end.
    faults.sort(key=lambda fault: fault.kept)
    return Preview(tuple(good), tuple(faults[:FAULTS_SHOWN]), faulty, duplicates, incomplete)


def _fault(line: int, error: PhonebookError, *, kept: bool) -> Fault:
    words = (error.__doc__ or "").strip().rstrip(".")
    return Fault(line, error.code, error.field, words, error.value, kept)
