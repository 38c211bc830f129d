"""What a call of several partitions does when one of them is not what it should be."""

import asyncio

from cluster.ports import Append, Holder
from cluster.storage.redis_address import RedisAddress
from cluster.storage.redis_calls import Keys
from cluster.storage.redis_journal import RedisJournal
from cluster.storage.redis_line import RedisLine
from tests.cluster.storage.redis_server import RedisServer

ANN = Holder("ann", "ann.1")


async def test_a_fence_of_the_wrong_kind_fails_its_own_append_and_holds_up_no_other(valkey: RedisServer):
    valkey.start()
    line = RedisLine(RedisAddress.parse(valkey.url), "test", 5.0)
    journal = RedisJournal(valkey.url)
    for partition in (1, 2):
        assert await journal.take(partition, 0, ANN) is not None
    await line.ask("DEL", Keys("manta", 2).fence)
    await line.ask("HSET", Keys("manta", 2).fence, "not", "a string")
    both = [Append(1, 1, 0, [b"a"]), Append(2, 1, 0, [b"b"])]
    assert [done.status for done in await journal.append(both)] == ["ok", "failed"]
    assert [done.status for done in await journal.append([Append(1, 1, 1, [b"c"])])] == ["ok"]
    await line.ask("DEL", Keys("manta", 2).fence)
    await line.ask("SET", Keys("manta", 2).fence, "nonsense")
    assert [done.status for done in await journal.append(both[1:])] == ["fenced"]
    await asyncio.gather(journal.close(), line.close())
