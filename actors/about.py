"""What users say of themselves: the fields that an edit gives, and how long they may be."""

from msgspec.structs import asdict

from actors.kernel import Rejected
from protocol.user import EditProfile

LENGTHS = {"name": 64, "bio": 150, "profile_pic": 2_048}  # characters


def given_by(command: EditProfile) -> dict[str, str | None]:
    """What it sets; an empty picture is none."""
    given = {field: value for field, value in asdict(command).items() if value is not None}
    for field, limit in LENGTHS.items():
        if len(given.get(field, "")) > limit:
            raise Rejected(f"user.{field}_too_long", f"{field} has at most {limit:,} characters")
    if "profile_pic" in given:
        given["profile_pic"] = given["profile_pic"] or None
    return given
