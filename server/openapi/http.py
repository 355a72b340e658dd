"""`/api/v1/openapi.json` and `/docs`."""

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.edge.operations import PUBLIC, Operation, described, register
from server.edge.sanic_types import App
from server.openapi.document import Route, document
from server.openapi.page import page

_PREFIX = "api/v1/"
#: The document does not describe itself.
_LEFT_OUT = {"api/v1/openapi.json"}


def routes_of(app: App) -> list[Route]:
    """Every route of the people-facing API, with what stands beside it."""
    found: list[Route] = []
    for route in app.router.routes:
        if not route.path.startswith(_PREFIX) or route.path in _LEFT_OUT:
            continue
        known = described(route.handler)
        operation = known or Operation(_words(route.name), PUBLIC)
        found += [Route(route.path, method, operation, known is not None) for method in sorted(route.methods)]
    return found


def _words(name: str) -> str:
    """What a handler without a description is called."""
    return name.rpartition(".")[2].replace("_", " ").capitalize()


def blueprint(title: str, version: str) -> Blueprint:
    routes = Blueprint("openapi")
    made: dict[str, bytes] = {}

    def make(app: App) -> dict[str, bytes]:
        """Once, when all routes are there."""
        if not made:
            content = document(title, version, routes_of(app))
            made["json"] = msgspec.json.encode(content)
            made["html"] = page(content).encode()
        return made

    @PUBLIC.operation("This document")
    async def machine(request: Request) -> HTTPResponse:
        return HTTPResponse(make(request.app)["json"], content_type="application/json")

    async def human(request: Request) -> HTTPResponse:
        return HTTPResponse(make(request.app)["html"], content_type="text/html; charset=utf-8")

    register(routes, machine, "/api/v1/openapi.json", "GET")
    routes.add_route(human, "/docs", methods=["GET"])
    return routes
