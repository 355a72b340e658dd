"""What is counted of calls."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from bridges.sip.metrics import LABELS, CallMetrics, Gauges, SoundMetrics, text
from bridges.sip.quality.places import Place
from wire.record import Audio, CallRecord, Heard, Outcome, SoundTrouble


class Nowhere:
    """Records that are kept nowhere."""

    def put_call(self, call_id: str, kind: str, snapshot: Callable[[], Mapping[str, Any]]) -> None: ...

    def drop_call(self, call_id: str) -> None: ...

    def put_record(self, record: CallRecord) -> None: ...

    def handled(self, event_id: str) -> None: ...

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


def test_quality_is_told_by_line_model_and_network() -> None:
    registry = CollectorRegistry()
    metrics = SoundMetrics(registry)
    phone = Place("phone", model="Yealink SIP-T46U", network="192.0.2.0/24")
    metrics.sounded(phone, Heard(4.1, 3.0, 1, 5), [SoundTrouble("lossy", "network", "caller", 1, 2)])
    metrics.sounded(Place("line", trunk="carrier"), Heard(2.9, 2.0, 1, 5), [])
    metrics.sounded(Place("browser"), None, [SoundTrouble("nothing", "blocked", "callee", 1)])

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("unisono_phone_mos_sum", model="Yealink SIP-T46U") == 4.1
    assert value("unisono_network_mos_count", network="192.0.2.0/24") == 1.0
    assert value("unisono_trunk_mos_bucket", trunk="carrier", le="3.1") == 1.0
    assert value("unisono_call_mos_bucket", kind="phone", le="4.03") == 0.0
    assert value("unisono_call_mos_count", kind="browser") is None
    assert value("unisono_sound_troubles_total", fault="lossy", why="network", kind="phone") == 1.0
    assert value("unisono_sound_troubles_total", fault="nothing", why="blocked", kind="browser") == 1.0


def test_phones_that_call_themselves_anything_do_not_fill_the_memory() -> None:
    registry = CollectorRegistry()
    metrics = SoundMetrics(registry)
    for number in [*range(LABELS + 2), 0]:
        metrics.sounded(Place("phone", model=f"m{number}"), Heard(4.0, 4.0, 1, 1), [])
    assert registry.get_sample_value("unisono_phone_mos_count", {"model": "m0"}) == 2.0
    assert registry.get_sample_value("unisono_phone_mos_count", {"model": f"m{LABELS - 1}"}) == 1.0
    assert registry.get_sample_value("unisono_phone_mos_count", {"model": "other"}) == 2.0
