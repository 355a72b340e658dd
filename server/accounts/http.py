"""`/api/v1/session`: sign in, who am I, sign out.

A sign-in takes as many steps as it needs. Each answers 200 with one of (a *sign-in answer*):

- `{"person": Person, "matrix": {"user_id", "device_id", "access_token", "homeserver_url": ""}}`: signed in;
  the cookie `unisono_session` is set.
- `{"step": "code", "method": "totp"|"sms", "methods": […], "hint": "••• 78"|"", "sent": bool,
  "resend_after": seconds}`: the second factor. With "sms" a message was sent if `sent`.
- `{"step": "enrol", "methods": ["totp", "sms"]}`: a second factor must be added first.
- `{"step": "elsewhere", "other": {"browser": "Firefox on Linux", "since": ms, "layout"}}`: the person's one
  session of this layout is there; confirming ends it.
- `{"step": "consent", "consent": {"client", "host", "device_id", "back_to", "email"}}`: another Matrix
  client's request (see `accounts.oauth`) is to be agreed to.
- `{"redirect": URL}`: the sign-in was another Matrix client's (see `accounts.oidc`); go there.

What has been proved stands behind the cookie `unisono_ticket` (HttpOnly, ten minutes, new after the code).

- `POST /session` {email, password, layout: "desktop"|"phone", oidc?: request id} -> a sign-in answer.
  401 `bad_credentials`, 429 `too_many_attempts` (Retry-After), 503 `homeserver_unavailable`, `busy`.
- `GET /session/step` -> where the sign-in of this browser stands (a sign-in answer with `step`).
- `DELETE /session/step` -> 204: give the sign-in up.
- `POST /session/code` {code, method: "totp"|"sms"|"recovery", trust?: bool} -> a sign-in answer. `trust` sets
  the cookie `unisono_trust`: no code is asked in this browser for thirty days. 403 `wrong_code`.
- `POST /session/code/send` -> the step "code" again, with "sms", after another message was sent (also when
  "totp" was asked and `methods` names "sms"). 503 `sms_failed`.
- `POST /session/enrol` {method: "totp"} -> {method, secret, uri, qr (SVG)}; {method: "sms", number} ->
  {method, hint, resend_after}. 400 `not_a_number`, 409 `sms_unavailable`.
- `POST /session/enrol/verify` {code} -> {recovery_codes: ["abcde-fghjk", …]}, shown once. 403 `wrong_code`.
- `POST /session/enrol/finish` {trust?: bool} -> a sign-in answer.
- `POST /session/consent` {agrees: bool} -> {redirect}. 400 `oidc_request_unknown`.
- `POST /session/confirm` -> a sign-in answer: the session elsewhere ends at once.

All of the steps answer 401 `sign_in_over` when the ticket has expired or is gone, and 409 `wrong_step`.

- `GET /session` -> {person}; 401 `not_signed_in`, or `signed_in_elsewhere`.
- `DELETE /session` -> 204: ends the session and its Matrix device.

The stream `GET /events` of a session that ends says `event: signed-out`, `data: {"reason": "elsewhere"|
"signed_out"|"ended"|"password"|"removed", "browser": "Firefox on Linux"}` before it closes.
"""

import io
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
import segno
from sanic import Blueprint, HTTPResponse, Request

from logs import log
from server.accounts import answers, cookies
from server.accounts.browsers import browser_name
from server.accounts.cookies import CookieJar
from server.accounts.second_factor import CodeMethod, Setup
from server.accounts.service import Accounts, Client, Layout, MatrixDevice, SignedIn
from server.accounts.sign_in import AskCode, AskConfirmation, AskConsent, Outcome, Redirect, SignIn
from server.accounts.ticket import Method
from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import ApiError, client_address, json_answer, read_body
from server.edge.operations import PUBLIC, register

COOKIE = cookies.SESSION
_log = log.get(__name__)

ShowPerson = Callable[[Person], Any]
Code = Annotated[str, msgspec.Meta(max_length=64)]


class Password(msgspec.Struct, forbid_unknown_fields=True):
    email: Annotated[str, msgspec.Meta(max_length=320)]
    password: Annotated[str, msgspec.Meta(max_length=1024)]
    layout: Layout = "desktop"
    oidc: Annotated[str, msgspec.Meta(max_length=128)] | None = None


class GivenCode(msgspec.Struct, forbid_unknown_fields=True):
    code: Code
    method: CodeMethod
    trust: bool = False


class Enrol(msgspec.Struct, forbid_unknown_fields=True):
    method: Method
    number: Annotated[str, msgspec.Meta(max_length=64)] = ""


