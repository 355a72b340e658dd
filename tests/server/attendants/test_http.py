"""Attendants, as administrators build them."""

from typing import Any

import msgspec
import pytest

from server.attendants import speech
from server.sounds.wave import wave
from tests.server.telephony.test_attendant_routes import MENU, attendant, made
from tests.server.telephony.test_internal import BRUNO
from tests.server.voicemail.test_greetings import AUDIO, SOUND
from tests.support.programs import program
from tests.support.web import Answer, Browser, Web
from wire.prompt import RecordedPrompt


@pytest.fixture
async def admin(web: Web) -> Browser:
    """Anna (201), Bruno (202), Carla (203); who builds attendants."""
    for name, extension in (("Anna", "201"), ("Bruno", "202"), ("Carla", "203")):
        await web.enrol(name, extension)
    browser = web.browser()
    await browser.sign_in(await web.enrol("Dora", role="administrator"))
    return browser


async def test_an_attendant_is_made_listed_changed_and_removed(admin: Browser, spoken: list[str]) -> None:
    answer = await made(admin)
    assert answer.status == 201, answer
    made_one = answer.body["attendant"]
    assert (made_one["name"], made_one["now"], made_one["language"]) == ("Front desk", "open", "it")
    assert made_one["numbers"] == [{"number": "+390612345400", "display": "06 1234 5400"}]
    assert spoken == ["Premete 1 per le vendite.", "Ancora"]
    sound = made_one["open"]["prompt"]["sound"]
    assert (await admin.get(f"/api/v1/attendants/sounds/{sound}")).status == 200
    assert (await admin.get("/api/v1/attendants")).body["attendants"] == [made_one]
    at = f"/api/v1/attendants/{made_one['id']}"
    body = {"name": "Front desk", "extension": "401", "open": made_one["open"]}
    changed = await admin.ask("PUT", at, body)
    assert (changed.body["attendant"]["extension"], len(spoken)) == ("401", 2)
    await admin.ask("PUT", at, body | {"language": "en"})
    assert spoken[2:] == ["Premete 1 per le vendite.", "Ancora"]  # in another voice
    audit = (await admin.get("/api/v1/admin/audit")).body["entries"]
    assert [one["action"] for one in audit[:2]] == ["attendant.changed", "attendant.changed"]
    assert (await admin.ask("DELETE", at)).status == 204
    assert (await admin.ask("DELETE", at)).code == "unknown_attendant"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "invalid_name"),
        ({"extension": "201"}, "extension_taken"),
        ({"numbers": ["red"]}, "invalid_number"),
        ({"hours": "none"}, "unknown_hours"),
        ({"open": MENU | {"prompt": {"text": " "}}}, "nothing_said"),
        ({"open": MENU | {"prompt": {"sound": "0" * 32, "own": True}}}, "unknown_sound"),
        ({"open": {"kind": "back"}}, "nowhere_to_go_back"),
        ({"open": {"kind": "colleague", "user_id": "@nobody:localhost"}}, "unknown_target"),
        ({"open": {"kind": "attendant", "attendant_id": "none"}}, "unknown_target"),
        ({"open": {"kind": "number", "number": "112"}}, "not_a_target"),
        ({"open": {"kind": "number", "number": "0612345400"}}, "loop"),
        ({"open": MENU | {"keys": {"A": {"kind": "repeat"}}}}, "invalid_field"),
        ({"open": MENU | {"seconds": 1}}, "invalid_field"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    admin: Browser, spoken: list[str], change: dict[str, Any], code: str
) -> None:
    assert (await made(admin, **change)).code == code
    assert (await admin.get("/api/v1/attendants")).body["attendants"] == []


async def test_a_recording_is_kept_and_played(web: Web, admin: Browser, spoken: list[str]) -> None:
    heard = await admin.ask("POST", "/api/v1/attendants/speech", {"text": "Ciao", "language": "it"})
    assert heard.status == 201
    assert (await admin.get(f"/api/v1/attendants/sounds/{heard.body['sound']}")).status == 200
    assert spoken == ["Ciao"]
    path = "/api/v1/attendants/sounds"
    assert (await admin.ask("POST", path, headers=AUDIO, data=b"no sound")).code == "not_a_sound"
    kept = await admin.ask("POST", path, headers=AUDIO, data=wave(SOUND))
    assert (kept.status, round(kept.body["seconds"])) == (201, 1)
    own = {"kind": "menu", "prompt": {"text": "Welcome", "sound": kept.body["sound"], "own": True}}
    answer = await made(admin, open=own)
    assert answer.body["attendant"]["open"]["prompt"] == own["prompt"]
    assert len(spoken) == 1


async def test_what_callers_hear_is_not_changed_by_a_telephone_that_goes_on(
    web: Web, admin: Browser, spoken: list[str]
) -> None:
    recording_id = "a" * 32

    async def said(sound: bytes) -> Answer:
        content = msgspec.msgpack.encode(RecordedPrompt(sound))
        bearer = {"Authorization": f"Bearer {web.secrets.internal_secret}"}
        return await web.browser().ask(
            "PUT", f"/internal/v1/prompt-recordings/{recording_id}", headers=bearer, data=content
        )

    assert [(await said(sound)).status for sound in (b"\x01" * 8000, b"\x02" * 8000)] == [204, 204]
    own = {"kind": "menu", "prompt": {"text": "Welcome", "sound": recording_id, "own": True}}
    assert (await made(admin, open=own)).status == 201
    path = f"/api/v1/attendants/sounds/{recording_id}"
    heard = (await admin.get(path)).body
    assert (await said(b"\x02" * 8000)).status == 204  # the same, whose answer was lost
    assert (await said(b"\x03" * 8000)).code == "sound_in_use"
    assert (await admin.get(path)).body == heard


async def test_names_that_may_be_meant_are_said(web: Web, admin: Browser, spoken: list[str]) -> None:
    attendant_id = await attendant(admin)
    for _ in range(2):
        found = (await web.internal("GET", f"/attendants/{attendant_id}/names/27866")).body
        assert [one["user_id"] for one in found] == [BRUNO]
        assert (await web.internal("GET", f"/attendants/sounds/{found[0]['sound']}")).status == 200
    assert spoken[2:] == ["Bruno"]
    assert (await web.internal("GET", f"/attendants/{attendant_id}/names/99")).body == []
    assert (await web.internal("GET", "/attendants/none/names/2")).status == 404
    assert (await web.internal("GET", f"/attendants/{attendant_id}/names/x")).status == 400


async def test_only_administrators_build(web: Web, admin: Browser) -> None:
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    assert (await bruno.get("/api/v1/attendants")).status == 403


async def test_a_text_is_spoken_by_espeak_ng_or_it_is_said_that_there_is_none(
    web: Web, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program("espeak-ng")
    body = {"text": "Buongiorno", "language": "it"}
    answer = await admin.ask("POST", "/api/v1/attendants/speech", body)
    assert (answer.status, answer.body["seconds"] > 0.3) == (201, True)
    monkeypatch.setattr(speech, "which", lambda _name: None)
    answer = await admin.ask("POST", "/api/v1/attendants/speech", body)
    assert (answer.status, answer.code) == (503, "no_voice")
