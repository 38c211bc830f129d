"""What an operator is told of an error: what kind it is and where it arose, never what a person wrote."""

import traceback

from protocol.errors import Malformed, MantaError

TEXT_LIMIT = 300


def fault_of(error: BaseException) -> str:
    """One line. The text of an error that is not ours may quote a caption or a comment, so it stays away."""
    name = type(error).__name__
    if isinstance(error, MantaError) and not isinstance(error, Malformed):
        return f"{name}: {error.text}"[:TEXT_LIMIT]
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return name
    last = frames[-1]
    return f"{name} in {last.name}, {'/'.join(last.filename.split('/')[-2:])}:{last.lineno}"[:TEXT_LIMIT]
