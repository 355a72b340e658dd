"""The pages that links of mails lead to, and the administrator's invitations.

Tokens travel in bodies, never in addresses, which are logged. A mail's link is
`ORIGIN/#/invitation?token=…` or `ORIGIN/#/new-password?token=…`.

Public:

- `POST /api/v1/invitations/look` {token} -> {name, email, organisation, language, expires_at}.
- `POST /api/v1/invitations/accept` {token, password, language?} -> 204; then sign in with the password.
- `POST /api/v1/password/forgotten` {email} -> 202 {}, whether or not the account exists. 429 by address.
- `POST /api/v1/password/look` {token} -> {name, email, organisation}.
- `POST /api/v1/password/reset` {token, password} -> 204. All sessions end.

Links answer 404 `link_unknown`, 410 `link_expired`, `link_used`, `link_revoked`. Passwords answer 400
`weak_password`, `common_password`, `guessable_password` (field "password"), which leave the link as it was.

For administrators (403 `administrators_only`), where `id` is the person's:

- `GET /api/v1/admin/invitations` -> {invitations: [Invitation]} newest first. Invitation = {id, language,
  person: Person, invited_by, created_at, expires_at (ms), state: "open"|"expired"|"revoked"|"used"}.
- `POST /api/v1/admin/invitations` {email, name, role?, extensions?: ["201"], numbers?: ["+39…"], language?}
  -> 201 {invitation, sip_passwords: {"201": "…"}}. The directory's refusals (`email_taken` 409, …); 503
  `mail_not_configured`.
- `POST /api/v1/admin/invitations/<id>/send` -> {invitation}: a fresh link; the one before stops working.
- `DELETE /api/v1/admin/invitations/<id>` -> 204: withdraws it and removes the person, who was never here.
  404 `invitation_not_found`, 409 `already_joined`.
"""

from typing import Annotated, Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.accounts import answers, rules
from server.accounts.forgotten import Forgotten
from server.accounts.http import ShowPerson
from server.accounts.invitations import Invitation, Invitations
from server.accounts.throttling import Attempts
from server.directory.access import ADMINISTRATOR, Administrator
from server.directory.service import NewPerson, Role
from server.edge import client_address, json_answer, read_body
from server.edge.operations import PUBLIC, register
from server.notifications.service import Language

Short = Annotated[str, msgspec.Meta(max_length=320)]
Token = Annotated[str, msgspec.Meta(max_length=256)]
Secret = Annotated[str, msgspec.Meta(max_length=1024)]


class Look(msgspec.Struct, forbid_unknown_fields=True):
    token: Token


class Accept(msgspec.Struct, forbid_unknown_fields=True):
    token: Token
    password: Secret
    language: Language | None = None


class Forgot(msgspec.Struct, forbid_unknown_fields=True):
    email: Short


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    token: Token
    password: Secret


class Invite(msgspec.Struct, forbid_unknown_fields=True):
    email: Short
    name: Short
    role: Role = "member"
    extensions: Annotated[list[Short], msgspec.Meta(max_length=20)] = []
    numbers: Annotated[list[Short], msgspec.Meta(max_length=20)] = []
    language: Language | None = None


_LINK = {
    404: ("link_unknown",),
    410: ("link_expired", "link_used", "link_revoked"),
    429: ("too_many_attempts",),
}
_WEAK = {400: ("weak_password", "common_password", "guessable_password"), 503: ("busy",)}
_REFUSED = {
    400: ("invalid_name", "invalid_email", "invalid_extension", "extension_reserved", "invalid_number"),
    403: ("password_again",),
    409: ("email_taken", "extension_taken", "number_taken"),
    503: ("mail_not_configured",),
}


