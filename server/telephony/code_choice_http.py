"""`/api/v1/star-codes` for administrators.

GET /star-codes   -> {codes, configured}, by name
PUT /star-codes   {codes}; what is not named stays
"""

from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import json_answer, read_body
from server.edge.operations import register
from server.telephony.code_choice import CodeChoice

_Code = Annotated[str, msgspec.Meta(max_length=8)]


class CodesChosen(msgspec.Struct, forbid_unknown_fields=True):
    """Names and codes, as in the configuration."""

    codes: Annotated[dict[str, _Code], msgspec.Meta(max_length=50)]


class Codes(msgspec.Struct):
    """`configured`: what holds where nobody chooses."""

    codes: dict[str, str]
    configured: dict[str, str]


def blueprint(choice: CodeChoice) -> Blueprint:
    routes = Blueprint("star_codes", url_prefix="/api/v1/star-codes")

    @ADMINISTRATOR.operation("What desk phones dial for what", answer=Codes)
    async def codes(admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer(Codes(dict(await choice.now()), dict(choice.configured)))

    @ADMINISTRATOR.operation(
        "Choose what desk phones dial",
        body=CodesChosen,
        answer=Codes,
        refusals={400: ("invalid_code",), 409: ("codes_clash",)},
    )
    async def choose(admin: Administrator, request: Request) -> HTTPResponse:
        chosen = await choice.choose(admin, read_body(request, CodesChosen).codes)
        return json_answer(Codes(dict(chosen), dict(choice.configured)))

    register(routes, codes, "", "GET", name="star_codes")
    register(routes, choose, "", "PUT", name="star_codes_chosen")
    return routes
