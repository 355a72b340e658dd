"""What other features ask the directory, a name for each question. The disabled are not found."""

from collections.abc import Collection, Sequence
from typing import Protocol

from server.directory.service import Person


class PersonById(Protocol):
    async def by_id(self, person_id: str) -> Person | None: ...


class PersonByUserId(Protocol):
    """By the Matrix user id."""

    async def by_user_id(self, user_id: str) -> Person | None: ...


class PersonByEmail(Protocol):
    async def by_email(self, email: str) -> Person | None: ...


class PersonByExtension(Protocol):
    async def by_extension(self, extension: str) -> Person | None: ...


class PersonByNumber(Protocol):
    """By an outside number, in E.164."""

    async def by_number(self, e164: str) -> Person | None: ...


class PersonLookup(PersonByUserId, PersonByExtension, PersonByNumber, Protocol):
    """By all that a call may name."""


class Everyone(Protocol):
    async def everyone(self) -> Sequence[Person]: ...


class StandingReader(Protocol):
    async def still_here(self, user_ids: Collection[str]) -> frozenset[str]:
        """Those whose people are neither removed nor disabled."""
