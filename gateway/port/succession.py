"""Listening sockets go from a gateway to the process that takes its place.

A closed one would reset all who stand at the door or still shake hands, a round trip long. One that was
handed over stays open, so that nobody is refused, also where a single gateway serves.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

WITHIN_S = 1.0
SOCKETS = 16  # a name stands for two addresses at most times


def inherited(place: str) -> list[socket.socket]:
    """The listening sockets of who serves there; none where nobody does, or where he does not answer."""
    for path in Path(place).parent.glob(f"{Path(place).name}.*"):
        if found := _handed_over(path):
            return found
    return []


def _handed_over(path: Path) -> list[socket.socket]:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(WITHIN_S)
        try:
            asking.connect(str(path))
            _, descriptors, _, _ = socket.recv_fds(asking, 1, SOCKETS)
        except ConnectionRefusedError:  # of a life that ended without a word
            path.unlink(missing_ok=True)
            return []
        except OSError:
            return []
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


class Legacy:
    """Hands listening sockets to who asks for them; the folder says who may.

    Each life has a path of its own, so that one that comes to nothing leaves the others theirs.
    """

    def __init__(self, place: str, sockets: Sequence[socket.socket]) -> None:
        self._path, self._sockets = Path(f"{place}.{secrets.token_hex(4)}"), sockets
        self._loop = asyncio.get_running_loop()
        self._asked = socket.socket(socket.AF_UNIX)
        self._asked.bind(str(self._path))
        self._path.chmod(0o600)
        self._asked.setblocking(False)
        self._asked.listen()
        self._loop.add_reader(self._asked.fileno(), self._hand_over)

    def close(self) -> None:
        """Hands nothing over any more."""
        self._path.unlink(missing_ok=True)
        self._loop.remove_reader(self._asked.fileno())
        self._asked.close()

    def _hand_over(self) -> None:
        with suppress(OSError):
            heir, _ = self._asked.accept()
            with heir:
                socket.send_fds(heir, [b"."], [listening.fileno() for listening in self._sockets])
