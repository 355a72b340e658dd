"""Argon2id (RFC 9106), off the event loop."""

import base64
from collections.abc import Callable

import argon2

from server.accounts.rules import TooBusy
from server.workers import Busy, P, R, Workers

#: Each hash takes a core for tens of milliseconds and 64 MiB: more at once would starve everything else.
_AT_ONCE = 2
#: Sign-ins that wait for theirs: seconds, not minutes.
_QUEUE = 50


class Argon2Hasher:
    """`accounts.service.Hasher`. The parameters are argon2-cffi's, which follow RFC 9106."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        # Verified in place of the hash of somebody who does not exist, so that both take as long.
        self._nobody = _hash_of_nothing(self._hasher)
        self._threads = Workers("argon2", _AT_ONCE, _QUEUE)

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        right = await self._run(self._verify, password_hash or self._nobody, password)
        return right and password_hash is not None

    async def _run(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        try:
            return await self._threads.run(work, *arguments, **named)
        except Busy as error:
            raise TooBusy from error

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    def outdated(self, password_hash: str) -> bool:
        """Whether the parameters have grown since this hash was made."""
        return self._hasher.check_needs_rehash(password_hash)


def _hash_of_nothing(hasher: argon2.PasswordHasher) -> str:
    """What no password leads to, and takes as long to verify as the others: zeros where a hash would stand.

    In the encoding of Argon2's reference implementation ("$argon2id$v=19$m=…,t=…,p=…$salt$hash"). Made
    without hashing, which would cost each command and each start tens of milliseconds of a core and 64 MiB.
    """
    salt, digest = (
        base64.b64encode(bytes(length)).decode().rstrip("=") for length in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={argon2.low_level.ARGON2_VERSION}${cost}${salt}${digest}"
