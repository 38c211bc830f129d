"""Keeps passwords out of what people and logs get to see."""

import re

_PASSWORD = re.compile(r"(?<=://)([^/@\s]*)(?=@)")


def veiled(value: object) -> object:
    """The value, without the user and password of an address in it."""
    return (
        _PASSWORD.sub(lambda found: "***" if ":" in found.group() else found.group(), value)
        if isinstance(value, str)
        else value
    )
