"""`/api/v1/voicemail-rules` for administrators.

GET /voicemail-rules   -> {by_default, seconds, messages, days}
PUT /voicemail-rules   what is not named stays
"""

from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import json_answer, read_body
from server.edge.operations import register
from server.voicemail.keeping import MailboxRules
from server.voicemail.rules import Changes, Keeping


def blueprint(rules: MailboxRules) -> Blueprint:
    routes = Blueprint("voicemail_rules", url_prefix="/api/v1/voicemail-rules")

    @ADMINISTRATOR.operation("What holds for all mailboxes", answer=Keeping)
    async def ruled(admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer(await rules.now())

    @ADMINISTRATOR.operation(
        "Choose whether people have a mailbox who did not choose, and how much mailboxes hold for how long",
        body=Changes,
        answer=Keeping,
    )
    async def choose(admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer(await rules.choose(admin, read_body(request, Changes)))

    register(routes, ruled, "", "GET", name="voicemail_rules")
    register(routes, choose, "", "PUT", name="voicemail_rules_chosen")
    return routes
