"""What operators see of an installation: the figures of a moment."""

import msgspec

from protocol.messages import ClientRead, Message, Reply


class FigureNow(msgspec.Struct, frozen=True, array_like=True):
    """One number; a name that ends in `_total` only grows, any other is as of now."""

    name: str
    labels: dict[str, str]
    value: float


class SpreadNow(msgspec.Struct, frozen=True, array_like=True):
    """How often something took how long: counts by upper bound, and one more for what took longer."""

    name: str
    labels: dict[str, str]
    bounds_s: list[float]
    counts: list[int]
    sum_s: float


# asked


class ViewCluster(ClientRead, frozen=True, tag="cluster.view"):
    """To the gateway itself, with a watch of the topic `cluster`; for operators only."""


# answered


class ClusterFigures(Reply, frozen=True, tag="cluster.figures"):
    """All figures as of `at` (ms)."""

    at: int
    figures: list[FigureNow]
    spreads: list[SpreadNow]


# pushed


class ClusterMoved(Message, frozen=True, tag="cluster.moved"):
    """The same, once a second, to those who watch `cluster`."""

    at: int
    figures: list[FigureNow]
    spreads: list[SpreadNow]
