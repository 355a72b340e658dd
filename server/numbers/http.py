"""What routes answer to what is no number."""

from sanic import Blueprint, HTTPResponse, Request

from server.edge.errors import error_response
from server.numbers import numbers


def refuse_no_numbers(routes: Blueprint) -> None:
    """Answer 400 `not_a_number` to what was typed and cannot be dialled."""
    routes.exception(numbers.NotANumber)(_not_a_number)


async def _not_a_number(_request: Request, error: numbers.NotANumber) -> HTTPResponse:
    return error_response(400, "not_a_number", str(error), "number")
