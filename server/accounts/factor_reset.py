"""An administrator helps somebody who lost their second factor.

- `POST /api/v1/admin/people/<id>/second-factor/reset` -> 204. The person chooses a new one at their next
  sign-in. 403 `administrators_only`, `password_again` (`PUT /account/proof`), 404 `unknown_person`, 409
  `own_account`: nobody takes their own away so.
"""

from typing import Literal, Protocol

from sanic import Blueprint, HTTPResponse, Request

from server.accounts.gate import Gate
from server.audit.service import Audit
from server.directory.service import Person
from server.edge import ApiError, client_address
from server.edge.operations import operation


class Factors(Protocol):
    async def reset(self, person: Person) -> None: ...


class Notices(Protocol):
    async def tell(self, person: Person, what: Literal["factor"]) -> None: ...


class People(Protocol):
    async def by_id(self, person_id: str) -> Person | None: ...


def blueprint(factors: Factors, people: People, gate: Gate, notices: Notices, audit: Audit) -> Blueprint:
    routes = Blueprint("factor_reset", url_prefix="/api/v1")

    @operation(
        "Take a lost second factor off a person",
        access="administrator",
        status=204,
        refusals={403: ("password_again",), 404: ("unknown_person",), 409: ("own_account",)},
    )
    async def reset(request: Request, person_id: str) -> HTTPResponse:
        actor = await gate.administrator(request)
        person = await people.by_id(person_id)
        if person is None:
            raise ApiError(404, "unknown_person", "there is no such person")
        if person.id == actor.id:
            raise ApiError(409, "own_account", "ask another administrator")
        await gate.proved(request)
        await factors.reset(person)
        await notices.tell(person, "factor")
        await audit.record(
            "factor.reset",
            actor=actor.user_id,
            subject=person.user_id,
            address=client_address(request),
        )
        return HTTPResponse(None, 204)

    routes.add_route(reset, "/admin/people/<person_id:str>/second-factor/reset", methods=["POST"])
    return routes
