import asyncio

import pytest

from server.events.hub import QUEUE_MAX, Event, Hub, TooManyStreams

#: Longer than any test: who waits for it hangs, and is noticed.
FOR_EVER = 3600.0


async def test_events_go_to_everybody_or_to_all_streams_of_one_person() -> None:
    hub = Hub()
    first, second = hub.subscribe("@anna:x", "a"), hub.subscribe("@anna:x", "b")
    other = hub.subscribe("@bruno:x", "c")
    hub.publish("calls", 1, to="@anna:x")
    hub.publish("people", 2)
    for stream in (first, second):
        assert await stream.next() == Event("calls", 1)
        assert await stream.next() == Event("people", 2)
    assert await other.next() == Event("people", 2)


async def test_the_streams_of_an_ended_session_end() -> None:
    hub = Hub(leave=0)
    ended, other = hub.subscribe("@anna:x", "a"), hub.subscribe("@anna:x", "b")
    hub.publish("people", 0, to="@nobody:x")
    await hub.session_ended("a", "elsewhere", "Firefox on Linux")
    hub.publish("people", 1)
    await hub.session_ended("a", "signed_out", "")
    told = Event("signed-out", {"reason": "elsewhere", "browser": "Firefox on Linux"})
    assert await ended.next() == told
    assert await ended.next() is None
    assert await ended.next() is None
    assert await other.next() == Event("people", 1)


async def test_an_ended_session_is_over_when_all_its_pages_have_left() -> None:
    hub = Hub(leave=FOR_EVER)
    await hub.session_ended("a", "elsewhere", "")
    first, second = hub.subscribe("@anna:x", "a"), hub.subscribe("@anna:x", "a")
    ending = asyncio.ensure_future(hub.session_ended("a", "elsewhere", ""))
    for stream in (first, second):
        assert await stream.next() == Event("signed-out", {"reason": "elsewhere", "browser": ""})
    hub.unsubscribe(first)
    await asyncio.sleep(0)
    assert not ending.done()
    hub.unsubscribe(second)
    await ending


async def test_a_reader_too_far_behind_is_cut_off() -> None:
    hub = Hub()
    slow = hub.subscribe("@anna:x", "a")
    for index in range(QUEUE_MAX):
        hub.publish("people", index)
    assert not slow.closed
    hub.publish("people", "one too many")
    assert slow.closed
    assert await slow.next() is None


async def test_closing_twice_is_closing_once() -> None:
    hub = Hub()
    stream = hub.subscribe("@anna:x", "a")
    hub.close()
    hub.close()
    assert await stream.next() is None


def test_nothing_is_kept_of_streams_that_left() -> None:
    hub = Hub()
    stream = hub.subscribe("@anna:x", "a")
    assert len(hub) == 1
    hub.unsubscribe(stream)
    hub.unsubscribe(stream)
    assert len(hub) == 0


def test_a_session_has_eight_streams_and_another_when_one_has_ended() -> None:
    hub = Hub()
    streams = [hub.subscribe("@anna:x", "session") for _ in range(8)]
    with pytest.raises(TooManyStreams):
        hub.subscribe("@anna:x", "session")
    hub.subscribe("@anna:x", "on the telephone")
    hub.unsubscribe(streams[3])
    hub.subscribe("@anna:x", "session")
