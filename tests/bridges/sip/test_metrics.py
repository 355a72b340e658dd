"""What is counted of calls."""

from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from bridges.sip.metrics import CallMetrics, Gauges, text
from wire.record import Audio, CallRecord, Outcome


class Nowhere:
    """Records that are kept nowhere."""

    def put_call(self, call_id: str, kind: str, snapshot: Mapping[str, Any]) -> None: ...

    def drop_call(self, call_id: str) -> None: ...

    def put_record(self, record: CallRecord) -> None: ...

    async def flushed(self) -> None: ...


def record(outcome: Outcome, *, answered: bool, ended: bool = True, audio: Audio | None = None) -> CallRecord:
    return CallRecord(
        id="01A", via="sip", dialled="202", started_at=1, answered_at=2 if answered else None,
        ended_at=3 if ended else None, outcome=outcome, audio=audio or Audio(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("audio", "one_way", "silent"),
    [
        (Audio(True, False), 1.0, 0.0),
        (Audio(False, True), 1.0, 0.0),
        (Audio(True, True), 0.0, 0.0),
        (Audio(False, False), 0.0, 1.0),
        (Audio(None, True), 0.0, 0.0),
        (Audio(), 0.0, 0.0),
    ],
)
def test_answered_calls_are_counted_by_what_was_heard(audio: Audio, one_way: float, silent: float) -> None:
    registry = CollectorRegistry()
    metrics = CallMetrics(Nowhere(), registry)
    metrics.put_record(record("answered", answered=True, ended=False))
    metrics.put_record(record("answered", answered=True, audio=audio))
    assert registry.get_sample_value("unisono_calls_total", {"outcome": "answered"}) == 1.0
    assert registry.get_sample_value("unisono_calls_one_way_audio_total") == one_way
    assert registry.get_sample_value("unisono_calls_no_audio_total") == silent


def test_calls_that_nobody_answered_are_not_silent_ones() -> None:
    registry = CollectorRegistry()
    CallMetrics(Nowhere(), registry).put_record(record("missed", answered=False, audio=Audio(False, False)))
    assert registry.get_sample_value("unisono_calls_no_audio_total") == 0.0
    assert registry.get_sample_value("unisono_calls_total", {"outcome": "missed"}) == 1.0


def test_gauges_say_what_is_true_at_the_scrape() -> None:
    registry, live = CollectorRegistry(), [1]
    gauges = Gauges(lambda: live[0], lambda: 2, lambda: [("carrier", True), ("other", False)])
    registry.register(gauges)
    live[0], gauges.outbox = 7, 3
    lines = text(registry).decode().splitlines()
    assert {"unisono_calls_live 7.0", "unisono_phones_registered 2.0", "unisono_outbox_records 3.0"} <= set(
        lines
    )
    assert {'unisono_trunk_up{trunk="carrier"} 1.0', 'unisono_trunk_up{trunk="other"} 0.0'} <= set(lines)
