"""How like a photo its renditions are: SSIM of the light, against the photo made smaller the long way."""

from pathlib import Path
from typing import Any

import pyvips

from media_workers.photo import loading
from media_workers.photo.facts import JPEG

WINDOW = 1.5  # the standard deviation of the Gaussian window, as in the paper of 2004
DARK, FLAT = (0.01 * 255) ** 2, (0.03 * 255) ** 2


class Original:
    """A photo, decoded whole and upright."""

    def __init__(self, photo: Path) -> None:
        loading.open_for(JPEG)  # whoever made renditions in this process has shut it
        picture = pyvips.Image.new_from_file(str(photo)).autorot().copy_memory()
        if picture.get_typeof("icc-profile-data"):
            picture = picture.icc_transform("srgb", embedded=True, intent="relative").copy_memory()
        self._picture = picture
        self._smaller: dict[tuple[int, int], Any] = {}

    def like(self, rendition: Path) -> float:
        """How like it a rendition is; 1 is the same."""
        shown = pyvips.Image.new_from_file(str(rendition))
        return _ssim(self._light_at(shown.width, shown.height), _light(shown))

    def _light_at(self, width: int, height: int) -> Any:
        """Its light, made smaller by one filter in floats, for each side in the very size that it chose."""
        found = self._smaller.get((width, height))
        if found is None:
            whole = self._picture
            small = whole.cast("float").resize(width / whole.width, vscale=height / whole.height)
            found = _light(small.cast("uchar").copy(interpretation="srgb")).copy_memory()
            self._smaller[width, height] = found
        return found


def _ssim(wanted: Any, shown: Any) -> float:
    one, other = wanted.cast("double"), shown.cast("double")
    mean, other_mean = _blurred(one), _blurred(other)
    spread = _blurred((one - mean) * (one - mean))
    other_spread = _blurred((other - other_mean) * (other - other_mean))
    shared = _blurred((one - mean) * (other - other_mean))
    above = (mean * other_mean * 2 + DARK) * (shared * 2 + FLAT)
    below = (mean * mean + other_mean * other_mean + DARK) * (spread + other_spread + FLAT)
    return float((above / below).avg())


def _light(picture: Any) -> Any:
    return picture.colourspace("b-w")


def _blurred(picture: Any) -> Any:
    return picture.gaussblur(WINDOW, precision="float")
