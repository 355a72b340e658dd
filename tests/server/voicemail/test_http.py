"""A mailbox over HTTP: what the bridge brings, and what its owner does with it."""

from __future__ import annotations

import asyncio
import io
import stat
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import av
import msgspec
import pytest

from server.notifications.service import Mail
from server.sounds import small
from server.sounds.wave import wave
from server.voicemail.mails import ATTACHED_MOST
from tests.support.patience import PATIENCE
from tests.support.web import Answer, Browser, Web, demo_config, running
from wire.route import Party
from wire.voicemail import RATE, KeptSound, Note, VoiceMessage

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
CALLER = Party(ANNA, "Anna", "201")
SOUND = bytes(range(256)) * 50


def message(number: int = 1, user_id: str = BRUNO, at: int = 1_800_000_000_000) -> VoiceMessage:
    note = Note(id=f"{number:032x}", call_id="c1", user_id=user_id, caller=CALLER, started_at=at)
    return VoiceMessage(note=note, sound=SOUND)


async def bring(web: Web, brought: VoiceMessage, address: str | None = None) -> Answer:
    """As the bridge does."""
    headers = {"Authorization": f"Bearer {web.secrets.internal_secret}"}
    path = f"/internal/v1/voicemail/{address or brought.note.id}"
    return await web.browser().ask("PUT", path, headers=headers, data=msgspec.msgpack.encode(brought))


def kept(folder: Path) -> tuple[int, bytes]:
    """Mode and content of the one file with sound."""
    (file,) = next(folder.rglob(f"{1:032x}")).parent.iterdir()
    return stat.S_IMODE(file.stat().st_mode), file.read_bytes()


@pytest.fixture
async def bruno(web: Web) -> Browser:
    await web.enrol("Anna", "201")
    return await web.signed_in("Bruno", "202")


async def ids(browser: Browser) -> list[str]:
    return [each["id"] for each in (await browser.get("/api/v1/voicemail")).body["messages"]]


async def test_a_message_is_kept_once_and_sealed(web: Web, bruno: Browser, tmp_path: Path) -> None:
    for _ in range(2):
        assert (await bring(web, message())).status == 204
    mailbox = (await bruno.get("/api/v1/voicemail")).body
    assert mailbox == {
        "on": False,
        "messages": [
            {
                "id": f"{1:032x}",
                "call_id": "c1",
                "caller": {"user_id": ANNA, "name": "Anna", "number": "201"},
                "left_at": 1_800_000_000_000,
                "duration_ms": 1600,
                "seen": False,
            }
        ],
        "unseen": 1,
        "most": 100,
        "days": 90,
        "mail": "none",
        "pin": False,
        "pin_chosen_at": None,
    }
    mode, content = kept(tmp_path)
    assert mode == 0o600
    assert SOUND[:64] not in content


async def test_a_message_is_heard_whole_or_in_parts_by_its_owner_alone(web: Web, bruno: Browser) -> None:
    await bring(web, message())
    path, whole = f"/api/v1/voicemail/{1:032x}/sound", wave(SOUND)
    heard = await bruno.get(path)
    assert (heard.status, heard.body, heard.headers["Content-Type"]) == (200, whole, "audio/wav")
    for asked, start, end in (
        ("0-9", 0, 9),
        ("10-", 10, len(whole) - 1),
        ("-4", len(whole) - 4, len(whole) - 1),
    ):
        part = await bruno.ask("GET", path, headers={"Range": f"bytes={asked}"})
        assert (part.status, part.body) == (206, whole[start : end + 1])
        assert part.headers["Content-Range"] == f"bytes {start}-{end}/{len(whole)}"
    beyond = await bruno.ask("GET", path, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status, beyond.code) == (416, "no_such_part")
    chiara = await web.signed_in("Chiara", "203")
    for method, of, body in (
        ("GET", "/sound", None),
        ("PUT", "/seen", {"seen": True}),
        ("DELETE", "", None),
        ("POST", "/restore", None),
    ):
        refused = await chiara.ask(method, path.removesuffix("/sound") + of, body)
        assert (refused.status, refused.code) == (404, "unknown_message")


async def test_a_message_is_marked_deleted_and_brought_back(web: Web, bruno: Browser) -> None:
    await bring(web, message(1))
    await bring(web, message(2, at=1_800_000_000_001))
    path = f"/api/v1/voicemail/{1:032x}"
    assert (await bruno.ask("PUT", f"{path}/seen", {"seen": True})).status == 204
    assert (await bruno.get("/api/v1/voicemail")).body["unseen"] == 1
    assert (await bruno.ask("DELETE", path)).status == 204
    assert await ids(bruno) == [f"{2:032x}"]
    assert (await bruno.get(f"{path}/sound")).status == 404
    assert (await bruno.ask("POST", f"{path}/restore")).status == 204
    assert await ids(bruno) == [f"{2:032x}", f"{1:032x}"]


