"""Any history of a noun obeys the laws: the harness checks them after every command of random ones."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.post import COMMENTS, PostActor
from actors.testkit import Given
from actors.user import UserActor
from protocol.ids import derived_id
from protocol.messages import Command
from protocol.post import (
    CommentOnPost,
    CreatePost,
    DeleteComment,
    DeletePost,
    LeavePost,
    LikePost,
    LookAtPost,
    UnlikePost,
    ViewPost,
)
from protocol.user import (
    AddFollower,
    EditProfile,
    FillFeed,
    FollowUser,
    InsertInFeed,
    Listed,
    ListPost,
    Note,
    NoteActivity,
    ReadFeed,
    RemoveFollower,
    SeeActivity,
    UnfollowUser,
    UnlistPost,
)
from protocol.user_reach import NoteSeen, ReadVeil, SetReach, UnshunUser, ViewPresence
from protocol.user_relations import (
    AcceptFollower,
    AddCloseFriend,
    AdmitRequests,
    AskToFollow,
    AwaitFollow,
    BlockUser,
    DeclineFollower,
    DismissFollower,
    EndFollow,
    MuteUser,
    RemoveCloseFriend,
    SetPrivacy,
    ShunUser,
    TakeFollow,
    UnblockUser,
    UnmuteUser,
)

RELATIONS: list[type[Any]] = [
    AskToFollow, AcceptFollower, DeclineFollower, DismissFollower, BlockUser, UnblockUser, UnmuteUser,
    AddCloseFriend, RemoveCloseFriend,
]  # fmt: skip
people = st.sampled_from(["ann", "bob", "cid"])
others = st.sampled_from(["bob", "cid"])
whos = st.sampled_from([None, "everyone", "mutuals", "nobody"])
calls = st.sampled_from(["c1", "c2", "c3"])
posts = st.integers(0, 5).map(lambda n: f"{n:016x}")
times = st.integers(0, 9).map(lambda n: n * 1_000)

said_to_posts: st.SearchStrategy[Command] = st.one_of(
    st.just(CreatePost("The sea")),
    st.sampled_from([LikePost(), UnlikePost(), ViewPost(), LookAtPost(), LeavePost()]),
    st.builds(CommentOnPost, st.just("Lovely")),
    st.builds(DeleteComment, st.builds(lambda user, call: derived_id("comment", user, call), people, calls)),
    st.integers(0, 19).map(lambda n: ViewPost() if n else DeletePost()),
)
said_to_users: st.SearchStrategy[Command] = st.one_of(
    st.builds(EditProfile, name=st.text(max_size=3)),
    st.builds(FollowUser, people),
    st.builds(UnfollowUser, people),
    st.builds(FillFeed, st.dictionaries(people, st.lists(st.builds(Listed, posts, times), max_size=3))),
    st.sampled_from([ReadFeed(), SeeActivity(), SetPrivacy(True), SetPrivacy(False)]),
    st.builds(MuteUser, others, st.sampled_from([None, 1])),
    st.one_of([st.builds(word, others) for word in RELATIONS]),
    st.builds(SetReach, comment=whos, activity=whos),
    st.sampled_from([NoteSeen(), ReadVeil(), ViewPresence()]),
)
told_to_users: st.SearchStrategy[Command] = st.one_of(
    st.builds(AddFollower, people),
    st.builds(RemoveFollower, people),
    st.builds(ListPost, posts, times),
    st.builds(UnlistPost, posts),
    st.builds(InsertInFeed, people, posts, times),
    st.builds(NoteActivity, st.builds(Note, st.just("like"), people, posts, times)),
    st.one_of(
        [st.builds(word, others) for word in (TakeFollow, AwaitFollow, EndFollow, ShunUser, UnshunUser)]
    ),
    st.just(AdmitRequests()),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(said_to_posts, people, calls), max_size=25))
def test_any_history_of_a_post_obeys_the_laws(history: list[tuple[Command, str, str]]):
    post = Given(PostActor, key=derived_id("post", "ann", "c1"))
    for command, by, call in history:
        post.when(command, by=by, id=call)
    assert len(post.state.comments) == min(post.state.comment_count, COMMENTS)
    assert not (post.state.gone and (post.state.likers.users or post.state.comments))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), said_to_users, told_to_users), max_size=25))
def test_any_history_of_a_user_obeys_the_laws(history: list[tuple[bool, Command, Command]]):
    ann = Given(UserActor, key="ann")
    for is_tell, said, told in history:
        if is_tell:
            ann.told(told)  # type: ignore[arg-type]
        else:
            ann.when(said, by="ann")
    assert "ann" not in ann.state.following
    assert all(
        len(people.after("", 99)) == len(people) for people in (ann.state.following, ann.state.followers)
    )
