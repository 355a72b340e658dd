"""A call that has come in, whoever and whatever it comes from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.telephony.dialplan import Subscriber
from wire.route import Ghost, Party, RouteRequest


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that is to reach somebody of the house. `known_to` names who calls as somebody (a user id) knows
    them, as the company does for None; `caller` is who calls from inside, `ghost` stands for who does from
    outside. `number` was dialled.
    """

    request: RouteRequest
    known_to: Callable[[str | None], Awaitable[Party]]
    number: str
    caller: Subscriber | None = None
    ghost: Ghost | None = None

    @property
    def withheld(self) -> bool:
        return self.request.withheld and self.caller is not None
