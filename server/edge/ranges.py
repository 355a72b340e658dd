"""Parts of a file, where they are asked for (RFC 9110, Section 14)."""

import re

from sanic import Request

from server.edge.errors import ApiError

_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")


def asked_range(request: Request, size: int) -> tuple[int, int] | None:
    """The first byte that is asked for, and the one after the last; None: the whole. Raises ApiError (416)
    for what is not in the file."""
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or asked.groups() == (None, None):
        return None
    first, last = asked.groups()
    if first is None:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= end:
        raise ApiError(416, "no_such_part", "it is shorter")
    return start, end
