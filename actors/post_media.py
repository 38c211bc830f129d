"""The photos of a post: it is a draft until all are ready, and then appears."""

from collections.abc import Sequence

from msgspec.structs import replace

from actors.kernel import Call, Effect, Outcome, Push, Rejected, Tell, applies, handles
from actors.post_state import FAILED, WAITING, Postlike
from protocol import post_media as words
from protocol.ids import post_ref, user_ref
from protocol.media import ClaimMedia, DropMedia, media_ref
from protocol.photo import PostPhoto
from protocol.post import CreatePost, NamedMedia, PostCard
from protocol.user import ListPost

PHOTOS = 10
ALT_CHARACTERS = 1_000


class PostMedia(Postlike):
    """Told by uploads, in whatever order they become ready; the carousel keeps its own."""

    __slots__ = ()

    def _draft(self, command: CreatePost, card: PostCard, call: Call) -> Outcome:
        """The post waits for its photos, which hear that it shows them."""
        _check_media(command.media)
        photos = [PostPhoto(each.media, each.alt) for each in command.media]
        drafted = words.PostDrafted(call.user, card.caption, card.location, call.at, command.audience, photos)
        claims = [Tell(media_ref(each.media), ClaimMedia(self.key, call.user)) for each in photos]
        return Outcome(_drafted(card, photos), [drafted], claims)

    @handles
    def take_media(self, command: words.TakeMedia, call: Call) -> Outcome:
        """With the last one of its photos the post appears."""
        state = self.state
        if state.gone:
            return Outcome(None, [], [Tell(media_ref(command.media), DropMedia(self.key))])
        held = next((each for each in state.photos if each.media == command.media), None)
        if held is None or held.photo == command.photo:
            return Outcome()
        taken = words.PhotoTaken(command.media, command.photo)
        missing = any(each.photo is None for each in state.photos if each.media != command.media)
        if missing or state.draft != WAITING:
            return Outcome(None, [taken])
        listed = Tell(user_ref(state.author), ListPost(self.key, call.at, state.audience))
        return Outcome(
            None, [taken, words.PostPublished(call.at)], [listed, self._tell(words.PostAppeared())]
        )

    @handles
    def lose_media(self, command: words.LoseMedia, call: Call) -> Outcome:
        """The post will never appear, and lets its photos go; its author may delete it."""
        state = self.state
        if state.gone or state.draft != WAITING or all(each.media != command.media for each in state.photos):
            return Outcome()
        effects = [self._tell(words.PostFailed(command.code, command.text)), *self._let_go()]
        return Outcome(None, [words.DraftFailed(command.code, command.text)], effects)

    @applies
    def drafted(self, event: words.PostDrafted) -> None:
        """It is there for its author."""
        state = self.state
        state.author, state.created_at, state.draft = event.author, event.at, WAITING
        state.caption, state.location, state.audience = event.caption, event.location, event.audience
        state.photos = list(event.photos)

    @applies
    def photo_taken(self, event: words.PhotoTaken) -> None:
        """One photo is ready."""
        self.state.photos = [
            PostPhoto(each.media, each.alt, event.photo) if each.media == event.media else each
            for each in self.state.photos
        ]

    @applies
    def published(self, event: words.PostPublished) -> None:
        """It is there for everyone whom it is for."""
        self.state.draft, self.state.created_at = "", event.at

    @applies
    def draft_failed(self, event: words.DraftFailed) -> None:
        """It will never appear."""
        self.state.draft, self.state.failure = FAILED, [event.code, event.text]

    def may_watch(self, part: str, user: str) -> bool:
        """A draft is its author's own."""
        return not self.state.draft or user == self.state.author

    def _let_go(self) -> list[Effect]:
        """Its photos go with it."""
        return [Tell(media_ref(each.media), DropMedia(self.key)) for each in self.state.photos]

    def _tell(self, message: words.PostAppeared | words.PostFailed) -> Effect:
        return Push(post_ref(self.key), message)


def _drafted(card: PostCard, photos: Sequence[PostPhoto]) -> PostCard:
    return replace(card, photos=list(photos), processing_status=WAITING)


def _check_media(media: Sequence[NamedMedia]) -> None:
    if len(media) > PHOTOS:
        raise Rejected("post.media_too_many", f"a post has at most {PHOTOS} photos")
    if len({each.media for each in media}) < len(media):
        raise Rejected("post.media_twice", "a photo stands in a post once")
    if any(len(each.alt) > ALT_CHARACTERS for each in media):
        raise Rejected("post.alt_too_long", f"an alternative text has at most {ALT_CHARACTERS:,} characters")
