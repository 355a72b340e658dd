"""Cells of CSV files that spreadsheets open."""

import re

#: The mark of order at the beginning of a file tells Excel that the rest is UTF-8.
MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_E164 = re.compile(r"\+[0-9]{3,15}")


def guarded(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula (OWASP, "CSV Injection").

    A bare E.164 number is a number to them and runs nothing; it stays as other programs expect it.
    """
    if cell.startswith(_FORMULA) and not _E164.fullmatch(cell):
        return "'" + cell
    return cell


def unguarded(cell: str) -> str:
    """What stood in a cell before it was guarded."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
