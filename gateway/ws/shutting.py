"""Closes what stands open on the sockets of one viewer, or on all."""

from collections.abc import Callable

from gateway.ws.hub import Hub
from gateway.ws.outlet import Outlet
from gateway.ws.topic import Watcher


def shutter(hub: Hub) -> Callable[[str, str], None]:
    """What is called with a topic and a viewer; an empty viewer means everyone."""

    def shut(topic: str, viewer: str) -> None:
        hub.shut(topic, lambda watcher: not viewer or _user_of(watcher) == viewer)

    return shut


def _user_of(watcher: Watcher) -> str | None:
    session = watcher.session if isinstance(watcher, Outlet) else None
    return session.user if session is not None else None
