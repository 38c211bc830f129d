"""What the WebSockets of a gateway count, as figures for operators."""

from gateway.meter import BOUNDS_S
from gateway.ports import Figure, Spread
from gateway.ws.sockets import Sockets

NOW = {
    "connections": "WebSockets that are open",
    "sessions": "WebSockets with a session",
    "topics": "topics that somebody here watches",
}


class SocketFigures:
    """The gateway's own `Figures` of its sockets."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    async def figures(self) -> list[Figure | Spread]:
        """As of now."""
        counts = self._sockets.counts()
        now = [Figure(f"manta_{what}", text, {}, counts[what]) for what, text in NOW.items()]
        happened = sorted((what, count) for what, count in counts.items() if what not in NOW)
        text = "what happened at WebSockets"
        totals = [Figure("manta_sockets_total", text, {"what": what}, count) for what, count in happened]
        lag = self._sockets.floor.hub.lag
        took = "time from a push's coming to its leaving for all who look"
        spread = Spread("manta_fanout_seconds", took, {}, BOUNDS_S, list(lag.counts), lag.sum_s)
        return [*now, *totals, spread]
