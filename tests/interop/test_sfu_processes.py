"""Several processes of group calls: a room lives in exactly one, and everybody is taken to it."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections.abc import Iterator

import pytest
from livekit import rtc

from server.config import load
from server.meetings import rules
from server.meetings.media import MediaServer
from server.meetings.sfu_nodes import SfuNodes, sfu_nodes
from server.secrets import load_or_create
from server.sfu.signal.token import mint
from tests.support.patience import PATIENCE
from tests.support.sfu import connected, hear
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("processes")
    with Stack.start(folder, sip=False, sfu=True, sfu_lines="processes = 2") as running:
        running.wait_ready()
        yield running


@pytest.fixture
def where(stack: Stack) -> SfuNodes:
    return sfu_nodes(load(stack.config).sfu, load_or_create(stack.data / "secrets").sfu_secret)


def rooms_in(node: str) -> int:
    with urllib.request.urlopen(f"{node}/health/ready", timeout=PATIENCE) as answer:  # noqa: S310 (our own)
        count: int = json.load(answer)["load"]["rooms"]
        return count


async def test_each_room_has_one_process_whoever_comes_by_whichever_way(
    stack: Stack, where: SfuNodes
) -> None:
    rooms = [next(f"r{n}" for n in range(100) if where.node(f"r{n}") == node) for node in where.nodes]
    front = f"ws://127.0.0.1:{stack.ports.web}/livekit"
    media = MediaServer(where)
    await media.start()

    def jwt(identity: str, room: str) -> str:
        return mint(where.key, where.secret, rules.claims(identity, room, int(time.time())))

    async with contextlib.AsyncExitStack() as people:
        for room, address in zip(rooms, (front, where.socket(rooms[1])), strict=True):
            anna = await people.enter_async_context(connected(front, jwt("anna", room)))
            bruno = await people.enter_async_context(connected(address, jwt("bruno", room), single=False))
            await anna.speak(440)
            await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE), 440, timeout=PATIENCE)
            assert {one.identity for one in await media.participants(room)} == {"anna", "bruno"}
        assert [rooms_in(node) for node in where.nodes] == [1, 1]
        assert (await media.rooms()).rooms == set(rooms)
    await media.close()
