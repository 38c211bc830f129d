"""Ray's head on this machine: its control store and its node, reachable from here only."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ray

from cluster.ray_host import lean_node  # takes the place of Ray's own node

NAMESPACE = "manta"
OBJECT_STORE_BYTES = 80 << 20  # nothing large travels through Ray
SLOTS = 4096  # Ray counts them as processors; every actor takes one, and idle workers are kept up to it
STOP_WITHIN_S = 5.0
TUNING = {
    # The node's process is watched itself, so silence only means that it hangs, which may take 20 s to show.
    # With 500 ms and three misses a node was given up, and all started anew, as two cores had a load of 22.
    "health_check_initial_delay_ms": 5000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 3000,
    "health_check_failure_threshold": 5,
    # A killed actor answers again after 0.1 to 0.5 s; by default callers hear of its death after 1.5 to 2.
    "timeout_ms_task_wait_for_death_info": 50,
    "core_worker_internal_heartbeat_ms": 100,
    # Batches of a link travel in the call itself; through the object store each would take 2 ms.
    "max_direct_call_object_size": 2 << 20,
}


class Head:
    """A Ray of our own, up while the context is open."""

    def __init__(self, folder: Path, begun: Callable[[str, int], None] = lambda name, pid: None) -> None:
        self._folder = folder
        self._begun = begun  # hears of Ray's processes before they serve: Ray waits 30 s for one that is dead
        # The kernel ends Ray's processes together with the thread that started them, so it stays.
        self._thread = ThreadPoolExecutor(1, "ray-head")
        self.pids: dict[str, int] = {}

    async def __aenter__(self) -> "Head":
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._start)
        except BaseException:
            await self.__aexit__()
            raise
        finally:
            _take_signals_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            stopping = asyncio.get_running_loop().run_in_executor(self._thread, ray.shutdown)
            await asyncio.wait_for(stopping, STOP_WITHIN_S)
        finally:
            self._thread.shutdown(wait=False)

    def _start(self) -> None:
        logging.getLogger("ray").setLevel(
            logging.ERROR
        )  # it warns that it leaves signals alone, as it should
        lean_node.hear(self._is_there)
        ray.init(
            address="local",  # anything else may join whatever else runs on this machine
            namespace=NAMESPACE,
            num_cpus=SLOTS,
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
            _temp_dir=str(self._folder),
            _system_config=TUNING,
        )

    def _is_there(self, name: str, pid: int) -> None:
        self.pids[name] = pid
        self._begun(name, pid)


def _take_signals_back() -> None:
    """Whoever listened to them before listens again: Ray's native part would end this process at once."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            if (handler := signal.getsignal(number)) is not None:
                signal.signal(number, handler)
                signal.siginterrupt(number, False)
