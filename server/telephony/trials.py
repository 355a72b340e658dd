"""Ring me now: those of one's devices ring that a call would ring at this moment."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from server.directory.service import Person
from server.telephony.refusals import CallNotFound, NotPossibleNow, TooManyCommands
from wire.commands import RingMeAnswer, RingMeRequest
from wire.route import Party

#: Tries that are known to whose they are; older ones are over.
_KNOWN = 500


class TrialBridge(Protocol):
    """Rings. None: it does not answer."""

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer | None: ...

    async def rung(self, call_id: str) -> RingMeAnswer | None: ...


class Trials:
    """`pace` says of a user id whether one more try is allowed now: phones outside cost money."""

    def __init__(
        self,
        bridge: TrialBridge,
        language: Callable[[str], Awaitable[Literal["it", "en"]]],
        pace: Callable[[str], bool],
        fresh_id: Callable[[], str],
    ) -> None:
        self._bridge, self._language, self._pace, self._fresh_id = bridge, language, pace, fresh_id
        self._whose: dict[str, str] = {}

    async def ring(self, me: Person) -> RingMeAnswer:
        """Begin. Raises `TooManyCommands`, `NotPossibleNow`."""
        if not self._pace(me.user_id):
            raise TooManyCommands
        call_id = self._fresh_id()
        self._whose[call_id] = me.user_id
        while len(self._whose) > _KNOWN:
            del self._whose[next(iter(self._whose))]
        party = Party(me.user_id, me.name, next(iter(me.extensions + me.numbers), None))
        request = RingMeRequest(call_id, party, await self._language(me.user_id))
        return _answered(await self._bridge.ring_me(request))

    async def look(self, me: Person, call_id: str) -> RingMeAnswer:
        """How far it is. Raises `CallNotFound`, `NotPossibleNow`."""
        if self._whose.get(call_id) != me.user_id:
            raise CallNotFound
        return _answered(await self._bridge.rung(call_id))


def _answered(answer: RingMeAnswer | None) -> RingMeAnswer:
    if answer is None:
        raise NotPossibleNow
    return answer
