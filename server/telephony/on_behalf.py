"""Calls that somebody makes in the name of a colleague who lets them: whether they may, and how it is shown.

Nobody calls for whom somebody else calls for: what counts is whom the colleague has named themselves.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import structs

from logs import log
from server.delegates.service import DelegateReader
from server.directory.ports import PersonLookup
from server.numbers import numbers
from server.telephony import star_codes
from server.telephony.dialplan import Refusal, Subscriber
from server.telephony.lookup import subscriber
from server.telephony.parties import ghost_from
from wire.route import OnBehalf, Party, Plan, RouteRequest

_log = log.get(__name__)
_SHOWN: dict[Literal["it", "en"], str] = {"it": "{caller} per {principal}", "en": "{caller} for {principal}"}

#: Told who calls whom (what was dialled) in whose name: user ids. Does not raise.
Called = Callable[[str, str, str], Awaitable[None]]


async def _nobody_is_told(_caller: str, _principal: str, _dialled: str) -> None:
    """Nothing keeps it."""


class CallsOnBehalf:
    def __init__(
        self,
        people: PersonLookup,
        delegates: DelegateReader,
        domain: str,
        region: str,
        language: Literal["it", "en"],
    ) -> None:
        self._people, self._delegates = people, delegates
        self._domain, self._region, self._language = domain, region, language
        self.called: Called = _nobody_is_told

    async def read(self, request: RouteRequest) -> RouteRequest | None:
        """What a phone dials, without the code before the number; None where nobody has the extension in it.
        Emergency services are called by whoever calls them, and told so, whatever else was wanted."""
        code = star_codes.call_for(request.dialled) if request.via == "sip" else None
        if code is not None:
            request = structs.replace(request, dialled=code.number)
        if self._is_emergency(request.dialled):
            return structs.replace(request, on_behalf_of=None)
        if code is None:
            return request
        principal = await self._people.by_extension(code.extension)
        if principal is None or request.transferred is not None:
            return None
        return structs.replace(request, on_behalf_of=principal.user_id)

    async def principal(self, caller: Subscriber, wanted: str | None) -> Subscriber | Refusal | None:
        """In whose name (a user id) somebody calls; None: in their own."""
        if wanted is None or wanted == caller.user_id:
            return None
        me = await self._people.by_user_id(caller.user_id)
        principals = await self._delegates.principals_of(me.id) if me is not None else ()
        allowed = any(one.user_id == wanted and one.calls for one in principals)
        found = subscriber(await self._people.by_user_id(wanted)) if allowed else None
        if found is None:
            _log.warning("call_on_behalf_refused", user_id=caller.user_id, on_behalf_of=wanted)
        return found or Refusal.FORBIDDEN

    async def shown(
        self, plan: Plan, caller: Subscriber, principal: Subscriber, request: RouteRequest
    ) -> Plan:
        """The plan of a call in the name of `principal`."""
        if plan.emergency or plan.outcome == "service":
            return plan
        if plan.outcome != "refuse" and not request.forwarded:
            await self.called(caller.user_id, principal.user_id, request.dialled)
        number = principal.shown_inside or None
        both = _SHOWN[self._language].format(caller=caller.name, principal=principal.name)
        party = Party(principal.user_id, principal.name, number)
        return structs.replace(plan, on_behalf=OnBehalf(party, Party(caller.user_id, both, number)))

    def _is_emergency(self, dialled: str) -> bool:
        ghost = ghost_from(dialled, self._domain)
        try:
            digits = numbers.clean((ghost.number or "") if ghost else dialled).digits
        except numbers.NotANumber:
            return False
        return numbers.is_emergency(digits, self._region)
