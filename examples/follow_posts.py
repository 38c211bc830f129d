"""Prints what someone posts: python examples/follow_posts.py http://127.0.0.1:8080 ann "open sesame" bob"""

import asyncio
import sys

from sdk import entered


async def main(address: str, username: str, password: str, author: str) -> None:
    async with entered(address, username, password) as manta:
        async for post in manta.posts_of(author):
            print(post.post_id, post.caption)


asyncio.run(main(*sys.argv[1:]))
