"""The time as the core sees it: set by its host before each step, never read by itself."""


class Clock:
    """Wall time for what people see, monotonic time for leases and idleness."""

    __slots__ = ("mono_s", "wall_ms")

    def __init__(self, wall_ms: int = 0, mono_s: float = 0.0) -> None:
        self.wall_ms = wall_ms
        self.mono_s = mono_s
