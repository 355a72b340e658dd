"""`GET /api/v1/demo/outbox` (demo only, public): the mails and text messages that the demo has sent.

200 `{"messages": [{"id", "at" (ms), "kind": "mail"|"sms", "to", "subject", "text", "html"}]}`, newest first,
the last hundred. `html` is to be shown in a sandboxed frame. 404 where there is no demo.
"""

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.edge.operations import PUBLIC, register
from server.notifications.demo import DemoOutbox, Message


class Messages(msgspec.Struct):
    """Newest first."""

    messages: list[Message]


def blueprint(outbox: DemoOutbox) -> Blueprint:
    routes = Blueprint("demo_outbox", url_prefix="/api/v1/demo")

    @PUBLIC.operation("What the demo has sent", answer=Messages)
    async def messages(_request: Request) -> HTTPResponse:
        body = msgspec.json.encode({"messages": outbox.messages()})
        return HTTPResponse(body, content_type="application/json")

    register(routes, messages, "/outbox", "GET")
    return routes
