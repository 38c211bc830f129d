"""Posts a text: python examples/post_text.py http://127.0.0.1:8080 bob "open sesame" "The sea" """

import asyncio
import sys

from sdk import entered


async def main(address: str, username: str, password: str, text: str) -> None:
    async with entered(address, username, password) as manta:
        print((await manta.publish(text)).id)


asyncio.run(main(*sys.argv[1:]))
