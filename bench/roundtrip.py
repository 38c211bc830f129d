"""An op over a real socket, through gateway and cell and back; beside it a bare echo, and socket.io."""

from contextlib import ExitStack
from pathlib import Path
from statistics import median

import msgspec

from bench import wire
from bench.crowd import Crowd
from bench.measure import Latencies, Work, percentile
from bench.peers import node_packages
from bench.product import Product
from bench.progress import Progress
from bench.report import Report
from bench.valkey import Valkey, sync_ms
from bench.worker import Program, Worker, bench_folder
from cluster.calm import settle_memory
from cluster.process import run as run_on_loop

PER_S = 1_000.0
PHONES = 40  # 25 messages a second each: half of what one socket may say
APPLIED, JOURNALED, ECHO, SOCKET_IO = "applied", "journaled", "bare echo", "socket.io"


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rounds: int
    turn_s: float  # of each side in a round


LONG = Size(rounds=12, turn_s=5.0)
QUICK = Size(rounds=4, turn_s=1.5)


class Side:
    """One kind of round trip, over all rounds."""

    def __init__(self, crowd: Crowd, things: list[bytes], pids: list[int | str]) -> None:
        self._crowd, self._things, self._pids = crowd, things, pids
        self.latencies, self.late = Latencies(), Latencies()
        self.others: list[float] = []
        self.cpu_us: list[float] = []
        self.missing = 0

    async def turn(self, seconds: float) -> None:
        """A thousand a second, whether or not the others were answered."""
        count, work = int(PER_S * seconds), Work(self._pids, beside=[self._crowd.pid, "self"])
        heard = await self._crowd.say(self._things, count, PER_S, 1)
        sample = work.done(max(1, heard.heard))
        heard.into(self.latencies, self.late)
        self.others.append(sample.others_cores)
        self.cpu_us.append(1e6 / sample.per_cpu_s)
        self.missing += heard.sent - heard.heard

    def anew(self) -> "Side":
        """The same with nothing measured yet."""
        return Side(self._crowd, self._things, self._pids)

    def ms(self, of_100: float) -> float:
        """A percentile; with answers missing it is as slow as anyone would have waited."""
        return 30e3 if self.missing else self.latencies.ms(of_100)


class SocketIo:
    """socket.io's round trip: a server and a client, both in node."""

    def __init__(self, asks: Program) -> None:
        self._asks = asks
        self.took_ms: list[float] = []

    async def turn(self, seconds: float) -> None:
        """The same pace."""
        told = await self._asks.ask({"say": [int(PER_S * seconds), PER_S]})
        self.took_ms += told["took_ms"]


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        progress.stage("starting a gateway, a cell, Valkey and peers")
        report.figures["fdatasync_ms"] = sync_ms(folder)
        product = Product(folder, stack, stack.enter_context(Valkey(folder)))
        await product.open()
        sides = await _sides(product, folder, stack)
        socket_io = await _socket_io(folder, stack, report.notes)
        for side in sides.values():
            await side.turn(0.2)
        await product.settle()
        settle_memory()
        sides = {name: side.anew() for name, side in sides.items()}
        progress.stage(f"{size.rounds} rounds of {size.turn_s:g} s at {PER_S:,.0f} a second")
        turns: list[Side | SocketIo] = [*sides.values(), *([socket_io] if socket_io is not None else [])]
        for number in range(size.rounds):
            first = number % len(turns)
            for turn in turns[first:] + turns[:first]:
                await turn.turn(size.turn_s)
            progress.step(number + 1, size.rounds)
        _judge(sides, socket_io, report)
        await product.close()


async def _sides(product: Product, folder: Path, stack: ExitStack) -> dict[str, Side]:
    posts = [await product.post(number, f"author{number}") for number in range(PHONES)]
    phones = stack.enter_context(Crowd(folder, product.port))
    await phones.open_all(product.sessions("phone", PHONES), speaks=True, want=1)
    looks = [wire.ask(post, {"type": "post.look"}) for post in posts]
    # A like, and then the unlike of it: each is journaled, and the author of the post is told of likes.
    likes = [wire.ask(post, {"type": f"post.{word}"}) for word in ("like", "unlike") for post in posts]
    echo = stack.enter_context(Worker("bench.peers.echo", folder))
    callers = stack.enter_context(Crowd(folder, int((await echo.ask())["port"])))
    await callers.open_all([wire.upgrade("/")] * PHONES, speaks=True)
    return {
        APPLIED: Side(phones, looks, product.pids),
        JOURNALED: Side(phones, likes, product.pids),
        ECHO: Side(callers, looks, [echo.pid]),
    }


async def _socket_io(folder: Path, stack: ExitStack, notes: list[str]) -> SocketIo | None:
    command = node_packages.program("echo", folder)
    if command is None:
        notes.append(node_packages.HOW)
        return None
    server = stack.enter_context(Program([*command, "serve"], folder, "socket-io"))
    port = str((await server.ask())["port"])
    asks = stack.enter_context(Program([*command, "ask", port], folder, "socket-io-client"))
    await asks.ask()
    return SocketIo(asks)


def _judge(sides: dict[str, Side], socket_io: SocketIo | None, report: Report) -> None:
    applied, journaled, echo = sides[APPLIED], sides[JOURNALED], sides[ECHO]
    report.notes.append(
        f"{PHONES} sockets, {PER_S:,.0f} ops a second in all, evenly spaced, from the intended moment to the"
        " reading of the answer; journaled ops are on disk (fsync of each batch), applied ones in memory"
    )
    for name, side in sides.items():
        if side.missing:
            report.notes.append(f"{name}: {side.missing:,} were not answered")
    for name in (APPLIED, JOURNALED):
        report.figures |= {
            f"{name}_p999_ms": sides[name].ms(99.9),
            f"{name}_cpu_us": median(sides[name].cpu_us),
            f"driver_late_p99_ms_{name}": sides[name].late.ms(99),
        }
    report.others(median(applied.others))
    report.against[ECHO] = {"p50_ms": echo.ms(50), "p99_ms": echo.ms(99), "cpu_us": median(echo.cpu_us)}
    report.ratios["applied_p50_to_echo"] = applied.ms(50) / echo.ms(50)
    if socket_io is not None:
        p50_ms, p99_ms = (percentile(socket_io.took_ms, of_100) for of_100 in (50, 99))
        report.against[SOCKET_IO] = {"p50_ms": p50_ms, "p99_ms": p99_ms}
        report.ratios["applied_p50_to_socket_io"] = applied.ms(50) / p50_ms
    report.at_most("roundtrip.applied_p50_ms", applied.ms(50), 0.8)
    report.at_most("roundtrip.applied_p99_ms", applied.ms(99), 5)
    report.at_most("roundtrip.journaled_p50_ms", journaled.ms(50), 2)
    report.at_most("roundtrip.journaled_p99_ms", journaled.ms(99), 10)
