"""Likes a post and writes: python examples/like_and_comment.py ADDRESS ann "open sesame" ID "How blue!" """

import asyncio
import sys

from sdk import entered


async def main(address: str, username: str, password: str, id: str, text: str) -> None:
    async with entered(address, username, password) as manta:
        post = manta.post(id)
        print(await post.like(), "like it")
        async with post.typing():  # others see that you write, while you think
            await asyncio.sleep(1)
        print((await post.comment(text)).text)


asyncio.run(main(*sys.argv[1:]))
