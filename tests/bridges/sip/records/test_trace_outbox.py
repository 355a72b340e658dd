"""Traces reach the web by way of the disk, or are given up; calls never wait for them."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from bridges.sip.records import store as store_module
from bridges.sip.records import trace_outbox
from bridges.sip.records.store import Store
from bridges.sip.records.trace_outbox import TraceOutbox
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.trace.traces import Fresh
from wire.trace import CallTrace, TracedMessage


class Web:
    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.posts: list[list[str]] = []

    async def post_traces(self, bodies: Sequence[bytes]) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.posts.append([msgspec.json.decode(body, type=CallTrace).id for body in bodies])


class Kept:
    """Calls that have ended, or live; each is told once."""

    def __init__(self, ended: Sequence[CallTrace] = (), fresh: Sequence[Fresh] = ()) -> None:
        self._ended, self._fresh = [list(ended)], [list(fresh)]

    def collect(self, now: int) -> list[CallTrace]:
        return self._ended.pop() if self._ended else []

    def unwritten(self) -> list[Fresh]:
        return self._fresh.pop() if self._fresh else []


def message(text: str) -> TracedMessage:
    return TracedMessage(at=1, kind="sip", sent=True, text=text)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "bridge.db")
    yield opened
    await opened.close()


def outbox(store: Store, web: Web, *ids: str, text: str = "") -> TraceOutbox:
    said = (TracedMessage(at=1, kind="sip", sent=True, text=text),)
    kept = Kept([CallTrace(id=call_id, messages=said, ended_at=1) for call_id in ids])
    return TraceOutbox(store, web, kept, lambda: 5)


async def test_what_ended_reaches_the_web_once(store: Store) -> None:
    web = Web()
    sender = outbox(store, web, "A", "B")
    await sender.keep(5)
    await sender.deliver()
    await sender.deliver()
    assert web.posts == [["A", "B"]]


async def test_what_an_earlier_process_kept_is_sent_first(store: Store) -> None:
    await store.put_traces([CallTrace(id="old", ended_at=1)])
    web = Web()
    await outbox(store, web).deliver()
    assert web.posts == [["old"]]


async def test_traces_wait_for_the_web(store: Store) -> None:
    web = Web(WebUnavailable("away"))
    sender = outbox(store, web, "A")
    await sender.keep(5)
    with pytest.raises(WebUnavailable):
        await sender.deliver()
    await sender.deliver()
    assert web.posts == [["A"]]


async def test_what_the_web_refuses_is_given_up(store: Store) -> None:
    web = Web(WebRefused(400, "invalid_field"))
    sender = outbox(store, web, "A")
    await sender.keep(5)
    await sender.deliver()
    assert (web.posts, await store.waiting_traces()) == ([], [])


async def test_one_request_carries_no_more_than_the_web_takes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_outbox, "MOST", 2_500)
    web = Web()
    sender = outbox(store, web, "A", "B", "C", text="x" * 1_000)
    await sender.keep(5)
    await sender.deliver()
    assert web.posts == [["A", "B"], ["C"]]


async def test_the_oldest_are_given_up_when_too_many_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "TRACES_KEPT", 2)
    await store.put_traces([CallTrace(id=call_id, ended_at=1) for call_id in "ABC"])
    assert [call_id for call_id, _ in await store.waiting_traces()] == ["B", "C"]


async def test_what_is_said_for_a_call_is_written_while_it_lives(store: Store) -> None:
    first, then, all_of_it = message("INVITE"), message("200"), message("all of it")
    for fresh in (Fresh("A", (first,), False), Fresh("B", (first,), False), Fresh("A", (then,), False)):
        await TraceOutbox(store, Web(), Kept(fresh=[fresh]), lambda: 5).keep(5)
    assert await store.live_traces() == {"A": [first, then], "B": [first]}
    # Of a call for which much was said all is written anew; what has ended is kept as a whole.
    anew = Kept([CallTrace(id="B", messages=(first, then), ended_at=1)], [Fresh("A", (all_of_it,), True)])
    await TraceOutbox(store, Web(), anew, lambda: 5).keep(5)
    assert await store.live_traces() == {"A": [all_of_it]}
