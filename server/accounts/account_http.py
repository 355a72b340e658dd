"""`/api/v1/account`: what a person sees and changes of their own account. All need a session.

- `GET /account` -> {person: Person, language: "it"|"en", factors: [{method, hint, created_at}],
  photo: tag|null, factor_required: bool, factors_available: ["totp", "sms"], recovery_codes_left: int}.
- `PUT /account/language` {language} -> 204.
- `PUT /account/password` {current, password} -> 204; all other sessions end. 403 `wrong_password`; 400
  `weak_password`, `common_password`, `guessable_password`.
- `PUT /account/proof` {password} -> 204: for ten minutes this session may do what else answers 403
  `password_again`. 403 `wrong_password`.
- `POST /account/factors` {password, method: "totp"} -> {method, secret, uri, qr}; {password, method: "sms",
  number} -> {method, hint, resend_after}. 403 `wrong_password`, 400 `not_a_number`, 409 `sms_unavailable`,
  503 `sms_failed`, 429.
- `POST /account/factors/verify` {code} -> {recovery_codes: […]}, empty when there were some before. 403
  `wrong_code`, 401 `sign_in_over` when it took too long.
- `POST /account/factors/remove` {password, method} -> 204. 409 `second_factor_required`; 404
  `no_such_factor`.
- `POST /account/recovery-codes` {password} -> {recovery_codes}: ten fresh ones in place of all there were.
- `GET /account/sessions` -> {sessions: [{id, browser, address, layout: "desktop"|"phone"|null (another Matrix
  client), created_at, current: bool}]}.
- `DELETE /account/sessions/<id>` -> 204; 404 `no_such_session`.
- `DELETE /account/trusted-browsers` -> 204: a code is asked for again in all of them.
- `PUT /account/photo`, an image of at most 8 MB as the body -> {photo: tag}. 400 `not_a_photo`; 413
  `too_large`.
- `DELETE /account/photo` -> 204.
- `GET /people/<user id>/photo` -> image/jpeg, 512 by 512, with an ETag; 404.
"""

from typing import Annotated, Any, cast
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.http import Http

from server.accounts import answers, photo
from server.accounts.account import OWN_SESSION, Account, Me
from server.accounts.http import Code, ShowPerson, shown_setup
from server.accounts.second_factor import Factor, SecondFactors
from server.accounts.ticket import Method
from server.directory.access import PERSON
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.edge import ApiError, json_answer, read_body
from server.edge.operations import register
from server.notifications.service import Language

Secret = Annotated[str, msgspec.Meta(max_length=1024)]


class Speak(msgspec.Struct, forbid_unknown_fields=True):
    language: Language


class ChangePassword(msgspec.Struct, forbid_unknown_fields=True):
    current: Secret
    password: Secret


class AddFactor(msgspec.Struct, forbid_unknown_fields=True):
    password: Secret
    method: Method
    number: Annotated[str, msgspec.Meta(max_length=64)] = ""


class VerifyFactor(msgspec.Struct, forbid_unknown_fields=True):
    code: Code


class RemoveFactor(msgspec.Struct, forbid_unknown_fields=True):
    password: Secret
    method: Method


class Prove(msgspec.Struct, forbid_unknown_fields=True):
    password: Secret


#: What a wrong password is answered with.
_PROOF = {403: ("wrong_password",), 429: ("too_many_attempts",), 503: ("busy",)}


