"""Errors, ids, bodies and headers, on a small app."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

import aiohttp
import msgspec
import pytest
from sanic import HTTPResponse, Request
from sanic.response import json as json_response

from server.edge import ApiError, client_address, errors, headers, read_body, read_query, requests
from tests.support.served import bare_app, served


class Phone(msgspec.Struct, forbid_unknown_fields=True):
    extension: Annotated[str, msgspec.Meta(pattern=r"^[0-9]+$")]


class Person(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    phones: list[Phone] = []


class Page(msgspec.Struct):
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


@dataclass
class Site:
    url: str
    http: aiohttp.ClientSession


async def _person(request: Request) -> HTTPResponse:
    return json_response({"name": read_body(request, Person).name})


async def _page(request: Request) -> HTTPResponse:
    return json_response({"limit": read_query(request, Page).limit, "from": client_address(request)})


async def _refuse(_request: Request) -> HTTPResponse:
    raise ApiError(409, "extension_taken", "201 is Anna's", "extension", {"Retry-After": "3"})


async def _break(_request: Request) -> HTTPResponse:
    raise RuntimeError("secret detail")


async def _html(_request: Request) -> HTTPResponse:
    return HTTPResponse("<p>", content_type="text/html; charset=utf-8")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    app = bare_app("edge-test")
    app.config.REQUEST_MAX_SIZE = 1000
    for part in (requests, errors, headers):
        part.install(app)
    app.add_route(_person, "/api/person", methods=["POST"])
    app.add_route(_page, "/api/page")
    app.add_route(_refuse, "/api/refuse")
    app.add_route(_break, "/api/break")
    app.add_route(_html, "/page")
    async with served(app) as url, aiohttp.ClientSession() as http:
        yield Site(url, http)


async def post(site: Site, body: bytes) -> tuple[int, dict[str, Any]]:
    async with site.http.post(f"{site.url}/api/person", data=body) as response:
        return response.status, await response.json()


def error(code: str, field: str | None = None) -> dict[str, Any]:
    return {"code": code, "field": field}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"", 400, error("invalid_json")),
        (b"{", 400, error("invalid_json")),
        (b'{"name": "\xff"}', 400, error("invalid_json")),
        (b"[]", 400, error("invalid_field")),
        (b"{}", 400, error("invalid_field", "name")),
        (b'{"name": 3}', 400, error("invalid_field", "name")),
        (b'{"name": "A", "nmae": 1}', 400, error("invalid_field", "nmae")),
        (
            b'{"name": "A", "phones": [{"extension": "x"}]}',
            400,
            error("invalid_field", "phones[0].extension"),
        ),
        (b'{"name": "A", "phones": [{}]}', 400, error("invalid_field", "phones[0].extension")),
        (b'"' + b"x" * 2000 + b'"', 413, error("too_large")),
    ],
)
async def test_a_wrong_body_is_refused_with_code_and_field(
    site: Site, body: bytes, status: int, expected: dict[str, Any]
) -> None:
    given, answer = await post(site, body)
    assert given == status
    assert {key: answer["error"][key] for key in ("code", "field")} == expected
    assert answer["error"]["message"]


async def test_a_right_body_is_read(site: Site) -> None:
    assert await post(site, '{"name": "Zoë"}'.encode()) == (200, {"name": "Zoë"})


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/refuse", 409, "extension_taken"),
        ("/api/nothing", 404, "not_found"),
        ("/api/person", 405, "method_not_allowed"),
        ("/api/break", 500, "internal_error"),
        ("/api/page?limit=x", 400, "invalid_field"),
        ("/api/page?limit=201", 400, "invalid_field"),
    ],
)
async def test_every_refusal_has_the_same_shape(site: Site, path: str, status: int, code: str) -> None:
    async with site.http.get(site.url + path) as response:
        assert response.status == status
        body = await response.json()
        assert set(body["error"]) == {"code", "message", "field"}
        assert body["error"]["code"] == code
        assert "secret detail" not in json.dumps(body)
        assert response.headers["Cache-Control"] == "no-store"
        if status == 409:
            assert response.headers["Retry-After"] == "3"
        if status == 405:
            assert response.headers["Allow"] == "POST"


async def test_a_query_is_read_as_numbers(site: Site) -> None:
    async with site.http.get(f"{site.url}/api/page?limit=7&limit=9") as response:
        assert await response.json() == {"limit": 7, "from": "127.0.0.1"}


@pytest.mark.parametrize("given", ["", "short", "with space", "x" * 65, "a\tb"])
async def test_a_request_without_a_proper_id_gets_one(site: Site, given: str) -> None:
    async with site.http.get(f"{site.url}/api/page", headers={"X-Request-Id": given}) as response:
        assert len(response.headers["X-Request-Id"]) == 20


async def test_pages_have_a_policy_and_everything_is_guarded(site: Site) -> None:
    async with site.http.get(f"{site.url}/page") as response:
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with site.http.get(f"{site.url}/api/page") as response:
        assert "Content-Security-Policy" not in response.headers
        assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("host", "assets"),
    [
        ("phone.example.org", "phone.example.org/assets/"),
        ("[::1]:8080", "[::1]:8080/assets/"),
        ("x; script-src *", "'none'"),
        ("", "'none'"),
    ],
)
def test_scripts_are_the_clients_own_files_alone(host: str, assets: str) -> None:
    """L7: what people upload comes from our origin, too."""
    found = headers.policy(host).split("; ")
    assert f"script-src {assets} 'wasm-unsafe-eval'" in found
    assert f"worker-src {assets} blob:" in found


async def test_nothing_that_was_uploaded_is_taken_for_something_else() -> None:
    async def upload(_request: Request) -> HTTPResponse:
        return HTTPResponse("alert(1)", content_type="text/javascript")

    app = bare_app("uploads")
    headers.install(app)
    app.add_route(upload, "/_matrix/client/v1/media/download/x/y")
    async with served(app) as url, aiohttp.ClientSession() as http:
        answer = await http.get(f"{url}/_matrix/client/v1/media/download/x/y")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("path", ["/_matrix/x", "/api/v1/x", "/"])
async def test_who_came_by_tls_is_told_to_come_by_tls_for_a_year(path: str) -> None:
    async def answer(_request: Request) -> HTTPResponse:
        return HTTPResponse("")

    app = bare_app("strict")
    headers.install(app, https=True)
    app.add_route(answer, path)
    async with served(app) as url, aiohttp.ClientSession() as http:
        found = await http.get(url + path)
        assert found.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/person HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /api/person HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET http://x/api/page HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/page?a\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/page HTTP/1.1\r\nHost: x\nX-Other: y\r\n\r\n",
        b"GET /api/page HTTP/1.1\r\nHost: x\rX-Other: y\r\n\r\n",
        b"GET /api/page HTTP/1.1\r\nHost: x\x00\r\n\r\n",
        b"GET /api/page HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
        b"GET /api/page HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /api/page HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        b"GET /api/page HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
        b"G(T /api/page HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_bad_request(site: Site, raw: bytes) -> None:
    host, _, port = site.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()
