"""What is said to, by and about a user: profile, follows, feed, activity."""

import msgspec

from protocol.about import About as About
from protocol.activity import Note as Note
from protocol.ids import PageSize, PostId, UserId
from protocol.messages import ClientCommand, ClientRead, EdgeCommand, Event, Message, PeerCommand, Reply


class Listed(msgspec.Struct, frozen=True, array_like=True):
    """A post in a list: its id and when it was created (ms)."""

    post: str
    at: int


# asked


class CreateUser(EdgeCommand, frozen=True, tag="user.create"):
    """The user of a new account, under its name; asked before the account is handed over."""

    username: str


class NameUser(PeerCommand, frozen=True, tag="user.take_name"):
    """The same, told by the account itself."""

    username: str


class EditProfile(ClientCommand, frozen=True, tag="user.edit_profile"):
    """Sets the fields that are given; the first one makes the user known."""

    name: str | None = None
    bio: str | None = None
    profile_pic: str | None = None


class ViewProfile(ClientRead, frozen=True, tag="user.view_profile"):
    """The profile, as the caller may see it."""


class ViewUserCard(EdgeCommand, frozen=True, tag="user.view_card"):
    """The few fields that stand beside a post or a comment."""


class FollowUser(ClientCommand, frozen=True, tag="user.follow"):
    """To the caller's own actor: follow this user."""

    user: UserId


class UnfollowUser(ClientCommand, frozen=True, tag="user.unfollow"):
    """To the caller's own actor: no longer follow this user."""

    user: UserId


class AddFollower(PeerCommand, frozen=True, tag="user.add_follower"):
    """This user follows you now."""

    user: str


class RemoveFollower(PeerCommand, frozen=True, tag="user.remove_follower"):
    """This user follows you no longer."""

    user: str


class ReadFollowers(ClientRead, frozen=True, tag="user.read_followers"):
    """A page of the followers, in the order of their ids."""

    after: str = ""
    limit: PageSize = 50


class ReadFollowing(ClientRead, frozen=True, tag="user.read_following"):
    """A page of those whom the user follows, in the order of their ids."""

    after: str = ""
    limit: PageSize = 50


class ListPost(PeerCommand, frozen=True, tag="user.list_post"):
    """Your post was published: list it and tell those whom it is for."""

    post: PostId
    at: int
    audience: str = "public"


class UnlistPost(PeerCommand, frozen=True, tag="user.unlist_post"):
    """Your post was deleted."""

    post: PostId


class ReadPosts(EdgeCommand, frozen=True, tag="user.read_posts"):
    """A page of the user's own posts, newest first."""

    cursor: str | None = None
    limit: PageSize = 20


class InsertInFeed(PeerCommand, frozen=True, tag="user.insert_in_feed"):
    """Someone whom you follow published; lost if you are not resident."""

    author: str
    post: PostId
    at: int


class ReadFeed(EdgeCommand, frozen=True, tag="user.read_feed"):
    """A page of the caller's own feed, newest first."""

    cursor: str | None = None
    limit: PageSize = 20


class FillFeed(EdgeCommand, frozen=True, tag="user.fill_feed"):
    """What the edge read from `FeedPage.pull_from`, by author; if not `whole`, it has to fill it again."""

    posts: dict[UserId, list[Listed]]
    whole: bool = True
    limit: PageSize = 20


class NoteActivity(PeerCommand, frozen=True, tag="user.note_activity"):
    """Someone did something that concerns you."""

    note: Note


class ReadActivity(ClientRead, frozen=True, tag="user.read_activity"):
    """The newest notes of the caller's own activity."""

    limit: PageSize = 50


class SeeActivity(ClientCommand, frozen=True, tag="user.see_activity"):
    """The caller has seen all notes up to now."""


# happened


class ProfileEdited(Event, frozen=True, tag="user.profile_edited"):
    """The profile reads so from now on."""

    about: About


class UserFollowed(Event, frozen=True, tag="user.followed"):
    """The user follows this one now."""

    user: str


class UserUnfollowed(Event, frozen=True, tag="user.unfollowed"):
    """The user follows this one no longer."""

    user: str


class FollowerAdded(Event, frozen=True, tag="user.follower_added"):
    """This one follows the user now."""

    user: str


class FollowerRemoved(Event, frozen=True, tag="user.follower_removed"):
    """This one follows the user no longer."""

    user: str


class PostListed(Event, frozen=True, tag="user.post_listed"):
    """A post of the user's own was published."""

    post: str
    at: int
    audience: str = "public"


class PostUnlisted(Event, frozen=True, tag="user.post_unlisted"):
    """A post of the user's own was deleted."""

    post: str


class FeedInserted(Event, frozen=True, tag="user.feed_inserted"):
    """A post came into the feed."""

    post: str
    at: int


class FeedFilled(Event, frozen=True, tag="user.feed_filled"):
    """The feed was completed with these posts, as of then."""

    posts: list[Listed]
    at: int


class ActivityNoted(Event, frozen=True, tag="user.activity_noted"):
    """A note was added."""

    note: Note


class ActivitySeen(Event, frozen=True, tag="user.activity_seen"):
    """No note is unread any more."""


# answered


class Profile(Reply, frozen=True, tag="user.profile"):
    """A user as others see one."""

    user_id: str
    about: About
    follower_count: int
    following_count: int
    post_count: int
    followed_by_viewer: bool
    private: bool = False


class UserCard(Reply, frozen=True, tag="user.card"):
    """A user beside a post or a comment."""

    user_id: str
    username: str
    profile_pic: str | None
    verified: bool = False


class FollowState(Reply, frozen=True, tag="user.follow_state"):
    """Whether the caller follows that user now, or waits for it, and how many in all."""

    user_id: str
    following: bool
    following_count: int
    requested: bool = False
    at: int = 0


class UserPage(Reply, frozen=True, tag="user.page"):
    """Some user ids, and what to ask `after` for the next ones."""

    users: list[str]
    after: str | None


class PostPage(Reply, frozen=True, tag="user.posts"):
    """Some posts, newest first, and the cursor of older ones."""

    posts: list[Listed]
    next_cursor: str | None


class FeedPage(Reply, frozen=True, tag="user.feed"):
    """Some posts, newest first, and the cursor of older ones.

    Posts of those in `pull_from` may be missing: read them, send `FillFeed`, take its answer instead.
    """

    posts: list[str]
    next_cursor: str | None
    pull_from: list[str] = []


class Activity(Reply, frozen=True, tag="user.activity"):
    """The newest notes, newest first."""

    notes: list[Note]
    unread: int


# pushed


class FeedGrew(Message, frozen=True, tag="user.feed_grew"):
    """To the user, who watches `user:ann/feed`: of several posts at once only the last is named, or none."""

    parts = ("feed",)

    post: str


class FollowersChanged(Message, frozen=True, tag="user.followers_changed"):
    """To those who watch the user."""

    follower_count: int
