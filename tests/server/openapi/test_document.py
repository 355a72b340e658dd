"""The OpenAPI document says what the routes do."""

from typing import Any

import msgspec
import pytest

from server.directory.access import PERSON
from server.edge.operations import Operation
from server.openapi.document import Route, document
from server.openapi.http import routes_of
from server.openapi.page import page
from tests.support.web import Web


class Body(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Query(msgspec.Struct):
    limit: int = 50
    before: int | None = None


class Answer(msgspec.Struct):
    """<b>Words</b>."""

    ok: bool


ONE = Route(
    "api/v1/things/<thing_id:str>",
    "PUT",
    Operation(
        "Change a thing", PERSON, body=Body, query=Query, answer=Answer, refusals={404: ("unknown_thing",)}
    ),
)


def test_an_operation_is_what_its_types_say() -> None:
    made = document("T", "1", [ONE])["paths"]["/api/v1/things/{thing_id}"]["put"]
    assert made["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Body"
    }
    assert [(p["name"], p["in"], p["required"]) for p in made["parameters"]] == [
        ("thing_id", "path", True),
        ("limit", "query", False),
        ("before", "query", False),
        ("X-Unisono", "header", True),
    ]
    assert made["parameters"][2]["schema"] == {"type": "integer"}
    assert set(made["responses"]) == {"200", "400", "401", "403", "404", "413"}
    assert made["responses"]["404"]["description"] == "not_found, unknown_thing"


def test_the_page_shows_it_without_running_anything() -> None:
    html = page(document("T", "1", [ONE]))
    assert "PUT /api/v1/things/{thing_id}" in html
    assert "&lt;b&gt;Words" in html and "<b>Words" not in html
    assert "<script" not in html and "http://" not in html and "https://" not in html


async def test_document_and_page_are_served_to_everybody(web: Web) -> None:
    browser = web.browser()
    served = await browser.get("/api/v1/openapi.json")
    assert (served.status, served.body["openapi"]) == (200, "3.1.0")
    shown = await browser.get("/docs")
    assert shown.headers["Content-Type"].startswith("text/html") and b"/api/v1/contacts" in shown.body


async def test_every_reference_leads_somewhere(web: Web) -> None:
    served = (await web.browser().get("/api/v1/openapi.json")).body

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [ref for one in value.values() for ref in references(one)]
        return [ref for one in value for ref in references(one)] if isinstance(value, list) else []

    schemas = served["components"]["schemas"]
    for reference in references(served):
        assert reference.rpartition("/")[2] in schemas, reference


@pytest.mark.parametrize(
    "address",
    ["/contacts", "/contacts/{contact_id}", "/contacts/import", "/search", "/people", "/dial", "/calls",
     "/presence", "/events", "/config", "/admin/people", "/admin/trunks/{name}", "/admin/audit"],
)  # fmt: skip
async def test_every_feature_is_in_it(web: Web, address: str) -> None:
    served = (await web.browser().get("/api/v1/openapi.json")).body
    assert "/api/v1" + address in served["paths"]


async def test_no_route_is_without_a_description(web: Web) -> None:
    """An access of `server.edge.operations` goes above each handler of `/api/v1`."""
    unknown = [f"{route.method} {route.address}" for route in routes_of(web.app) if not route.known]
    assert unknown == []
