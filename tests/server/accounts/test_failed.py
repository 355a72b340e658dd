"""What failed sign-ins leave in the audit log."""

from collections.abc import Mapping

import pytest

from server.accounts.failed import NAMED, WINDOW, FailedSignIns


class Log:
    """`Audit` in memory: (subject, address, details)."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, Mapping[str, str]]] = []
        self.now = 1_000_000_000

    async def record(
        self,
        action: str,
        *,
        actor: str,
        subject: str = "",
        address: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        assert (action, actor) == ("sign_in.failed", "nobody")
        self.entries.append((subject, address, details or {}))


@pytest.fixture
def log() -> Log:
    return Log()


async def test_the_first_failure_is_written_down_at_once_and_others_as_a_number(log: Log) -> None:
    failed = FailedSignIns(log, lambda: log.now)
    for _ in range(1000):
        await failed.note("Anna@unisono.example", "192.0.2.1")
    await failed.note("anna@unisono.example", "192.0.2.2")
    assert [entry[:2] for entry in log.entries] == [
        ("Anna@unisono.example", "192.0.2.1"),
        ("anna@unisono.example", "192.0.2.2"),
    ]
    log.now += WINDOW - 1
    await failed.sweep()
    assert len(log.entries) == 2
    log.now += 1
    await failed.sweep()
    assert log.entries[2:] == [("anna@unisono.example", "192.0.2.1", {"times": "999"})]
    await failed.sweep()
    await failed.close()
    assert len(log.entries) == 3


async def test_strangers_who_try_a_thousand_accounts_get_a_bounded_number_of_lines(log: Log) -> None:
    failed = FailedSignIns(log, lambda: log.now)
    for i in range(1000):
        await failed.note(f"person{i}@unisono.example", f"2001:db8:0:{i:x}::1")
    assert len(log.entries) == NAMED
    await failed.close()
    assert log.entries[NAMED:] == [("", "", {"times": str(1000 - NAMED)})]


async def test_a_clock_set_back_holds_no_number_back(log: Log) -> None:
    failed = FailedSignIns(log, lambda: log.now)
    for _ in range(3):
        await failed.note("anna@unisono.example", "192.0.2.1")
    log.now -= 10 * WINDOW
    await failed.sweep()
    assert log.entries[1:] == [("anna@unisono.example", "192.0.2.1", {"times": "2"})]
