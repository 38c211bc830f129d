"""A photo as posts show it: where its renditions lie, how large each is, what to show until one is here."""

import msgspec


class Size(msgspec.Struct, frozen=True, array_like=True):
    """One rendition: named by the width that it was made for, which a small photo does not reach."""

    rung: int
    width: int
    height: int


class Photo(msgspec.Struct, frozen=True, array_like=True):
    """What was made of one upload."""

    folder: str  # in the store, and in addresses: a date and a random name
    sizes: list[Size]  # the smallest first
    formats: list[str]  # of each size
    width: int  # of the original, upright
    height: int
    thumbhash: str  # base64


class PostPhoto(msgspec.Struct, frozen=True, array_like=True):
    """One photo of a post, in the order of the carousel; not there yet while `photo` is None."""

    media: str
    alt: str = ""
    photo: Photo | None = None
