import asyncio
import threading
from typing import Literal

import argon2
import pytest

from server.accounts.hashing import Argon2Hasher
from server.accounts.rules import TooBusy

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_password_verifies_against_its_own_hash_alone() -> None:
    hasher = Argon2Hasher(CHEAP)
    known = await hasher.hash("correct horse")
    assert known.startswith("$argon2id$")
    assert await hasher.verify(known, "correct horse")
    assert not await hasher.verify(known, "wrong horse")
    assert not await hasher.verify("not a hash", "correct horse")


async def test_nobody_has_no_password_not_even_an_empty_one() -> None:
    assert not await Argon2Hasher(CHEAP).verify(None, "")


class Watched(argon2.PasswordHasher):
    """Remembers what it was asked to verify; hashing would be noticed."""

    def __init__(self) -> None:
        super().__init__(time_cost=2, memory_cost=64, parallelism=3)
        self.verified: list[str] = []
        self.fault: Exception | None = None

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        raise AssertionError("nobody asked for a hash")

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 (argon2's name)
        assert isinstance(hash, str)
        self.verified.append(hash)
        try:
            return super().verify(hash, password)
        except Exception as fault:
            self.fault = fault
            raise


async def test_a_guess_at_nobody_costs_what_one_at_somebody_does_and_starting_costs_nothing() -> None:
    watched = Watched()
    assert not await Argon2Hasher(watched).verify(None, "correct horse")
    (stand_in,) = watched.verified
    assert argon2.extract_parameters(stand_in) == argon2.extract_parameters(
        argon2.PasswordHasher(2, 64, 3).hash("")
    )
    # Computed to its end, and different: not refused as unreadable.
    assert isinstance(watched.fault, argon2.exceptions.VerifyMismatchError)


async def test_hashes_of_weaker_parameters_are_outdated() -> None:
    known = await Argon2Hasher(CHEAP).hash("correct horse")
    assert not Argon2Hasher(CHEAP).outdated(known)
    assert Argon2Hasher().outdated(known)


class Slow(argon2.PasswordHasher):
    """Takes until it is told to go on."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go_on = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 (argon2's name)
        assert self.go_on.wait(60)
        return super().verify(hash, password)


async def test_fifty_wait_for_their_hash_and_the_next_is_told_to_come_again() -> None:
    slow = Slow()
    hasher = Argon2Hasher(slow)
    known = await hasher.hash("correct horse")
    waiting = [asyncio.create_task(hasher.verify(known, "correct horse")) for _ in range(52)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await hasher.verify(known, "correct horse")
    with pytest.raises(TooBusy):
        await hasher.hash("correct horse")
    waiting[-1].cancel()
    await asyncio.wait([waiting[-1]])
    waiting[-1] = asyncio.create_task(hasher.verify(known, "correct horse"))
    slow.go_on.set()
    assert all(await asyncio.gather(*waiting))
    assert await hasher.verify(known, "correct horse")
