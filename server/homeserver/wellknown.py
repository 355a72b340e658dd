"""`/.well-known/matrix/client` (Matrix spec, "Well-known URI")."""

from typing import Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.homeserver.rendering import rtc_transport


def blueprint(origin: str, *, meetings: bool = False) -> Blueprint:
    """`origin` is where people's browsers find us.

    Direct rooms of other clients start unencrypted, because nothing can ring a desk phone for a call it
    cannot read (`io.element.e2ee`). With `meetings`, group calls find our SFU (MSC4143).
    """
    content: dict[str, Any] = {
        "m.homeserver": {"base_url": origin},
        "io.element.e2ee": {"default": False},
    }
    if meetings:
        content["org.matrix.msc4143.rtc_foci"] = [rtc_transport(origin)]
    body = msgspec.json.encode(content)
    routes = Blueprint("well_known")

    async def client(_request: Request) -> HTTPResponse:
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
        return HTTPResponse(body, headers=headers, content_type="application/json")

    routes.add_route(client, "/.well-known/matrix/client", methods=["GET", "HEAD"])
    return routes
