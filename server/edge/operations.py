"""What a route of `/api/v1` takes and gives, said beside it: the OpenAPI document is made from this.

The types named here are those that `read_body` and `read_query` decode into and that the handler encodes, so
that the document cannot say something else than the code does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

#: Who may ask: everybody, whoever visits a meeting by a link, whoever is signed in, administrators.
Access = Literal["public", "guest", "person", "administrator"]
Handler = TypeVar("Handler", bound=Callable[..., Any])

_ATTRIBUTE = "__operation__"


@dataclass(frozen=True)
class Operation:
    """`body`, `query` and `answer` are types that msgspec knows; without `answer` or `files` it is empty.

    `refusals` maps a status to the codes that its error may carry, beyond those that every route shares.
    `takes_files` and `files` are media types of raw bodies.
    """

    summary: str
    access: Access = "person"
    answer: Any = None
    status: int = 200
    body: Any = None
    query: Any = None
    refusals: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    takes_files: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


def operation(summary: str, **more: Any) -> Callable[[Handler], Handler]:
    """Describe a handler; the arguments are `Operation`'s."""
    described = Operation(summary, **more)

    def mark(handler: Handler) -> Handler:
        setattr(handler, _ATTRIBUTE, described)
        return handler

    return mark


def described(handler: Callable[..., Any]) -> Operation | None:
    """What `operation` said of the handler."""
    found = getattr(handler, _ATTRIBUTE, None)
    return found if isinstance(found, Operation) else None
