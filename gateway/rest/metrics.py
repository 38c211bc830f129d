"""`/metrics`, as Prometheus reads it: what this gateway counts, and what the cells tell of themselves."""

import secrets
from collections.abc import Iterable, Iterator, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.ports import Figure, Figures, Spread
from gateway.rest.caller import BEARER, is_loopback
from protocol.errors import Rejected

TOTAL = "_total"


class Scrape(Collector):
    """Figures of one moment as metric families."""

    def __init__(self, figures: Iterable[Figure | Spread], gateway: str) -> None:
        self._figures, self._gateway = figures, gateway

    def collect(self) -> Iterator[Metric]:
        """One family for each name."""
        families: dict[str, Metric] = {}
        for figure in self._figures:
            labels = {"gateway": self._gateway} | figure.labels
            if (family := families.get(figure.name)) is None:
                family = families[figure.name] = _family(figure, list(labels))
            _add(family, figure, list(labels.values()))
        yield from families.values()


def _family(figure: Figure | Spread, labels: Sequence[str]) -> Metric:
    if isinstance(figure, Spread):
        return HistogramMetricFamily(figure.name, figure.text, labels=labels)
    if figure.name.endswith(TOTAL):
        return CounterMetricFamily(figure.name.removesuffix(TOTAL), figure.text, labels=labels)
    return GaugeMetricFamily(figure.name, figure.text, labels=labels)


def _add(family: Metric, figure: Figure | Spread, labels: list[str]) -> None:
    if isinstance(family, HistogramMetricFamily) and isinstance(figure, Spread):
        buckets, so_far = [], 0
        for bound, count in zip([*map(str, figure.bounds_s), "+Inf"], figure.counts):
            so_far += count
            buckets.append((bound, so_far))
        family.add_metric(labels, buckets, figure.sum_s)
    elif isinstance(family, CounterMetricFamily | GaugeMetricFamily) and isinstance(figure, Figure):
        family.add_metric(labels, figure.value)


class Metrics:
    """Serves them to this machine, and to whoever has the operator's token."""

    def __init__(self, figures: Figures, gateway: str, token: str) -> None:
        self._figures, self._gateway, self._token = figures, gateway, token

    def routes(self) -> list[web.RouteDef]:
        """Where they are served."""
        return [web.get("/metrics", self.view)]

    async def view(self, request: web.Request) -> web.Response:
        """All figures of this moment."""
        self._admit(request)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Scrape(await self._figures.figures(), self._gateway))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _admit(self, request: web.Request) -> None:
        value = request.headers.get("Authorization", "")
        shown = value[len(BEARER) :].strip() if value[: len(BEARER)].lower() == BEARER else ""
        if self._token and secrets.compare_digest(shown.encode(), self._token.encode()):
            return
        # Behind a proxy on this machine everyone seems to be here.
        is_here = is_loopback(request.remote or "") and "X-Forwarded-For" not in request.headers
        if not is_here or not is_loopback(request.host.rsplit(":", 1)[0]):
            raise Rejected("metrics.closed", "figures are for this machine, and for the operator's token")
