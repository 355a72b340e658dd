"""Who may call routes for colleagues and for administrators, and what their handlers are told of them."""

from dataclasses import dataclass

from server.directory.service import Person
from server.edge.operations import Access
from server.edge.refusals import Refusal


class PasswordAgain(Refusal):
    """Give your password again (PUT /account/proof)."""

    code, status = "password_again", 403


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a user id or `audit.COMMAND_LINE`, and from where. `person_id` is None for commands."""

    name: str
    address: str = ""
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Administrator(Actor):
    """An administrator at a browser; `proved`: whether they gave their password a short while ago."""

    proved: bool = False

    def must_be_proved(self) -> None:
        """For what opens other people's accounts: a session is not enough. Raises PasswordAgain."""
        if not self.proved:
            raise PasswordAgain


PERSON: Access[Person] = Access("person")
ADMINISTRATOR: Access[Administrator] = Access("administrator")
