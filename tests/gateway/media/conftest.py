"""A gateway with a store, over actors in this process; the test plays the darkroom."""

from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp
import pytest

from gateway.entry.entrance import Entrance
from gateway.server import Place, opened
from protocol.media import DevelopMedia, MediaRecord, ReadMedia, media_ref
from protocol.photo import Photo, Size
from tests.gateway.conftest import Answer, Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.media.shelf import ObjectShelf

BODY = b"a photo, as it came"


class Studio:
    """A phone, a store, and somebody who develops."""

    def __init__(self, phone: Phone, cluster: LittleCluster, shelf: ObjectShelf) -> None:
        self.phone, self.cluster, self.shelf = phone, cluster, shelf

    async def asked(self, by: str = "ann", key: str = "", **declared: Any) -> Any:
        """An address for an upload."""
        answer = await self.phone.send("POST", "/api/posts/upload-url", by, declared, key)
        assert answer.status == 200, answer
        return answer.body

    async def put(self, grant: Any, body: bytes = BODY, **headers: str) -> Answer:
        """The bytes go to their address."""
        path = grant["upload_url"].removeprefix(self.phone.url)
        return await self.phone.send("PUT", path, body=body, **({"Content_Type": "image/jpeg"} | headers))

    async def uploaded(self, by: str = "ann") -> str:
        """The id of an upload whose bytes are there."""
        grant = await self.asked(by)
        assert (await self.put(grant)).status == 200
        return str(grant["upload_id"])

    async def develop(self, media: str) -> Photo:
        """Does what the darkroom would."""
        record = cast(MediaRecord, await self.cluster.ask(media_ref(media), ReadMedia()))
        sizes = [Size(150, 150, 100), Size(320, 320, 213), Size(640, 640, 427)]
        photo = Photo(record.folder, sizes, ["jpeg", "webp"], 1500, 1000, "aGFzaA==")
        for size in sizes:
            for suffix in ("jpg", "webp"):
                self.shelf.objects[f"photos/{photo.folder}/{size.rung}.{suffix}"] = (
                    f"{size.rung} {suffix}".encode()
                )
        await self.cluster.ask(media_ref(media), DevelopMedia(photo, "f" * 64))
        return photo

    async def shown(self, by: str = "ann", audience: str = "public") -> Any:
        """A post with one photo that is ready."""
        media = await self.uploaded(by)
        body = {"caption": "", "audience": audience, "media": [{"upload_id": media, "alt_text": "Waves"}]}
        made = await self.phone.send("POST", "/api/posts", by, body)
        assert made.status == 201, made
        await self.develop(media)
        return await self.phone.get(f"/api/posts/{made.body['post_id']}", by)

    async def opened(self, url: str, method: str = "GET", **headers: str) -> aiohttp.ClientResponse:
        """Whatever is there."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.phone._session.request(method, url, headers=sent)
        await answer.read()
        return answer


@pytest.fixture
async def studio(cluster: LittleCluster, entrance: Entrance) -> AsyncIterator[Studio]:
    shelf = ObjectShelf()
    serving = opened(cluster, cluster, Place(port=0), entrance, objects=shelf)
    async with serving as url, aiohttp.ClientSession() as session:
        studio = Studio(Phone(session, url), cluster, shelf)
        await studio.phone.join("ann", "bob")
        yield studio
