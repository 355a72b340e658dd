"""A handler says who may call it, or there is no route; and it takes what that access gives."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, PERSON, Administrator
from server.directory.service import Person
from server.edge.operations import PUBLIC, Handler, described, register


class Api:
    @PERSON.operation("mine")
    async def mine(self, me: Person, request: Request, thing: str) -> HTTPResponse:
        return HTTPResponse(me.name + thing + request.path)

    @ADMINISTRATOR.operation("theirs")
    async def theirs(self, admin: Administrator, _request: Request) -> HTTPResponse:
        return HTTPResponse(admin.name)

    @PUBLIC.operation("ours")
    async def ours(self, _request: Request) -> HTTPResponse:
        return HTTPResponse("all")


@PERSON.operation("mine")
async def mine(me: Person, _request: Request) -> None:
    assert me


@PUBLIC.operation("ours")
async def ours(_request: Request) -> None:
    return


async def undescribed(_me: Person, _request: Request) -> None:
    return


@pytest.mark.parametrize("handler", [Api().mine, Api().theirs, Api().ours, mine, ours])
def test_a_described_handler_has_a_route(handler: Handler) -> None:
    register(Blueprint("x"), handler, "/x", "GET")
    assert described(handler) is handler.__operation__


def test_one_that_says_nothing_has_none() -> None:
    with pytest.raises(AttributeError):
        register(Blueprint("x"), cast("Handler", undescribed), "/x", "GET")


async def takes_me(me: Person, _request: Request) -> None:
    assert me


async def takes_nobody(_request: Request) -> None:
    return


async def takes_no_request(me: Person) -> None:
    assert me


@pytest.mark.parametrize(
    ("access", "handler"),
    [(PUBLIC, takes_me), (PERSON, takes_nobody), (PERSON, takes_no_request), (PUBLIC, takes_no_request)],
)
def test_one_that_takes_something_else_has_none_either(access: Any, handler: Any) -> None:
    with pytest.raises(TypeError, match="does not take"):
        register(Blueprint("x"), access.operation("x")(handler), "/x", "GET")


if TYPE_CHECKING:
    # What mypy must refuse: each `ignore` that it does not need is an error (`warn_unused_ignores`).
    register(Blueprint("x"), undescribed, "/x", "GET")  # type: ignore[arg-type]

    @PERSON.operation("x")  # type: ignore[arg-type]
    async def another_kind(admin: Administrator, request: Request) -> None: ...

    @ADMINISTRATOR.operation("x")  # type: ignore[arg-type]
    async def less_than_it_says(me: Person, request: Request) -> None: ...

    @PERSON.operation("x")  # type: ignore[arg-type]
    async def nobody_at_all(request: Request) -> None: ...

    class Wrong:
        @PERSON.operation("x")  # type: ignore[arg-type]
        async def another_kind(self, admin: Administrator, request: Request) -> None: ...

        @PERSON.operation("x")  # type: ignore[arg-type]
        async def nobody_at_all(self, request: Request) -> None: ...

        @PUBLIC.operation("x")  # type: ignore[arg-type]
        async def somebody_of_nobody(self, me: Person, request: Request) -> None: ...
