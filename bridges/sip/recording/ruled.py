"""Calls that two browsers have with each other, and that a rule wants recorded: they come into the house."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from logs import log
from wire.record import CallRecord
from wire.recording import Terms, TermsAsked

_log = log.get(__name__)


#: Seconds between looks whether an answer was taken; before each further try to have a call come.
_AGAIN, _TRIES = 0.3, (5.0, 30.0)


class KnowsTerms(Protocol):
    """`keeper.Recordings`, seen from here."""

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None: ...


class RuledCalls:
    """`talks` says whether both sides of a call are connected: only then can it come. `bring_in` says whether
    it is in the house then; what comes of it there is the call's own. Nobody waits for any of this: they
    talk, and are recorded from when they are told. `pause` waits for so many seconds."""

    def __init__(
        self,
        terms: KnowsTerms,
        talks: Callable[[str], bool],
        bring_in: Callable[[str], Awaitable[bool]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._terms, self._talks, self._bring_in, self._pause = terms, talks, bring_in, pause
        self._beside: dict[str, asyncio.Task[None]] = {}

    def look(self, calls: Iterable[CallRecord]) -> None:
        """These are all that browsers have with each other now, once they talk."""
        found = {record.id: record for record in calls}
        for call_id in self._beside.keys() - found.keys():
            # It is over, or in the house.
            self._beside.pop(call_id).cancel()
        for call_id, record in found.items():
            if call_id not in self._beside:
                self._beside[call_id] = asyncio.create_task(self._look_at(record))

    def stop(self) -> None:
        """The next process looks again."""
        for task in self._beside.values():
            task.cancel()

    async def _look_at(self, record: CallRecord) -> None:
        """For as long as the call is one: the web may have been away when it began, and who answers is chosen
        by the caller's client, which tells nobody here."""
        terms = await self._terms.terms(TermsAsked(caller=record.caller, callee=record.callee), patient=True)
        if terms is None or not terms.rule:
            return
        for before in (0.0, *_TRIES):
            await self._pause(before)
            while not self._talks(record.id):
                await self._pause(_AGAIN)
            if await self._bring_in(record.id):
                return
            # Another Matrix client has to be answered once more by hand.
            _log.warning("call_not_recorded", call_id=record.id, why="it did not come into the house")
