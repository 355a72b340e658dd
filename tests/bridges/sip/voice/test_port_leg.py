"""Legs whose sound comes and goes through a port of ours."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers, Gone
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.port_leg import PortLeg


class Spoken(PortLeg):
    answered_on = "announcement"

    def drop(self, cause: Cause) -> None: ...

    def snapshot(self) -> dict[str, Any] | None:
        return None


@pytest.fixture
async def port() -> AsyncIterator[AudioPort]:
    one = await AudioPort.open("127.0.0.1")
    yield one
    one.close()


@pytest.fixture
async def offer() -> AsyncIterator[str]:
    other = await AudioPort.open("127.0.0.1")
    yield other.offer()
    other.close()


async def test_it_answers_with_what_its_port_says(port: AudioPort, offer: str) -> None:
    heard: list[object] = []
    leg = Spoken("one", heard.append)
    leg.port = port
    answer = port.answer(offer)
    leg.answers_with(answer)
    assert heard == [Answers("one", answer)] and leg.description == answer


async def test_a_later_offer_is_answered_and_kept(port: AudioPort, offer: str) -> None:
    leg = Spoken("one", lambda _: None)
    leg.port = port
    answer = await leg.reoffer(offer)
    assert (leg.description, leg.given) == (answer, offer)


async def test_an_offer_of_no_use_changes_nothing(port: AudioPort, offer: str) -> None:
    leg = Spoken("one", lambda _: None)
    leg.port = port
    answer = await leg.reoffer(offer)
    for odd in ("odd", offer.replace("m=audio", "m=video")):
        with pytest.raises(ReofferRefused):
            await leg.reoffer(odd)
    assert (leg.description, leg.given) == (answer, offer)


async def test_without_a_port_it_takes_no_offer(offer: str) -> None:
    leg = Spoken("one", lambda _: None)
    with pytest.raises(ReofferRefused):
        await leg.reoffer(offer)
    assert not leg.takes(offer) and leg.given == ""


async def test_an_answer_is_taken_or_the_leg_is_gone(port: AudioPort, offer: str) -> None:
    heard: list[object] = []
    leg = Spoken("one", heard.append)
    leg.port = port
    assert leg.takes(offer) and leg.given == offer and heard == []
    assert not leg.takes("odd")
    assert leg.given == offer and heard == [Gone("one", Cause.NOT_ACCEPTABLE)]
