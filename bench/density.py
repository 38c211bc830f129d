"""What an idle connection costs the gateway, session included, and how many one gateway holds."""

import asyncio
import resource
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench.crowd import Crowd
from bench.measure import pss_bytes
from bench.product import Product
from bench.progress import Progress
from bench.report import Report
from bench.worker import bench_folder
from cluster.process import run as run_on_loop

WARM = 200  # connections that are there before the first weighing
AT_ONCE = 1_000
SPARE_FILES = 256  # of the gateway, beside its sockets
PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    weighed: int  # connections that the memory of one is counted over
    held: int
    hold_s: float


# A silent connection is asked after 25 s whether it is there, and ends after 50.
LONG = Size(weighed=5_000, held=15_000, hold_s=60.0)
QUICK = Size(weighed=5_000, held=5_000, hold_s=5.0)


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        progress.stage("starting a gateway and a cell")
        room = _room(WARM + size.held, report.notes)
        product = Product(folder, stack)
        await product.open()
        crowd = stack.enter_context(Crowd(folder, product.port))
        await crowd.open(product.sessions("warm", WARM), want=1)
        await product.settle()
        empty = pss_bytes(product.gateway.pid)

        progress.stage(f"{size.weighed:,} connections come in")
        idle = product.sessions("idle", min(size.held, room - WARM))
        await _come(crowd, idle[: size.weighed], progress)
        each = (pss_bytes(product.gateway.pid) - empty) / min(len(idle), size.weighed)
        report.figures |= {"gateway_empty_mib": empty / 2**20, "connections_weighed": size.weighed}

        await _more(crowd, idle[size.weighed :], progress)
        progress.stage(f"holding them for {size.hold_s:g} s")
        held = await _held(crowd, size.hold_s, progress)
        report.figures |= {
            "gateway_full_mib": pss_bytes(product.gateway.pid) / 2**20,
            "held_s": size.hold_s,
            "sent_away": int((await crowd.look())["closed"]),
        }
        _judge(each, held, size, report)
        await product.close()


async def _come(crowd: Crowd, openings: Sequence[bytes], progress: Progress) -> None:
    for done in range(0, len(openings), AT_ONCE):
        await crowd.open(openings[done : done + AT_ONCE], want=1)
        progress.step(done + AT_ONCE, len(openings))


async def _more(crowd: Crowd, openings: Sequence[bytes], progress: Progress) -> None:
    if openings:
        progress.stage(f"{len(openings):,} more come in")
        await _come(crowd, openings, progress)


async def _held(crowd: Crowd, seconds: float, progress: Progress) -> int:
    for done in range(int(seconds)):
        await asyncio.sleep(1.0)
        progress.step(done + 1, seconds)
    return int((await crowd.look())["open"])


def _judge(each: float, held: int, size: Size, report: Report) -> None:
    report.notes.append(
        "proportional resident memory of the gateway with the connections, less that without; the kernel's"
        " own memory for sockets is not in it. Each is another user with a session of its own"
    )
    if held < size.held:
        report.notes.append(f"only {held:,} stood in the end; see the gateway's bounds and the notes above")
    report.at_most("density.user_bytes", each, 4_096)
    report.at_least("density.held", held, size.held)


def _room(wanted: int, notes: list[str]) -> int:
    """How many connections this machine allows; a note names the limit that is in the way."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = wanted
    if files != resource.RLIM_INFINITY and files < wanted + SPARE_FILES:
        room = files - SPARE_FILES
        notes.append(
            f"{files:,} open files are allowed, {wanted + SPARE_FILES:,} are needed: raise the hard limit"
            " (`ulimit -Hn`, LimitNOFILE= of systemd, nofile in /etc/security/limits.conf)"
        )
    first, last = map(int, PORTS.read_text().split())
    if last - first + 1 < room:
        room = last - first + 1
        notes.append(
            f"this machine calls from {room:,} ports, {wanted:,} are needed: widen"
            " net.ipv4.ip_local_port_range (`sysctl -w`)"
        )
    return max(room, 0)