class LinkApi:
    """The handlers. `show` gives a person the shape of the API."""

    def __init__(
        self,
        invitations: Invitations,
        forgotten: Forgotten,
        attempts: Attempts,
        show: ShowPerson,
        organisation: str,
    ) -> None:
        self._invitations = invitations
        self._forgotten = forgotten
        self._attempts = attempts
        self._show = show
        self._organisation = organisation

    def blueprint(self) -> Blueprint:
        routes = Blueprint("links", url_prefix="/api/v1")
        one = "/admin/invitations/<person_id:str>"
        for handler, path, method in (
            (self.look, "/invitations/look", "POST"),
            (self.accept, "/invitations/accept", "POST"),
            (self.forgot, "/password/forgotten", "POST"),
            (self.look_reset, "/password/look", "POST"),
            (self.reset, "/password/reset", "POST"),
            (self.all, "/admin/invitations", "GET"),
            (self.invite, "/admin/invitations", "POST"),
            (self.send_again, one + "/send", "POST"),
            (self.revoke, one, "DELETE"),
        ):
            register(routes, handler, path, method)
        return routes

    @PUBLIC.operation(
        "What an invitation's link says",
        body=Look,
        answer=answers.InvitationSeen,
        refusals=_LINK,
    )
    async def look(self, request: Request) -> HTTPResponse:
        await self._slow_down(request)
        person, link = await self._invitations.look(read_body(request, Look).token)
        return json_answer(
            {
                "name": person.name,
                "email": person.email,
                "organisation": self._organisation,
                "language": link.language,
                "expires_at": link.expires_at,
            }
        )

    @PUBLIC.operation(
        "Accept an invitation with a password",
        body=Accept,
        status=204,
        refusals={**_LINK, **_WEAK},
    )
    async def accept(self, request: Request) -> HTTPResponse:
        await self._slow_down(request)
        given = read_body(request, Accept)
        await self._invitations.accept(given.token, given.password, given.language, client_address(request))
        return HTTPResponse(None, 204)

    @PUBLIC.operation(
        "Ask for a mail with a link to a new password",
        body=Forgot,
        answer=answers.Nothing,
        status=202,
        refusals={429: ("too_many_attempts",)},
    )
    async def forgot(self, request: Request) -> HTTPResponse:
        await self._forgotten.ask(read_body(request, Forgot).email, client_address(request))
        return json_answer({}, 202)

    @PUBLIC.operation(
        "Whose password a mail's link would set",
        body=Look,
        answer=answers.ResetSeen,
        refusals=_LINK,
    )
    async def look_reset(self, request: Request) -> HTTPResponse:
        await self._slow_down(request)
        person = await self._forgotten.look(read_body(request, Look).token)
        return json_answer({"name": person.name, "email": person.email, "organisation": self._organisation})

    @PUBLIC.operation(
        "Set a new password by a mail's link",
        body=Reset,
        status=204,
        refusals={**_LINK, **_WEAK},
    )
    async def reset(self, request: Request) -> HTTPResponse:
        await self._slow_down(request)
        given = read_body(request, Reset)
        await self._forgotten.reset(given.token, given.password, client_address(request))
        return HTTPResponse(None, 204)

    async def _slow_down(self, request: Request) -> None:
        """Nobody guesses 256 bits; this keeps those who try from costing us anything."""
        subject = rules.from_subject("link-from", client_address(request))
        await self._attempts.count([(subject, rules.LINK_THROTTLE)])

    @ADMINISTRATOR.operation("Invitations", answer=answers.Invitations)
    async def all(self, admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer({"invitations": [self._shown(each) for each in await self._invitations.all()]})

    @ADMINISTRATOR.operation(
        "Invite a person by mail",
        body=Invite,
        answer=answers.Invited,
        status=201,
        refusals=_REFUSED,
    )
    async def invite(self, admin: Administrator, request: Request) -> HTTPResponse:
        wanted = read_body(request, Invite)
        if wanted.role == "administrator":
            admin.must_be_proved()
        new = NewPerson(
            wanted.email,
            wanted.name,
            wanted.role,
            [(extension, None) for extension in wanted.extensions],
            wanted.numbers,
        )
        invitation, sip = await self._invitations.invite(
            new, wanted.language, admin.name, client_address(request)
        )
        return json_answer({"invitation": self._shown(invitation), "sip_passwords": sip}, 201)

    @ADMINISTRATOR.operation(
        "Send an invitation again, with a fresh link",
        answer=answers.OneInvitation,
        refusals={404: ("invitation_not_found",), 409: ("already_joined",), 503: ("mail_not_configured",)},
    )
    async def send_again(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        invitation = await self._invitations.send_again(person_id, admin.name, client_address(request))
        return json_answer({"invitation": self._shown(invitation)})

    @ADMINISTRATOR.operation(
        "Withdraw an invitation",
        status=204,
        refusals={404: ("invitation_not_found",), 409: ("already_joined",)},
    )
    async def revoke(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        await self._invitations.revoke(person_id, admin.name, client_address(request))
        return HTTPResponse(None, 204)

    def _shown(self, invitation: Invitation) -> dict[str, Any]:
        return {
            "id": invitation.id,
            "person": self._show(invitation.person),
            "language": invitation.language,
            "invited_by": invitation.invited_by,
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
            "state": invitation.state,
        }
