"""The guard: a small process that ends what the launcher started when the launcher cannot do so any more.

It reads lines on its standard input, `+ PID BORN` and `- PID`. When the input ends (kill -9 of the launcher
included) it kills what is still on its list, with sessions and descendants. Ray's agents need it: they live
on for 55 s when driver, GCS and raylet die together.
"""

import signal
import sys
from collections.abc import Iterable

from cluster.embedded.processes import Life, end_kin


def read(lines: Iterable[str]) -> list[Life]:
    """Who is on the list when the input ends."""
    listed: dict[int, Life] = {}
    for line in lines:
        sign, pid, *born = line.rstrip("\n").split(" ", 2)
        if sign == "+":
            listed[int(pid)] = Life(int(pid), born[0])
        else:
            listed.pop(int(pid), None)
    return list(listed.values())


def main() -> None:
    """Wait for the end, then see to it that it is one."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it goes when its input ends, not before
    for life in read(sys.stdin):
        end_kin(life)


if __name__ == "__main__":
    main()
