"""A call that has come in, whoever and whatever it comes from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.telephony.dialplan import Subscriber
from wire.route import Ghost, Party, RouteRequest


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that is to reach somebody of the house. `known_to` names who calls as somebody (a user id) knows
    them, as the company does for None; `caller` is who calls from inside, `ghost` stands for who does from
    outside. `number` was dialled. `principal`: in whose name the caller calls.
    """

    request: RouteRequest
    known_to: Callable[[str | None], Awaitable[Party]]
    number: str
    caller: Subscriber | None = None
    ghost: Ghost | None = None
    principal: Subscriber | None = None

    @property
    def shows(self) -> Subscriber | None:
        """Whose number is shown outside of a call from inside."""
        return self.principal or self.caller

    @property
    def withheld(self) -> bool:
        return self.request.withheld and self.caller is not None
