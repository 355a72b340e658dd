"""What may be refused, and for how long traces of calls are kept."""

from dataclasses import dataclass

from server.edge.refusals import Refusal

_DAY_MS = 24 * 3600 * 1000
_MB = 1_000_000
#: Calls on one page of the list.
PAGE_MAX = 100


class TraceError(Refusal):
    """A refusal of the traces."""

    code = "traces"


class UnknownCall(TraceError):
    """There is no such call."""

    code, status = "unknown_call", 404


@dataclass(frozen=True, slots=True)
class Keeping:
    """`days` and `megabytes` (compressed) of traces are kept; 0 days keeps none."""

    days: int
    megabytes: int

    @property
    def size(self) -> int:
        """Bytes of all traces together."""
        return self.megabytes * _MB

    def oldest(self, now_ms: int) -> int:
        """Calls that ended before this are forgotten, milliseconds since 1970."""
        return now_ms - self.days * _DAY_MS
