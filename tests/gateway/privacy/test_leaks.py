"""People do what they like to each other: nothing is seen that ought not to be, and all that ought."""

import asyncio
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actors.user import FEED_TRUSTED_MS
from gateway.asking import Asker
from gateway.cards import posts_of
from gateway.feed import feed_page, wanted_in_feed
from gateway.ports import News
from gateway.privacy.naming import named_in
from protocol.ids import derived_id, post_ref, user_ref
from protocol.messages import Command
from protocol.post import (
    CommentAnswer,
    CommentOnPost,
    CommentPage,
    CreatePost,
    LikeCount,
    LikePost,
    PostCard,
    ReadComments,
    TypeOnPost,
    Typists,
    ViewPost,
)
from protocol.user import (
    EditProfile,
    FollowUser,
    PostPage,
    Profile,
    ReadFollowers,
    ReadPosts,
    UnfollowUser,
    UserPage,
    ViewProfile,
)
from protocol.user_life import SetAway
from protocol.user_reach import PresenceCard, SetReach, ViewPresence
from protocol.user_relations import (
    AcceptFollower,
    AddCloseFriend,
    BlockUser,
    DeclineFollower,
    DismissFollower,
    MuteUser,
    RemoveCloseFriend,
    SetPrivacy,
    UnblockUser,
    UnmuteUser,
)
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.privacy.people import Guarded, Model, connected

PEOPLE = ("ann", "bob", "cid")
POSTS = 6
STEPS, RUNS = 40, 250  # 10,000 steps

person = st.sampled_from(PEOPLE)
pairs = st.permutations(PEOPLE).map(lambda order: (order[0], order[1]))
whos = st.sampled_from(["everyone", "followers", "followed", "mutuals", "nobody"])
trios = st.permutations(PEOPLE).map(lambda order: (order[0], order[1], order[2]))
audiences = st.sampled_from(["public", "followers", "close_friends", "only_me"])


