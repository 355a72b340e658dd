"""Calls that two browsers have with each other, and that a rule wants recorded: they come into the house."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from logs import log
from wire.record import CallRecord
from wire.recording import Terms, TermsAsked

_log = log.get(__name__)


#: Seconds between looks whether an answer was taken, and how many there are.
_AGAIN, _LOOKS = 0.3, 50


class KnowsTerms(Protocol):
    """`keeper.Recordings`, seen from here."""

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None: ...


class RuledCalls:
    """`talks` says whether both sides of a call are connected: only then can it come. `bring_in` says whether
    it is in the house then; what comes of it there is the call's own."""

    def __init__(
        self, terms: KnowsTerms, talks: Callable[[str], bool], bring_in: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._terms, self._talks, self._bring_in = terms, talks, bring_in
        self._asked: set[str] = set()
        self._beside: set[asyncio.Task[None]] = set()

    def look(self, calls: Iterable[CallRecord]) -> None:
        """These are all that browsers have with each other now, once they talk."""
        found = {record.id: record for record in calls}
        self._asked &= found.keys()
        for call_id, record in found.items():
            if call_id not in self._asked:
                self._asked.add(call_id)
                task = asyncio.create_task(self._look_at(record))
                self._beside.add(task)
                task.add_done_callback(self._beside.discard)

    def stop(self) -> None:
        """The next process looks again."""
        for task in self._beside:
            task.cancel()

    async def _look_at(self, record: CallRecord) -> None:
        terms = await self._terms.terms(TermsAsked(caller=record.caller, callee=record.callee), patient=True)
        if terms is None or not terms.rule:
            return
        for _ in range(_LOOKS):
            if self._talks(record.id):
                break
            await asyncio.sleep(
                _AGAIN
            )  # who answers is chosen by the caller's client, which tells nobody here
        if not await self._bring_in(record.id):
            # Another Matrix client has to be answered once more by hand.
            _log.warning("call_not_recorded", call_id=record.id, why="it did not come into the house")
