"""Posts, likes and comments over REST."""

import msgspec
from aiohttp import web

from gateway.asking import Asker
from gateway.cards import authors_of
from gateway.rest.caller import Door, call_of
from gateway.rest.shapes import answer, author_shape, body_of, comment_shape, limit_of, post_shape
from protocol.ids import derived_id, post_ref
from protocol.post import (
    CommentAnswer,
    CommentCount,
    CommentOnPost,
    CommentPage,
    CreatePost,
    DeleteComment,
    DeletePost,
    LikeCount,
    LikePost,
    PostCard,
    PostGone,
    ReadComments,
    UnlikePost,
    ViewPost,
)

POST = "/api/posts/{post:[0-9a-f]{16}}"


class NewPost(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a new post."""

    caption: str
    location: str | None = None


class NewComment(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a new comment."""

    text: str
    parent_comment_id: str | None = None


class Posts:
    """The routes of posts."""

    def __init__(self, asker: Asker, door: Door) -> None:
        self._asker = asker
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        """What is served, and by whom."""
        return [
            web.post("/api/posts", self.create),
            web.get(POST, self.view),
            web.delete(POST, self.delete),
            web.post(f"{POST}/like", self.like),
            web.delete(f"{POST}/like", self.unlike),
            web.get(f"{POST}/comments", self.comments),
            web.post(f"{POST}/comments", self.comment),
            web.delete(POST + "/comments/{comment:[0-9a-f]{16}}", self.delete_comment),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """A new post; its id comes from caller and call, so that sending it twice makes one."""
        caller, call = self._door.caller(request), call_of(request, "create")
        body = await body_of(request, NewPost)
        post = derived_id("post", caller, call)
        command = CreatePost(body.caption, body.location)
        card = await self._asker.write(PostCard, post_ref(post), command, caller, call)
        return await self._shown(card, caller, status=201)

    async def view(self, request: web.Request) -> web.Response:
        """The post."""
        viewer = self._door.viewer(request)
        return await self._shown(await self._asker.read(PostCard, _ref(request), ViewPost(), viewer), viewer)

    async def delete(self, request: web.Request) -> web.Response:
        """The post is gone."""
        caller = self._door.caller(request)
        await self._asker.write(PostGone, _ref(request), DeletePost(), caller, call_of(request, "delete"))
        return web.Response(status=204)

    async def like(self, request: web.Request) -> web.Response:
        """The caller likes it."""
        caller = self._door.caller(request)
        count = await self._asker.write(
            LikeCount, _ref(request), LikePost(), caller, call_of(request, "like")
        )
        return answer({"like_count": count.like_count, "liked_by_viewer": True})

    async def unlike(self, request: web.Request) -> web.Response:
        """The caller likes it no longer."""
        caller = self._door.caller(request)
        call = call_of(request, "unlike")
        count = await self._asker.write(LikeCount, _ref(request), UnlikePost(), caller, call)
        return answer({"like_count": count.like_count, "liked_by_viewer": False})

    async def comments(self, request: web.Request) -> web.Response:
        """A page of comments, newest first."""
        viewer, cursor = self._door.viewer(request), request.query.get("cursor")
        command = ReadComments(cursor, limit_of(request))
        page = await self._asker.read(CommentPage, _ref(request), command, viewer)
        authors = await authors_of(self._asker, (comment.by for comment in page.comments), viewer)
        shapes = [
            comment_shape(comment, request.match_info["post"]) | {"author": author_shape(authors[comment.by])}
            for comment in page.comments
        ]
        return answer({"comments": shapes, "comment_count": page.comment_count, "next_cursor": page.before})

    async def comment(self, request: web.Request) -> web.Response:
        """A new comment."""
        caller, call = self._door.caller(request), call_of(request, "comment")
        body = await body_of(request, NewComment)
        command = CommentOnPost(body.text, body.parent_comment_id)
        made = await self._asker.write(CommentAnswer, _ref(request), command, caller, call)
        return answer(comment_shape(made.comment, request.match_info["post"]), status=201)

    async def delete_comment(self, request: web.Request) -> web.Response:
        """The comment is gone."""
        caller, call = self._door.caller(request), call_of(request, "delete_comment")
        command = DeleteComment(request.match_info["comment"])
        await self._asker.write(CommentCount, _ref(request), command, caller, call)
        return web.Response(status=204)

    async def _shown(self, card: PostCard, viewer: str, status: int = 200) -> web.Response:
        authors = await authors_of(self._asker, [card.author_id], viewer)
        return answer(post_shape(card, authors[card.author_id]), status)


def _ref(request: web.Request) -> str:
    return post_ref(request.match_info["post"])
