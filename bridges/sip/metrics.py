"""What an operator watches, in Prometheus' text format.

Nothing here names a person or a number: labels are outcomes and names of trunks.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bridges.sip.b2bua.services import Records
from wire.record import CallRecord

#: The media type of the text (Prometheus exposition format 0.0.4).
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class CallMetrics:
    """Counts calls as their records are closed. `b2bua.services.Records` around another one."""

    def __init__(self, records: Records, registry: CollectorRegistry) -> None:
        self._records = records
        self._ended = Counter(
            "unisono_calls", "Calls that ended, by outcome.", ["outcome"], registry=registry
        )
        self._one_way = Counter(
            "unisono_calls_one_way_audio",
            "Answered calls in which sound went one way only.",
            registry=registry,
        )
        self._silent = Counter(
            "unisono_calls_no_audio", "Answered calls without any sound.", registry=registry
        )

    def put_call(self, call_id: str, kind: str, snapshot: Mapping[str, Any]) -> None:
        self._records.put_call(call_id, kind, snapshot)

    def drop_call(self, call_id: str) -> None:
        self._records.drop_call(call_id)

    def put_record(self, record: CallRecord) -> None:
        if record.ended_at is not None:
            self._count(record)
        self._records.put_record(record)

    async def flushed(self) -> None:
        await self._records.flushed()

    def _count(self, record: CallRecord) -> None:
        self._ended.labels(record.outcome).inc()
        if record.answered_at is None:
            return
        heard = (record.audio.caller_to_callee, record.audio.callee_to_caller)
        if sorted(heard, key=str) == [False, True]:
            self._one_way.inc()
        elif heard == (False, False):
            self._silent.inc()


class Gauges(Collector):
    """Asks for what is true at the moment of the scrape."""

    def __init__(
        self,
        calls: Callable[[], int],
        registrations: Callable[[], int],
        trunks: Callable[[], Iterable[tuple[str, bool]]],
    ) -> None:
        self._calls = calls
        self._registrations = registrations
        self._trunks = trunks
        #: Set before each scrape: counting them needs the database.
        self.outbox = 0

    def collect(self) -> Iterable[Metric]:
        yield _gauge("unisono_calls_live", "Calls at this moment.", self._calls())
        yield _gauge("unisono_phones_registered", "Contacts of desk phones.", self._registrations())
        yield _gauge("unisono_outbox_records", "Call records that the web has not acknowledged.", self.outbox)
        up = GaugeMetricFamily("unisono_trunk_up", "Whether calls may be sent to a trunk.", labels=["trunk"])
        for name, is_up in self._trunks():
            up.add_metric([name], float(is_up))
        yield up


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def text(registry: CollectorRegistry) -> bytes:
    """The exposition of `registry`."""
    return generate_latest(registry)
