"""What clients of other origins may read of the service for tickets (MSC4195), refusals included."""

from pathlib import Path

import pytest

from tests.support.web import running


@pytest.mark.parametrize(
    ("path", "status", "errcode"),
    [
        ("/livekit/sfu/get", 400, "M_BAD_JSON"),
        ("/livekit/get_token", 400, "M_BAD_JSON"),
        # Asked without a body, to learn whether leaves may be left to the service.
        ("/livekit/delegate_delayed_leave", 404, "M_UNRECOGNIZED"),
    ],
)
async def test_a_refusal_is_readable_from_any_origin(
    tmp_path: Path, path: str, status: int, errcode: str
) -> None:
    async with running(tmp_path) as web:
        asked = await web.browser().ask("POST", path, headers={"Origin": "https://element.example"})
        allowed = await web.browser().ask("OPTIONS", path, headers={"Origin": "https://element.example"})
    assert (asked.status, asked.body["errcode"]) == (status, errcode)
    assert allowed.status == 204
    for answer in (asked, allowed):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
