"""A test that hangs fails by its name, and the others go on."""

import asyncio
import io
import signal
from collections.abc import Generator

import pytest

#: In which the handler speaks again: an exception that met a task's code has ended that task alone. Seconds.
_AGAIN = 1.0


def _tasks() -> str:
    """Where each task of the loop that runs here waits."""
    said = io.StringIO()
    try:
        for task in asyncio.all_tasks():
            task.print_stack(file=said)
    except RuntimeError:
        said.write("no loop runs")
    return said.getvalue()


def _bounded(item: pytest.Item) -> Generator[None, object, object]:
    """Each phase of a test has twice the time after which pytest dumps what the threads do."""
    seconds = 2 * float(item.config.getini("faulthandler_timeout") or 0)

    def over(_signal: int, _frame: object) -> None:
        pytest.fail(f"it hangs: not over after {seconds:g} s\n{_tasks()}")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _bounded(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _bounded(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _bounded(item))
