import argon2

from server.accounts.hashing import Argon2Hasher

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


async def test_hashes_of_weaker_parameters_are_outdated() -> None:
    known = await Argon2Hasher(CHEAP).hash("correct horse")
    assert not Argon2Hasher(CHEAP).outdated(known)
    assert Argon2Hasher().outdated(known)
