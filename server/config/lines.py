"""Finding the line of a key in a TOML text.

`tomllib` forgets where a key stood. This scan knows enough TOML to point an administrator to the right
line (headers, bare, quoted and dotted keys, arrays of tables, multi-line strings); what stands inside an
inline table is found at the line of the table.
"""

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, leaving out those that continue a multi-line string."""
    closing = None
    for number, line in enumerate(text.splitlines(), 1):
        if closing is None:
            yield number, line
        for quotes in ('"""', "'''"):
            if closing in {None, quotes} and line.count(quotes) % 2:
                closing = None if closing else quotes


def keys_of(text: str) -> Iterator[tuple[Path, int]]:
    """Every key and table header as (path, line), in the order of the file."""
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in _outside_strings(text):
        if header := _HEADER.match(line):
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, *_parts(key[1])), number


def line_of(text: str, path: Path) -> int:
    """The line of `path` (1-based), or of the closest table around it; 1 when nothing fits."""
    known: dict[Path, int] = {}
    for key, number in keys_of(text):
        known.setdefault(key, number)
        # A table spelt out only as [a.b] or a.b = … gives its parents a line too.
        for length in range(1, len(key)):
            known.setdefault(key[:length], number)
    for length in range(len(path), 0, -1):
        if path[:length] in known:
            return known[path[:length]]
    return 1
