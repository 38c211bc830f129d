"""A post: who liked it, its newest comments, who looks at it."""

from collections.abc import Sequence

from actors.kernel import Actor, Call, Effect, Outcome, Push, Rejected, Tell, applies, handles
from actors.likers import Likers as Likers
from actors.post_media import PostMedia
from actors.post_state import PostLive as PostLive
from actors.post_state import PostState as PostState
from actors.presence import count_with, newest, refresh
from protocol import post as words
from protocol.ids import derived_id, post_ref, user_ref
from protocol.messages import Event, Message
from protocol.user import ListPost, Note, NoteActivity, UnlistPost

CAPTION_CHARACTERS = 2_200
LOCATION_CHARACTERS = 200
COMMENT_CHARACTERS = 1_000
COMMENTS = 100  # held; 10 KB as people write them, 400 KB at the very worst
# Who has not said it again for so long does it no more: three, and two times what is asked for.
LOOKING_MS, TYPING_MS = 90_000, 6_000
TYPISTS_NAMED = 3


class PostActor(PostMedia, Actor[PostState], kind="post", live=PostLive):
    """A post; a deleted one answers that it is gone."""

    __slots__ = ()

    # being there

    @handles
    def create(self, command: words.CreatePost, call: Call) -> Outcome:
        """Creates the post whose id was made from this call; the same call again changes nothing."""
        if self.state.author:
            self._only_present(self.state.author)
            if self.state.author != call.user:
                raise Rejected("post.taken", "another post has this id; send it under another call id")
            return Outcome(self._card(call))
        if not command.caption.strip() and not command.media:
            raise Rejected("post.empty", "a post needs a caption")
        caption, location = command.caption, command.location
        _check_length("caption", caption, CAPTION_CHARACTERS)
        _check_length("location", location or "", LOCATION_CHARACTERS)
        audience = command.audience
        card = words.PostCard(self.key, call.user, caption, location, 0, 0, False, call.at, audience)
        if command.media:
            return self._draft(command, card, call)
        created = words.PostCreated(call.user, caption, location, call.at, audience)
        return Outcome(card, [created], [Tell(user_ref(call.user), ListPost(self.key, call.at, audience))])

    @applies
    def created(self, event: words.PostCreated) -> None:
        """The post is there."""
        state = self.state
        state.author, state.created_at = event.author, event.at
        state.caption, state.location, state.audience = event.caption, event.location, event.audience

    @handles
    def read_frame(self, command: words.ReadPostFrame, call: Call) -> Outcome:
        """Whose it is and for whom."""
        self._only_known(call.user)
        return Outcome(words.PostFrame(self.state.author, self.state.audience))

    @handles
    def delete(self, command: words.DeletePost, call: Call) -> Outcome:
        """Deletes the post, with its likes and comments, for good."""
        self._only_known(call.user)
        if call.user != self.state.author:
            raise Rejected("post.not_yours", "only its author deletes a post")
        if self.state.gone:
            return Outcome(words.PostGone())
        unlisted = Tell(user_ref(call.user), UnlistPost(self.key))
        effects = [unlisted, self._push(words.PostRemoved()), *self._let_go()]
        return Outcome(words.PostGone(), [words.PostDeleted()], effects)

    @handles
    def erase(self, command: words.ErasePost, call: Call) -> Outcome:
        """Goes with its author."""
        if not self.state.author or self.state.gone:
            return Outcome()
        return Outcome(None, [words.PostDeleted()], [self._push(words.PostRemoved()), *self._let_go()])

    @applies
    def deleted(self, event: words.PostDeleted) -> None:
        """Nothing is left but that it was there, and whose it was."""
        state = self.state
        state.gone, state.caption, state.location = True, "", None
        state.likers, state.comments, state.comment_count, state.photos = Likers(), [], 0, []

    @handles
    def view(self, command: words.ViewPost, call: Call) -> Outcome:
        """Shows the post."""
        self._only_present(call.user)
        return Outcome(self._card(call))

    # likes

    @handles
    def like(self, command: words.LikePost, call: Call) -> Outcome:
        """Counts a like once for each user."""
        self._only_present()
        author, likers, by = self.state.author, self.state.likers, call.user
        if by in likers:
            return Outcome(words.LikeCount(len(likers)))
        count = len(likers) + 1
        effects = [self._push(words.LikesChanged(count), numbered=False)]
        if by != author:
            effects.append(self._note("like", call))
        return Outcome(words.LikeCount(count), [words.PostLiked(by)], effects)

    @handles
    def unlike(self, command: words.UnlikePost, call: Call) -> Outcome:
        """Takes a like back."""
        self._only_present()
        likers = self.state.likers
        if call.user not in likers:
            return Outcome(words.LikeCount(len(likers)))
        count = len(likers) - 1
        effects = [self._push(words.LikesChanged(count), numbered=False)]
        return Outcome(words.LikeCount(count), [words.PostUnliked(call.user)], effects)

    @applies
    def liked(self, event: words.PostLiked) -> None:
        """One liker more."""
        self.state.likers.users.add(event.by)

    @applies
    def unliked(self, event: words.PostUnliked) -> None:
        """One liker less."""
        self.state.likers.users.discard(event.by)

    # comments

    @handles
    def comment(self, command: words.CommentOnPost, call: Call) -> Outcome:
        """Adds a comment; the same call again finds the one that it made."""
        self._only_present()
        made = derived_id("comment", call.user, call.id)
        if (held := self._held(made)) is not None:
            return Outcome(words.CommentAnswer(held, self.state.comment_count))
        if not command.text.strip():
            raise Rejected("post.comment_empty", "a comment needs a text")
        _check_length("comment", command.text, COMMENT_CHARACTERS)
        comment = words.Comment(made, call.user, command.text, call.at, command.parent)
        count = self.state.comment_count + 1
        effects = [self._push(words.CommentAdded(comment, count))]
        if call.user != self.state.author:
            effects.append(self._note("comment", call))
        return Outcome(words.CommentAnswer(comment, count), [words.PostCommented(comment)], effects)

    @handles
    def delete_comment(self, command: words.DeleteComment, call: Call) -> Outcome:
        """Removes a comment that is held, on the word of its author or of the post's."""
        self._only_present()
        held = self._held(command.comment)
        if held is None:
            return Outcome(words.CommentCount(self.state.comment_count))
        if call.user not in (held.by, self.state.author):
            raise Rejected("post.not_yours", "only its author or the post's deletes a comment")
        count = self.state.comment_count - 1
        effects = [self._push(words.CommentRemoved(held.id, count))]
        return Outcome(words.CommentCount(count), [words.CommentDeleted(held.id)], effects)

    @applies
    def commented(self, event: words.PostCommented) -> None:
        """The newest comments are held, all are counted."""
        comments = self.state.comments
        comments.append(event.comment)
        del comments[:-COMMENTS]
        self.state.comment_count += 1

    @applies
    def comment_deleted(self, event: words.CommentDeleted) -> None:
        """One comment less."""
        self.state.comments = [comment for comment in self.state.comments if comment.id != event.comment]
        self.state.comment_count -= 1

    @handles
    def read_comments(self, command: words.ReadComments, call: Call) -> Outcome:
        """A page of the comments that are held; before one that is held no more, there are none."""
        self._only_present()
        older = self.state.comments[::-1]
        if command.before is not None:
            older = older[
                next((n + 1 for n, held in enumerate(older) if held.id == command.before), COMMENTS) :
            ]
        page = older[: command.limit]
        before = page[-1].id if len(older) > command.limit else None
        return Outcome(words.CommentPage(page, self.state.comment_count, before))

    # who is there

    @handles("applied")
    def look(self, command: words.LookAtPost, call: Call) -> Outcome:
        """Counts the caller among those who look at the post."""
        count = count_with(self.live.viewers, call.user, call.at, LOOKING_MS)
        return self._viewers(count, [words.PostLookedAt(call.user, call.at)])

    @handles("applied")
    def leave(self, command: words.LeavePost, call: Call) -> Outcome:
        """Counts the caller no more."""
        left = [words.PostLeft(call.user)] if call.user in self.live.viewers else []
        return self._viewers(len(self.live.viewers) - len(left), left)

    @applies
    def looked_at(self, event: words.PostLookedAt) -> None:
        """One viewer, or the same one again."""
        refresh(self.live.viewers, event.by, event.at, LOOKING_MS)

    @applies
    def left(self, event: words.PostLeft) -> None:
        """One viewer less."""
        self.live.viewers.pop(event.by, None)

    @handles("applied")
    def type(self, command: words.TypeOnPost, call: Call) -> Outcome:
        """Tells those who look that the caller is writing, each time: who comes to look hears of it too."""
        typists = self.live.typists
        count = count_with(typists, call.user, call.at, TYPING_MS)
        named = [call.user, *newest(typists, call.user, min(count, TYPISTS_NAMED) - 1)]
        return self._typists(named, count, [words.PostTypedOn(call.user, call.at)])

    @handles("applied")
    def stop_typing(self, command: words.StopTypingOnPost, call: Call) -> Outcome:
        """The caller writes no more."""
        typists = self.live.typists
        stopped = [words.PostTypingStopped(call.user)] if call.user in typists else []
        count = count_with(typists, call.user, call.at, TYPING_MS) - 1
        return self._typists(newest(typists, call.user, min(count, TYPISTS_NAMED)), count, stopped)

    @applies
    def typed_on(self, event: words.PostTypedOn) -> None:
        """One who writes, or the same one again."""
        refresh(self.live.typists, event.by, event.at, TYPING_MS)

    @applies
    def typing_stopped(self, event: words.PostTypingStopped) -> None:
        """One less who writes."""
        self.live.typists.pop(event.by, None)

    def _viewers(self, count: int, events: Sequence[Event]) -> Outcome:
        changed = count != len(self.live.viewers)
        push = Push(f"{post_ref(self.key)}/viewers", words.ViewersChanged(count))
        return Outcome(words.ViewerCount(count), events, [push] if changed else [])

    def _typists(self, named: list[str], count: int, events: Sequence[Event]) -> Outcome:
        push = Push(f"{post_ref(self.key)}/typing", words.TypistsChanged(named, count), numbered=False)
        return Outcome(words.Typists(named, count), events, [push] if events else [])

    # what the handlers share

    def _card(self, call: Call) -> words.PostCard:
        state = self.state
        return words.PostCard(
            self.key, state.author, state.caption, state.location, len(state.likers), state.comment_count,
            liked_by_viewer=call.user in state.likers, created_at=state.created_at, audience=state.audience,
            photos=state.photos, processing_status=state.draft or "ready",
        )  # fmt: skip

    def _held(self, comment: str) -> words.Comment | None:
        return next((held for held in self.state.comments if held.id == comment), None)

    def _push(self, message: Message, numbered: bool = True) -> Effect:
        return Push(post_ref(self.key), message, numbered)

    def _note(self, what: str, call: Call) -> Effect:
        return Tell(user_ref(self.state.author), NoteActivity(Note(what, call.user, self.key, call.at)))


def _check_length(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise Rejected(f"post.{field}_too_long", f"{field} has at most {limit:,} characters")
