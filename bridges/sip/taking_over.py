"""What an earlier process left: read while the media servers are asked, and taken over in the order of who
hears nothing until it is."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from bridges.sip.b2bua.recovery import ASIDE, Recovery, heard_from_here
from bridges.sip.records.store import LiveCall, Store
from bridges.sip.trace.traces import Traces
from logs import log
from wire.trace import TracedMessage

_log = log.get(__name__)

#: Seconds for the ports of calls whose sound comes from here to open, before all others are taken over.
_SOUND_FIRST = 0.01


class Carriers(Protocol):
    """The media gateway, seen from here."""

    async def delete(self, call_id: str) -> Any: ...


class Left(NamedTuple):
    """`ended_at` is when the earlier process was last known to live, milliseconds since 1970; None when
    there was none. `traced`: what was said for its calls."""

    ended_at: int | None
    traced: Mapping[str, list[TracedMessage]]
    calls: list[LiveCall]


async def read(store: Store) -> Left:
    """Raises sqlite3.Error."""
    return Left(await store.last_beat(), await store.live_traces(), await store.live_calls())


class TakingOver:
    """Of calls, by `recovery`."""

    def __init__(self, store: Store, recovery: Recovery, traces: Traces, gateway: Carriers) -> None:
        self._store, self._recovery = store, recovery
        self._traces, self._gateway = traces, gateway

    async def calls(self, left: Left, ended_at: int, there: Callable[[], None]) -> None:
        """All that can go on do so, which `there` is told; nobody carries the others."""
        for call_id, messages in left.traced.items():
            self._traces.resume(call_id, messages)
        # Nobody hears anything of a call whose sound comes from this process until it is there.
        ours = [live for live in left.calls if heard_from_here(live.snapshot)]
        others = [live for live in left.calls if live not in ours]
        over = self._ended(ours, ended_at)
        if ours:
            await asyncio.sleep(_SOUND_FIRST)
        over += self._ended(sorted(others, key=lambda live: live.kind == ASIDE), ended_at)
        await asyncio.sleep(0)  # they begin to go on
        there()
        for live in over:
            # A process that carries calls has outlived ours, and goes on with what has ended here.
            await self._gateway.delete(live.snapshot.get("media", live.id))

    def end_traces(self, left: Left, ended_at: int, lives: Callable[[str], bool]) -> None:
        """Of calls that are over."""
        for call_id in left.traced:
            if not lives(call_id):
                self._traces.end(call_id, ended_at)

    def _ended(self, calls: list[LiveCall], ended_at: int) -> list[LiveCall]:
        """Restores `calls`; those that do not go on."""
        return [live for live in calls if not self._goes_on(live, ended_at)]

    def _goes_on(self, live: LiveCall, ended_at: int) -> bool:
        try:
            return self._recovery.restore(live.id, live.kind, live.snapshot, ended_at)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            _log.error("call_not_taken_over", call_id=live.id, why=repr(error))
            self._store.drop_call(live.id)
            return False
