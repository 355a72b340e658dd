"""Hold as the media of a call carries it out: what is offered, answered, played, and taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridges.media.gateway import MediaError, Peer, Profile
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.b2bua.media_session import MediaSession
from tests.bridges.sip.b2bua.fakes import FakeGateway
from wire.record import AnsweredOn

MUSIC = Path("hold.ogg")


def sdp(way: str = "sendrecv", *, host: str = "192.0.2.1", port: int = 4000) -> str:
    lines = ("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", f"c=IN IP4 {host}", "t=0 0")
    return "\r\n".join([*lines, f"m=audio {port} RTP/AVP 0", f"a={way}", ""])


class Device:
    """A leg that takes every offer, unless it `refuses` them; `takes_back` its own."""

    profile = Profile.RTP
    peer: Peer | None = None
    idle = True

    def __init__(self, name: str, *, on: AnsweredOn = "desk_phone", refuses: bool = False) -> None:
        self.name, self.answered_on, self.refuses = name, on, refuses
        self.description, self.given = sdp(), ""
        self.takes_back = False
        self.offers: list[str] = []
        self.answers_given: list[str | None] = []

    async def reoffer(self, sdp: str) -> str:
        self.offers.append(sdp)
        if self.refuses:
            raise ReofferRefused("not now")
        return self.description

    def accept_reoffer(self, sdp: str) -> bool:
        self.answers_given.append(sdp)
        return not self.takes_back

    def refuse_reoffer(self) -> None:
        self.answers_given.append(None)

    def drop(self, cause: Cause) -> None: ...

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None: ...

    def snapshot(self) -> dict[str, Any] | None:
        return None

    def resume(self) -> None: ...

    def move(self, name: str, post: Post) -> None: ...

    async def said(self) -> None: ...

    def established(self) -> None: ...

    async def answers(self) -> bool | None:
        return True


class Talk:
    """Two that talk."""

    def __init__(self, a: Device, b: Device, music: Path | None = MUSIC) -> None:
        self.a, self.b = a, b
        self.gateway = FakeGateway()
        self.media = MediaSession(self.gateway, "call", music)

    async def begin(self) -> Talk:
        await self.media.offer(self.a, "b", Profile.RTP)
        await self.media.join(self.a, self.b)
        return self

    @property
    def playing(self) -> set[str]:
        return set(self.gateway.playing)


async def talk(music: Path | None = MUSIC, **b: Any) -> Talk:
    return await Talk(Device("a"), Device("b", **b), music).begin()


@pytest.mark.parametrize("hold", [sdp("sendonly"), sdp("inactive"), sdp(host="0.0.0.0")])
async def test_every_way_to_hold_plays_music_to_the_other_who_is_told_sendonly(hold: str) -> None:
    call = await talk()
    assert await call.media.renegotiate(call.a, call.b, hold)
    assert call.media.holds(call.a)
    assert call.b.offers[-1].endswith(":sendonly")
    assert call.playing == {"b"}
    assert await call.media.renegotiate(call.a, call.b, sdp())
    assert not call.media.holds(call.a)
    assert not call.b.offers[-1].endswith(":sendonly")
    assert not call.playing


async def test_who_only_listens_holds_nobody() -> None:
    call = await talk()
    await call.media.renegotiate(call.a, call.b, sdp("recvonly"))
    assert not call.media.holds(call.a) and not call.playing


async def test_a_refresh_changes_nothing_of_a_hold() -> None:
    call = await talk()
    await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    given, offers = call.a.given, len(call.b.offers)
    assert not await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    assert call.a.answers_given[-1] == given
    assert len(call.b.offers) == offers
    assert call.media.holds(call.a) and call.playing == {"b"}


async def test_who_resumes_while_the_other_holds_hears_music_and_the_other_is_left_in_peace() -> None:
    call = await talk()
    await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    await call.media.renegotiate(call.b, call.a, sdp("inactive"))
    assert not call.playing and not call.a.offers
    offers = len(call.b.offers)
    await call.media.renegotiate(call.a, call.b, sdp())
    assert len(call.b.offers) == offers
    assert str(call.a.answers_given[-1]).endswith(":sendonly")
    assert call.playing == {"a"}
    await call.media.renegotiate(call.b, call.a, sdp())
    assert not call.playing and len(call.a.offers) == 1


async def test_a_client_without_negotiation_hears_music_all_the_same() -> None:
    call = await talk(refuses=True)
    assert await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    assert call.playing == {"b"}
    await call.media.renegotiate(call.a, call.b, sdp())
    assert not call.playing


async def test_a_hold_that_is_taken_back_ends_its_music() -> None:
    call = await talk()
    call.a.takes_back = True
    assert not await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    assert not call.media.holds(call.a) and not call.playing
    assert not call.b.offers[-1].endswith(":sendonly")


async def test_an_offer_that_is_refused_changes_nothing() -> None:
    call = await talk()
    await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    assert not await call.media.renegotiate(call.a, call.b, "no-codec")
    assert call.a.answers_given[-1] is None
    assert call.media.holds(call.a) and call.playing == {"b"}


async def test_a_command_holds_and_resumes_without_a_word_to_the_device() -> None:
    call = await talk()
    assert await call.media.hold(call.a, call.b, on=True)
    assert call.media.holds(call.a) and call.playing == {"b"}
    assert call.b.offers[-1].endswith(":sendonly")
    assert await call.media.hold(call.a, call.b, on=False)
    assert not call.media.holds(call.a) and not call.playing
    assert not call.b.offers[-1].endswith(":sendonly")
    assert not call.a.offers and not call.a.answers_given


async def test_a_command_cannot_resume_for_the_device() -> None:
    call = await talk()
    await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    assert not await call.media.hold(call.a, call.b, on=False)
    assert call.media.holds(call.a) and call.playing == {"b"}


async def test_a_line_that_sends_while_it_holds_is_heard_itself() -> None:
    call = await talk(on="outside")
    await call.media.renegotiate(call.b, call.a, sdp("sendonly"))
    assert call.media.holds(call.b) and not call.playing
    await call.media.renegotiate(call.b, call.a, sdp("inactive"))
    assert call.playing == {"a"}


async def test_without_music_the_direction_passes_as_it_is() -> None:
    call = await talk(None)
    await call.media.renegotiate(call.a, call.b, sdp("inactive"))
    assert call.media.holds(call.a) and not call.playing
    assert "inactive" not in call.b.offers[-1].rpartition(">")[2]


async def test_who_waits_for_somebody_else_hears_music_until_its_end() -> None:
    call = await talk()
    await call.media.music(call.a)
    assert call.playing == {"a"}
    await call.media.drop("b")
    assert call.playing == {"a"}
    await call.media.end_music()
    assert not call.playing


async def test_music_that_is_unwanted_before_it_has_begun_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first time, a media server has to load it."""
    call, loading, loaded = await talk(), asyncio.Event(), asyncio.Event()
    play = call.gateway.play

    async def late(call_id: str, leg: str, source: Path, *, times: int = 0) -> None:
        loading.set()
        await loaded.wait()
        await play(call_id, leg, source, times=times)

    monkeypatch.setattr(call.gateway, "play", late)
    begun = asyncio.create_task(call.media.music(call.a))
    await loading.wait()
    ended = asyncio.create_task(call.media.end_music())
    await asyncio.sleep(0)
    loaded.set()
    await asyncio.gather(begun, ended)
    assert call.gateway.playing == {}


async def test_a_call_goes_on_when_music_cannot_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    call = await talk()

    async def broken(*_: Any, **__: Any) -> None:
        raise MediaError("no file")

    monkeypatch.setattr(call.gateway, "play", broken)
    assert await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    assert call.media.holds(call.a)


async def test_the_next_process_goes_on_with_a_hold_and_can_end_it() -> None:
    call = await talk()
    await call.media.renegotiate(call.a, call.b, sdp("sendonly"))
    call.media = MediaSession(call.gateway, "call", MUSIC)
    call.media.adopt(call.a, call.b, frozenset({"a"}))
    assert call.media.holds(call.a)
    await call.media.renegotiate(call.a, call.b, sdp())
    assert not call.media.holds(call.a) and not call.playing


async def test_the_next_process_knows_a_hold_by_command() -> None:
    call = await talk()
    await call.media.hold(call.b, call.a, on=True)
    call.media = MediaSession(call.gateway, "call", MUSIC)
    call.media.adopt(call.a, call.b, frozenset({"b"}))
    assert await call.media.hold(call.b, call.a, on=False)
    assert not call.playing
