"""Argon2id (RFC 9106), off the event loop."""

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
        self._nobody = self._hasher.hash("")
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
