"""A peer of the people bench: profiles by HGETALL + SCARD + SISMEMBER through redis-py, behind aiohttp."""

import asyncio
import sys
from typing import Any

from aiohttp import web
from redis.asyncio import BlockingConnectionPool, Redis

from bench import people_fixture as fixture
from bench.worker import answer, claimed_stdout
from cluster.process import run

CONNECTIONS = 64


async def _plant(client: Any) -> None:
    for number, user in enumerate(fixture.SEEN):
        about = fixture.about(user)
        fans = [viewer for at, viewer in enumerate(fixture.VIEWERS) if fixture.likes(at, number)]
        fields = {
            "username": about.username, "name": about.name, "bio": about.bio,
            "profile_pic": about.profile_pic or "", "created_at": about.created_at,
            "following_count": 0, "post_count": 0, "private": 0,
        }  # fmt: skip
        async with client.pipeline(transaction=False) as pipe:
            pipe.hset(f"user:{user}", mapping=fields)
            pipe.sadd(f"followers:{user}", *fans)
            await pipe.execute()


def _app(client: Any) -> web.Application:
    async def view(request: web.Request) -> web.Response:
        user, viewer = request.match_info["user"], request.headers["Manta-User"]
        async with client.pipeline(transaction=False) as pipe:  # one round trip for the three
            pipe.hgetall(f"user:{user}")
            pipe.scard(f"followers:{user}")
            pipe.sismember(f"followers:{user}", viewer)
            about, count, follows = await pipe.execute()
        told = {key.decode(): value.decode() for key, value in about.items()}
        return web.json_response(
            {"user_id": user, **told, "follower_count": count, "followed_by_viewer": bool(follows)}
        )

    app = web.Application()
    app.add_routes([web.get("/api/users/{user}", view)])
    return app


async def _main(socket: str) -> None:
    answers = claimed_stdout()
    pool = BlockingConnectionPool.from_url(f"unix://{socket}", max_connections=CONNECTIONS, timeout=None)
    client = Redis(connection_pool=pool)
    await _plant(client)
    runner = web.AppRunner(_app(client), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    answer(answers, {"port": runner.addresses[0][1]})
    await asyncio.to_thread(sys.stdin.readline)
    await runner.cleanup()
    await client.aclose()


if __name__ == "__main__":
    run(_main(sys.argv[1]))
