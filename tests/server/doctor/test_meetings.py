"""What the doctor sees of the way into meetings."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from server import config as configuration
from server.config import Config
from server.doctor import meetings

DEMO = configuration.load(configuration.shipped("demo.toml"))


@dataclass(frozen=True)
class Anna:
    name: str = "Anna Rossi"


@dataclass(frozen=True)
class People:
    """Anna has this number."""

    number: str = ""

    async def by_extension(self, extension: str, *, disabled: bool = False) -> Anna | None:
        return Anna() if disabled and extension == self.number else None

    async def by_number(self, e164: str, *, disabled: bool = False) -> Anna | None:
        return Anna() if disabled and e164 == self.number else None


def without(**section: Any) -> Config:
    return replace(DEMO, **{name: replace(getattr(DEMO, name), enabled=False) for name in section})


@pytest.mark.parametrize("number", ["800", "+390698765499"])
async def test_a_dial_in_that_is_somebodys_is_pointed_out(number: str) -> None:
    [found] = await meetings.dial_in(DEMO, People(number))
    assert found.level == "warning"
    assert number in found.words and "Anna Rossi" in found.words


async def test_the_ways_in_are_named() -> None:
    [found] = await meetings.dial_in(DEMO, People("201"))
    assert (found.level, found.words) == ("ok", "800, +39 06 9876 5499")


@pytest.mark.parametrize("off", ["sfu", "sip"])
async def test_where_no_telephone_can_come_nothing_is_wrong(off: str) -> None:
    [found] = await meetings.dial_in(without(**{off: True}), People("800"))
    assert (found.level, found.words) == ("ok", "no telephone can enter meetings")
