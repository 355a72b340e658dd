"""A telephone that says a prompt, frame by frame: what comes to the web is what was said."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import CallInput, Confirmed, Gone
from bridges.sip.prompt_recording import studio as studio_module
from bridges.sip.prompt_recording.leg import PromptLeg
from bridges.sip.prompt_recording.studio import PromptRecordings
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.playout import FRAME
from bridges.sip.voice.sounds import tone
from tests.bridges.sip.b2bua.fakes import until
from wire.prompt import RecordedPrompt

ANSWER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
VOICE = tone()[10 * FRAME : 11 * FRAME]
FRAMES = 60


class Web:
    """Fails as often as it is told to."""

    def __init__(self) -> None:
        self.failing = 0
        self.refusing = False
        self.tries = 0
        self.kept: dict[str, bytes] = {}

    async def put_bytes(self, path: str, body: bytes, timeout: float) -> None:
        self.tries += 1
        if self.refusing:
            raise WebRefused(400, "invalid_field")
        if self.failing > 0:
            self.failing -= 1
            raise WebUnavailable("507")
        self.kept[path.rpartition("/")[2]] = msgspec.msgpack.decode(body, type=RecordedPrompt).sound


class Telephone:
    """A studio whose clock is stepped here, and the leg that called."""

    def __init__(self, web: Web, studio: PromptRecordings, leg: PromptLeg, heard: list[CallInput]) -> None:
        self.web, self.studio, self.leg, self.heard = web, studio, leg, heard

    def pass_until(self, there: Callable[[], bool], says: bytes | None = None) -> None:
        """Frames of 20 ms, at most for three minutes."""
        for _ in range(9000):
            if there():
                return
            self.pass_(1, says)
        raise AssertionError("it never came to that")

    def pass_(self, frames: int, says: bytes | None = None) -> None:
        for _ in range(frames):
            self.time += 0.02
            self.says = says
            self.leg.tick(self.time)

    time = 1000.0
    says: bytes | None = None

    def begin_to_record(self) -> None:
        self.leg.accept(ANSWER)
        self.pass_until(lambda: self.studio.step("c1") == "recording")

    async def until(self, step: str) -> None:
        await until(lambda: self.studio.step("c1") == step, step)


@pytest.fixture
async def telephone(monkeypatch: pytest.MonkeyPatch) -> Telephone:
    web, heard = Web(), list[CallInput]()
    studio = PromptRecordings("127.0.0.1", web)
    monkeypatch.setattr(studio, "_clock", _StoppedClock())
    leg = await studio.calling("c1", "en", heard.append)
    made = Telephone(web, studio, leg, heard)
    monkeypatch.setattr(studio, "now", lambda: made.time)
    monkeypatch.setattr(leg.port.playout, "pop", lambda: made.says)
    monkeypatch.setattr(studio_module, "delay", lambda _failures: 0.0)
    return made


class _StoppedClock:
    def start(self) -> None:
        """The test lets time pass."""

    def stop(self) -> None:
        """It never went."""


async def test_what_is_said_is_heard_and_kept(telephone: Telephone) -> None:
    assert telephone.studio.step("c1") == "called"
    telephone.begin_to_record()
    telephone.pass_(FRAMES, VOICE)
    telephone.leg.port.on_key("#")
    assert telephone.studio.step("c1") == "reviewed"
    telephone.leg.port.on_key("1")
    await telephone.until("kept")
    kept = telephone.web.kept["c1"]
    assert kept == VOICE * FRAMES
    telephone.pass_until(lambda: telephone.leg.gone)
    assert [type(one) for one in telephone.heard] == [Confirmed, Gone]
    assert telephone.studio.step("c2") is None


async def test_who_hangs_up_while_the_server_has_no_room_loses_nothing(telephone: Telephone) -> None:
    telephone.web.failing = 3
    telephone.begin_to_record()
    telephone.pass_(FRAMES, VOICE)
    telephone.leg.drop(Cause.NORMAL)
    assert telephone.studio.step("c1") == "keeping"
    await telephone.until("unconfirmed")
    assert telephone.web.kept["c1"].startswith(VOICE * FRAMES)
    assert telephone.web.tries == 4


async def test_no_room_is_said_and_it_is_kept_at_the_next_try(telephone: Telephone) -> None:
    telephone.web.failing = 1
    telephone.begin_to_record()
    telephone.pass_(FRAMES, VOICE)
    telephone.leg.port.on_key("#")
    telephone.leg.port.on_key("1")
    await telephone.until("not_kept")
    assert telephone.web.kept == {}
    telephone.leg.port.on_key("1")
    await telephone.until("kept")
    assert "c1" in telephone.web.kept


async def test_what_is_refused_is_not_tried_for_ever(telephone: Telephone) -> None:
    telephone.web.refusing = True
    telephone.begin_to_record()
    telephone.pass_(FRAMES, VOICE)
    telephone.leg.drop(Cause.NORMAL)
    await telephone.until("not_kept")
    assert telephone.web.tries == 1


async def test_silence_is_no_prompt(telephone: Telephone) -> None:
    telephone.begin_to_record()
    telephone.pass_(FRAMES)
    telephone.leg.drop(Cause.NORMAL)
    assert telephone.studio.step("c1") == "silent"
    assert telephone.web.tries == 0


async def test_an_end_of_the_bridge_brings_what_was_said(telephone: Telephone) -> None:
    telephone.begin_to_record()
    telephone.pass_(FRAMES, VOICE)
    await telephone.studio.stop()
    assert "c1" in telephone.web.kept
    assert telephone.leg.snapshot() is None
