"""The machine that a figure was measured on; figures of two machines are not to be compared."""

import os
import platform
from pathlib import Path

from cluster.compiled import core_is


def machine() -> dict[str, str | float | int]:
    """What a reader of a figure must know of it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "processor": _processor(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "core": core_is(),
        "load_before": round(os.getloadavg()[0], 2),  # others at work make a figure worse than it is
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
