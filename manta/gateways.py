"""The gateways of a running installation, as an operator replaces them: one at a time, by a fresh process."""

import time
from collections.abc import Callable
from typing import Any

from cluster.embedded.trouble import Trouble
from cluster.ray_host.edge_actor import actor_of_edge
from cluster.ray_host.supervisor import Supervisor

SERVES_WITHIN_S = 90.0  # a fresh process: 2 s on a quiet machine, 40 s were seen on one with a load of 47
ENDS_WITHIN_S = 2.0  # beyond the drain itself


class Gateways:
    """Answers `manta drain`."""

    def __init__(self, supervisor: Supervisor, names: list[str], drain_s: float) -> None:
        self._supervisor, self._names = supervisor, names
        self._ends_within_s = drain_s + ENDS_WITHIN_S
        self._draining = ""

    async def names(self) -> list[str]:
        """All of them."""
        return self._names

    async def drain(self, name: str, tell: Callable[[str], None]) -> dict[str, Any]:
        """A fresh process serves in the place of that gateway's, which answers what it was asked and ends."""
        if name not in self._names:
            text = f"there is no gateway {name}; there are {', '.join(self._names)}"
            raise Trouble("gateway_unknown", text)
        if self._draining:
            raise Trouble("drain_busy", f"{self._draining} is being drained: try again when that is done")
        self._draining = name
        began_s = time.monotonic()
        try:
            fresh, before = await self._supervisor.replace(
                actor_of_edge(name), SERVES_WITHIN_S, self._ends_within_s, tell
            )
        except TimeoutError as error:
            text = (
                f"no fresh process of {name} serves within {SERVES_WITHIN_S:g} s: look into logs/{name}.log"
            )
            raise Trouble("gateway_failed", f"{text}; the one that was there goes on") from error
        finally:
            self._draining = ""
        seconds = round(time.monotonic() - began_s, 2)
        return {"gateway": name, "pid": fresh, "before": before, "seconds": seconds}
