"""Where processes are started, so that none of them outlives us unnoticed.

Each child gets a session of its own (Ctrl-C in the terminal reaches us only, and its kin can be found), dies
with us by the kernel's hand, and is known to the guard and, through `remember`, to whoever starts next.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cluster.embedded import fate
from cluster.embedded.child import Child
from cluster.embedded.log_files import bound, open_log
from cluster.embedded.processes import Life, end_kin, life_of, send, strays
from cluster.embedded.trouble import Trouble

TIDY_LOGS_EVERY_S = 30.0


class Nursery:
    """Starts children, and knows all of them; to be used as an async context.

    As `sole_parent` it is the only one in its process that starts others: then it also takes in, and ends,
    orphans of its children. In a process with other children of its own (a test) it leaves these alone.
    """

    def __init__(
        self, logs: Path, remember: Callable[[dict[str, Life]], None], sole_parent: bool = False
    ) -> None:
        self._logs = logs
        self._remember = remember
        self._sole_parent = sole_parent
        self._children: dict[str, Child] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Nursery":
        if self._sole_parent:
            fate.adopt_orphans()
            asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap)
        self._hire_guard()
        self._tasks = [asyncio.ensure_future(self._keep_guard()), asyncio.ensure_future(self._tidy_logs())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for child in self._children.values():
            child.kill()
        if self._sole_parent:
            self._end_strays()
            asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)
        self._dismiss_guard()
        self._remember({})

    def spawn(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> Child:
        """Start a program; what it writes goes to its log."""
        log = self._logs / f"{name}.log"
        descriptor = open_log(log)
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=dict(env) if env is not None else None,
                pass_fds=tuple(pass_fds),
                start_new_session=True,
                preexec_fn=fate.dies_with(os.getpid()),
            )
        finally:
            os.close(descriptor)
        child = Child(name, process, life_of(process.pid) or Life(process.pid, ""), log)
        self._children[name] = child
        self._tell_guard(f"+ {child.life.pid} {child.life.born}")
        self._remember({known.name: known.life for known in self._children.values()})
        return child

    def forget(self, child: Child) -> None:
        """It has ended, and its kin with it."""
        if self._children.get(child.name) is child:
            del self._children[child.name]
        self._tell_guard(f"- {child.life.pid}")
        if self._sole_parent:
            self._end_strays()

    def _end_strays(self) -> None:
        """Kill orphans that came to us: they left the session of a child that is gone."""
        known = {child.life.pid for child in self._children.values()}
        if self._guard:
            known.add(self._guard.pid)
        for pid in strays():
            if pid not in known and (life := life_of(pid)):
                end_kin(life)
        self._reap()

    def _reap(self) -> None:
        """Take leave of orphans that have ended; children of ours are polled, so that their exit is kept."""
        ours = {child.process.pid: child.process for child in self._children.values()}
        if self._guard:
            ours[self._guard.pid] = self._guard
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if process := ours.get(ended.si_pid):
                    process.poll()
                else:
                    os.waitpid(ended.si_pid, os.WNOHANG)

    async def _keep_guard(self) -> None:
        while self._guard:
            await fate.ended(self._guard.pid)
            self._guard.wait()
            self._hire_guard()

    def _hire_guard(self) -> None:
        """Start the guard, or a new one when it was killed; it is no child of the nursery and outlives us."""
        command = [sys.executable, "-m", "cluster.embedded.guard"]
        descriptor = open_log(self._logs / "guard.log")
        try:
            self._guard = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=descriptor, stderr=descriptor, start_new_session=True
            )
        except OSError as error:
            raise Trouble("engine_failed", f"cannot start processes here: {error}") from error
        finally:
            os.close(descriptor)
        for child in self._children.values():
            self._tell_guard(f"+ {child.life.pid} {child.life.born}")

    def _tell_guard(self, line: str) -> None:
        if self._guard and self._guard.stdin:
            with contextlib.suppress(BrokenPipeError):  # it was killed; the next one hears of everybody
                self._guard.stdin.write(f"{line}\n".encode())
                self._guard.stdin.flush()

    def _dismiss_guard(self) -> None:
        """Close its input: it ends when nothing is left on its list."""
        if not self._guard:
            return
        if self._guard.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.close()
        try:
            self._guard.wait(timeout=2)
        except subprocess.TimeoutExpired:
            send(self._guard.pid, signal.SIGKILL)
            self._guard.wait()
        self._guard = None

    async def _tidy_logs(self) -> None:
        while True:
            await asyncio.sleep(TIDY_LOGS_EVERY_S)
            for log in self._logs.glob("*.log"):
                bound(log)
