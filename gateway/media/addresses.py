"""Addresses of photos: open where everybody may see the photo, else sealed for one viewer and a while."""

from collections.abc import Callable

from gateway.media.seals import MediaSeals
from protocol.photo import PostPhoto
from protocol.post import PostCard

ROOT = "/media"
# A page that is read anew gets the same addresses for 5 minutes, so that a browser's cache is of use.
STEP_S, LEAST_S = 300, 300
ORIGINAL = "original"


class PhotoAddresses:
    """Makes them, for cards that the viewer may see."""

    def __init__(self, seals: MediaSeals, now_s: Callable[[], float]) -> None:
        self._seals, self._now_s = seals, now_s

    def of(self, card: PostCard, number: int, what: str, viewer: str, is_open: bool, origin: str) -> str:
        """Where one size of a post's photo is, or its original."""
        path = path_of(card.post_id, number, key_of(card.photos[number]), what)
        if is_open and what != ORIGINAL:
            return origin + path
        until = str((int(self._now_s()) // STEP_S + 1) * STEP_S + LEAST_S)
        return f"{origin}{path}?v={viewer}&e={until}&s={self._seals.of('view', path, viewer, until)}"

    def viewer_of(self, path: str, viewer: str, until: str, seal: str) -> bool:
        """Whether this address was made for this viewer and is still good."""
        fits = self._seals.fits(seal, "view", path, viewer, until)
        return fits and int(until) >= self._now_s()


def path_of(post: str, number: int, key: str, what: str) -> str:
    """Without a format: one address is good for all."""
    return f"{ROOT}/{post}/{number}/{key}/{what}"


def key_of(photo: PostPhoto) -> str:
    """The random part of an address."""
    return photo.photo.folder.rpartition("/")[2] if photo.photo is not None else ""
