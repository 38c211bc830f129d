"""Ports of this machine that only this machine can reach."""

import random
import socket

HOST = "127.0.0.1"
# Below the range that outgoing connections take theirs from (32768 and up on Linux), so that none of them
# sits on a port of ours while its owner restarts.
LOWEST = 20_000
HIGHEST = 32_767
TRIES = 2_000


def try_port(port: int, host: str = HOST) -> None:
    """Listen there for a moment; OSError says why one cannot."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen(1)


def is_free(port: int) -> bool:
    """Whether one could listen there now."""
    try:
        try_port(port)
    except OSError:
        return False
    return True


def choose(names: list[str], pinned: dict[str, int], highest: int = HIGHEST) -> dict[str, int]:
    """A port for each name: the pinned one where it is free, else another one."""
    chosen: dict[str, int] = {}
    for name in names:
        port = pinned.get(name, 0)
        for _ in range(TRIES):
            if LOWEST <= port <= highest and port not in chosen.values() and is_free(port):
                break
            port = random.randint(LOWEST, highest)
        chosen[name] = port
    return chosen
