"""How the accounts' refusals are answered: one place, for all their blueprints."""

import math

from sanic import Blueprint, HTTPResponse, Request

from logs import log
from server.accounts import rules
from server.accounts.invitations import AlreadyJoined, InvitationNotFound, MailNotConfigured
from server.accounts.links import LinkExpired, LinkRevoked, LinkUnknown, LinkUsed
from server.accounts.second_factor import FactorRequired, SmsFailed, SmsUnavailable
from server.accounts.ticket import TicketGone, WrongCode, WrongStep
from server.directory.rules import DirectoryError, EmailTaken, ExtensionTaken, NumberTaken, PersonNotFound
from server.edge import client_address
from server.edge.errors import error_response
from server.homeserver.errors import HomeserverError

_log = log.get(__name__)
#: Seconds after which a client may ask again when the homeserver was away.
_HOMESERVER_BACK = 2
#: And when as many sign-ins wait as may.
_BUSY_OVER = 5

#: HTTP status by refusal; 400 for all others.
_STATUS: dict[type[Exception], int] = {
    rules.BadCredentials: 401,
    rules.WrongPassword: 403,
    TicketGone: 401,
    WrongCode: 403,
    WrongStep: 409,
    LinkUnknown: 404,
    LinkExpired: 410,
    LinkUsed: 410,
    LinkRevoked: 410,
    InvitationNotFound: 404,
    AlreadyJoined: 409,
    MailNotConfigured: 503,
    SmsFailed: 503,
    SmsUnavailable: 409,
    FactorRequired: 409,
    PersonNotFound: 404,
    EmailTaken: 409,
    ExtensionTaken: 409,
    NumberTaken: 409,
}
_LOGGED: dict[type[Exception], str] = {
    rules.BadCredentials: "sign_in_failed",
    WrongCode: "wrong_code",
    rules.WrongPassword: "wrong_password",
}


def install(routes: Blueprint) -> None:
    routes.exception(rules.AccountError, DirectoryError)(_refused)
    routes.exception(HomeserverError)(_homeserver_away)


async def _refused(request: Request, error: rules.AccountError | DirectoryError) -> HTTPResponse:
    kind: type[Exception] = type(error)
    if isinstance(error, rules.TooManyAttempts):
        _log.warning("sign_in_throttled", address=client_address(request))
        wait = {"Retry-After": str(math.ceil(error.retry_after))}
        return error_response(429, error.code, str(error), headers=wait)
    if isinstance(error, rules.TooBusy):
        _log.warning("sign_in_queue_full", address=client_address(request))
        return error_response(503, error.code, str(error), headers={"Retry-After": str(_BUSY_OVER)})
    if (event := _LOGGED.get(kind)) is not None:
        _log.warning(event, address=client_address(request))
    return error_response(_STATUS.get(kind, 400), error.code, str(error), error.field)


async def _homeserver_away(_request: Request, error: HomeserverError) -> HTTPResponse:
    _log.error("homeserver_failed", why=str(error))
    return error_response(
        503,
        "homeserver_unavailable",
        "the chat server does not answer",
        headers={"Retry-After": str(_HOMESERVER_BACK)},
    )
