"""`/api/v1/delegates`: who answers for me, and for whom I do."""

from typing import Annotated
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.delegates import rules
from server.delegates.rules import Delegate
from server.delegates.service import Delegates
from server.directory.access import PERSON, Actor
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.edge import client_address, json_answer, read_body
from server.edge.operations import register
from wire.route import Party


class DelegateBody(msgspec.Struct, forbid_unknown_fields=True):
    """`rings`: with my devices (`after` seconds later), when nobody takes the call there, or never. What they
    may: take my calls (`answers`), call in my name (`calls`), see what rings for me and waits (`sees`)."""

    user_id: Annotated[str, msgspec.Meta(max_length=255)]
    rings: rules.Rings = "unanswered"
    after: Annotated[int, msgspec.Meta(ge=0, le=rules.LATEST)] = 0
    answers: bool = True
    calls: bool = False
    sees: bool = True


class DelegatesBody(msgspec.Struct, forbid_unknown_fields=True):
    """All of them."""

    delegates: Annotated[list[DelegateBody], msgspec.Meta(max_length=rules.MOST)]


class DelegateRow(msgspec.Struct):
    person: Party
    rings: rules.Rings
    after: int
    answers: bool
    calls: bool
    sees: bool


class PrincipalRow(msgspec.Struct):
    """What I may for somebody, as in `DelegateBody`."""

    person: Party
    answers: bool
    calls: bool
    sees: bool


class Delegated(msgspec.Struct):
    """`principals`: for whom I am a delegate."""

    delegates: list[DelegateRow]
    principals: list[PrincipalRow]


def blueprint(delegates: Delegates, people: PersonByUserId) -> Blueprint:
    routes = Blueprint("delegates", url_prefix="/api/v1")

    async def answer(me: Person) -> HTTPResponse:
        rows = []
        for one in await delegates.of(me):
            person = await people.by_user_id(one.user_id)
            if person is not None:
                party = _party(person)
                rows.append(DelegateRow(party, one.rings, one.after, one.answers, one.calls, one.sees))
        principals = [
            PrincipalRow(_party(person), one.answers, one.calls, one.sees)
            for person, one in await delegates.principals(me)
        ]
        return json_answer(Delegated(rows, principals))

    @PERSON.operation("Who answers for me, and for whom I do", answer=Delegated)
    async def list_(me: Person, request: Request) -> HTTPResponse:
        return await answer(me)

    @PERSON.operation(
        "Name who answers for me",
        body=DelegatesBody,
        answer=Delegated,
        refusals={400: ("delegate_twice",), 404: ("unknown_person",)},
    )
    async def put(me: Person, request: Request) -> HTTPResponse:
        wanted = [
            Delegate(one.user_id, one.rings, one.after, one.answers, one.calls, one.sees)
            for one in read_body(request, DelegatesBody).delegates
        ]
        await delegates.put(Actor(me.user_id, client_address(request), me.id), me, wanted)
        return await answer(me)

    @PERSON.operation("Answer no more for a colleague who has named me", answer=Delegated)
    async def step_down(me: Person, request: Request, user_id: str) -> HTTPResponse:
        await delegates.step_down(Actor(me.user_id, client_address(request), me.id), me, unquote(user_id))
        return await answer(me)

    register(routes, list_, "/delegates", "GET", name="list")
    register(routes, put, "/delegates", "PUT")
    register(routes, step_down, "/delegates/principals/<user_id:str>", "DELETE")
    return routes


def _party(person: Person) -> Party:
    return Party(person.user_id, person.name, next(iter(person.extensions), None))
