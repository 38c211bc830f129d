import pytest

from gateway.asking import CHUNK, Asker
from protocol.errors import Broken, Unavailable
from protocol.ids import user_ref
from protocol.user import Profile, UserCard, ViewUserCard
from tests.gateway.little_cluster import LittleCluster


async def test_a_reply_of_another_kind_is_a_fault_of_ours(cluster: LittleCluster):
    with pytest.raises(Broken, match="a UserCard came where a Profile was expected"):
        await Asker(cluster).read(Profile, "user:ann", ViewUserCard(), "")


async def test_many_replies_keep_their_order_and_errors_their_places(cluster: LittleCluster):
    cluster.failing["user:bob"] = Unavailable()
    asks = [(user_ref(user), ViewUserCard()) for user in ("cid", "bob", "ann")]
    cid, bob, ann = await Asker(cluster).read_many(UserCard, asks, "")
    assert (cid, ann) == (UserCard("cid", "cid", None), UserCard("ann", "ann", None))
    assert isinstance(bob, Unavailable)


async def test_very_many_asks_go_in_chunks(cluster: LittleCluster):
    sizes: list[int] = []
    real = cluster.ask_many

    async def counted(asks, timeout_s=5.0):
        sizes.append(len(asks))
        return await real(asks, timeout_s)

    cluster.ask_many = counted  # type: ignore[method-assign]
    asks = [(user_ref(f"u{n}"), ViewUserCard()) for n in range(CHUNK + 3)]
    assert len(await Asker(cluster).read_many(UserCard, asks, "")) == CHUNK + 3
    assert sizes == [CHUNK, 3]


async def test_no_asks_have_no_replies(cluster: LittleCluster):
    assert await Asker(cluster).read_many(UserCard, [], "") == []