async def test_what_is_no_message_is_refused(web: Web, bruno: Browser) -> None:
    del bruno
    assert (await bring(web, message(), address=f"{2:032x}")).status == 400
    headers = {"Authorization": f"Bearer {web.secrets.internal_secret}"}
    path = f"/internal/v1/voicemail/{1:032x}"
    malformed = await web.browser().ask("PUT", path, headers=headers, data=b"\xc1")
    assert (malformed.status, malformed.code) == (400, "invalid_field")
    nobody = await bring(web, message(user_id="@nobody:localhost"))
    assert (nobody.status, nobody.code) == (404, "unknown_person")
    stranger = await web.browser().ask("PUT", path, data=msgspec.msgpack.encode(message()))
    assert stranger.status == 401


async def stages(web: Web, **more: object) -> list[dict[str, object]]:
    """The route of a call from outside to Bruno."""
    body = {"call_id": "1", "caller": {"number": "201"}, "dialled": "202", "via": "sip", **more}
    plan = (await web.internal("POST", "/route", body)).body
    return list(plan["stages"])


async def test_calls_that_nobody_takes_go_to_the_mailbox_of_who_wants_one(tmp_path: Path) -> None:
    config = demo_config()
    config = replace(config, voicemail=replace(config.voicemail, messages=1))
    async with running(tmp_path, config) as web:
        await web.enrol("Anna", "201")
        bruno = await web.signed_in("Bruno", "202")
        assert await stages(web) == []
        answer = await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
        assert answer.body["on"]
        leg = {"kind": "voicemail", "user_id": BRUNO, "language": "it"}
        assert await stages(web) == [{"timeout": 10.0, "legs": [leg]}]
        ringing, after = await stages(web, registered=["202"])
        assert ringing["legs"] == [{"kind": "sip", "extension": "202"}]
        assert after == {"timeout": 10.0, "legs": [leg], "after": ["no_answer", "busy", "unreachable"]}
        await bruno.ask("PUT", "/api/v1/account/language", {"language": "en"})
        await bring(web, message())
        full = {**leg, "language": "en", "full": True}
        assert await stages(web) == [{"timeout": 10.0, "legs": [full]}]
        await bruno.ask("DELETE", f"/api/v1/voicemail/{1:032x}")
        assert await stages(web) == [{"timeout": 10.0, "legs": [{**leg, "language": "en"}]}]
        given = {"transferred": {"user_id": ANNA}, "caller": {"user_id": ANNA}}
        assert await stages(web, **given) == []


async def test_a_message_stands_in_the_chat_as_a_voice_message(web: Web, bruno: Browser) -> None:
    del bruno
    web.homeserver.users |= {ANNA: "Anna", BRUNO: "Bruno"}
    await bring(web, message())
    room, said_by, content = await asyncio.wait_for(web.homeserver.said.get(), PATIENCE)
    assert (room, said_by) == (web.homeserver.rooms[frozenset((ANNA, BRUNO))], ANNA)
    assert (content["msgtype"], content["body"]) == ("m.audio", "Messaggio in segreteria (0:01)")
    assert content["info"] == {"mimetype": "audio/wav", "duration": 1600, "size": len(wave(SOUND))}
    assert content["org.matrix.msc3245.voice"] == {}
    assert len(content["org.matrix.msc1767.audio"]["waveform"]) == 60
    assert web.homeserver.uploads == [(ANNA, "audio/wav", wave(SOUND))]
    assert content["url"] == "mxc://localhost/1"


async def test_a_message_of_who_hides_their_number_stands_in_the_chat_of_nobody(
    web: Web, bruno: Browser
) -> None:
    del bruno
    hidden = msgspec.structs.replace(message().note, caller=Party())
    await bring(web, VoiceMessage(note=hidden, sound=SOUND))
    _, said_by, _ = await asyncio.wait_for(web.homeserver.said.get(), PATIENCE)
    assert said_by == "@_tel_anonymous:localhost"


async def test_while_the_homeserver_is_away_messages_wait_for_it(web: Web, bruno: Browser) -> None:
    del bruno
    web.homeserver.away = True
    await bring(web, message())
    assert web.homeserver.said.empty()
    web.homeserver.away = False
    await asyncio.wait_for(web.homeserver.said.get(), PATIENCE)


async def test_the_owner_of_a_mailbox_hears_it_at_their_desk_phone(web: Web, bruno: Browser) -> None:
    await bring(web, message(1))
    await bring(web, message(2, at=1_800_000_000_001))
    me = f"/mailboxes/{quote(BRUNO, safe='')}"
    found = (await web.internal("GET", f"{me}/messages")).body
    caller = {"user_id": ANNA, "name": "Anna", "number": "201"}
    assert found == [{"id": f"{number:032x}", "seen": False, "caller": caller} for number in (2, 1)]
    one = f"{me}/messages/{1:032x}"
    sound = msgspec.convert((await web.internal("GET", one)).body, KeptSound)
    assert sound.sound == SOUND
    assert (await web.internal("PUT", f"{one}/seen")).status == 204
    assert (await web.internal("GET", me)).body == {"new": 1, "old": 1, "extensions": ["202"]}
    assert (await web.internal("DELETE", one)).status == 204
    assert (await web.internal("GET", one)).status == 404
    assert await ids(bruno) == [f"{2:032x}"]
    assert (await web.internal("GET", "/mailboxes/@nobody:localhost/messages")).status == 404


