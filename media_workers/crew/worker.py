"""A worker: one order, one answer, in a folder of its own; what it does besides ends with it."""

import errno
import os
from pathlib import Path

import msgspec

from media_workers.crew.words import ORIGINAL, OUT, Fault, Order, Progress, Refusal, frame
from media_workers.photo import making
from media_workers.unfit import Unfit

TEXT_LIMIT = 400


def carry_out(order: Order, folder: Path, answers: int) -> None:
    """Carries an order out and says how it went; what a library prints goes to a file beside it."""

    def say(word: msgspec.Struct) -> None:
        left = frame(word)
        while left:
            left = left[os.write(answers, left) :]

    try:
        out = folder / OUT
        out.mkdir()
        data = (folder / ORIGINAL).read_bytes()
        say(making.made(data, out, order.edit, order.formats, lambda part: say(Progress(part))))
    except Unfit as unfit:
        say(Refusal(unfit.code, unfit.detail[:TEXT_LIMIT]))
    except MemoryError:
        say(Refusal("photo_too_hungry"))
    except OSError as error:
        # Files of a size that no photo of ours has are the photo's fault, a full disk is not.
        text = f"{type(error).__name__}: {error}"[:TEXT_LIMIT]
        say(Refusal("photo_bomb", text) if error.errno == errno.EFBIG else Fault(text))
    except Exception as error:
        say(Fault(f"{type(error).__name__}: {error}"[:TEXT_LIMIT]))
