"""What an author wants done to a photo: a crop, a filter; plain numbers, so a client can preview them."""

import math

import msgspec

from media_workers.unfit import Unfit

SMALLEST_CROP = 1 / 1_000  # of a side


class Crop(msgspec.Struct, frozen=True):
    """A part of the photo as its viewer sees it, in fractions of its sides, from the upper left corner."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def check(self) -> None:
        """Raises Unfit unless it lies within the photo; what rounding costs a client is forgiven."""
        numbers = (self.x, self.y, self.width, self.height)
        inside = self.x + self.width <= 1 + 1e-6 and self.y + self.height <= 1 + 1e-6
        if not all(map(math.isfinite, numbers)) or min(self.x, self.y) < 0 or not inside:
            raise Unfit("photo_bad_edit", "the crop is not within the photo")
        if min(self.width, self.height) < SMALLEST_CROP:
            raise Unfit("photo_bad_edit", "the crop is too small")

    def before_turning(self, orientation: int) -> "Crop":
        """The same part in the picture as the camera stored it; `orientation` is that of EXIF."""
        x, y, width, height = self.x, self.y, self.width, self.height
        right, below = 1 - x - width, 1 - y - height
        return {
            2: Crop(right, y, width, height),
            3: Crop(right, below, width, height),
            4: Crop(x, below, width, height),
            5: Crop(y, x, height, width),
            6: Crop(y, right, height, width),
            7: Crop(below, right, height, width),
            8: Crop(below, x, height, width),
        }.get(orientation, self)

    def within(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, width and height in pixels: at least one, never over the edge."""
        left = min(width - 1, max(0, round(self.x * width)))
        top = min(height - 1, max(0, round(self.y * height)))
        wide, high = max(1, round(self.width * width)), max(1, round(self.height * height))
        return left, top, min(wide, width - left), min(high, height - top)


WHOLE = Crop()


class Edit(msgspec.Struct, frozen=True):
    """Everything that an author may ask for; applied in the order crop, filter."""

    crop: Crop = WHOLE
    filter: str = ""  # a name of the table in filters.py; none if empty
    strength: float = 1.0  # of the filter: 0 leaves the photo as it is

    def check(self) -> None:
        """Raises Unfit unless it can be carried out."""
        self.crop.check()
        if not 0 <= self.strength <= 1:
            raise Unfit("photo_bad_edit", "the strength is not between 0 and 1")


AS_IT_IS = Edit()
