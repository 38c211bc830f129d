"""The named filters: each is one matrix and a vignette, so that server and client paint the same pixels.

A pixel (r, g, b), each 0 to 1 and encoded as sRGB, becomes M·(r, g, b, 1), cut off at 0 and 1; then it is
multiplied by 1 − v·d², where d is its distance from the middle as a part of half the diagonal. At strength s
the matrix is (1 − s)·identity + s·M, and the vignette s·v. `docs/media.md` lists the numbers.
"""

import math
from functools import reduce

import msgspec

from media_workers.unfit import Unfit

Matrix = tuple[tuple[float, float, float, float], ...]
"""Three rows of three factors and one addend."""

IDENTITY: Matrix = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722  # how bright each looks (Rec. 709)


class Filter(msgspec.Struct, frozen=True):
    """What a filter does to a photo."""

    matrix: Matrix
    vignette: float = 0.0

    def at(self, strength: float) -> "Filter":
        """The same, weaker."""
        rows = [
            tuple((1 - strength) * one + strength * other for one, other in zip(plain, ours))
            for plain, ours in zip(IDENTITY, self.matrix)
        ]
        return Filter((_row(rows[0]), _row(rows[1]), _row(rows[2])), strength * self.vignette)


def named(name: str) -> Filter:
    """A filter of the table."""
    found = FILTERS.get(name)
    if found is None:
        raise Unfit("photo_bad_edit", "there is no such filter")
    return found


def brightness(factor: float) -> Matrix:
    """All lighter or darker."""
    return _scaled(factor, 0.0)


def contrast(factor: float) -> Matrix:
    """Further from middle grey, or nearer to it."""
    return _scaled(factor, 0.5 * (1 - factor))


def fade(share: float) -> Matrix:
    """Blacks become grey, as on an old print."""
    return _scaled(1 - share, 0.6 * share)


def warmth(amount: float) -> Matrix:
    """More red and less blue; the other way round below zero."""
    return ((1 + amount, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1 - amount, 0.0))


def saturation(factor: float) -> Matrix:
    """0 is black and white, 1 as it is."""
    rest = 1 - factor
    grey = (rest * RED, rest * GREEN, rest * BLUE)
    return (
        (grey[0] + factor, grey[1], grey[2], 0.0),
        (grey[0], grey[1] + factor, grey[2], 0.0),
        (grey[0], grey[1], grey[2] + factor, 0.0),
    )


def tint(red: float, green: float, blue: float, share: float) -> Matrix:
    """Mixed with one colour, as bright as the photo is there."""
    colour = (red, green, blue)
    rows = [[share * part * RED, share * part * GREEN, share * part * BLUE, 0.0] for part in colour]
    for number, row in enumerate(rows):
        row[number] += 1 - share
    return (_row(rows[0]), _row(rows[1]), _row(rows[2]))


def turned(degrees: float) -> Matrix:
    """All hues turned around the grey axis."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    third, lean = (1 - cos) / 3, sin / math.sqrt(3)
    return (
        (cos + third, third - lean, third + lean, 0.0),
        (third + lean, cos + third, third - lean, 0.0),
        (third - lean, third + lean, cos + third, 0.0),
    )


def _scaled(factor: float, addend: float) -> Matrix:
    return ((factor, 0.0, 0.0, addend), (0.0, factor, 0.0, addend), (0.0, 0.0, factor, addend))


def _row(values: "tuple[float, ...] | list[float]") -> tuple[float, float, float, float]:
    one, two, three, four = values
    return one, two, three, four


def _after(first: Matrix, then: Matrix) -> Matrix:
    """Both in one: nothing is cut off between the two."""
    square = (*first, (0.0, 0.0, 0.0, 1.0))
    rows = [[sum(row[k] * square[k][column] for k in range(4)) for column in range(4)] for row in then]
    return (_row(rows[0]), _row(rows[1]), _row(rows[2]))


def _made_of(*steps: Matrix, vignette: float = 0.0) -> Filter:
    whole = reduce(_after, steps)
    rows = [_row([round(value, 4) for value in row]) for row in whole]  # as many digits as the docs have
    return Filter((rows[0], rows[1], rows[2]), vignette)


FILTERS: dict[str, Filter] = {
    "noon": _made_of(brightness(1.08), contrast(1.06), saturation(1.15)),
    "ember": _made_of(warmth(0.12), contrast(1.08), saturation(1.1), vignette=0.25),
    "harbor": _made_of(warmth(-0.1), contrast(1.05), fade(0.06)),
    "slate": _made_of(saturation(0.45), contrast(1.12), warmth(-0.04)),
    "meadow": _made_of(turned(-6), saturation(1.2), brightness(1.03)),
    "dusk": _made_of(tint(0.75, 0.55, 0.95, 0.22), contrast(1.05), vignette=0.35),
    "linen": _made_of(fade(0.14), warmth(0.05), saturation(0.9)),
    "cobalt": _made_of(tint(0.5, 0.75, 1.1, 0.3), contrast(1.08)),
    "rosewood": _made_of(tint(1.1, 0.8, 0.78, 0.28), contrast(0.96), fade(0.05)),
    "frost": _made_of(brightness(1.1), saturation(0.75), warmth(-0.06)),
    "ink": _made_of(saturation(0.0), contrast(1.25), vignette=0.2),
    "silver": _made_of(saturation(0.0), contrast(0.95), fade(0.08)),
    "amber": _made_of(saturation(0.0), tint(1.12, 0.95, 0.7, 0.85), fade(0.06), vignette=0.3),
}
