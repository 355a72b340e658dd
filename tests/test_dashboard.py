"""The dashboard asks for metrics that are there, with labels that they have."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from bridges.sip.metrics import CallMetrics, Gauges, SoundMetrics
from bridges.sip.quality.places import Place
from server.metrics.http import WebMetrics
from wire.record import Audio, CallRecord, Heard, SoundTrouble

DASHBOARD = json.loads((Path(__file__).parents[1] / "config/grafana-dashboard.json").read_text("utf-8"))
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
QUERIES = [
    pytest.param(target["expr"], target["legendFormat"], id=f"{title}-{target['refId']}")
    for title, panel in PANELS.items()
    for target in panel["targets"]
]
HEARD = Heard(4.2, 3.0, 1, 3)


class Nowhere:
    """Records that are kept nowhere."""

    def put_call(self, call_id: str, kind: str, snapshot: Callable[[], Mapping[str, Any]]) -> None: ...

    def drop_call(self, call_id: str) -> None: ...

    def put_record(self, record: CallRecord) -> None: ...

    def handled(self, event_id: str) -> None: ...

    async def flushed(self) -> None: ...


class NoCounts:
    async def now(self) -> Mapping[str, int]:
        return {}


@pytest.fixture(scope="module")
def samples() -> dict[str, set[str]]:
    """Labels by the name of each sample that the bridge and the web process expose."""
    bridge = CollectorRegistry()
    bridge.register(Gauges(lambda: 1, lambda: 1, lambda: [("carrier", True)]))
    calls, sound = CallMetrics(Nowhere(), bridge), SoundMetrics(bridge)
    for audio in (Audio(True, False), Audio(False, False)):
        calls.put_record(
            CallRecord(
                id="A", via="sip", started_at=1, answered_at=1, ended_at=2, outcome="answered", audio=audio
            )
        )
    sound.sounded(
        Place("phone", "carrier", "Yealink", "192.0.2.0/24"),
        HEARD,
        [SoundTrouble("nothing", "blocked", "caller", 1)],
    )
    web = WebMetrics(NoCounts(), "token")
    web.seen("api", "GET", 200, 0.1)
    found: dict[str, set[str]] = {}
    for registry in (bridge, web.registry):
        for family in registry.collect():
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize(("query", "legend"), QUERIES)
def test_each_query_asks_for_what_is_exposed(query: str, legend: str, samples: dict[str, set[str]]) -> None:
    names = re.findall(r"unisono_\w+", query)
    assert names
    assert [name for name in names if name not in samples] == []
    labels = set(re.findall(r"\{\{(\w+)\}\}", legend))
    labels |= {label.strip() for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(",")}
    assert labels <= set().union(*(samples[name] for name in names))
    for bound in re.findall(r'_mos_bucket\{le="([^"]+)"\}', query):
        assert bound == "3.1"


def test_panels_do_not_lie_over_each_other_and_have_ids_of_their_own() -> None:
    cells = [
        (x, y)
        for panel in PANELS.values()
        for place in (panel["gridPos"],)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in PANELS.values()}) == len(DASHBOARD["panels"])
