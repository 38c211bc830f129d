"""A user: profile, follows, own posts, feed, activity."""

from itertools import chain

from msgspec.structs import replace

from actors.about import given_by
from actors.kernel import (
    Actor,
    Call,
    Outcome,
    Push,
    Rejected,
    State,
    Tell,
    TellAll,
    applies,
    audience,
    handles,
)
from actors.notes import Notes
from actors.people import People
from actors.timeline import Timeline
from protocol import user as words
from protocol.ids import user_ref
from protocol.messages import Message

FEED_POSTS = 500  # 6.5 KB; a page has 20
OWN_POSTS = 10_000  # 130 KB of the snapshot: ten years of nearly three a day
FOLLOWS = 7_500  # 80 KB of the snapshot
PUSHED_FOLLOWERS = 10_000  # from here on followers pull: one publish would be 10,000 journaled inserts
# A user leaves memory after 300 s without a message and then misses inserts, so an older fill is made again.
FEED_TRUSTED_MS = 240_000


class UserState(State):
    """What is remembered of a user."""

    about: words.About = words.About()
    following: People = People()
    followers: People = People()
    posts: Timeline = Timeline()
    feed: Timeline = Timeline()
    feed_filled_at: int = 0
    notes: Notes = Notes()


class UserActor(Actor[UserState], kind="user"):
    """A user; commands that change or show what is private come from the user alone."""

    __slots__ = ()

    # profile

    @handles
    def create(self, command: words.CreateUser, call: Call) -> Outcome:
        """Known by this name from now on."""
        return self._named(command.username, call)

    @handles
    def take_name(self, command: words.NameUser, call: Call) -> Outcome:
        """Known by this name from now on, also if the edge that opened the account has died."""
        return self._named(command.username, call)

    @handles
    def edit_profile(self, command: words.EditProfile, call: Call) -> Outcome:
        """Takes the given fields; the first edit makes the user known."""
        self._only_self(call)
        return self._named(self.state.about.username or self.key.lower(), call, **given_by(command))

    def _named(self, username: str, call: Call, **given: str | None) -> Outcome:
        created_at = self.state.about.created_at or call.at
        about = replace(self.state.about, username=username, created_at=created_at, **given)
        events = [] if about == self.state.about else [words.ProfileEdited(about)]
        return Outcome(self._profile(about, call), events)

    @applies
    def profile_edited(self, event: words.ProfileEdited) -> None:
        """The profile reads so."""
        self.state.about = event.about

    @handles
    def view_profile(self, command: words.ViewProfile, call: Call) -> Outcome:
        """Shows the profile to anyone."""
        if not self.state.about.created_at:
            raise Rejected("user.unknown", "there is no such user")
        return Outcome(self._profile(self.state.about, call))

    @handles
    def view_card(self, command: words.ViewUserCard, call: Call) -> Outcome:
        """Shows what stands beside a post; who has no profile yet is called by the id."""
        about = self.state.about
        return Outcome(words.UserCard(self.key, about.username or self.key, about.profile_pic))

    def _profile(self, about: words.About, call: Call) -> words.Profile:
        state = self.state
        return words.Profile(
            self.key, about, len(state.followers), len(state.following), len(state.posts),
            followed_by_viewer=call.user in state.followers,
        )  # fmt: skip

    # follows: the follower's actor decides, the followed one's hears of it

    @handles
    def follow(self, command: words.FollowUser, call: Call) -> Outcome:
        """Follows a user; a second time changes nothing."""
        self._only_self(call)
        user, following = command.user, self.state.following
        if user == self.key:
            raise Rejected("user.self_follow", "nobody follows themselves")
        if user in following:
            return Outcome(words.FollowState(user, True, len(following)))
        if len(following) >= FOLLOWS:
            raise Rejected("user.follows_too_many", f"nobody follows more than {FOLLOWS:,} users")
        reply = words.FollowState(user, True, len(following) + 1)
        return Outcome(reply, [words.UserFollowed(user)], [Tell(user_ref(user), words.AddFollower(self.key))])

    @handles
    def unfollow(self, command: words.UnfollowUser, call: Call) -> Outcome:
        """Unfollows a user; a second time changes nothing."""
        self._only_self(call)
        user, following = command.user, self.state.following
        if user not in following:
            return Outcome(words.FollowState(user, False, len(following)))
        reply = words.FollowState(user, False, len(following) - 1)
        return Outcome(
            reply, [words.UserUnfollowed(user)], [Tell(user_ref(user), words.RemoveFollower(self.key))]
        )

    @applies
    def followed(self, event: words.UserFollowed) -> None:
        """The next read fills the feed with the posts of the one who is new."""
        self.state.following = self.state.following.plus(event.user)
        self.state.feed_filled_at = 0

    @applies
    def unfollowed(self, event: words.UserUnfollowed) -> None:
        """The feed does not say whose posts it holds, so it starts afresh with the own ones."""
        self.state.following = self.state.following.minus(event.user)
        self.state.feed = self.state.posts.newest(FEED_POSTS)
        self.state.feed_filled_at = 0

    @handles
    def add_follower(self, command: words.AddFollower, call: Call) -> Outcome:
        """Hears of a new follower."""
        if command.user in self.state.followers:
            return Outcome()
        note = words.Note("follow", command.user, "", call.at)
        noted = [] if note in self.state.notes else [words.ActivityNoted(note)]
        count = self._push("", words.FollowersChanged(len(self.state.followers) + 1))
        return Outcome(None, [words.FollowerAdded(command.user), *noted], [count])

    @handles
    def remove_follower(self, command: words.RemoveFollower, call: Call) -> Outcome:
        """Hears of a follower who left."""
        if command.user not in self.state.followers:
            return Outcome()
        count = self._push("", words.FollowersChanged(len(self.state.followers) - 1))
        return Outcome(None, [words.FollowerRemoved(command.user)], [count])

    @applies
    def follower_added(self, event: words.FollowerAdded) -> None:
        """One more follower."""
        self.state.followers = self.state.followers.plus(event.user)

    @applies
    def follower_removed(self, event: words.FollowerRemoved) -> None:
        """One follower less."""
        self.state.followers = self.state.followers.minus(event.user)

    @handles
    def read_followers(self, command: words.ReadFollowers, call: Call) -> Outcome:
        """A page of followers."""
        return Outcome(self.state.followers.page(command.after, command.limit))

    @handles
    def read_following(self, command: words.ReadFollowing, call: Call) -> Outcome:
        """A page of those whom the user follows."""
        return Outcome(self.state.following.page(command.after, command.limit))

    @audience("followers")
    def to_followers(self, after: str, limit: int) -> list[str]:
        """The followers' actors."""
        return [user_ref(user) for user in self.state.followers.after(after.removeprefix("user:"), limit)]

    # own posts and the feed

    @handles
    def list_post(self, command: words.ListPost, call: Call) -> Outcome:
        """Lists an own post and spreads it to the followers who are here."""
        if command.post in self.state.posts:
            return Outcome()
        insert = words.InsertInFeed(self.key, command.post, command.at)
        spread = 0 < len(self.state.followers) < PUSHED_FOLLOWERS
        told = [TellAll("followers", insert, durable=False)] if spread else []
        grew = self._push("/feed", words.FeedGrew(command.post))
        return Outcome(None, [words.PostListed(command.post, command.at)], [grew, *told])

    @handles
    def unlist_post(self, command: words.UnlistPost, call: Call) -> Outcome:
        """Forgets an own post; in the followers' feeds it is passed over when they are read."""
        return Outcome(None, [words.PostUnlisted(command.post)] if command.post in self.state.posts else [])

    @applies
    def post_listed(self, event: words.PostListed) -> None:
        """The post stands among the own ones and in the own feed."""
        self.state.posts = self.state.posts.plus(event.post, event.at, OWN_POSTS)
        self.state.feed = self.state.feed.plus(event.post, event.at, FEED_POSTS)

    @applies
    def post_unlisted(self, event: words.PostUnlisted) -> None:
        """The post stands nowhere any more."""
        self.state.posts = self.state.posts.minus(event.post)
        self.state.feed = self.state.feed.minus(event.post)

    @handles
    def read_posts(self, command: words.ReadPosts, call: Call) -> Outcome:
        """A page of the own posts."""
        return Outcome(words.PostPage(*self.state.posts.page(command.cursor, command.limit)))

    @handles
    def insert_in_feed(self, command: words.InsertInFeed, call: Call) -> Outcome:
        """Takes a post of someone whom the user follows."""
        if command.author not in self.state.following or command.post in self.state.feed:
            return Outcome()
        grew = self._push("/feed", words.FeedGrew(command.post))
        return Outcome(None, [words.FeedInserted(command.post, command.at)], [grew])

    @applies
    def feed_inserted(self, event: words.FeedInserted) -> None:
        """The post is in the feed."""
        self.state.feed = self.state.feed.plus(event.post, event.at, FEED_POSTS)

    @handles
    def read_feed(self, command: words.ReadFeed, call: Call) -> Outcome:
        """A page of the feed; says whom to read first when posts may be missing."""
        self._only_self(call)
        stale = command.cursor is None and call.at - self.state.feed_filled_at > FEED_TRUSTED_MS
        pull_from = self.state.following.after("", FOLLOWS) if stale else []
        return Outcome(self.state.feed.feed_page(command.cursor, command.limit, pull_from))

    @handles
    def fill_feed(self, command: words.FillFeed, call: Call) -> Outcome:
        """Takes what the edge read from those whom the user follows."""
        self._only_self(call)
        ours = [posts for author, posts in command.posts.items() if author in self.state.following]
        filled = self.state.feed.merged(chain.from_iterable(ours), FEED_POSTS)
        added = filled.without(self.state.feed)
        at = call.at if command.whole else self.state.feed_filled_at
        events = [words.FeedFilled(added, at)] if added or command.whole else []
        return Outcome(filled.feed_page(None, command.limit), events)

    @applies
    def feed_filled(self, event: words.FeedFilled) -> None:
        """The feed is complete as of then."""
        self.state.feed = self.state.feed.merged(event.posts, FEED_POSTS)
        self.state.feed_filled_at = event.at

    # activity

    @handles
    def note_activity(self, command: words.NoteActivity, call: Call) -> Outcome:
        """Notes what someone did; who takes a like back and gives it again is noted once."""
        return Outcome(None, [] if command.note in self.state.notes else [words.ActivityNoted(command.note)])

    @applies
    def activity_noted(self, event: words.ActivityNoted) -> None:
        """One note more."""
        self.state.notes = self.state.notes.plus(event.note)

    @handles
    def read_activity(self, command: words.ReadActivity, call: Call) -> Outcome:
        """Shows the newest notes."""
        self._only_self(call)
        return Outcome(words.Activity(self.state.notes.newest(command.limit), self.state.notes.unread))

    @handles
    def see_activity(self, command: words.SeeActivity, call: Call) -> Outcome:
        """All notes have been seen."""
        self._only_self(call)
        seen = [words.ActivitySeen()] if self.state.notes.unread else []
        return Outcome(words.Activity([], 0), seen)

    @applies
    def activity_seen(self, event: words.ActivitySeen) -> None:
        """No note is unread."""
        self.state.notes = self.state.notes.seen()

    def may_watch(self, part: str, user: str) -> bool:
        """The profile is everyone's to watch, all its parts are the user's own."""
        return not part or user == self.key

    def _push(self, part: str, message: Message) -> Push:
        """For those who look just now: all of it can be read afresh."""
        return Push(user_ref(self.key) + part, message, numbered=False)

    def _only_self(self, call: Call) -> None:
        if call.user != self.key:
            raise Rejected("user.not_yours", "only the user may do this")
