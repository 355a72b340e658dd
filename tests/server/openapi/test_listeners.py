"""The web process's listeners, walked: for each route who may call it. A route that is not listed fails."""

import pytest

from server.openapi.http import routes_of
from tests.support.web import Web

#: What strangers may call, and what stands in their way instead of a session.
STRANGERS = {
    "GET /api/v1/config": "what a page must know before anybody signs in",
    "GET /api/v1/demo/outbox": "the demo alone, which is on loopback alone",
    "POST /api/v1/session": "password; counted",
    "DELETE /api/v1/session": "ends what the cookie names, if any",
    "GET /api/v1/session/step": "the ticket's cookie",
    "DELETE /api/v1/session/step": "the ticket's cookie",
    "POST /api/v1/session/code": "the ticket's cookie; counted",
    "POST /api/v1/session/code/send": "the ticket's cookie; counted",
    "POST /api/v1/session/confirm": "the ticket's cookie",
    "POST /api/v1/session/consent": "the ticket's cookie",
    "POST /api/v1/session/enrol": "the ticket's cookie",
    "POST /api/v1/session/enrol/finish": "the ticket's cookie",
    "POST /api/v1/session/enrol/verify": "the ticket's cookie; counted",
    "POST /api/v1/invitations/look": "a secret of 256 bits; counted",
    "POST /api/v1/invitations/accept": "a secret of 256 bits; counted",
    "POST /api/v1/password/forgotten": "answered before anything is looked up; counted",
    "POST /api/v1/password/look": "a secret of 256 bits; counted",
    "POST /api/v1/password/reset": "a secret of 256 bits; counted",
    "POST /api/v1/guest/look": "a link's secret; counted",
    "POST /api/v1/guest/join": "a link's secret; counted",
}
#: What guests may call, by their visit's cookie.
GUESTS = {
    "GET /api/v1/guest",
    "DELETE /api/v1/guest",
    "GET /api/v1/guest/events",
    "POST /api/v1/guest/messages",
}

#: Outside of `/api/`, by path without its leading slash: how a stranger is answered who brings nothing.
ELSEWHERE = {
    "oidc/jwks": ("GET", {200}),
    "oidc/.well-known/openid-configuration": ("GET", {200}),
    "oidc/authorize": ("GET", {400}),
    "oidc/token": ("POST", {400, 401}),
    "oidc/userinfo": ("GET", {401}),
    "oauth/register": ("POST", {400}),
    "oauth/authorize": ("GET", {303}),
    "oauth/token": ("POST", {400}),
    "oauth/revoke": ("POST", {400}),
    "oauth/account": ("GET", {303}),
    "livekit/sfu/get": ("POST", {400, 401, 403}),
    "livekit/get_token": ("POST", {400, 401, 403}),
    "livekit/delegate_delayed_leave": ("POST", {400, 401, 403, 404}),
    "livekit/rtc": ("GET", {401, 426}),
    "livekit/rtc/v1": ("GET", {401, 426}),
    "livekit/rtc/validate": ("GET", {401}),
    "livekit/rtc/v1/validate": ("GET", {401}),
    "metrics": ("GET", {401}),
    "docs": ("GET", {200}),
}

#: Of the internal listener: whose each route is. All want the secret; the webhook wants a signature.
INTERNAL = {
    "internal/v1/rooms/direct": "bridge",
    "internal/v1/route": "bridge",
    "internal/v1/call-traces": "bridge",
    "internal/v1/telephony-state": "bridge",
    "internal/v1/presence": "bridge",
    "internal/v1/trunks": "bridge",
    "internal/v1/sip/accounts/<username:str>": "bridge",
    "internal/v1/call-records": "bridge",
    "internal/v1/meetings/pin": "bridge",
    "internal/v1/meetings/<meeting_id:str>/phones": "bridge",
    "internal/v1/meetings/<meeting_id:str>/recording": "bridge",
    "internal/v1/meetings/visitors/<visitor_id:str>": "bridge",
    "internal/v1/meetings/visitors/<visitor_id:str>/ticket": "bridge",
    "internal/v1/voicemail/<message_id:str>": "bridge",
    "internal/v1/recording-terms": "bridge",
    "internal/v1/recording-announcements/<sound_id:str>": "bridge",
    "internal/v1/recordings/<recording_id:str>": "bridge",
    "internal/v1/recordings/<recording_id:str>/parts/<number:str>": "bridge",
    "internal/v1/prompt-recordings/<recording_id:str>": "bridge",
    "internal/v1/attendants/sounds/<sound_id:str>": "bridge",
    "internal/v1/attendants/<attendant_id:str>/names/<digits:str>": "bridge",
    "internal/v1/queues/calls/<call_id:str>": "bridge",
    "internal/v1/mailbox-access": "bridge",
    "internal/v1/queues/calls/<call_id:str>/call-back": "bridge",
    "internal/v1/mailboxes/<user_id:str>": "bridge",
    "internal/v1/mailboxes/<user_id:str>/greetings/<greeting_id:str>": "bridge",
    "internal/v1/mailboxes/<user_id:str>/messages": "bridge",
    "internal/v1/mailboxes/<user_id:str>/open": "bridge",
    "internal/v1/mailboxes/<user_id:str>/messages/<message_id:str>": "bridge",
    "internal/v1/mailboxes/<user_id:str>/messages/<message_id:str>/seen": "bridge",
    "internal/v1/search/_matrix/app/v1/ping": "homeserver",
    "internal/v1/search/_matrix/app/v1/transactions/<txn:str>": "homeserver",
    "internal/v1/sfu/webhook": "media server",
}

#: Passed on to Synapse, whose rules hold.
PASSED_ON = ("_matrix/", "_synapse/client/")


def other_routes(web: Web) -> set[str]:
    return {route.path for route in web.app.router.routes if not route.path.startswith("api/")}


def routes_for(web: Web, access: str) -> set[str]:
    return {
        f"{route.method} /{route.path}"
        for route in routes_of(web.app)
        if route.operation.access.name == access
    }


async def test_of_the_api_strangers_may_call_these_and_no_others(web: Web) -> None:
    open_ = routes_for(web, "public")
    assert open_ == set(STRANGERS)
    visits = routes_for(web, "guest")
    assert visits == GUESTS


async def test_every_other_route_is_known(web: Web) -> None:
    known = {*ELSEWHERE, *INTERNAL}
    unknown = {
        path
        for path in other_routes(web) - known
        if not path.startswith(PASSED_ON) and not path.startswith("<")
    }
    assert unknown <= {""}, unknown


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_a_stranger_who_brings_nothing(web: Web, path: str) -> None:
    method, expected = ELSEWHERE[path]
    if path not in other_routes(web):
        pytest.fail(f"{path} is gone: take it off the list")
    body: dict[str, str] | None = {} if method == "POST" else None
    answer = await web.browser().ask(method, f"/{path}", body, allow_redirects=False)
    assert answer.status in expected, answer


@pytest.mark.parametrize("secret", [None, "Bearer ", "Bearer wrong", "Basic d3Jvbmc="])
async def test_every_internal_route_wants_the_secret(web: Web, secret: str | None) -> None:
    walked = 0
    for route in web.app.router.routes:
        if not route.path.startswith("internal/"):
            continue
        assert route.path in INTERNAL, route.path
        for method in route.methods:
            headers = {"Authorization": secret} if secret is not None else {}
            body: dict[str, str] | None = None if method == "GET" else {}
            answer = await web.browser().ask(method, f"/{route.path}", body, headers=headers)
            assert answer.status == 401, (method, route.path, answer)
            walked += 1
    assert walked >= len(INTERNAL)
