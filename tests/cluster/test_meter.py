"""What the shell of a cell measures."""

import msgspec
import pytest

from cluster.meter import Histogram, Meter


class Figures(msgspec.Struct):
    """Stands for a core's figures."""

    cell: str = "cell-1"


def test_a_histogram_knows_its_percentiles():
    histogram = Histogram.empty()
    assert histogram.percentile_ms(0.5) == 0.0
    for took_ms in [0.4] * 98 + [9.0, 1e6]:
        histogram.add(took_ms / 1000)
    assert (histogram.percentile_ms(0.5), histogram.percentile_ms(0.99)) == (0.5, 10)
    assert histogram.percentile_ms(1.0) == 10_000
    assert histogram.sum_ms == pytest.approx(98 * 0.4 + 9.0 + 1e6)


def test_a_rate_is_that_of_the_last_second():
    meter = Meter(100.0)
    meter.ops += 500
    meter.second(100.5)
    assert meter.ops_per_s == 0
    meter.ops += 500
    meter.second(102.0)
    assert meter.ops_per_s == 500
    meter.second(103.0)
    assert meter.ops_per_s == 0
    stats = meter.stats(Figures(), links=2, now_s=103.0)
    assert (stats.uptime_s, stats.ops, stats.links, stats.cell.cell) == (3.0, 1_000, 2, "cell-1")