class AccountApi:
    """The handlers. `show` gives a person the shape of the API."""

    def __init__(
        self, account: Account, factors: SecondFactors, people: PersonByUserId, show: ShowPerson
    ) -> None:
        self._account = account
        self._factors = factors
        self._people = people
        self._show = show

    def blueprint(self) -> Blueprint:
        routes = Blueprint("account", url_prefix="/api/v1")
        for handler, path, method in (
            (self.details, "/account", "GET"),
            (self.speak, "/account/language", "PUT"),
            (self.change_password, "/account/password", "PUT"),
            (self.prove, "/account/proof", "PUT"),
            (self.add_factor, "/account/factors", "POST"),
            (self.verify_factor, "/account/factors/verify", "POST"),
            (self.remove_factor, "/account/factors/remove", "POST"),
            (self.fresh_recovery, "/account/recovery-codes", "POST"),
            (self.sessions, "/account/sessions", "GET"),
            (self.end_session, "/account/sessions/<session_id:str>", "DELETE"),
            (self.distrust, "/account/trusted-browsers", "DELETE"),
            (self.remove_photo, "/account/photo", "DELETE"),
        ):
            register(routes, handler, path, method)
        register(routes, self.photo, "/people/<user_id:str>/photo", "GET")
        register(routes, self.set_photo, "/account/photo", "PUT", streams=True)
        return routes

    @OWN_SESSION.operation("My account", answer=answers.AccountDetails)
    async def details(self, me: Me, request: Request) -> HTTPResponse:
        found = await self._account.details(me.person)
        return json_answer(
            {
                "person": self._show(me.person),
                "language": found.language,
                "factors": [self._factor(factor) for factor in found.factors],
                "photo": found.photo,
                "factor_required": self._factors.required,
                "factors_available": self._factors.available,
                "recovery_codes_left": found.recovery_codes_left,
            }
        )

    def _factor(self, factor: Factor) -> dict[str, Any]:
        hint = self._factors.hint(factor)
        return {"method": factor.method, "hint": hint, "created_at": factor.created_at}

    @OWN_SESSION.operation("Choose my language", body=Speak, status=204)
    async def speak(self, me: Me, request: Request) -> HTTPResponse:
        await self._account.speak(me.person, read_body(request, Speak).language)
        return HTTPResponse(None, 204)

    @OWN_SESSION.operation(
        "Change my password",
        body=ChangePassword,
        status=204,
        refusals={**_PROOF, 400: ("weak_password", "common_password", "guessable_password")},
    )
    async def change_password(self, me: Me, request: Request) -> HTTPResponse:
        wanted = read_body(request, ChangePassword)
        await self._account.change_password(me, wanted.current, wanted.password)
        return HTTPResponse(None, 204)

    @OWN_SESSION.operation(
        "Give the password again, for ten minutes", body=Prove, status=204, refusals=_PROOF
    )
    async def prove(self, me: Me, request: Request) -> HTTPResponse:
        await self._account.prove(me, read_body(request, Prove).password)
        return HTTPResponse(None, 204)

    @OWN_SESSION.operation(
        "Begin to add or replace a second factor",
        body=AddFactor,
        answer=answers.Setup,
        refusals={**_PROOF, 400: ("not_a_number",), 409: ("sms_unavailable",), 503: ("busy", "sms_failed")},
    )
    async def add_factor(self, me: Me, request: Request) -> HTTPResponse:
        wanted = read_body(request, AddFactor)
        setup = await self._account.begin_factor(me, wanted.password, wanted.method, wanted.number)
        return json_answer(shown_setup(setup))

    @OWN_SESSION.operation(
        "Prove the new second factor by its first code",
        body=VerifyFactor,
        answer=answers.Recovery,
        refusals={401: ("sign_in_over",), 403: ("wrong_code",), 429: ("too_many_attempts",)},
    )
    async def verify_factor(self, me: Me, request: Request) -> HTTPResponse:
        recovery = await self._account.verify_factor(me, read_body(request, VerifyFactor).code)
        return json_answer({"recovery_codes": recovery})

    @OWN_SESSION.operation(
        "Remove a second factor",
        body=RemoveFactor,
        status=204,
        refusals={**_PROOF, 404: ("no_such_factor",), 409: ("second_factor_required",)},
    )
    async def remove_factor(self, me: Me, request: Request) -> HTTPResponse:
        wanted = read_body(request, RemoveFactor)
        if not await self._account.remove_factor(me, wanted.password, wanted.method):
            raise ApiError(404, "no_such_factor", "you have no such second factor", "method")
        return HTTPResponse(None, 204)

    @OWN_SESSION.operation("Make fresh recovery codes", body=Prove, answer=answers.Recovery, refusals=_PROOF)
    async def fresh_recovery(self, me: Me, request: Request) -> HTTPResponse:
        codes = await self._account.fresh_recovery(me, read_body(request, Prove).password)
        return json_answer({"recovery_codes": codes})

    @OWN_SESSION.operation("Where I am signed in", answer=answers.SessionList)
    async def sessions(self, me: Me, request: Request) -> HTTPResponse:
        ours, others = await self._account.sessions(me.person)
        shown = [
            {
                "id": session.device_id,
                "browser": session.browser,
                "address": session.address,
                "layout": session.layout,
                "created_at": session.created_at,
                "current": session.token_hash == me.session.token_hash,
            }
            for session in ours
        ]
        shown += [
            {
                "id": session.sid,
                "browser": session.browser,
                "address": session.address,
                "layout": None,
                "created_at": session.created_at,
                "current": False,
            }
            for session in others
        ]
        return json_answer({"sessions": shown})

    @OWN_SESSION.operation("End one of my sessions", status=204, refusals={404: ("no_such_session",)})
    async def end_session(self, me: Me, request: Request, session_id: str) -> HTTPResponse:
        if not await self._account.end_session(me, session_id):
            raise ApiError(404, "no_such_session", "you have no such session")
        return HTTPResponse(None, 204)

    @OWN_SESSION.operation("Ask for a code again in all browsers", status=204)
    async def distrust(self, me: Me, request: Request) -> HTTPResponse:
        await self._account.distrust(me)
        return HTTPResponse(None, 204)

    # Photos

    @OWN_SESSION.operation(
        "Set my photo",
        answer=answers.PhotoTag,
        takes_files=("image/*",),
        refusals={400: ("not_a_photo",), 413: ("too_large",), 429: ("too_many_attempts",)},
    )
    async def set_photo(self, me: Me, request: Request) -> HTTPResponse:
        return json_answer({"photo": await self._account.set_photo(me.person, await _upload(request))})

    @OWN_SESSION.operation("Remove my photo", status=204)
    async def remove_photo(self, me: Me, request: Request) -> HTTPResponse:
        await self._account.remove_photo(me.person)
        return HTTPResponse(None, 204)

    @PERSON.operation("A colleague's photo", files=("image/jpeg",), refusals={404: ("no_photo",)})
    async def photo(self, _me: Person, request: Request, user_id: str) -> HTTPResponse:
        person = await self._people.by_user_id(unquote(user_id))
        kept = await self._account.photo(person) if person else None
        if kept is None:
            raise ApiError(404, "no_photo", "there is no photo")
        content, tag = kept
        headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
        if f'"{tag}"' in request.headers.get("if-none-match", ""):
            return HTTPResponse(None, 304, headers=headers)
        return HTTPResponse(content, headers=headers, content_type="image/jpeg")


async def _upload(request: Request) -> bytes:
    """The body, up to the size that a photo may have: larger than what JSON requests may be."""
    stream = cast(Http, request.stream)
    stream.request_max_size = photo.UPLOAD_MAX + 1
    parts: list[bytes] = []
    size = 0
    while (chunk := await stream.read()) is not None:
        size += len(chunk)
        if size > photo.UPLOAD_MAX:
            raise ApiError(413, "too_large", "a photo has at most 8 MB", "photo")
        parts.append(chunk)
    return b"".join(parts)
