"""Traces of calls over HTTP: the bridge gives them, administrators alone read them."""

from typing import Any

import pytest

from tests.support.web import Browser, Web

MESSAGE = {
    "at": 1_000, "kind": "sip", "sent": False, "leg": "caller", "transport": "UDP", "local": "192.0.2.9:5060",
    "remote": "192.0.2.1:5060", "text": "INVITE sip:202@localhost SIP/2.0\r\nCall-ID: x\r\n\r\n",
}  # fmt: skip
TRACE: dict[str, Any] = {
    "id": "01A",
    "messages": [MESSAGE],
    "plan": {"outcome": "refuse", "cause": "not_found"},
    "media": [{"leg": "caller", "transport": "RTP/AVP"}],
    "ended_at": 4_000_000_000_000,
}
RECORD = {
    "id": "01A", "revision": 2, "via": "sip", "dialled": "202", "started_at": 1_000, "ended_at": 2_000,
    "caller": {"user_id": "@anna:localhost", "name": "Anna", "number": "201"}, "outcome": "failed",
}  # fmt: skip
PAGE = "/api/v1/admin/calls"


@pytest.fixture
async def ada(web: Web) -> Browser:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Ada Neri", "209", role="administrator"))
    await web.internal("POST", "/call-records", {"records": [RECORD]})
    return browser


async def keep(web: Web, **changes: Any) -> int:
    return (await web.internal("POST", "/call-traces", {"traces": [{**TRACE, **changes}]})).status


async def test_an_administrator_sees_what_was_said_for_a_call(web: Web, ada: Browser) -> None:
    assert await keep(web) == 204
    listed = (await ada.get(PAGE)).body
    assert [(call["id"], call["traced"], call["caller"]["name"]) for call in listed["calls"]] == [
        ("01A", True, "Anna")
    ]
    assert listed["next"] is None
    seen = (await ada.get(f"{PAGE}/01A")).body
    assert [lane["id"] for lane in seen["lanes"]] == ["caller", "unisono"]
    assert [(step["source"], step["label"]) for step in seen["steps"]] == [("caller", "INVITE")]
    assert (seen["refused"], seen["call"]["outcome"], seen["left_out"]) == ("not_found", "failed", 0)


async def test_it_is_exported_as_text_and_as_a_capture(web: Web, ada: Browser) -> None:
    await keep(web)
    text = await ada.get(f"{PAGE}/01A/trace.txt")
    assert text.status == 200
    assert text.headers["Content-Disposition"] == 'attachment; filename="call-01A.txt"'
    pcap = await ada.get(f"{PAGE}/01A/trace.pcap")
    assert pcap.headers["Content-Type"] == "application/vnd.tcpdump.pcap"


async def test_every_look_stands_in_the_audit_log(web: Web, ada: Browser) -> None:
    await keep(web)
    for path in ("", "/01A", "/01A/trace.txt", "/01A/trace.pcap"):
        await ada.get(PAGE + path)
    entries = (await ada.get("/api/v1/admin/audit")).body["entries"][:4]
    assert [(e["action"], e["subject"], e["details"].get("form")) for e in reversed(entries)] == [
        ("calls.listed", "", None),
        ("call.traced", "01A", "page"),
        ("call.traced", "01A", "text"),
        ("call.traced", "01A", "pcap"),
    ]


async def test_nobody_else_sees_it_and_nobody_else_gives_it(web: Web, ada: Browser) -> None:
    await keep(web)
    anna = await web.signed_in("Anna Rossi", "201")
    for path in ("", "/01A", "/01A/trace.txt", "/01A/trace.pcap"):
        assert (await anna.get(PAGE + path)).code == "administrators_only"
    assert (await web.browser().ask("POST", "/internal/v1/call-traces", {"traces": []})).status == 401


async def test_what_somebody_calls_an_outsider_stays_theirs(web: Web, ada: Browser) -> None:
    ghost = {"user_id": "@_tel_+3906:localhost", "name": "Mamma", "number": "+3906"}
    await web.internal("POST", "/call-records", {"records": [{**RECORD, "id": "01B", "callee": ghost}]})
    for path in ("", "/01B", "/01B/trace.txt"):
        body = str((await ada.get(PAGE + path)).body)
        assert "+3906" in body and "Mamma" not in body


async def test_a_call_without_a_trace_is_told_and_an_unknown_one_is_404(web: Web, ada: Browser) -> None:
    seen = (await ada.get(f"{PAGE}/01A")).body
    assert (seen["call"]["traced"], seen["steps"]) == (False, [])
    assert (await ada.get(f"{PAGE}/nothing")).code == "unknown_call"


async def test_calls_come_page_by_page(web: Web, ada: Browser) -> None:
    for number in range(2, 5):
        await web.internal(
            "POST",
            "/call-records",
            {"records": [{**RECORD, "id": f"0{number}", "started_at": 1_000 * number}]},
        )
    first = (await ada.get(f"{PAGE}?limit=3")).body
    assert ([call["id"] for call in first["calls"]], first["next"]) == (["04", "03", "02"], 2_000)
    assert [c["id"] for c in (await ada.get(f"{PAGE}?limit=3&before=2000")).body["calls"]] == ["01A"]


async def test_what_is_no_trace_is_refused(web: Web, ada: Browser) -> None:
    assert await keep(web, messages=[{**MESSAGE, "kind": "smoke"}]) == 400
    assert await keep(web, messages=[{**MESSAGE, "text": "x" * 20_001}]) == 400
