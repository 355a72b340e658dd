"""Traces of calls: taken from the bridge, kept for a time, read by administrators."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Protocol

import msgspec

from logs import log
from server.audit.service import Audit
from server.directory.access import Actor
from server.traces.figures import DAYS_MAX, By, Counted, Figures, figures, masked
from server.traces.rules import PAGE_MAX, Keeping, UnknownCall
from wire.record import CallRecord
from wire.route import Party
from wire.trace import CallTrace

_log = log.get(__name__)
#: Users that stand for outside numbers.
_GHOST = "@_tel_"
_DAY_MS = 24 * 3600 * 1000


class TraceStore(Protocol):
    async def put(self, traces: Sequence[CallTrace]) -> None:
        """Keep them, durably; one of a call that is known already takes its place."""

    async def get(self, call_id: str) -> CallTrace | None: ...

    async def kept(self, call_ids: Sequence[str]) -> set[str]:
        """Of which of these calls there is one."""

    async def purge(self, before: int, size: int) -> int:
        """Forget those of calls that ended before `before`, and the oldest beyond `size` bytes; how many."""


class Records(Protocol):
    """Calls of everybody."""

    async def latest(self, before: int | None, limit: int) -> Sequence[CallRecord]:
        """Calls that started before `before`, newest first; at least `limit` if there are as many."""

    async def one(self, call_id: str) -> CallRecord | None: ...


class CallCounts(Protocol):
    """How many calls there were."""

    async def counted(self, by: By, since: int, until: int) -> Sequence[Counted]:
        """Of all calls that began in this time (milliseconds, `until` is the first one after)."""


class LiveTraceReader(Protocol):
    async def call_messages(self, call_id: str) -> dict[str, Any] | None:
        """The trace of a call that lives, or None."""


def shown(record: CallRecord) -> CallRecord:
    """The record for administrators: whom people call outside is their own business, and what outsiders are
    called may come from somebody's own phonebook."""
    return msgspec.structs.replace(
        record,
        caller=_unnamed(record.caller),
        callee=_unnamed(record.callee),
        dialled=masked(record.dialled) or "",
    )


def _unnamed(party: Party) -> Party:
    """Somebody outside is a number without its last digits."""
    outside = party.user_id is None or party.user_id.startswith(_GHOST)
    return Party(None, "", masked(party.number)) if outside else party


@dataclass(frozen=True, slots=True)
class TracedCall:
    """A call and what is known of it; `trace` is None where it was not kept, or not any more."""

    record: CallRecord
    trace: CallTrace | None


@dataclass(frozen=True, slots=True)
class ListedCall:
    record: CallRecord
    traced: bool


class Traces:
    """`now_ms` is the wall clock."""

    def __init__(
        self,
        store: TraceStore,
        records: Records,
        bridge: LiveTraceReader,
        audit: Audit,
        keeping: Keeping,
        now_ms: Callable[[], int],
        counts: CallCounts,
    ) -> None:
        self._store, self._records, self._bridge, self._audit = store, records, bridge, audit
        self._counts = counts
        self._keeping, self._now_ms = keeping, now_ms

    async def keep(self, traces: Sequence[CallTrace]) -> None:
        """Take what the bridge kept of calls that ended. Idempotent."""
        if traces and self._keeping.days:
            await self._store.put(traces)

    async def purge(self) -> None:
        """Forget what is too old, or too much."""
        gone = await self._store.purge(self._keeping.oldest(self._now_ms()), self._keeping.size)
        if gone:
            _log.info("traces_purged", calls=gone)

    async def calls(self, actor: Actor, before: int | None, limit: int) -> list[ListedCall]:
        """Everybody's calls, newest first. The first page is noted in the audit log."""
        if before is None:
            await self._audit.record("calls.listed", actor=actor.name, address=actor.address)
        records = await self._records.latest(before, min(limit, PAGE_MAX))
        kept = await self._store.kept([record.id for record in records])
        return [ListedCall(shown(r), r.id in kept or r.ended_at is None) for r in records]

    async def figures(self, actor: Actor, by: By, since: int, until: int, zone: tzinfo) -> list[Figures]:
        """Calls of the house counted, at most `DAYS_MAX` days of them. Noted in the audit log."""
        since = max(since, until - DAYS_MAX * _DAY_MS)
        await self._audit.record("calls.counted", actor=actor.name, address=actor.address, details={"by": by})
        return figures(await self._counts.counted(by, since, until), by, zone)

    async def read(self, actor: Actor, call_id: str, form: str) -> TracedCall:
        """One call with its trace, as `form` (a word for the audit log). Raises UnknownCall."""
        record = await self._records.one(call_id)
        trace = await self._of(call_id)
        if record is None and trace is None:
            raise UnknownCall
        await self._audit.record(
            "call.traced", actor=actor.name, subject=call_id, address=actor.address, details={"form": form}
        )
        known = record or CallRecord(id=call_id, via="", started_at=_began(trace))
        return TracedCall(shown(known), trace)

    async def _of(self, call_id: str) -> CallTrace | None:
        live = await self._bridge.call_messages(call_id)
        if live is None:
            return await self._store.get(call_id)
        try:
            return msgspec.convert(live, CallTrace)
        except msgspec.ValidationError as error:
            _log.error("trace_malformed", call_id=call_id, why=str(error))
            return None


def _began(trace: CallTrace | None) -> int:
    return trace.messages[0].at if trace is not None and trace.messages else 0
