"""Processes of a bench: each is told one JSON line and answers with one, and leaves nothing behind."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

from cluster.embedded import fate
from cluster.embedded.log_files import last_lines
from cluster.embedded.processes import Life, end_kin, life_of
from cluster.embedded.trouble import Trouble

END_WITHIN_S = 5.0
Told = dict[str, Any]


class Program:
    """A program that runs beside the bench, with a session of its own."""

    def __init__(
        self, command: Sequence[str], folder: Path, name: str, env: Mapping[str, str] | None = None,
        ends: bool = True,
    ) -> None:  # fmt: skip
        self.name, self._ends = name, ends  # whether it ends with its input
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **(env or {})},
                start_new_session=True,
                preexec_fn=fate.dies_with(os.getpid()),
            )
        self.pid = self._process.pid
        self._life = life_of(self.pid) or Life(self.pid, "")

    def tell(self, order: Told | None = None) -> Told:
        """Gives an order, or none, and waits for the line that answers it."""
        to, back = self._pipes()
        try:
            if order is not None:
                to.write(json.dumps(order).encode() + b"\n")
                to.flush()
            line = back.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise Trouble(
                "engine_failed", f"the bench's {self.name} ended before it was done: {self.last_words()}"
            )
        answer: Told = json.loads(line)
        return answer

    def last_words(self) -> str:
        """The end of its log."""
        return " / ".join(last_lines(self._log, 3)) or "no word in its log"

    async def ask(self, order: Told | None = None) -> Told:
        """The same, while the loop goes on."""
        return await asyncio.to_thread(self.tell, order)

    def kill(self) -> None:
        """kill -9, of the process and all that belongs to it."""
        end_kin(self._life)
        self._process.wait()

    def close(self) -> None:
        """Ends it: its input closes; who does not go then is killed."""
        to, back = self._pipes()
        to.close()
        try:
            self._process.wait(END_WITHIN_S if self._ends else 0)
        except subprocess.TimeoutExpired:
            pass  # killed below, with whatever else is left of its session
        self.kill()
        back.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Worker(Program):
    """A Python module that runs beside the bench."""

    def __init__(
        self, module: str, folder: Path, name: str = "", env: Mapping[str, str] | None = None, *words: str
    ) -> None:
        command = [sys.executable, "-m", module, *words]
        super().__init__(command, folder, name or module.rpartition(".")[2], env)


@contextmanager
def bench_folder() -> Iterator[Path]:
    """Where a bench keeps sockets, logs and data: short, private, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mb-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def serve(carry_out: Callable[[Told], Told]) -> None:
    """The worker's side: carries out orders until its input closes."""
    answers = claimed_stdout()
    for line in sys.stdin:
        answer(answers, carry_out(json.loads(line)))


def claimed_stdout() -> int:
    """The way to the bench; what a library prints goes to the log from now on."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def answer(answers: int, told: Told) -> None:
    """One line to the bench."""
    os.write(answers, json.dumps(told).encode() + b"\n")
