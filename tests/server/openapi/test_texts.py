"""What no database keeps in a text is refused by every route, in words, before anything is asked."""

import re

import pytest

from server.openapi.http import routes_of
from tests.support.web import Web

#: A stream has no end to wait for.
STREAMS = {"/api/v1/events"}


@pytest.mark.parametrize("sent", ["path", "query", "body"])
async def test_no_operation_takes_a_nul_character(web: Web, sent: str) -> None:
    anna = await web.signed_in("Anna", "201")
    walked = 0
    for route in routes_of(web.app):
        path, known = f"/{route.path}", route.operation if route.known else None
        if path in STREAMS or (sent == "path" and "<" not in path):
            continue
        if sent == "body" and (known is None or known.body is None):
            continue
        target = re.sub(r"<[^>]+>", "%00" if sent == "path" else "1", path)
        target += "?q=a%00b" if sent == "query" else ""
        body = {"any": [{"name": "a\0b"}]} if sent == "body" else None
        answer = await anna.ask(route.method, target, body)
        assert answer.status == 400, (route.method, path, answer)
        assert answer.code == ("invalid_field" if sent == "body" else "bad_request"), (route.method, path)
        assert "NUL" in answer.body["error"]["message"], (route.method, path)
        if sent == "body":
            assert answer.body["error"]["field"] == "any[0].name"
        walked += 1
    assert walked > 60


async def test_no_operation_takes_half_a_character(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    for route in routes_of(web.app):
        operation = route.operation if route.known else None
        if operation is not None and operation.body is not None:
            answer = await anna.ask(route.method, f"/{route.path}", {"name": "\ud800"})
            assert 400 <= answer.status < 500, (route.method, route.path, answer)


_FORM, _PARTS = "Application/X-WWW-Form-Urlencoded", 'multipart/form-data; boundary="x"'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (_FORM, b"client_id=a%00b"),
        (_FORM, b"client_id=a\0b"),
        (_PARTS, b'--x\r\nContent-Disposition: form-data; name="client_id"\r\n\r\na\0b\r\n--x--\r\n'),
        ("application/json", rb'{"name":"a\u0000b","other":1e999}'),
    ],
)
async def test_no_body_hides_a_nul_character(web: Web, kind: str, body: bytes) -> None:
    answer = await web.browser().ask("POST", "/oauth/token", data=body, headers={"Content-Type": kind})
    assert answer.status == 400
    assert "NUL" in answer.body["error"]["message"]