class FirstCode(msgspec.Struct, forbid_unknown_fields=True):
    code: Code


class Agree(msgspec.Struct, forbid_unknown_fields=True):
    agrees: bool


class Finish(msgspec.Struct, forbid_unknown_fields=True):
    trust: bool = False


#: Refusals that several steps share.
_TRIES = {429: ("too_many_attempts",)}
_OVER = {401: ("sign_in_over",), 409: ("wrong_step",)}
_WRONG_CODE = {403: ("wrong_code",)}
_AWAY = {503: ("homeserver_unavailable",)}
_BUSY = {503: ("busy", "homeserver_unavailable")}


class SessionApi:
    """The handlers. `show` gives a person the shape of the API."""

    def __init__(self, accounts: Accounts, sign_in: SignIn, jar: CookieJar, show: ShowPerson) -> None:
        self._accounts = accounts
        self._sign_in = sign_in
        self._jar = jar
        self._show = show

    def blueprint(self) -> Blueprint:
        routes = Blueprint("accounts", url_prefix="/api/v1/session")
        for handler, path, method in (
            (self.begin, "/", "POST"),
            (self.who_am_i, "/", "GET"),
            (self.sign_out, "/", "DELETE"),
            (self.step, "/step", "GET"),
            (self.abandon, "/step", "DELETE"),
            (self.code, "/code", "POST"),
            (self.send, "/code/send", "POST"),
            (self.enrol, "/enrol", "POST"),
            (self.verify, "/enrol/verify", "POST"),
            (self.finish, "/enrol/finish", "POST"),
            (self.confirm, "/confirm", "POST"),
            (self.consent, "/consent", "POST"),
        ):
            register(routes, handler, path, method)
        return routes

    @PUBLIC.operation(
        "Sign in with e-mail and password",
        body=Password,
        answer=answers.SignInAnswer,
        refusals={400: ("oidc_request_unknown",), 401: ("bad_credentials",), **_TRIES, **_BUSY},
    )
    async def begin(self, request: Request) -> HTTPResponse:
        wanted = read_body(request, Password)
        if wanted.oidc is not None and wanted.oidc != request.cookies.get(cookies.OIDC):
            # Whoever made the request in another browser would be handed this person's account.
            raise ApiError(400, "oidc_request_unknown", "begin again in the client you came from", "oidc")
        client = Client(wanted.layout, client_address(request), browser_of(request))
        outcome = await self._sign_in.begin(
            wanted.email, wanted.password, client, self._jar.read(request), wanted.oidc
        )
        return self._answer(request, outcome)

    @PUBLIC.operation(
        "Where the sign-in of this browser stands",
        answer=answers.SignInAnswer,
        refusals={**_OVER, **_AWAY},
    )
    async def step(self, request: Request) -> HTTPResponse:
        return self._answer(request, await self._sign_in.current(self._jar.read(request)))

    @PUBLIC.operation("Give the sign-in up", status=204)
    async def abandon(self, request: Request) -> HTTPResponse:
        await self._sign_in.abandon(self._jar.read(request))
        response = HTTPResponse(None, 204)
        self._jar.put(response, cookies.TICKET, "", 0)
        return response

    @PUBLIC.operation(
        "Give a code of the second factor",
        body=GivenCode,
        answer=answers.SignInAnswer,
        refusals={**_OVER, **_WRONG_CODE, **_TRIES, **_AWAY},
    )
    async def code(self, request: Request) -> HTTPResponse:
        given = read_body(request, GivenCode)
        outcome = await self._sign_in.code(
            self._jar.read(request), given.method, given.code, client_address(request), trusting=given.trust
        )
        return self._answer(request, outcome)

    @PUBLIC.operation(
        "Have a code sent (again)",
        answer=answers.SignInAnswer,
        refusals={**_OVER, **_TRIES, 503: ("sms_failed", "homeserver_unavailable")},
    )
    async def send(self, request: Request) -> HTTPResponse:
        return self._answer(
            request, await self._sign_in.send(self._jar.read(request), client_address(request))
        )

    @PUBLIC.operation(
        "Begin to add a second factor",
        body=Enrol,
        answer=answers.Setup,
        refusals={
            **_OVER,
            400: ("not_a_number",),
            409: ("wrong_step", "sms_unavailable"),
            **_TRIES,
            503: ("sms_failed",),
        },
    )
    async def enrol(self, request: Request) -> HTTPResponse:
        wanted = read_body(request, Enrol)
        setup = await self._sign_in.enrol(
            self._jar.read(request), wanted.method, wanted.number, client_address(request)
        )
        return json_answer(shown_setup(setup))

    @PUBLIC.operation(
        "Prove the new second factor by its first code",
        body=FirstCode,
        answer=answers.Recovery,
        refusals={**_OVER, **_WRONG_CODE, **_TRIES},
    )
    async def verify(self, request: Request) -> HTTPResponse:
        given = read_body(request, FirstCode)
        recovery = await self._sign_in.verify_enrolment(
            self._jar.read(request), given.code, client_address(request)
        )
        return json_answer({"recovery_codes": recovery})

    @PUBLIC.operation(
        "Go on after adding a second factor",
        body=Finish,
        answer=answers.SignInAnswer,
        refusals={**_OVER, **_AWAY},
    )
    async def finish(self, request: Request) -> HTTPResponse:
        trusting = bool(request.body) and read_body(request, Finish).trust
        outcome = await self._sign_in.finish_enrolment(
            self._jar.read(request), client_address(request), trusting=trusting
        )
        return self._answer(request, outcome)

    @PUBLIC.operation(
        "End the session elsewhere and sign in here",
        answer=answers.SignInAnswer,
        refusals={**_OVER, **_AWAY},
    )
    async def confirm(self, request: Request) -> HTTPResponse:
        return self._answer(
            request, await self._sign_in.confirm(self._jar.read(request), client_address(request))
        )

    @PUBLIC.operation(
        "Let another Matrix client be connected with the account, or not",
        body=Agree,
        answer=answers.SignInAnswer,
        refusals={**_OVER, 400: ("oidc_request_unknown",), **_AWAY},
    )
    async def consent(self, request: Request) -> HTTPResponse:
        agrees = read_body(request, Agree).agrees
        outcome = await self._sign_in.agree(self._jar.read(request), client_address(request), agrees=agrees)
        return self._answer(request, outcome)

    @PERSON.operation("Who I am", answer=answers.WhoAmI, refusals={401: ("signed_in_elsewhere",)})
    async def who_am_i(self, me: Person, _request: Request) -> HTTPResponse:
        return json_answer({"person": self._show(me)})

    @PUBLIC.operation("Sign out", status=204)
    async def sign_out(self, request: Request) -> HTTPResponse:
        token = request.cookies.get(cookies.SESSION)
        if token:
            await self._accounts.sign_out(token)
        response = HTTPResponse(None, 204)
        self._jar.put(response, cookies.SESSION, "", 0)
        return response

    def _answer(self, request: Request, outcome: Outcome) -> HTTPResponse:
        response = json_answer(self._shown(request, outcome))
        self._jar.write(response, outcome)
        return response

    def _shown(self, request: Request, outcome: Outcome) -> dict[str, Any]:
        step = outcome.step
        if isinstance(step, SignedIn):
            _log.info(
                "signed_in",
                user_id=step.person.user_id,
                layout=step.session.layout,
                address=client_address(request),
            )
            return {"person": self._show(step.person), "matrix": _matrix(step.device)}
        if isinstance(step, Redirect):
            return {"redirect": step.location}
        if isinstance(step, AskCode):
            return _code(step)
        if isinstance(step, AskConsent):
            return {"step": "consent", "consent": {**asdict(step.consent), "email": step.email}}
        if isinstance(step, AskConfirmation):
            other = {"browser": step.browser, "since": step.since, "layout": step.layout}
            return {"step": "elsewhere", "other": other}
        return {"step": "enrol", "methods": step.methods}


def _code(step: AskCode) -> dict[str, Any]:
    return {
        "step": "code",
        "method": step.method,
        "methods": step.methods,
        "hint": step.hint,
        "sent": step.sent,
        "resend_after": step.resend_after,
    }


def shown_setup(setup: Setup) -> dict[str, Any]:
    """A second factor that waits for its first code, in the shape of the API."""
    if setup.method == "sms":
        return {"method": "sms", "hint": setup.hint, "resend_after": setup.resend_after}
    return {"method": "totp", "secret": setup.secret, "uri": setup.uri, "qr": _qr(setup.uri)}


def _qr(text: str) -> str:
    """An SVG document with its quiet zone (ISO/IEC 18004), black on white in dark themes too."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="svg", scale=4, light="white", xmldecl=False, nl=False)
    return out.getvalue().decode()


def browser_of(request: Request) -> str:
    return browser_name(request.headers.get("user-agent", ""))


def _matrix(device: MatrixDevice) -> dict[str, str]:
    return {
        "user_id": device.user_id,
        "device_id": device.device_id,
        "access_token": device.access_token,
        # Empty means this origin: the client reaches the homeserver where it was itself loaded from.
        "homeserver_url": "",
    }
