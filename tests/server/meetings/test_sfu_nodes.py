"""Which process a room lives in."""

import dataclasses

import pytest

from server.config import load
from server.meetings.sfu_nodes import sfu_nodes

SECRET = "s" * 40


def test_one_process_has_all_rooms() -> None:
    found = sfu_nodes(load().sfu, SECRET)
    assert (found.nodes, found.key) == (("http://127.0.0.1:7880",), "unisono")
    assert found.node("any") == "http://127.0.0.1:7880"
    assert found.socket("any") == "ws://127.0.0.1:7880"


def test_rooms_are_spread_over_processes_and_stay_where_they_are() -> None:
    found = sfu_nodes(dataclasses.replace(load().sfu, processes=3), SECRET)
    assert found.nodes == ("http://127.0.0.1:7880", "http://127.0.0.1:7890", "http://127.0.0.1:7900")
    rooms = [f"room-{number}" for number in range(300)]
    counts = [sum(found.node(room) == node for room in rooms) for node in found.nodes]
    assert min(counts) > 60
    assert found.node("room-1") == found.node("room-1")


@pytest.mark.parametrize(
    ("url", "node"),
    [
        ("wss://live.example.org", "https://live.example.org"),
        ("ws://127.0.0.1:7880/", "http://127.0.0.1:7880"),
        ("https://live.example.org/rtc-host", "https://live.example.org/rtc-host"),
    ],
)
def test_a_livekit_server_takes_the_place_of_ours_by_configuration(url: str, node: str) -> None:
    section = dataclasses.replace(load().sfu, kind="livekit", url=url, api_key="k", api_secret="theirs")
    found = sfu_nodes(section, SECRET)
    assert (found.nodes, found.key, found.secret) == ((node,), "k", "theirs")
    assert not section.own
