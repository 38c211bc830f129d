"""People of the bench: one with a million followers, many with few, and those who look at profiles."""

from collections.abc import Iterator, Mapping

from actors.followers import FULL, FollowersState
from actors.people import People
from actors.segments import Segment, Segments
from actors.user import UserState
from bench.fixtures import by_partition, write_snapshots, writing
from cluster.core.records import Raw, Snapshot, encode
from protocol.about import About
from protocol.followers import segment_ref
from protocol.ids import user_ref

STAR = "star"
IN_A_SEGMENT = FULL * 3 // 4  # what splits leave on average
STEP = 2**64 // 2_000_000  # so that ids are as long as those of accounts
SMALL = [f"small{number:03d}" for number in range(200)]
FEW = 10
SEEN = [f"seen{number:04d}" for number in range(1_000)]
VIEWERS = [f"viewer{number:02d}" for number in range(100)]
AT_MS = 1_700_000_000_000


def follower(number: int) -> str:
    """An id as accounts have them."""
    return f"{number * STEP:016x}"


def snapshot(state: UserState | FollowersState) -> bytes:
    """As cells write it."""
    return encode(Snapshot(0, 12, AT_MS, type(state).version, Raw(encode(state))))


def about(user: str) -> About:
    """What they say of themselves."""
    return About(user, user.title(), "Mountains and bread.", f"media/{user}/150.jpg", AT_MS)


def segments(followers: int) -> Iterator[tuple[int, People]]:
    """The followers of the star, in parts."""
    for number, first in enumerate(range(0, followers, IN_A_SEGMENT), 1):
        ids = [follower(n) for n in range(first, min(first + IN_A_SEGMENT, followers))]
        yield number, People.of(ids)


def likes(viewer: int, seen: int) -> bool:
    """Whether a viewer follows someone: half of them do."""
    return (viewer + seen) % 2 == 0


def planted(followers: int) -> Mapping[str, bytes]:
    """The snapshot of everyone."""
    found: dict[str, bytes] = {}
    listed: list[Segment] = []
    for number, people in segments(followers):
        start = people.after("", 1)[0] if number > 1 else ""
        listed.append(Segment(start, number, 1, len(people)))
        held = FollowersState(people=people, heard=1, whole=True)
        found[segment_ref(STAR, number)] = snapshot(held)
    of_star = Segments(listed, followers, len(listed))
    found[user_ref(STAR)] = snapshot(UserState(about=about(STAR), segments=of_star))
    few = People.of(follower(number) for number in range(FEW))
    for user in SMALL:
        found[user_ref(user)] = snapshot(UserState(about=about(user), followers=few))
    for number, user in enumerate(SEEN):
        fans = People.of(viewer for at, viewer in enumerate(VIEWERS) if likes(at, number))
        found[user_ref(user)] = snapshot(UserState(about=about(user), followers=fans))
    for number, user in enumerate(VIEWERS):
        liked = People.of(seen for at, seen in enumerate(SEEN) if likes(number, at))
        found[user_ref(user)] = snapshot(UserState(about=about(user), following=liked))
    return found


async def plant(url: str, followers: int) -> None:
    """Writes them into a store that nobody uses yet."""
    found = planted(followers)
    async with writing(url) as store:
        await write_snapshots(store, by_partition(found), found.__getitem__, lambda _: None)
