"""What users say of themselves."""

import msgspec


class About(msgspec.Struct, frozen=True, array_like=True):
    """What a user says of themselves; `created_at` is 0 for one who never did."""

    username: str = ""
    name: str = ""
    bio: str = ""
    profile_pic: str | None = None
    created_at: int = 0
    verified: bool = False  # by an operator
