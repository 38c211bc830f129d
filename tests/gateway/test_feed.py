import msgspec

from actors.people import People
from actors.timeline import Timeline
from actors.user import UserState
from gateway.asking import Asker
from gateway.feed import PULLED_EACH, feed_page
from protocol.user import Listed
from tests.gateway.little_cluster import CATALOGUE, LittleCluster


def settle(cluster: LittleCluster, user: str, state: UserState) -> None:
    """Puts a user with that state into the cluster."""
    actor = CATALOGUE.kinds["user"].actor()
    actor.key, actor.state, actor.live = user, state, None
    cluster.actors[f"user:{user}"] = actor


def posts(author: int, count: int) -> Timeline:
    return Timeline().merged(
        [Listed(f"{author:08x}{n:08x}", 1_000 * n + author * 10) for n in range(count)], 10_000
    )


async def test_a_fill_holds_the_newest_of_everyone(cluster: LittleCluster):
    authors = [f"author-{n:02d}" for n in range(20)]
    for n, author in enumerate(authors):
        settle(cluster, author, UserState(posts=posts(n, PULLED_EACH + 10)))
    settle(cluster, "ann", UserState(following=People.of(authors)))
    page = await feed_page(Asker(cluster), "ann", None, 20)
    assert page.posts == [f"{n:08x}{PULLED_EACH + 9:08x}" for n in reversed(range(20))]
    assert len(cluster.actors["user:ann"].state.feed) == 500


async def test_a_fresh_feed_is_read_with_one_ask(cluster: LittleCluster):
    settle(cluster, "ann", UserState(following=People.of(["bob"]), feed_filled_at=cluster.at))
    await feed_page(Asker(cluster), "ann", None, 20)
    assert cluster.asked == ["user:ann"]


async def test_a_fill_fits_into_a_journal_entry(cluster: LittleCluster):
    authors = [f"{'a' * 60}{n:04d}" for n in range(500)]
    for n, author in enumerate(authors):
        settle(cluster, author, UserState(posts=posts(n, 2)))
    settle(cluster, "ann", UserState(following=People.of(authors)))
    await feed_page(Asker(cluster), "ann", None, 20)
    filled = cluster.events[-1]
    assert len(msgspec.msgpack.encode(filled)) < 16 * 1024
