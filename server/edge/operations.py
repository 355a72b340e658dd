"""What a route of `/api/v1` takes and gives and who may call it, said beside its handler.

The OpenAPI document is made from this: the types named here are those that `read_body` and `read_query`
decode into and that the handler encodes, so that the document cannot say something else than the code does.

Who may call is an `Access`. Its `operation` describes a handler, and fixes what the handler is given: a
handler of `Access[Person]` takes `(me: Person, request, …)`, one of `PUBLIC` takes `(request, …)`; another
signature is an error of types. `register` takes only what was described so. Whoever enforces access (one
middleware, `accounts.session_auth`) hands the identity on by `admit`; without it no handler runs.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

from sanic import Blueprint, HTTPResponse, Request

#: Who may ask: everybody, whoever visits a meeting by a link, whoever is signed in, administrators.
AccessName = Literal["public", "guest", "person", "administrator"]

Owner = TypeVar("Owner")
Me = TypeVar("Me")
Path = ParamSpec("Path")
Answer = Awaitable[HTTPResponse | None]


@dataclass(frozen=True)
class Operation:
    """`body`, `query` and `answer` are types that msgspec knows; without `answer` or `files` it is empty.

    `refusals` maps a status to the codes that its error may carry, beyond those that every route shares.
    `takes_files` and `files` are media types of raw bodies.
    """

    summary: str
    access: "Access[Any] | Public"
    answer: Any = None
    status: int = 200
    body: Any = None
    query: Any = None
    refusals: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    takes_files: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


class Handler(Protocol):
    """A function or method that was described: what `register` takes."""

    __name__: str
    __operation__: Operation

    def __call__(self, *arguments: Any, **path: Any) -> Answer: ...


class Public:
    """Everybody: the handler is told of nobody."""

    name: AccessName = "public"

    def operation(self, summary: str, **more: Any) -> "DescribePublic":
        """Describe a handler `(request, …)`; the arguments are `Operation`'s."""
        return DescribePublic(Operation(summary, self, **more))


class Access(Generic[Me]):
    """Those of whom a `Me` is known; `name` is how the document calls them. Each instance is its own kind."""

    def __init__(self, name: AccessName) -> None:
        self.name = name

    def operation(self, summary: str, **more: Any) -> "Describe[Me]":
        """Describe a handler `(me, request, …)`; the arguments are `Operation`'s."""
        return Describe(Operation(summary, self, **more))


PUBLIC = Public()


class _Mark:
    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    def _marked(self, handler: Any) -> Any:
        handler.__operation__ = self._operation
        return handler


class Describe(_Mark, Generic[Me]):
    """A decorator for methods and functions that are given a `Me`."""

    @overload
    def __call__(self, handler: Callable[Concatenate[Owner, Me, Request, Path], Answer]) -> Handler: ...

    @overload
    def __call__(self, handler: Callable[Concatenate[Me, Request, Path], Answer]) -> Handler: ...

    def __call__(self, handler: Any) -> Any:
        return self._marked(handler)


class DescribePublic(_Mark):
    """A decorator for methods and functions that are given the request alone."""

    @overload
    def __call__(self, handler: Callable[Concatenate[Owner, Request, Path], Answer]) -> Handler: ...

    @overload
    def __call__(self, handler: Callable[Concatenate[Request, Path], Answer]) -> Handler: ...

    def __call__(self, handler: Any) -> Any:
        return self._marked(handler)


def register(
    routes: Blueprint,
    handler: Handler,
    path: str,
    method: str,
    *,
    name: str | None = None,
    streams: bool = False,
) -> None:
    """Add a route. `streams`: the handler reads the body by itself.

    Raises `TypeError` for a handler that does not take what its access gives.
    """
    public = isinstance(handler.__operation__.access, Public)
    taken = [one.annotation for one in signature(handler).parameters.values()]
    if taken[0 if public else 1 :][:1] != [Request] or (not public and taken[0] is Request):
        raise TypeError(f"{handler.__name__} does not take what its access gives")

    @wraps(handler)
    async def answer(request: Request, **named: Any) -> HTTPResponse | None:
        if public:
            return await handler(request, **named)
        return await handler(request.ctx.admitted, request, **named)

    routes.add_route(answer, path, methods=[method], name=name or handler.__name__, stream=streams)


def admit(request: Request, me: object) -> None:
    """Hand on to the handler who asks, of the kind that its access says."""
    request.ctx.admitted = me


def described(handler: Callable[..., Any]) -> Operation | None:
    """What was said of the handler."""
    found = getattr(handler, "__operation__", None)
    return found if isinstance(found, Operation) else None
