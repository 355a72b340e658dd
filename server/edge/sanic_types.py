"""Sanic's app and requests as we use them: no typed config, no typed context, one address."""

from typing import Any

from sanic import Request, Sanic

App = Sanic[Any, Any]


def client_address(request: Request) -> str:
    """The address of the person's machine: the peer, or what the configured reverse proxies vouch for."""
    return request.remote_addr or request.ip
