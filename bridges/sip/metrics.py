"""What an operator watches, in Prometheus' text format.

Nothing here names a person or a number: labels are outcomes, lines, models of phones and their networks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bridges.sip.b2bua.services import Records
from bridges.sip.quality.places import Place
from wire.record import CallRecord, Heard, SoundTrouble

#: The media type of the text (Prometheus exposition format 0.0.4).
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


#: MOS: nearly all, many, some dissatisfied; satisfied; very satisfied (G.107, Annex B).
_MOS = (2.0, 2.58, 3.1, 3.6, 4.03, 4.34, 4.5)
#: Different lines, models or networks that are told apart; further ones are "other".
LABELS = 100


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

    def put_call(self, call_id: str, kind: str, snapshot: Callable[[], Mapping[str, Any]]) -> None:
        self._records.put_call(call_id, kind, snapshot)

    def drop_call(self, call_id: str) -> None:
        self._records.drop_call(call_id)

    def put_record(self, record: CallRecord) -> None:
        if record.ended_at is not None:
            self._count(record)
        self._records.put_record(record)

    def handled(self, event_id: str) -> None:
        self._records.handled(event_id)

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


class SoundMetrics:
    """How calls sounded, by line, by model of phone and by network; `sounded` is told of each direction."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def histogram(name: str, words: str, label: str) -> Histogram:
            return Histogram(f"unisono_{name}_mos", words, [label], buckets=_MOS, registry=registry)

        self._kinds = histogram("call", "Mean MOS of the sound from one side of a call.", "kind")
        self._trunks = histogram("trunk", "The same of what a line brought.", "trunk")
        self._phones = histogram("phone", "The same of what phones of a model sent.", "model")
        self._networks = histogram("network", "The same of what came from a network.", "network")
        self._troubles = Counter(
            "unisono_sound_troubles",
            "What was wrong with the sound from one side of a call.",
            ["fault", "why", "kind"],
            registry=registry,
        )
        self._known: dict[str, set[str]] = {}

    def sounded(self, place: Place, heard: Heard | None, troubles: Sequence[SoundTrouble]) -> None:
        """`b2bua.services.Sounded`."""
        for trouble in troubles:
            self._troubles.labels(trouble.fault, trouble.why, place.kind).inc()
        if heard is None:
            return
        self._kinds.labels(place.kind).observe(heard.mos_mean)
        for metric, label, value in (
            (self._trunks, "trunk", place.trunk),
            (self._phones, "model", place.model),
            (self._networks, "network", place.network),
        ):
            if value is not None:
                metric.labels(self._bounded(label, value)).observe(heard.mos_mean)

    def _bounded(self, label: str, value: str) -> str:
        """Labels live for ever, and phones may call themselves anything."""
        known = self._known.setdefault(label, set())
        if value not in known and len(known) >= LABELS:
            return "other"
        known.add(value)
        return value


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
