"""NUL characters: no text of ours has one.

PostgreSQL keeps no such text (PostgreSQL, Section 8.3), and SQLite ends there what it searches. What people
send is refused for it here, once; records and names that telephones bring are kept without (`/internal/`).
Lone surrogates are no JSON for msgspec, and no UTF-8 in addresses.
"""

import msgspec
from sanic import Request

from server.edge.errors import ApiError

#: As Sanic reads them, whatever the case of their names.
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse(request: Request) -> None:
    """Raises `ApiError` 400 with the field that has one. Bodies of routes that stream are none of texts."""
    target = request.head.partition(b"\r\n")[0]
    if b"%00" in target:
        raise ApiError(400, "bad_request", "an address has no NUL characters")
    if request.path.startswith("/internal/"):
        return
    body = request.body or b""
    form = request.headers.get("content-type", "").strip().lower().startswith(_FORMS)
    if form and (b"%00" in body or b"\0" in body):
        raise ApiError(400, "bad_request", "a form has no NUL characters")
    if b"\\u0000" in body and (place := _found_in(body)) is not None:
        raise ApiError(400, "invalid_field", "a text has no NUL characters", place or None)


def _found_in(body: bytes) -> str | None:
    """Where it stands, as `people[0].name`; "" for the whole or the name of a field, None: nowhere."""
    try:
        waiting: list[tuple[str, object]] = [("", msgspec.json.decode(body))]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Whoever skips what is wrong with it would read the rest: no such object is let through.
        return "" if body.lstrip().startswith(b"{") else None
    while waiting:
        place, each = waiting.pop()
        match each:
            case str() if "\0" in each:
                return place
            case list():
                waiting += [(f"{place}[{at}]", one) for at, one in enumerate(each)]
            case dict():
                if any("\0" in name for name in each):
                    return place
                waiting += [(f"{place}.{name}" if place else name, one) for name, one in each.items()]
    return None
