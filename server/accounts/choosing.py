"""Passwords that people choose are judged beside the event loop, one at a time."""

from server.accounts import rules
from server.accounts.throttling import Attempts
from server.directory.service import Person
from server.workers import Workers


class PasswordChoice:
    """Judging takes a core for up to a tenth of a second, which the loop shares: hence one thread."""

    def __init__(self, attempts: Attempts, organisation: str) -> None:
        self._attempts = attempts
        self._organisation = organisation
        self._judge = Workers("passwords")

    async def check(self, person: Person, password: str) -> str:
        """`password` in the form that is hashed.

        Raises `TooManyAttempts`, and what `rules.check_chosen_password` raises.
        """
        await self._attempts.count([(rules.subject("choice", person.id), rules.CHOICE_THROTTLE)])
        return await self._judge.run(
            rules.check_chosen_password, password, person.email, person.name, self._organisation
        )
