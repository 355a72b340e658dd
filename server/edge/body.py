"""What a request carries, decoded into a declared shape or refused with the field at fault; JSON answers."""

from typing import TypeVar, cast

import msgspec
from sanic import HTTPResponse, Request
from sanic.http import Http

from server.edge.errors import ApiError

T = TypeVar("T")


def read_body(request: Request, shape: type[T]) -> T:
    """The JSON body as `shape` (a msgspec Struct or any type it knows).

    Raises `ApiError` 400: `invalid_json` for what is not JSON, `invalid_field` with the path of the field for
    what is not of this shape.
    """
    try:
        return msgspec.json.decode(request.body or b"", type=shape)
    except msgspec.ValidationError as error:
        raise invalid_field(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, "invalid_json", "the body is not valid JSON") from error


def read_query(request: Request, shape: type[T]) -> T:
    """The query string as `shape`; the first value of a repeated name counts, numbers are read from text.

    Raises `ApiError` 400 `invalid_field`.
    """
    values = {name: value[0] for name, value in request.args.items()}
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_field(error) from error


async def read_file(request: Request, most: int, what: str) -> bytes:
    """A file of up to `most` bytes, of a route that streams: larger than other requests may be.

    Raises `ApiError` 413 `too_large`, which calls it `what`.
    """
    stream = cast(Http, request.stream)
    stream.request_max_size = most + 1
    body = bytearray()
    while (chunk := await stream.read()) is not None:
        body += chunk
        if len(body) > most:
            raise ApiError(413, "too_large", f"a {what} has at most {most // 1_000_000} MB", what)
    return bytes(body)


def json_answer(body: object, status: int = 200) -> HTTPResponse:
    """`body` is anything that msgspec knows."""
    return HTTPResponse(msgspec.json.encode(body), status, content_type="application/json")


def invalid_field(error: msgspec.ValidationError) -> ApiError:
    """msgspec ends its message in " - at `$.people[0].name`"; a missing or unknown field it names before."""
    words, _, place = str(error).partition(" - at `")
    path = place.rstrip("`").removeprefix("$").lstrip(".")
    if "field `" in words:
        named = words.split("field `")[1].rstrip("`")
        path = f"{path}.{named}" if path else named
    return ApiError(400, "invalid_field", words, path or None)
