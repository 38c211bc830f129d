from pathlib import Path

from gateway.ports import Figure, Spread
from manta.gateway_figures import GatewayFigures


class Sockets:
    """As many connections as the test says."""

    def __init__(self, count: int) -> None:
        self.count = count

    async def figures(self) -> list[Figure | Spread]:
        return [
            Figure("manta_connections", "sockets", {}, self.count),
            Spread("manta_op_seconds", "time", {"kind": "post.like"}, [0.1], [2, 1], 0.5),
        ]


def told(figures: list[Figure | Spread]) -> dict[str, float]:
    return {
        each.labels["gateway"]: each.value if isinstance(each, Figure) else each.sum_s
        for each in figures
        if each.name == "manta_connections"
    }


async def test_each_gateway_tells_what_the_others_count(folder: Path):
    first = GatewayFigures("gateway-0", folder, Sockets(3))
    second = GatewayFigures("gateway-1", folder, Sockets(5))
    async with first.told(), second.told():
        assert told(await first.figures()) == {"gateway-1": 5}
        figures = await second.figures()
    assert told(figures) == {"gateway-0": 3}
    (spread,) = [each for each in figures if isinstance(each, Spread)]
    assert spread.labels == {"gateway": "gateway-0", "kind": "post.like"}
    assert (list(spread.counts), spread.sum_s) == ([2, 1], 0.5)


async def test_of_one_that_is_gone_nothing_is_told(folder: Path):
    first = GatewayFigures("gateway-0", folder, Sockets(3))
    (folder / "figures-gateway-1.sock").touch()  # what a killed one leaves behind
    async with first.told():
        assert await first.figures() == []
    async with GatewayFigures("gateway-1", folder, Sockets(5)).told():
        assert told(await first.figures()) == {"gateway-1": 5}
