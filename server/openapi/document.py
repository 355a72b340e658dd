"""The OpenAPI 3.1 document, made from what stands beside the routes (`edge.operations`).

Nothing is written here by hand about a route: schemas come from the very types that requests are decoded into
and answers are encoded from.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from server.edge.operations import Operation

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"<([a-z_]+)(?::[^>]*)?>")
#: Methods that change nothing need no proof of coming from our own pages.
_SAFE = {"get", "head"}


class ErrorDetail(msgspec.Struct):
    """`code` is a stable word, `message` for people who read logs, `field` what was wrong in the request."""

    code: str
    message: str
    field: str | None


class ErrorAnswer(msgspec.Struct):
    error: ErrorDetail


@dataclass(frozen=True, slots=True)
class Route:
    """`path` as Sanic writes it, with its parameters in angle brackets.

    `known` is False for a route of which nobody has said anything.
    """

    path: str
    method: str
    operation: Operation
    known: bool = True

    @property
    def address(self) -> str:
        """The path as OpenAPI writes it."""
        return "/" + _PARAMETER.sub(r"{\1}", self.path.lstrip("/"))

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)


def document(title: str, version: str, routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document for `routes`."""
    many = sorted(routes, key=lambda route: (route.address, route.method))
    types = _types(many)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = dict(zip(map(_key, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in many:
        described = _operation(route, by_type, components)
        paths.setdefault(route.address, {})[route.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "unisono_session"},
                "visit": {"type": "apiKey", "in": "cookie", "name": "unisono_guest"},
            },
        },
    }


def _types(routes: Iterable[Route]) -> list[Any]:
    found: dict[str, Any] = {_key(ErrorAnswer): ErrorAnswer}
    for route in routes:
        operation = route.operation
        for named in (operation.body, operation.query, operation.answer):
            if named is not None:
                found.setdefault(_key(named), named)
    return list(found.values())


def _key(named: Any) -> str:
    return f"{getattr(named, '__module__', '')}.{getattr(named, '__qualname__', repr(named))}"


def _operation(route: Route, by_type: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    operation, method = route.operation, route.method.lower()
    described: dict[str, Any] = {
        "operationId": f"{method}_{re.sub(r'[^a-z0-9]+', '_', route.address.lower()).strip('_')}",
        "tags": [_tag(route.address)],
        "summary": operation.summary,
        "parameters": _parameters(route, by_type, components),
        "responses": _responses(route, by_type),
    }
    if operation.access.name != "public":
        described["security"] = [{"visit" if operation.access.name == "guest" else "session": []}]
    if operation.body is not None:
        content = {"application/json": {"schema": by_type[_key(operation.body)]}}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.takes_files:
        binary = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {
            "required": True,
            "content": dict.fromkeys(operation.takes_files, binary),
        }
    return described


def _tag(address: str) -> str:
    parts = address.removeprefix("/api/v1/").split("/")
    return " ".join(parts[:2]) if parts[0] == "admin" else parts[0]


def _parameters(
    route: Route, by_type: Mapping[str, Any], components: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in route.parameters
    ]
    if route.operation.query is not None:
        schema = by_type[_key(route.operation.query)]
        shape = components[schema["$ref"].rpartition("/")[2]]
        for name, value in shape["properties"].items():
            required = name in shape.get("required", [])
            found.append({"name": name, "in": "query", "required": required, "schema": _given(value)})
    if route.method.lower() not in _SAFE:
        found.append({"name": "X-Unisono", "in": "header", "required": True, "schema": {"const": "1"}})
    return found


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter that may be null is one that may be left out."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{k: v for k, v in schema.items() if k not in {"anyOf", "default"}}}


def _responses(route: Route, by_type: Mapping[str, Any]) -> dict[str, Any]:
    operation = route.operation
    good: dict[str, Any] = {"description": "Done"}
    if operation.answer is not None:
        good["content"] = {"application/json": {"schema": by_type[_key(operation.answer)]}}
    elif operation.files:
        binary = {"schema": {"type": "string", "format": "binary"}}
        good["content"] = dict.fromkeys(operation.files, binary)
    responses: dict[str, Any] = {str(operation.status): good}
    error = {"application/json": {"schema": by_type[_key(ErrorAnswer)]}}
    for status, codes in sorted(_refusals(route).items()):
        responses[str(status)] = {"description": ", ".join(dict.fromkeys(codes)), "content": error}
    return responses


def _refusals(route: Route) -> dict[int, list[str]]:
    """The codes of each status: those of the operation, and those that it shares with others of its kind."""
    operation = route.operation
    found: dict[int, list[str]] = {400: ["bad_request"], 413: ["too_large"]}
    if operation.body is not None:
        found[400] += ["invalid_json", "invalid_field"]
    elif operation.query is not None:
        found[400] += ["invalid_field"]
    if operation.access.name in {"person", "administrator"}:
        found.setdefault(401, []).append("not_signed_in")
    if operation.access.name == "administrator":
        found.setdefault(403, []).append("administrators_only")
    if route.method.lower() not in _SAFE:
        found.setdefault(403, []).append("not_from_our_pages")
    if route.parameters:
        found.setdefault(404, []).append("not_found")
    for status, codes in operation.refusals.items():
        found.setdefault(status, []).extend(codes)
    return found
