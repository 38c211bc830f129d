"""How an order can fail by no fault of the original.

Trouble
├── OverLimit   it took more than an order may take; `limit` says of what
└── Crashed     a worker, or what starts workers, died or talked nonsense
"""


class Trouble(Exception):
    """The order was not carried out."""


class OverLimit(Trouble):
    """It took more than an order may take."""

    def __init__(self, limit: str, text: str = "") -> None:
        super().__init__(f"{limit}: {text}")
        self.limit = limit


class Crashed(Trouble):
    """A worker, or what starts workers, died or talked nonsense."""
