"""`/.well-known/matrix/client` (Matrix spec, "Well-known URI")."""

import msgspec
from sanic import Blueprint, HTTPResponse, Request


def blueprint(origin: str) -> Blueprint:
    """`origin` is where people's browsers find us.

    Direct rooms of other clients start unencrypted, because nothing can ring a desk phone for a call it
    cannot read (`io.element.e2ee`).
    """
    body = msgspec.json.encode({"m.homeserver": {"base_url": origin}, "io.element.e2ee": {"default": False}})
    routes = Blueprint("well_known")

    async def client(_request: Request) -> HTTPResponse:
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
        return HTTPResponse(body, headers=headers, content_type="application/json")

    routes.add_route(client, "/.well-known/matrix/client", methods=["GET", "HEAD"])
    return routes
