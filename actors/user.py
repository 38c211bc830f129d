"""A user: profile, follows, own posts, feed, activity."""

from itertools import chain

from msgspec.structs import replace

from actors.about import given_by
from actors.follows import FOLLOWS as FOLLOWS
from actors.follows import Follows
from actors.kernel import Actor, Call, Effect, Outcome, Rejected, TellAll, applies, handles
from actors.privacy import Privacy
from actors.user_end import UserEnd
from actors.user_state import FEED_POSTS as FEED_POSTS
from actors.user_state import UserState as UserState
from protocol import user as words
from protocol.messages import Event
from protocol.user_followers import Partly
from protocol.user_shown import ShownProfile, ShowProfile

OWN_POSTS = 10_000  # 130 KB of the snapshot: ten years of nearly three a day
PUSHED_FOLLOWERS = 10_000  # from here on followers pull: one publish would be 10,000 journaled inserts
# A user leaves memory after 300 s without a message and then misses inserts, so an older fill is made again.
FEED_TRUSTED_MS = 240_000
# By audience: who of whom is told of a new post.
NARROW = ("close_friends", "only_me")
SPREAD = {"public": "followers", "followers": "followers", "close_friends": "close_friends"}


class UserActor(Follows, Privacy, UserEnd, Actor[UserState], kind="user"):
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
        profile = self._profile(self.state.about, call)
        place = self._place(call.user) if call.user not in ("", self.key) else None
        return Outcome(profile if place is None else Partly(place, profile=profile))

    @handles
    def show_profile(self, command: ShowProfile, call: Call) -> Outcome:
        """Shows it to an edge that decides whether it goes on."""
        if not self.state.about.created_at:
            raise Rejected("user.unknown", "there is no such user")
        return Outcome(ShownProfile(self._profile(self.state.about, call), self._standing(call.user)))

    @handles
    def view_card(self, command: words.ViewUserCard, call: Call) -> Outcome:
        """Shows what stands beside a post; who has no profile yet is called by the id."""
        about = self.state.about
        name = about.username or self.key
        return Outcome(words.UserCard(self.key, name, about.profile_pic, about.verified))

    def _profile(self, about: words.About, call: Call) -> words.Profile:
        state = self.state
        return words.Profile(
            self.key, about, state.follower_count, len(state.following),
            len(state.posts_for(call.user, self.key)),
            followed_by_viewer=call.user in state.followers, private=state.around().private,
        )  # fmt: skip

    # own posts and the feed

    @handles
    def list_post(self, command: words.ListPost, call: Call) -> Outcome:
        """Lists an own post and spreads it to those of its audience who are here."""
        if command.post in self.state.posts:
            return Outcome()
        insert = words.InsertInFeed(self.key, command.post, command.at)
        events: list[Event] = [words.PostListed(command.post, command.at, command.audience)]
        effects: list[Effect] = [self._push("/feed", words.FeedGrew(command.post))]
        here, all_of_them = self._many(to := SPREAD.get(command.audience, ""))
        if all_of_them < PUSHED_FOLLOWERS:
            effects += [TellAll(to, insert, durable=False)] if here else []
            if to == "followers":
                more_events, more_effects = self._spreads(command.post, command.at)
                events, effects = [*events, *more_events], [*effects, *more_effects]
        return Outcome(None, events, effects)

    def _many(self, audience: str) -> tuple[int, int]:
        """How many are here, and how many there are."""
        if audience == "followers":
            return len(self.state.followers), self.state.follower_count
        friends = len(self.state.around().close_friends) if audience else 0
        return friends, friends

    @handles
    def unlist_post(self, command: words.UnlistPost, call: Call) -> Outcome:
        """Forgets an own post; in the followers' feeds it is passed over when they are read."""
        return Outcome(None, [words.PostUnlisted(command.post)] if command.post in self.state.posts else [])

    @applies
    def post_listed(self, event: words.PostListed) -> None:
        """The post stands among the own ones and in the own feed."""
        self.state.posts = self.state.posts.plus(event.post, event.at, OWN_POSTS)
        self.state.feed = self.state.feed.plus(event.post, event.at, FEED_POSTS)
        if event.audience in NARROW:
            self.state.narrow = self.state.narrow.plus(event.post, event.at, OWN_POSTS)

    @applies
    def post_unlisted(self, event: words.PostUnlisted) -> None:
        """The post stands nowhere any more."""
        self.state.posts = self.state.posts.minus(event.post)
        self.state.narrow = self.state.narrow.minus(event.post)
        self.state.feed = self.state.feed.minus(event.post)

    @handles
    def read_posts(self, command: words.ReadPosts, call: Call) -> Outcome:
        """A page of the own posts, as far as the caller may know of them."""
        posts = self.state.posts_for(call.user, self.key)
        return Outcome(words.PostPage(*posts.page(command.cursor, command.limit)))

    @handles
    def insert_in_feed(self, command: words.InsertInFeed, call: Call) -> Outcome:
        """Takes a post of someone whom the user follows and wants to hear of."""
        if command.author not in self.state.following or command.post in self.state.feed:
            return Outcome()
        if self.state.around().mutes(command.author, call.at):
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
        """Notes what someone did, who is not blocked or muted; the same once only."""
        by, circle = command.note.by, self.state.around()
        unwanted = by in circle.blocked or circle.mutes(by, call.at) or command.note in self.state.notes
        return Outcome(None, [] if unwanted else [words.ActivityNoted(command.note)])

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
