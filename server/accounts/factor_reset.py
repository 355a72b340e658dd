"""An administrator helps somebody who lost their second factor.

- `POST /api/v1/admin/people/<id>/second-factor/reset` -> 204. The person chooses a new one at their next
  sign-in. 403 `administrators_only`, `password_again` (`PUT /account/proof`), 404 `unknown_person`, 409
  `own_account`: nobody takes their own away so.
"""

from typing import Literal, Protocol

from sanic import Blueprint, HTTPResponse, Request

from server.audit.service import Audit
from server.directory.access import ADMINISTRATOR, Administrator
from server.directory.ports import PersonById
from server.directory.service import Person
from server.edge import ApiError
from server.edge.operations import register


class Factors(Protocol):
    async def reset(self, person: Person) -> None: ...


class FactorNotice(Protocol):
    async def tell(self, person: Person, what: Literal["factor"]) -> None: ...


def blueprint(factors: Factors, people: PersonById, notices: FactorNotice, audit: Audit) -> Blueprint:
    routes = Blueprint("factor_reset", url_prefix="/api/v1")

    @ADMINISTRATOR.operation(
        "Take a lost second factor off a person",
        status=204,
        refusals={403: ("password_again",), 404: ("unknown_person",), 409: ("own_account",)},
    )
    async def reset(admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        person = await people.by_id(person_id)
        if person is None:
            raise ApiError(404, "unknown_person", "there is no such person")
        if person.id == admin.person_id:
            raise ApiError(409, "own_account", "ask another administrator")
        admin.must_be_proved()
        await factors.reset(person)
        await notices.tell(person, "factor")
        await audit.record(
            "factor.reset",
            actor=admin.name,
            subject=person.user_id,
            address=admin.address,
        )
        return HTTPResponse(None, 204)

    register(routes, reset, "/admin/people/<person_id:str>/second-factor/reset", "POST")
    return routes
