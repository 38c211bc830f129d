"""Posts, likes and comments over REST."""

from typing import Annotated

import msgspec

from actors.post import CAPTION_CHARACTERS, COMMENT_CHARACTERS, LOCATION_CHARACTERS
from actors.post_media import ALT_CHARACTERS, PHOTOS
from gateway.asking import Asker
from gateway.cards import authors_of
from gateway.media.uploads import Uploads
from gateway.rest import shapes
from gateway.rest.operation import Caller, serves, told
from gateway.rest.photos import PhotoShapes
from protocol.ids import CommentId, PageSize, PostId, derived_id, post_ref
from protocol.media import MediaId
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
    NamedMedia,
    PostCard,
    PostGone,
    ReadComments,
    UnlikePost,
    ViewPost,
)
from protocol.user_relations import Audience


class NewMedia(msgspec.Struct, forbid_unknown_fields=True):
    """A photo of a new post: an upload of yours, which no other post shows."""

    upload_id: MediaId
    alt_text: Annotated[str, told(maxLength=ALT_CHARACTERS)] = ""


class NewPost(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a new post; one with photos needs no caption."""

    caption: Annotated[str, told(maxLength=CAPTION_CHARACTERS)]
    location: Annotated[str, told(maxLength=LOCATION_CHARACTERS)] | None = None
    audience: Audience = "public"
    media: Annotated[list[NewMedia], told(maxItems=PHOTOS)] = []


class NewComment(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a new comment."""

    text: Annotated[str, told(minLength=1, maxLength=COMMENT_CHARACTERS)]
    parent_comment_id: CommentId | None = None


class OnePost(msgspec.Struct):
    """A post in the path."""

    post_id: PostId

    @property
    def ref(self) -> str:
        """Its actor."""
        return post_ref(self.post_id)


class OneComment(OnePost):
    """A comment in the path."""

    comment_id: CommentId


class CommentsFrom(msgspec.Struct, forbid_unknown_fields=True):
    """Which comments: those after the cursor, which are older."""

    cursor: CommentId | None = None
    limit: PageSize = 20


class Posts:
    """What is served of posts."""

    def __init__(self, asker: Asker, uploads: Uploads, photos: PhotoShapes) -> None:
        self._asker, self._uploads, self._photos = asker, uploads, photos

    @serves("POST", "/api/posts", 201)
    async def create_post(self, caller: Caller, body: NewPost) -> shapes.Post:
        """A new post; with the same Idempotency-Key it is the same post.

        With photos it appears when all of them are ready.
        """
        call = caller.call("create")
        post = derived_id("post", caller.user, call)
        media = [NamedMedia(each.upload_id, each.alt_text) for each in body.media]
        if len(media) <= PHOTOS:  # more are for the post to refuse
            await self._uploads.require(caller.user, [each.media for each in media])
        command = CreatePost(body.caption, body.location, body.audience, media)
        card = await self._asker.write(PostCard, post_ref(post), command, caller.user, call)
        return await self._shown(card, caller)

    @serves("GET", "/api/posts/{post_id}")
    async def view_post(self, caller: Caller, path: OnePost) -> shapes.Post:
        """One post."""
        return await self._shown(await self._asker.read(PostCard, path.ref, ViewPost(), caller.user), caller)

    @serves("DELETE", "/api/posts/{post_id}", 204)
    async def delete_post(self, caller: Caller, path: OnePost) -> None:
        """Deletes a post of yours, with its likes and comments, for good."""
        await self._asker.write(PostGone, path.ref, DeletePost(), caller.user, caller.call("delete"))

    @serves("POST", "/api/posts/{post_id}/like")
    async def like_post(self, caller: Caller, path: OnePost) -> shapes.LikeState:
        """You like it; a second time changes nothing."""
        count = await self._asker.write(LikeCount, path.ref, LikePost(), caller.user, caller.call("like"))
        return shapes.LikeState(count.like_count, liked_by_viewer=True)

    @serves("DELETE", "/api/posts/{post_id}/like")
    async def unlike_post(self, caller: Caller, path: OnePost) -> shapes.LikeState:
        """You like it no longer."""
        count = await self._asker.write(LikeCount, path.ref, UnlikePost(), caller.user, caller.call("unlike"))
        return shapes.LikeState(count.like_count, liked_by_viewer=False)

    @serves("GET", "/api/posts/{post_id}/comments")
    async def read_comments(self, caller: Caller, path: OnePost, query: CommentsFrom) -> shapes.CommentPage:
        """A page of comments, newest first."""
        command = ReadComments(query.cursor, query.limit)
        page = await self._asker.read(CommentPage, path.ref, command, caller.user)
        authors = await authors_of(self._asker, (comment.by for comment in page.comments), caller.user)
        comments = [
            shapes.authored_shape(comment, path.post_id, authors[comment.by]) for comment in page.comments
        ]
        return shapes.CommentPage(comments, page.comment_count, page.before)

    @serves("POST", "/api/posts/{post_id}/comments", 201)
    async def comment_on_post(self, caller: Caller, path: OnePost, body: NewComment) -> shapes.Comment:
        """A new comment; with the same Idempotency-Key it is the same comment."""
        command = CommentOnPost(body.text, body.parent_comment_id)
        call = caller.call("comment")
        made = await self._asker.write(CommentAnswer, path.ref, command, caller.user, call)
        return shapes.comment_shape(made.comment, path.post_id)

    @serves("DELETE", "/api/posts/{post_id}/comments/{comment_id}", 204)
    async def delete_comment(self, caller: Caller, path: OneComment) -> None:
        """Deletes a comment of yours, or one on your post."""
        command, call = DeleteComment(path.comment_id), caller.call("delete_comment")
        await self._asker.write(CommentCount, path.ref, command, caller.user, call)

    async def _shown(self, card: PostCard, caller: Caller) -> shapes.Post:
        authors = await authors_of(self._asker, [card.author_id], caller.user)
        (shape,) = await self._photos.of([(card, authors[card.author_id])], caller)
        return shape
