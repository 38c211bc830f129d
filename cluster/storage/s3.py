"""Objects in a bucket of S3, or of anything that speaks it, as SeaweedFS does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from cluster.ports import StorageDown

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 20.0
TRIES = 3  # with 0.1 to 20 s between them, as botocore's standard mode has it
CONNECTIONS = 32
# What goes wrong on the way, above the errors that botocore names.
_ERRORS = (BotoCoreError, ClientError, OSError, TimeoutError)


class S3Objects:
    """An `ObjectStore` over one bucket; without keys it looks for credentials where AWS tools do."""

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        access_key: str = "",
        secret_key: str = "",
        region: str = "us-east-1",
        page_names: int = 1_000,
    ) -> None:
        self._bucket = bucket
        self._page_names = page_names
        self._where = {
            "endpoint_url": endpoint or None,
            "region_name": region,
            "aws_access_key_id": access_key or None,
            "aws_secret_access_key": secret_key or None,
        }
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._client: Any = None

    async def put(self, name: str, body: bytes) -> None:
        """Stores one object whole."""
        await self._do("put_object", Key=name, Body=body)

    async def get(self, name: str) -> bytes | None:
        """The object, or None; a bucket that is not there is an error."""
        try:
            client = await self._opened()
            answer = await client.get_object(Bucket=self._bucket, Key=name)
            async with answer["Body"] as body:
                read: bytes = await body.read()
                return read
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise StorageDown(f"cannot read {name!r} from {self._bucket!r}: {error}") from error
        except _ERRORS as error:
            raise StorageDown(f"cannot read {name!r} from {self._bucket!r}: {error}") from error

    async def delete(self, name: str) -> None:
        """Removes an object, if it is there."""
        await self._do("delete_object", Key=name)

    async def names(self, prefix: str) -> AsyncIterator[str]:
        """All names under a prefix, in order, read page by page."""
        more: dict[str, str] = {}
        while True:
            page = await self._do("list_objects_v2", Prefix=prefix, MaxKeys=self._page_names, **more)
            for item in page.get("Contents", ()):
                yield item["Key"]
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def close(self) -> None:
        """Ends the connections."""
        self._client = None
        await self._stack.aclose()

    async def _do(self, operation: str, **arguments: Any) -> Any:
        try:
            client = await self._opened()
            return await getattr(client, operation)(Bucket=self._bucket, **arguments)
        except _ERRORS as error:
            raise StorageDown(f"{operation} failed on bucket {self._bucket!r}: {error}") from error

    async def _opened(self) -> Any:
        """The client, made on first use: it loads half a second's worth of service descriptions."""
        async with self._opening:
            if self._client is None:
                self._client = await self._stack.enter_async_context(
                    get_session().create_client("s3", config=_config(), **self._where)
                )
        return self._client


def _config() -> AioConfig:
    return AioConfig(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        max_pool_connections=CONNECTIONS,
        s3={"addressing_style": "path"},
        # Checksums in trailers are refused by stores that lag behind AWS; TLS or loopback carries the bytes.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
