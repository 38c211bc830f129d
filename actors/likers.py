"""The likers of a post as one value."""

import msgspec


class Likers(msgspec.Struct, array_like=True):
    """Who likes a post.

    One set, 11 bytes for each in a snapshot: 100,000 likers are 1.1 MB and 2 ms to encode. What goes viral
    beyond that belongs in pages of its own; the post asks only these questions.
    """

    users: set[str] = set()

    def __len__(self) -> int:
        return len(self.users)

    def __contains__(self, user: str) -> bool:
        return user in self.users
