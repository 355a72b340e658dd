"""One running demo organisation, and one browser, for all tests of calls that do not break them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browser import chromium
from tests.support.office import DIAL_IN_NUMBER, Api, Office, office_of
from tests.support.stack import Stack

_MARKS = pytest.StashKey[dict[Path, tuple[Stack, dict[Path, int]]]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Houses are shared: what each had logged before this test began is not about it."""
    if isinstance(item, pytest.Function):
        houses = (each.stack if isinstance(each, Office) else each for each in item.funcargs.values())
        item.stash[_MARKS] = {each.data: (each, each.marks()) for each in houses if isinstance(each, Stack)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test is told with what the house has logged meanwhile: it may not fail again."""
    report = yield
    if call.when == "call" and report.failed:
        for house, marks in item.stash.get(_MARKS, {}).values():
            report.sections.append(("what the house logged", house.logged_since(marks)))
    return report


@pytest.fixture(autouse=True)
def own_calls_only() -> None:
    """A record comes a moment after the phone was told: until then the newest call is an earlier test's."""
    Api.since = int(time.time() * 1000)


@pytest.fixture(scope="session")
def demo_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """``unisono serve`` with the demo's people and the carrier."""
    with Stack.start(tmp_path_factory.mktemp("demo"), demo=True) as stack:
        stack.wait_ready()
        yield stack


@pytest.fixture(scope="session")
def bare_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, homeserver and group calls without anybody, for tests that bring their own people."""
    with Stack.start(tmp_path_factory.mktemp("bare"), sip=False, sfu=True) as stack:
        stack.wait_ready()
        yield stack


@pytest.fixture(scope="session")
def meeting_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo's people with group calls and telephones, for the tests of browsers that meet."""
    with Stack.start(tmp_path_factory.mktemp("meetings"), demo=True, sfu=True) as stack:
        stack.wait_ready()
        yield stack


@pytest.fixture(scope="session")
def dial_in_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The same with a number by which meetings are reached from outside."""
    extra = f'[meetings]\ndial_in_numbers = ["{DIAL_IN_NUMBER}"]\n'
    with Stack.start(tmp_path_factory.mktemp("phones"), demo=True, sfu=True, extra=extra) as stack:
        stack.wait_ready()
        yield stack


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(meeting_stack: Stack) -> AsyncIterator[Office]:
    """The people of that demo."""
    async with office_of(meeting_stack) as office:
        yield office


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(demo_stack: Stack) -> AsyncIterator[Office]:
    """The people of the demo; its tests run in the session's loop."""
    async with office_of(demo_stack) as office:
        yield office


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all; people are pages of their own."""
    async with chromium() as browser:
        yield browser


_STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without tearing the interpreter down once LiveKit's SDK was used.

    Its native threads may call into Python while Python ends, and abort the process after the last test.
    Reports are written by now.
    """
    if "livekit.rtc" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash.get(_STATUS, 1))
