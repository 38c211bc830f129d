"""The ways into an installation: REST, as users have it, and direct links to the cells."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

import aiohttp
import msgspec

from actors.nouns import manta
from bench.chaos.history import Call, Seen
from cluster.client import ClusterClient
from cluster.directory import StoreDirectory
from cluster.link.stream import SCHEME, StreamTransport
from cluster.storage.redis_journal import RedisJournal
from protocol.errors import MantaError
from protocol.messages import Command
from protocol.post import (
    CommentAnswer,
    CommentOnPost,
    CreatePost,
    LikeCount,
    LikePost,
    PostCard,
    UnlikePost,
    ViewPost,
)
from protocol.user import EditProfile, FollowState, FollowUser, Profile, UnfollowUser, ViewProfile

ANSWER_WITHIN_S = 5.0
REST_AT_ONCE = 64
TIMEOUT = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)


class NoAnswer(Exception):
    """It may or may not have happened: to be asked again under the same id."""


class Refusal(Exception):
    """An answer that is no, for good."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Door(Protocol):
    """A way in."""

    name: str

    async def carry_out(self, call: Call) -> Seen:
        """Asks once; raises NoAnswer or Refusal."""


def call_id(call: Call) -> str:
    """The id under which a cell knows a call: the same through every door."""
    deed = f"{call.what}:{call.about}" if call.what in ("follow", "unfollow") else call.what
    return f"{deed}:{key_of(call)}"


def key_of(call: Call) -> str:
    """The Idempotency-Key of a call; an echo has that of the first."""
    return f"c{call.echo_of if call.echo_of >= 0 else call.number}"


# What each call is over REST: method, path, body.
_Rest = tuple[str, str, dict[str, str] | None]
REST: dict[str, Callable[[Call, str], _Rest]] = {
    "create": lambda call, key: ("POST", "posts", {"caption": call.about}),
    "like": lambda call, key: ("POST", f"posts/{key}/like", None),
    "unlike": lambda call, key: ("DELETE", f"posts/{key}/like", None),
    "comment": lambda call, key: ("POST", f"posts/{key}/comments", {"text": call.about}),
    "follow": lambda call, key: ("POST", f"users/{call.about}/follow", None),
    "unfollow": lambda call, key: ("DELETE", f"users/{call.about}/follow", None),
    "edit": lambda call, key: ("PUT", f"users/{key}", {"bio": call.about}),
    "see_post": lambda call, key: ("GET", f"posts/{key}", None),
    "see_user": lambda call, key: ("GET", f"users/{key}", None),
}
# And as a command to the entity.
COMMANDS: dict[str, Callable[[Call], Command]] = {
    "create": lambda call: CreatePost(call.about),
    "like": lambda call: LikePost(),
    "unlike": lambda call: UnlikePost(),
    "comment": lambda call: CommentOnPost(call.about),
    "follow": lambda call: FollowUser(call.about),
    "unfollow": lambda call: UnfollowUser(call.about),
    "edit": lambda call: EditProfile(bio=call.about),
    "see_post": lambda call: ViewPost(),
    "see_user": lambda call: ViewProfile(),
}


class RestDoor:
    """HTTP on the gateway's port."""

    name = "rest"

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session
        self._turns = asyncio.Semaphore(REST_AT_ONCE)  # waiting for one's turn is no part of the timeout

    async def carry_out(self, call: Call) -> Seen:
        """One request."""
        method, path, body = REST[call.what](call, call.on.partition(":")[2])
        headers = {"Manta-User": call.by}
        if method != "GET":
            headers["Idempotency-Key"] = key_of(call)
        data = None if body is None else msgspec.json.encode(body)
        try:
            async with (
                self._turns,
                self._session.request(
                    method, f"{self._url}/api/{path}", data=data, headers=headers, timeout=TIMEOUT
                ) as response,
            ):
                answer = msgspec.json.decode(await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from None
        if response.status == 503:
            raise NoAnswer(str(answer.get("code")))
        if response.status >= 400:
            raise Refusal(str(answer.get("code")))
        return seen_over_rest(answer)


def seen_over_rest(answer: dict[str, Any]) -> Seen:
    """What a JSON body tells."""
    is_post, is_comment = "post_id" in answer and "like_count" in answer, "text" in answer
    return Seen(
        likes=answer.get("like_count", -1),
        comments=answer.get("comment_count", -1),
        following=answer.get("following_count", -1),
        followers=answer.get("follower_count", -1),
        posts=answer.get("post_count", -1),
        bio=int(answer["bio"] or 0) if "bio" in answer else -1,
        made=answer["post_id"] if is_post else answer["id"] if is_comment else "",
        at=_ms(answer["created_at"]) if is_post else -1,
    )


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1_000)


class LinkDoor:
    """Direct links to the cells."""

    def __init__(self, name: str, client: ClusterClient) -> None:
        self.name = name
        self._client = client

    async def carry_out(self, call: Call) -> Seen:
        """One op; the client repeats it within its time."""
        id_ = call_id(call) if call.is_write or call.echo_of >= 0 else None
        return seen_in(await self.ask(call.on, COMMANDS[call.what](call), call.by, id_))

    async def ask(self, ref: str, command: Command, by: str = "", id_: str | None = None) -> Any:
        """The reply of one entity."""
        try:
            return await self._client.ask(ref, command, by, id_, ANSWER_WITHIN_S)
        except MantaError as error:
            if error.retry:
                raise NoAnswer(error.code) from None
            raise Refusal(error.code) from None


@asynccontextmanager
async def linked(name: str, runtime: Path, secret: str) -> AsyncIterator[LinkDoor]:
    """A door of its own: the placement from the journal's Redis, sockets from the runtime folder."""

    async def address(cell: str) -> str | None:
        found = await asyncio.to_thread(lambda: sorted(runtime.glob(f"{cell}.*.sock"), key=_born_s))
        return f"{SCHEME}{found[-1]}" if found else None

    store = RedisJournal(f"unix://{runtime / 'v.sock'}")
    client = ClusterClient(
        f"chaos-{name}", StoreDirectory(store, address), StreamTransport(), manta(), secret=secret
    )
    try:
        async with client:
            yield LinkDoor(name, client)
    finally:
        await store.close()


def _born_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def seen_in(reply: Any) -> Seen:
    """What a reply tells."""
    match reply:
        case LikeCount(likes):
            return Seen(likes=likes)
        case CommentAnswer(comment, count):
            return Seen(comments=count, made=comment.id)
        case FollowState():
            return Seen(following=reply.following_count)
        case PostCard():
            return Seen(
                likes=reply.like_count, comments=reply.comment_count, made=reply.post_id, at=reply.created_at
            )
        case _:
            profile = cast(Profile, reply)
            return Seen(
                following=profile.following_count,
                followers=profile.follower_count,
                posts=profile.post_count,
                bio=int(profile.about.bio or 0),
            )
