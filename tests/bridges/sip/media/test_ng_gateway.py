"""Calls on a media server that dies and begins anew: each order of what happens and what is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bridges.media.config import Config, Media, Ng
from bridges.media.gateway import (
    MediaError,
    MediaReport,
    MediaUnavailable,
    Peer,
    Profile,
    UnknownLeg,
)
from bridges.media.process import MediaProcess
from bridges.media.recorder import CannotRecord
from bridges.sip.media import ng_gateway, server
from bridges.sip.media.ng_gateway import NgMediaGateway
from bridges.sip.media.server import Server
from tests.support.media_calls import hears, join
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone

RTP = Profile.RTP
#: Calls of an earlier bridge, in the order in which they are told.
EARLIER = ("one", "two", "three")
PORTS = 20


class House:
    """A gateway that looks at its one server when it is told to, and the process behind the server's port."""

    def __init__(self) -> None:
        first = free_block(PORTS + 1)
        media = Media(webrtc_port=0, rtp_port_min=first, rtp_port_max=first + PORTS - 1)
        self._config = Config(ng=Ng(port=first + PORTS), media=media)
        self.gateway = NgMediaGateway((("127.0.0.1", first + PORTS),))
        self.gone: list[str] = []
        self.gateway.on_media_timeout = lambda call, _leg: self.gone.append(call)
        self.process = MediaProcess(self._config)

    async def look(self) -> None:
        """The next ping, now."""
        for each in self.gateway.servers:
            await each.look()

    async def restart(self) -> None:
        """The process ends, and another listens in its place."""
        await self.process.stop()
        self.process = MediaProcess(self._config)
        await self.process.start()


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(server, "BEAT", 3600.0)
    made = House()
    await made.process.start()
    await made.gateway.start()
    yield made
    await made.gateway.close()
    await made.process.stop()


@asynccontextmanager
async def call(house: House, call_id: str) -> AsyncIterator[RtpPhone]:
    """A call that stands; the phone that hears 800 Hz."""
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno, call_id)
        yield anna


async def test_a_call_made_before_the_next_process_was_noticed_goes_on(house: House) -> None:
    async with call(house, "before"):
        await house.process.stop()
        await house.look()
        assert house.gone == ["before"]
        house.process = MediaProcess(house._config)
        await house.process.start()
        house.gateway.meet("after", "anna", Peer("127.0.0.1"))
        async with call(house, "after") as anna:
            await house.look()  # the first ping that the new process answers
            assert await hears(anna.heard, 800)
            assert house.gone == ["before"]


async def test_the_calls_of_a_process_are_lost_when_an_offer_shows_that_it_is_another(house: House) -> None:
    async with call(house, "before"):
        await house.restart()
        async with call(house, "after") as anna:
            assert house.gone == ["before"]
            await house.look()
            assert await hears(anna.heard, 800)
        assert house.gone == ["before"]


async def test_a_lost_call_is_not_half_made_in_the_next_process(house: House) -> None:
    async with call(house, "before"), RtpPhone() as anna:
        await house.restart()
        with pytest.raises(MediaUnavailable):
            await house.gateway.offer("before", "anna", "bruno", anna.sdp("sendonly"), RTP, RTP)
        assert house.gone == ["before"]
        with pytest.raises(MediaUnavailable):
            await house.gateway.offer("before", "anna", "bruno", anna.sdp("sendonly"), RTP, RTP)
        await house.look()
        assert house.gone == ["before"]


async def test_a_call_of_a_server_that_is_silent_for_a_while_is_told_as_gone_once(house: House) -> None:
    async with call(house, "before"):
        await house.process.stop()
        for _ in range(3):
            await house.look()
        await house.restart()
        await house.look()
        await house.look()
        assert house.gone == ["before"]


async def test_calls_that_are_to_be_connected_are_made_on_one_of_two_servers(house: House) -> None:
    other = House()
    await other.process.start()
    both = NgMediaGateway(tuple((each._config.ng.host, each._config.ng.port) for each in (house, other)))
    await both.start()
    try:
        for call_id in ("one", "two"):
            async with RtpPhone() as anna, RtpPhone() as bruno:
                await join(both, anna, bruno, call_id)
            async with RtpPhone() as anna, RtpPhone() as bruno:
                both.beside(f"{call_id}-beside", call_id)
                await join(both, anna, bruno, f"{call_id}-beside")
            await both.connect(f"{call_id}-beside", "anna", call_id, "bruno", "fetched")
    finally:
        await both.close()
        await other.process.stop()


async def test_what_rtpengine_carries_is_not_recorded_and_that_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with call(house, "c"):
        # Where no folder is configured it is a refusal as well, of another kind.
        with pytest.raises(MediaError, match="no folder"):
            await house.gateway.record("c", tmp_path / "c.ulaw", "anna", "bruno")
        (known,) = house.gateway.servers
        monkeypatch.setattr(type(known.state), "own", False)
        with pytest.raises(CannotRecord):
            await house.gateway.record("c", tmp_path / "c.ulaw", "anna", "bruno")
        await house.gateway.end_record("c")


# --- after another bridge ---

Asks = Callable[[str], Awaitable[MediaReport]]


@asynccontextmanager
async def after_another(
    house: House, monkeypatch: pytest.MonkeyPatch, ask: Callable[[str, Asks], Awaitable[MediaReport]]
) -> AsyncIterator[NgMediaGateway]:
    """The gateway of the next bridge, of which each question about a call is asked by `ask`."""
    report = Server.report
    monkeypatch.setattr(Server, "report", lambda self, call_id: ask(call_id, lambda one: report(self, one)))
    following = NgMediaGateway(((house._config.ng.host, house._config.ng.port),))
    async with AsyncExitStack() as calls:
        for call_id in EARLIER:
            await calls.enter_async_context(call(house, call_id))
        try:
            async with asyncio.timeout(PATIENCE):
                await following.start()
            yield following
        finally:
            await following.close()


def known(gateway: NgMediaGateway) -> set[str]:
    """The calls of which it is known who hears whom."""
    both = {"anna": "bruno", "bruno": "anna"}
    return {call_id for call_id, each in gateway._calls.items() if each.joined == both}


async def test_all_calls_of_an_earlier_bridge_are_asked_for_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = asyncio.Barrier(len(EARLIER))

    async def ask(call_id: str, asks: Asks) -> MediaReport:
        await together.wait()
        return await asks(call_id)

    async with after_another(house, monkeypatch, ask) as gateway:
        assert known(gateway) == set(EARLIER)


async def test_a_call_that_ends_while_it_is_asked_for_takes_no_other_along(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(call_id: str, asks: Asks) -> MediaReport:
        if call_id == "one":
            raise UnknownLeg("it has ended")
        return await asks(call_id)

    async with after_another(house, monkeypatch, ask) as gateway:
        assert known(gateway) == gateway.calls == {"two", "three"}


async def test_a_server_that_falls_silent_is_not_waited_for_again_for_each_call(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ng_gateway, "_AT_ONCE", 1)
    asked: list[str] = []

    async def ask(call_id: str, _asks: Asks) -> MediaReport:
        asked.append(call_id)
        raise MediaUnavailable("it does not answer")

    async with after_another(house, monkeypatch, ask) as gateway:
        assert len(asked) == 1
        assert gateway.calls == set(EARLIER)  # it may be there again
