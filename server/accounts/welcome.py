"""`/api/v1/config`: what the sign-in page must know before anybody has signed in."""

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.config import Config
from server.config.sections import Demo


def blueprint(config: Config) -> Blueprint:
    """Public: nothing here but what everybody may read."""
    routes = Blueprint("welcome", url_prefix="/api/v1")
    body = msgspec.json.encode(
        {
            "organisation": config.organisation.name,
            "domain": config.organisation.domain,
            "region": config.organisation.region,
            "languages": config.organisation.languages,
            "demo": _demo(config.demo) if config.demo.enabled else None,
        }
    )

    async def welcome(_request: Request) -> HTTPResponse:
        return HTTPResponse(body, content_type="application/json")

    routes.add_route(welcome, "/config", methods=["GET"])
    return routes


def _demo(demo: Demo) -> dict[str, object]:
    """The demo's passwords are public by intent: they stand in its configuration file."""
    logins = [
        {"email": p.email, "password": p.password, "name": p.name, "extension": p.extension}
        for p in demo.people
    ]
    return {"logins": logins, "outside_number": demo.outside_number}
