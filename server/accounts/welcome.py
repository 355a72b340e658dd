"""`/api/v1/config`: what the sign-in page must know before anybody has signed in."""

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.config import Config
from server.config.sections import Demo
from server.edge.operations import PUBLIC, register


class Login(msgspec.Struct):
    email: str
    password: str
    name: str
    extension: str


class DemoView(msgspec.Struct):
    """The demo's people, and a number outside that answers."""

    logins: list[Login]
    outside_number: str


class Welcome(msgspec.Struct):
    """`demo` is None in an organisation that is real."""

    organisation: str
    domain: str
    region: str
    languages: list[str]
    demo: DemoView | None


def blueprint(config: Config) -> Blueprint:
    """Public: nothing here but what everybody may read."""
    routes = Blueprint("welcome", url_prefix="/api/v1")
    body = msgspec.json.encode(
        Welcome(
            organisation=config.organisation.name,
            domain=config.organisation.domain,
            region=config.organisation.region,
            languages=list(config.organisation.languages),
            demo=_demo(config.demo) if config.demo.enabled else None,
        )
    )

    @PUBLIC.operation("What everybody may know before signing in", answer=Welcome)
    async def welcome(_request: Request) -> HTTPResponse:
        return HTTPResponse(body, content_type="application/json")

    register(routes, welcome, "/config", "GET")
    return routes


def _demo(demo: Demo) -> DemoView:
    """The demo's passwords are public by intent: they stand in its configuration file."""
    logins = [Login(p.email, p.password, p.name, p.extension) for p in demo.people]
    return DemoView(logins, demo.outside_number)