async def test_a_desk_phone_dials_its_own_mailbox_and_nobody_is_transferred_there(
    web: Web, bruno: Browser
) -> None:
    asked = {"call_id": "1", "caller": {"number": "202"}, "dialled": "*97", "via": "sip"}
    assert (await web.internal("POST", "/route", asked)).body["outcome"] == "refuse"
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
    plan = (await web.internal("POST", "/route", asked)).body
    leg = {"kind": "voicemail", "user_id": BRUNO, "language": "it", "listen": True}
    assert plan["stages"] == [{"timeout": 10.0, "legs": [leg]}]
    assert plan["callee"] == {"user_id": BRUNO, "name": "Bruno", "number": "*97"}
    given = {**asked, "caller": {"user_id": BRUNO}, "transferred": {"user_id": ANNA}}
    assert (await web.internal("POST", "/route", given)).body["outcome"] == "refuse"


async def test_who_wants_it_is_told_of_messages_by_mail_with_or_without_the_sound(
    web: Web, bruno: Browser, mails: list[tuple[str, Mail]]
) -> None:
    mails.clear()
    await bring(web, message(1))
    assert mails == []  # nobody has asked for it
    settings = "/api/v1/voicemail/settings"
    chosen = await bruno.ask("PUT", settings, {"mail": "notice"})
    assert (chosen.body["on"], chosen.body["mail"]) == (False, "notice")
    for _ in range(2):  # the bridge repeats what it does not know to have arrived
        await bring(web, message(2))
    ((recipient, notice),) = mails
    assert recipient == "bruno@unisono.example"
    assert notice.subject == "Messaggio in segreteria da Anna (201)"
    assert "durata 0:01" in notice.text
    assert "/#/calls/voicemail" in notice.text
    assert notice.sound == b""
    await bruno.ask("PUT", settings, {"mail": "sound"})
    await bruno.ask("PUT", "/api/v1/account/language", {"language": "en"})
    hidden = msgspec.structs.replace(message(3).note, caller=Party())
    await bring(web, VoiceMessage(note=hidden, sound=SOUND))
    assert mails[1][1].subject == "Voicemail from a hidden number"
    assert mails[1][1].sound == wave(SOUND)
    long = VoiceMessage(note=message(4).note, sound=bytes(ATTACHED_MOST * RATE + 1))
    await bring(web, long)
    await bruno.ask("PUT", settings, {"mail": "opus"})
    await bring(web, message(5))
    for (_, sent), seconds in zip(mails[2:], (ATTACHED_MOST, len(SOUND) / RATE), strict=True):
        assert (sent.sound_type, "attached" in sent.text) == ("audio/ogg", True)
        with av.open(io.BytesIO(sent.sound), "r") as file:
            assert (file.format.name, file.streams.audio[0].codec.name) == ("ogg", "opus")
            assert file.duration is not None and abs(file.duration / 1e6 - seconds) < 0.1
    await bruno.ask("PUT", settings, {"mail": "none"})
    await bring(web, message(6))
    assert len(mails) == 4


async def test_what_cannot_be_made_small_is_sent_as_it_is_unless_it_is_too_long(
    web: Web, bruno: Browser, mails: list[tuple[str, Mail]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small, "_COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"mail": "opus"})
    mails.clear()
    await bring(web, message(1))
    await bring(web, VoiceMessage(note=message(2).note, sound=bytes(ATTACHED_MOST * RATE + 1)))
    (_, first), (_, second) = mails
    assert (first.sound, first.sound_type) == (wave(SOUND), "audio/wav")
    assert second.sound == b"" and "troppo lungo" in second.text


async def test_an_administrator_gives_everybody_a_mailbox_who_has_not_chosen(
    web: Web, bruno: Browser
) -> None:
    path, mine = "/api/v1/voicemail-rules", "/api/v1/voicemail"
    carla = web.browser()
    await carla.sign_in(await web.enrol("Carla", "203", role="administrator"))
    assert (await carla.get(path)).body == {"by_default": False, "seconds": 180, "messages": 100, "days": 90}
    assert (await bruno.ask("PUT", path, {"by_default": True})).status == 403
    assert (await bruno.get(mine)).body["on"] is False
    chosen = await carla.ask("PUT", path, {"by_default": True, "messages": 7})
    assert chosen.body == {"by_default": True, "seconds": 180, "messages": 7, "days": 90}
    assert (await carla.ask("PUT", path, {"seconds": 5})).code == "invalid_field"
    assert (await carla.ask("PUT", path, {"days": 0})).body["messages"] == 7
    mailbox = (await bruno.get(mine)).body
    assert (mailbox["on"], mailbox["most"], mailbox["days"]) == (True, 7, 0)
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": False})
    assert (await bruno.get(mine)).body["on"] is False