class Lives(RuleBasedStateMachine):
    """Two gateways, three people, some posts."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        self.cluster, self.model = LittleCluster(), Model()
        self.gateways = [Guarded(self.cluster) for _ in range(2)]
        connected(self.cluster, *self.gateways)
        self.watching = [asyncio.ensure_future(gateway.keep_watching()) for gateway in self.gateways]
        for _ in range(40):
            await asyncio.sleep(0)

    def teardown(self) -> None:
        self.runner.close()

    @initialize()
    def everyone_is_known(self) -> None:
        for name in PEOPLE:
            self._say(name, EditProfile(name=name))

    def _say(self, by: str, command: Command, to: str = "") -> Any:
        self.cluster.at += 1
        asked = self.gateways[0].cells.ask(to or user_ref(by), command, by, f"{self.cluster.at}")
        return self.runner.run(asked)

    # what people do

    @rule(pair=pairs)
    def follow(self, pair: tuple[str, str]) -> None:
        one, other = pair
        if self.model.apart(one, other):
            return
        self._say(one, FollowUser(other))
        if pair not in self.model.follows:
            (self.model.asks if other in self.model.private else self.model.follows).add(pair)

    @rule(pair=pairs)
    def unfollow(self, pair: tuple[str, str]) -> None:
        self._say(pair[0], UnfollowUser(pair[1]))
        self.model.follows.discard(pair)
        self.model.asks.discard(pair)

    @rule(pair=pairs, yes=st.booleans())
    def answer(self, pair: tuple[str, str], yes: bool) -> None:
        one, other = pair
        self._say(one, AcceptFollower(other) if yes else DeclineFollower(other))
        if (other, one) in self.model.asks:
            self.model.asks.discard((other, one))
            if yes:
                self.model.follows.add((other, one))

    @rule(pair=pairs)
    def dismiss(self, pair: tuple[str, str]) -> None:
        self._say(pair[0], DismissFollower(pair[1]))
        self.model.follows.discard((pair[1], pair[0]))

    @rule(pair=pairs, on=st.booleans())
    def block(self, pair: tuple[str, str], on: bool) -> None:
        self._say(pair[0], BlockUser(pair[1]) if on else UnblockUser(pair[1]))
        if on:
            self.model.part(*pair)
            self.model.blocks.add(pair)
        else:
            self.model.blocks.discard(pair)

    @rule(pair=pairs, on=st.booleans())
    def mute(self, pair: tuple[str, str], on: bool) -> None:
        self._say(pair[0], MuteUser(pair[1]) if on else UnmuteUser(pair[1]))
        (self.model.mutes.add if on else self.model.mutes.discard)(pair)

    @rule(pair=pairs, on=st.booleans())
    def befriend(self, pair: tuple[str, str], on: bool) -> None:
        if on and pair in self.model.blocks:
            return
        self._say(pair[0], AddCloseFriend(pair[1]) if on else RemoveCloseFriend(pair[1]))
        (self.model.close.add if on else self.model.close.discard)(pair)

    @rule(one=person, private=st.booleans())
    def hide(self, one: str, private: bool) -> None:
        if not private and any(owner == one for _, owner in self.model.asks):
            return  # reminders are the cells' matter: tests/actors/test_follows.py has them
        self._say(one, SetPrivacy(private))
        (self.model.private.add if private else self.model.private.discard)(one)

    @rule(one=person, away=st.booleans())
    def leave(self, one: str, away: bool) -> None:
        self.cluster.at += 1
        self.runner.run(self.cluster.ask(user_ref(one), SetAway(away, self.cluster.at)))
        (self.model.away.add if away else self.model.away.discard)(one)

    @rule(one=person, comment=whos, activity=whos)
    def let(self, one: str, comment: str, activity: str) -> None:
        self._say(one, SetReach(comment=comment, activity=activity))
        self.model.comment[one], self.model.activity[one] = comment, activity

    @rule(one=person, audience=audiences)
    def publish(self, one: str, audience: str) -> None:
        if len(self.model.posts) < POSTS:
            post = derived_id("post", one, str(len(self.model.posts)))
            self._say(one, CreatePost("Hi", None, audience), post_ref(post))
            self.model.posts[post] = (one, audience)
            self.model.comments[post] = []

    @rule(one=person, number=st.integers(0, POSTS - 1))
    def comment(self, one: str, number: int) -> None:
        if number < len(self.model.posts) and one not in self.model.away:
            self.runner.run(self._comment(one, list(self.model.posts)[number]))

    @rule(trio=trios, number=st.integers(0, POSTS - 1), on=st.booleans())
    def quarrel(self, trio: tuple[str, str, str], number: int, on: bool) -> None:
        """Two of those who look at a post, and most likely at a third one's."""
        if number < len(self.model.posts):
            for one in PEOPLE:
                self.watch(one, trio[2])
            self.block((trio[0], trio[1]), on)
            for one in trio[:2]:
                self.comment(one, number)

    async def _comment(self, one: str, post: str) -> None:
        there, ref, may = self.gateways[1], post_ref(post), self.model.comments_on(one, post)
        for _ in range(20):
            await asyncio.sleep(0)  # what boundaries leave to be looked into
        before = len(there.heard)
        typed = await there.ask(ref, TypeOnPost(), one, f"t{self.cluster.at}")
        said = await there.ask(ref, CommentOnPost("Oh"), one, f"{len(self.model.comments[post])}")
        assert isinstance(said, CommentAnswer) == isinstance(typed, Typists) == may
        assert (said == "post.unknown") != self.model.sees(one, post)
        if may:
            self.model.comments[post].append(one)
        self._heard_of(one, ref, there.heard[before:], may)

    def _heard_of(self, one: str, ref: str, heard: list[tuple[str, News]], may: bool) -> None:
        """What comes by itself to those who look at a third one's post names nobody who is hidden."""
        looking = {viewer for viewer, topic in self.gateways[1].standing if topic == ref}
        told = {viewer for viewer, news in heard if one in named_in(news) and news.topic == ref}
        for viewer in looking - self.model.away:
            assert (viewer in told) == (may and not self.model.apart(viewer, one)), (viewer, one)
        for viewer, news in heard:
            for named in named_in(news):
                assert viewer in self.model.away or not self.model.apart(viewer, named) or viewer == named

    @rule(one=person, other=person)
    def watch(self, one: str, other: str) -> None:
        for topic, command in [
            (user_ref(other), ViewProfile()),
            (f"{user_ref(other)}/presence", ViewPresence()),
            *[(post_ref(post), ViewPost()) for post in self.model.posts],
            *[(f"{post_ref(post)}/typing", ViewPost()) for post in self.model.posts],
        ]:
            self.runner.run(self.gateways[1].watch(topic, command, one))

    # what they see: on the other gateway than the one where it was done

    @invariant()
    def nothing_is_seen_that_ought_not_to_be_and_all_that_ought(self) -> None:
        self.runner.run(self._look())

    async def _look(self) -> None:
        self.cluster.at += FEED_TRUSTED_MS + 1  # a feed has what became visible when it is filled again
        for viewer in sorted(set(PEOPLE) - self.model.away):
            for post in self.model.posts:  # deeds first: they may go by what was known before
                liked = await self.gateways[1].ask(post_ref(post), LikePost(), viewer)
                assert isinstance(liked, LikeCount) == self.model.sees(viewer, post)
            for owner in PEOPLE:
                await self._people(viewer, owner)
            for post in self.model.posts:
                await self._post(viewer, post)
            await self._feed(viewer)
        self._standing()

    async def _people(self, viewer: str, owner: str) -> None:
        there, ref, model = self.gateways[1], user_ref(owner), self.model
        met = viewer == owner or not model.apart(viewer, owner)
        assert isinstance(await there.ask(ref, ViewProfile(), viewer), Profile) == met
        seen = await there.ask(ref, ViewPresence(), viewer)
        assert isinstance(seen, PresenceCard) == model.meets(viewer, owner), (viewer, owner, seen)
        assert isinstance(await there.ask(ref, ReadPosts(), viewer), PostPage) == model.near(viewer, owner)
        page = await there.ask(ref, ReadFollowers(), viewer)
        assert isinstance(page, UserPage) == model.near(viewer, owner)
        if isinstance(page, UserPage):
            followers = {one for one, other in model.follows if other == owner}
            assert set(page.users) == {
                one for one in followers if one == viewer or not model.apart(viewer, one)
            }

    async def _post(self, viewer: str, post: str) -> None:
        there, ref, sees = self.gateways[1], post_ref(post), self.model.sees(viewer, post)
        assert isinstance(await there.ask(ref, ViewPost(), viewer), PostCard) == sees
        page = await there.ask(ref, ReadComments(limit=100), viewer)
        assert isinstance(page, CommentPage) == sees
        if isinstance(page, CommentPage):
            said = [one for one in self.model.comments[post] if not self.model.apart(viewer, one)]
            assert [comment.by for comment in reversed(page.comments)] == said

    async def _feed(self, viewer: str) -> None:
        asker = Asker(self.gateways[1].cells)
        page = await feed_page(asker, viewer, None, 20)
        cards, complete = await posts_of(asker, page.posts, viewer)
        wanted = await wanted_in_feed(asker, {card.author_id for card, _ in cards}, viewer)
        shown = {card.post_id for card, _ in cards if card.author_id in wanted}
        assert complete
        assert shown == {
            post
            for post, (owner, _) in self.model.posts.items()
            if self.model.sees(viewer, post) and self._heard(viewer, owner)
        }

    def _heard(self, viewer: str, owner: str) -> bool:
        follows = (viewer, owner) in self.model.follows and (viewer, owner) not in self.model.mutes
        return viewer == owner or follows

    def _standing(self) -> None:
        # who is away is logged out: their own sockets are closed with their sessions
        for viewer, topic in [one for one in self.gateways[1].standing if one[0] not in self.model.away]:
            kind, _, key = topic.partition("/")[0].partition(":")
            if topic.endswith("/presence"):
                assert self.model.meets(viewer, key), (viewer, topic)
            elif kind == "post":
                assert self.model.sees(viewer, key), (viewer, topic)
            else:
                assert viewer == key or not self.model.apart(viewer, key), (viewer, topic)


TestLives = Lives.TestCase
# Without shrinking, which would take minutes: the steps that led there are said anyway.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
TestLives.settings = settings(max_examples=RUNS, stateful_step_count=STEPS, deadline=None, phases=PHASES)
