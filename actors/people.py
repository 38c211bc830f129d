"""Many users as one value: sorted, packed, shared by all who have none."""

from collections.abc import Iterable, Iterator

import msgspec

from protocol.user import UserPage


class People(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """User ids in order, in one string: `\\nann\\nbob\\n`.

    50 of them take 0.6 KB of memory instead of 5 KB as a set. With 10,000, looking one up takes 5 µs, adding
    one 10 µs; of more, as followers may be, a part stands in each of many segments.
    """

    packed: str = "\n"
    count: int = 0

    @classmethod
    def of(cls, users: Iterable[str]) -> "People":
        """These users."""
        ids = sorted(set(users))
        return cls("\n" + "".join(f"{user}\n" for user in ids), len(ids))

    def __len__(self) -> int:
        return self.count

    def __contains__(self, user: str) -> bool:
        return self.packed.startswith(f"{user}\n", self._place(user))

    def plus(self, user: str) -> "People":
        """These and one more."""
        packed, at = self.packed, self._place(user)
        if packed.startswith(f"{user}\n", at):
            return self
        return People(f"{packed[:at]}{user}\n{packed[at:]}", self.count + 1)

    def minus(self, user: str) -> "People":
        """These without one."""
        packed, at = self.packed, self._place(user)
        if not packed.startswith(f"{user}\n", at):
            return self
        return People(packed[:at] + packed[at + len(user) + 1 :], self.count - 1)

    def merged(self, users: Iterable[str]) -> "People":
        """These and more of them: 1 ms for 4,000."""
        return People.of([*self, *users])

    def before(self, user: str) -> "People":
        """Those that come before this id in order."""
        return self._cut(0, self._place(user))

    def since(self, user: str) -> "People":
        """The one that has this id, and those that come after it."""
        return self._cut(self._place(user), len(self.packed))

    def last(self, limit: int) -> list[str]:
        """The last ones in order."""
        return [user for user in self.packed.rsplit("\n", limit + 1)[-limit - 1 : -1] if user]

    def __iter__(self) -> Iterator[str]:
        return iter(self.packed.split("\n")[1:-1])

    def after(self, user: str, limit: int) -> list[str]:
        """The first ones that come after this id in order; from the start for an empty id."""
        at = self._place(user)
        if user and self.packed.startswith(f"{user}\n", at):
            at += len(user) + 1
        # an id has 64 characters at most, so this much holds a page
        return self.packed[at : at + 65 * limit].split("\n")[:-1][:limit]

    def page(self, after: str, limit: int) -> UserPage:
        """The same as an answer."""
        users = self.after(after, limit)
        return UserPage(users, users[-1] if len(users) == limit else None)

    def _cut(self, start: int, end: int) -> "People":
        some = self.packed[max(start, 1) : end]
        return People(f"\n{some}", some.count("\n"))

    def _place(self, user: str) -> int:
        """Where this id stands, or would: the index after a newline, found by halving."""
        packed, low, high = self.packed, 1, len(self.packed)
        while low < high:
            start = packed.rfind("\n", 0, (low + high) // 2) + 1
            end = packed.index("\n", start)
            if packed[start:end] < user:
                low = end + 1
            else:
                high = start
        return low
