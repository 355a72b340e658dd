"""Greetings of one's own over HTTP, and in routes."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from server.sounds.decoding import UPLOAD_MAX
from server.sounds.wave import wave
from tests.server.voicemail.test_http import BRUNO, stages
from tests.support.web import Answer, Browser, Web
from wire.voicemail import KeptSound

#: A second of something, as telephones carry it.
SOUND = bytes(range(0, 200, 2)) * 80
AUDIO = {"Content-Type": "audio/wav", "X-Unisono": "1"}


async def greet(browser: Browser, occasion: str, content: bytes = b"") -> Answer:
    path, data = f"/api/v1/greetings/{occasion}", content or wave(SOUND)
    return await browser.ask("PUT", path, headers=AUDIO, data=data)


async def test_a_greeting_is_uploaded_heard_and_taken_away_by_its_owner_alone(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    chiara = await web.signed_in("Chiara", "203")
    assert (await bruno.get("/api/v1/greetings")).body == {"greetings": [], "longest": 60}
    (kept,) = (await greet(bruno, "always")).body["greetings"]
    assert kept["occasion"] == "always"
    assert 900 <= kept["duration_ms"] <= 1000
    heard = await bruno.get("/api/v1/greetings/always/sound")
    assert (heard.status, heard.body[:4], heard.headers["Content-Type"]) == (200, b"RIFF", "audio/wav")
    refused = await chiara.get("/api/v1/greetings/always/sound")
    assert (refused.status, refused.code) == (404, "unknown_greeting")
    assert (await bruno.ask("DELETE", "/api/v1/greetings/always")).body["greetings"] == []
    assert (await bruno.get("/api/v1/greetings/always/sound")).status == 404


async def test_what_is_no_greeting_is_refused(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    for occasion, content, status, code in (
        ("always", b"no sound", 400, "not_a_sound"),
        ("always", wave(SOUND * 61), 400, "greeting_too_long"),
        ("always", bytes(UPLOAD_MAX + 1), 413, "too_large"),
        ("birthday", wave(SOUND), 404, "unknown_greeting"),
    ):
        refused = await greet(bruno, occasion, content)
        assert (refused.status, refused.code) == (status, code)


async def test_the_route_says_which_greeting_is_for_how_a_call_ended(web: Web) -> None:
    await web.enrol("Anna", "201")
    bruno = await web.signed_in("Bruno", "202")
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
    view = {}
    for occasion in ("always", "busy"):
        view = (await greet(bruno, occasion)).body
    ids = {each["occasion"]: each["id"] for each in view["greetings"]}
    _, nobody, busy = await stages(web, registered=["202"])
    assert nobody["after"] == ["no_answer", "unreachable"]
    assert busy["after"] == ["busy"]
    leg = {"kind": "voicemail", "user_id": BRUNO, "language": "it"}
    assert nobody["legs"] == [{**leg, "greeting": ids["always"]}]
    assert busy["legs"] == [{**leg, "greeting": ids["busy"]}]
    assert (await stages(web))[0]["legs"] == nobody["legs"]
    # Who is not to be disturbed is busy, unless there is a greeting for that, too.
    to_mailbox = {"on": True, "target": {"kind": "voicemail"}}
    await bruno.ask("PATCH", "/api/v1/services", {"do_not_disturb": True})
    assert (await stages(web))[0]["legs"] == busy["legs"]
    view = (await greet(bruno, "do_not_disturb")).body
    quiet = next(each["id"] for each in view["greetings"] if each["occasion"] == "do_not_disturb")
    assert (await stages(web))[0]["legs"] == [{**leg, "greeting": quiet}]
    await bruno.ask("PATCH", "/api/v1/services", {"busy": to_mailbox})
    assert (await stages(web))[0]["legs"] == [{**leg, "greeting": quiet}]
    # The clock of the house stands at 9 in the morning, on a Friday.
    hours = [{"day": 5, "opens": "10:00", "closes": "11:00"}]
    await bruno.ask("PATCH", "/api/v1/services", {"hours": hours, "outside_hours": to_mailbox})
    assert (await stages(web))[0]["legs"] == nobody["legs"]
    view = (await greet(bruno, "outside_hours")).body
    closed = next(each["id"] for each in view["greetings"] if each["occasion"] == "outside_hours")
    assert (await stages(web))[0]["legs"] == [{**leg, "greeting": closed}]


async def test_the_bridge_fetches_a_greeting_of_whose_it_is(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    await web.signed_in("Chiara", "203")
    (kept,) = (await greet(bruno, "always")).body["greetings"]
    path = f"/mailboxes/{quote(BRUNO, safe='')}/greetings/{kept['id']}"
    sound = msgspec.convert((await web.internal("GET", path)).body, KeptSound).sound
    assert len(sound) == kept["duration_ms"] * 8
    other = f"/mailboxes/{quote('@chiara:localhost', safe='')}/greetings/{kept['id']}"
    assert (await web.internal("GET", other)).status == 404


async def test_a_greeting_that_was_said_at_a_telephone_is_for_every_call(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    path = f"/mailboxes/{quote(BRUNO, safe='')}/greetings"
    for occasion, sound, status in (
        ("always", SOUND, 204),
        ("always", bytes(60 * 8000), 204),
        ("always", bytes(60 * 8000 + 1), 400),
        ("always", b"", 400),
        ("birthday", SOUND, 404),
    ):
        assert (await said(web, f"{path}/{occasion}", KeptSound(sound))).status == status
    (kept,) = (await bruno.get("/api/v1/greetings")).body["greetings"]
    assert (kept["occasion"], kept["duration_ms"]) == ("always", 60_000)
    assert (await said(web, f"{path}/always", "no sound")).status == 400
    nobody = f"/mailboxes/{quote('@nobody:localhost', safe='')}/greetings/always"
    assert (await said(web, nobody, KeptSound(SOUND))).code == "unknown_person"


async def said(web: Web, path: str, body: object) -> Answer:
    """As the bridge brings it."""
    headers = {"Authorization": f"Bearer {web.secrets.internal_secret}"}
    data = msgspec.msgpack.encode(body)
    return await web.browser().ask("PUT", f"/internal/v1{path}", headers=headers, data=data)
