"""`/metrics` of the web process, in Prometheus' text format, for whoever holds the metrics token.

The token lies in DATA/secrets/metrics_token (Prometheus: `authorization.credentials_file`). It opens this and
the bridge's `/metrics`, nothing else. Being on loopback is no proof: a reverse proxy on this machine is, too.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import BaseHTTPResponse

from server.edge import bearer
from server.edge.sanic_types import App
from server.version import version

#: The exposition format 0.0.4.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Requests that take as long as their client likes.
_LONG = ("_matrix", "_synapse", "api/v1/events", "api/v1/guest/events", "internal/v1/meetings/visitors")
_WORDS = {
    "people": "People who may sign in.",
    "people_disabled": "People whom an administrator has disabled.",
    "sessions": "Web sessions that have not ended.",
    "contacts": "Contacts in all phonebooks.",
    "call_records": "Calls on record.",
    "meetings": "Rooms that have a meeting which was not cancelled.",
    "meeting_visitors": "Guests and telephones that wait at a meeting's door or are inside.",
}


class Counts(Protocol):
    async def now(self) -> Mapping[str, int]:
        """How many there are of each of `_WORDS`."""


class _Gauges(Collector):
    """What was counted just before the scrape."""

    def __init__(self) -> None:
        self.counted: Mapping[str, int] = {}

    def collect(self) -> Iterable[Metric]:
        for name, number in self.counted.items():
            yield GaugeMetricFamily(f"unisono_{name}", _WORDS[name], value=number)
        about = GaugeMetricFamily("unisono_info", "The version that runs.", labels=["version"])
        about.add_metric([version()], 1.0)
        yield about


class WebMetrics:
    """Watches every request; each application has a registry of its own."""

    def __init__(self, counts: Counts, token: str) -> None:
        self._counts = counts
        self._token = token
        self.registry = CollectorRegistry()
        self._gauges = _Gauges()
        self.registry.register(self._gauges)
        self._requests = Counter(
            "unisono_http_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "unisono_http_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )

    def install(self, app: App) -> None:
        app.register_middleware(self._watch, "response", priority=-50)
        app.blueprint(self._blueprint())

    async def _watch(self, request: Request, response: BaseHTTPResponse) -> None:
        # The route's pattern, never the path: it holds people's numbers, and labels live for ever.
        route = request.route.path if request.route else "none"
        began = getattr(request.ctx, "began", None)
        took = None if began is None else time.perf_counter() - began
        self.seen(route, request.method, response.status, took)

    def seen(self, route: str, method: str, status: int, took: float | None) -> None:
        """A request was answered after `took` seconds, where that is known."""
        if route.startswith(_LONG):
            route = route.partition("/<")[0]
        elif took is not None:
            self._seconds.labels(route).observe(took)
        self._requests.labels(route, method, str(status)).inc()

    def _blueprint(self) -> Blueprint:
        routes = Blueprint("metrics")

        async def metrics(_request: Request) -> HTTPResponse:
            self._gauges.counted = await self._counts.now()
            headers = {"Cache-Control": "no-store"}
            return HTTPResponse(generate_latest(self.registry), headers=headers, content_type=CONTENT_TYPE)

        routes.on_request(bearer.only_for(self._token))
        routes.add_route(metrics, "/metrics", methods=["GET"])
        return routes
