import pytest

from actors.kernel import Outcome, Push, Tell
from actors.post import COMMENTS, Likers, PostActor, PostLive, PostState
from actors.testkit import Given
from protocol.ids import derived_id
from protocol.messages import Command
from protocol.post import (
    CommentAdded,
    CommentCount,
    CommentOnPost,
    CommentPage,
    CommentRemoved,
    CreatePost,
    DeleteComment,
    DeletePost,
    ErasePost,
    LeavePost,
    LikeCount,
    LikePost,
    LikesChanged,
    LookAtPost,
    PostCard,
    PostCreated,
    PostDeleted,
    PostFrame,
    PostGone,
    PostLiked,
    PostRemoved,
    ReadComments,
    ReadPostFrame,
    UnlikePost,
    ViewerCount,
    ViewersChanged,
    ViewPost,
)
from protocol.user import ListPost, Note, NoteActivity, UnlistPost

ID = derived_id("post", "ann", "c1")


@pytest.fixture
def post() -> Given:
    return Given(PostActor, PostState(author="ann", caption="The sea", created_at=5), key=ID)


def comments_of(post: Given) -> list[str]:
    return [comment.text for comment in post.state.comments]


# being there


def test_a_post_is_created_and_its_author_told():
    post = Given(PostActor, key=ID)
    created = post.when(CreatePost("The sea", "Brest"), by="ann", at=7)
    card = PostCard(ID, "ann", "The sea", "Brest", 0, 0, liked_by_viewer=False, created_at=7)
    assert created == Outcome(
        card, [PostCreated("ann", "The sea", "Brest", 7)], [Tell("user:ann", ListPost(ID, 7))]
    )
    assert post.when(ViewPost(), by="bob") == Outcome(card)


def test_creating_a_post_twice_changes_nothing(post: Given):
    again = post.when(CreatePost("The sea"), by="ann")
    assert again == Outcome(PostCard(ID, "ann", "The sea", None, 0, 0, liked_by_viewer=False, created_at=5))


def test_nobody_takes_the_id_of_someone_elses_post(post: Given):
    assert post.when(CreatePost("Mine"), by="bob").rejected == "post.taken"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (CreatePost(""), "post.empty"),
        (CreatePost(" \n"), "post.empty"),
        (CreatePost("a" * 2_201), "post.caption_too_long"),
        (CreatePost("a", "b" * 201), "post.location_too_long"),
    ],
)
def test_a_post_that_is_empty_or_too_long_is_rejected(command: CreatePost, code: str):
    assert Given(PostActor, key=ID).when(command, by="ann").rejected == code


def test_the_longest_caption_is_taken():
    assert Given(PostActor, key=ID).when(CreatePost("ü" * 2_200), by="ann").rejected is None


@pytest.mark.parametrize(
    "command",
    [
        ViewPost(),
        LikePost(),
        UnlikePost(),
        CommentOnPost("hi"),
        DeleteComment("0" * 16),
        ReadComments(),
        DeletePost(),
    ],
)
def test_a_post_that_never_was_is_unknown(command: Command):
    assert Given(PostActor, key=ID).when(command, by="ann").rejected == "post.unknown"


def test_its_author_deletes_a_post(post: Given):
    post.when(LikePost(), by="bob")
    post.when(CommentOnPost("hi"), by="bob")
    deleted = post.when(DeletePost(), by="ann")
    assert deleted.reply == PostGone()
    assert deleted.effects == [Tell("user:ann", UnlistPost(ID)), Push(f"post:{ID}", PostRemoved())]
    assert post.state == PostState(author="ann", created_at=5, gone=True)


def test_nobody_else_deletes_a_post(post: Given):
    assert post.when(DeletePost(), by="bob").rejected == "post.not_yours"


def test_deleting_a_post_twice_changes_nothing(post: Given):
    post.when(DeletePost(), by="ann")
    assert post.when(DeletePost(), by="ann") == Outcome(PostGone())


@pytest.mark.parametrize(
    "command",
    [ViewPost(), LikePost(), UnlikePost(), CommentOnPost("hi"), ReadComments(), CreatePost("Again")],
)
def test_a_deleted_post_is_gone_for_everyone(command: Command):
    post = Given(PostActor, PostState(author="ann", gone=True), key=ID)
    for user in ("ann", "bob"):
        assert post.when(command, by=user).rejected == "post.gone"


def test_a_post_goes_with_its_author(post: Given):
    erased = post.told(ErasePost())
    assert (erased.events, [push.message for push in erased.pushes]) == ([PostDeleted()], [PostRemoved()])
    assert post.told(ErasePost()) == Outcome()
    assert Given(PostActor, key=ID).told(ErasePost()) == Outcome()


def test_a_post_says_whose_it_is_and_for_whom_also_when_it_is_gone(post: Given):
    post.when(DeletePost(), by="ann")
    assert post.when(ReadPostFrame(), by="bob") == Outcome(PostFrame("ann", "public"))
    assert Given(PostActor, key=ID).when(ReadPostFrame()).rejected == "post.unknown"


# likes


def test_a_like_counts_once(post: Given):
    liked = post.when(LikePost(), by="bob", at=9)
    assert liked == Outcome(
        LikeCount(1),
        [PostLiked("bob")],
        [
            Push(f"post:{ID}", LikesChanged(1), numbered=False),
            Tell("user:ann", NoteActivity(Note("like", "bob", ID, 9))),
        ],
    )
    assert post.when(LikePost(), by="bob") == Outcome(LikeCount(1))


def test_the_author_is_not_told_of_an_own_like(post: Given):
    liked = post.when(LikePost(), by="ann")
    assert (liked.reply, liked.tells) == (LikeCount(1), [])


def test_a_like_can_be_taken_back(post: Given):
    post.when(LikePost(), by="bob")
    assert post.when(UnlikePost(), by="bob").pushes == [Push(f"post:{ID}", LikesChanged(0), numbered=False)]
    assert post.when(UnlikePost(), by="bob") == Outcome(LikeCount(0))
    assert post.state.likers == Likers()


def test_a_viewer_sees_the_own_like(post: Given):
    post.when(LikePost(), by="bob")
    views = [post.when(ViewPost(), by=user).reply for user in ("bob", "cid")]
    assert [(card.like_count, card.liked_by_viewer) for card in views] == [(1, True), (1, False)]


# comments


def test_a_comment_is_added_and_told(post: Given):
    answer = post.when(CommentOnPost("Lovely"), by="bob", id="c1", at=9)
    comment = answer.reply.comment
    assert (comment.id, comment.by, comment.text, comment.at) == (
        derived_id("comment", "bob", "c1"),
        "bob",
        "Lovely",
        9,
    )
    assert answer.pushes == [Push(f"post:{ID}", CommentAdded(comment, 1))]
    assert answer.tells == [Tell("user:ann", NoteActivity(Note("comment", "bob", ID, 9)))]


def test_one_call_makes_one_comment(post: Given):
    first = post.when(CommentOnPost("Lovely"), by="bob", id="c1")
    again = post.when(CommentOnPost("Lovely"), by="bob", id="c1")
    assert again == Outcome(first.reply)
    assert post.when(CommentOnPost("Lovely"), by="cid", id="c1").reply.comment_count == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "post.comment_empty"), (" ", "post.comment_empty"), ("a" * 1_001, "post.comment_too_long")],
)
def test_a_comment_that_is_empty_or_too_long_is_rejected(post: Given, text: str, code: str):
    assert post.when(CommentOnPost(text), by="bob").rejected == code


def test_a_comment_answers_another(post: Given):
    parent = post.when(CommentOnPost("Where?"), by="bob").reply.comment.id
    assert post.when(CommentOnPost("Brest", parent), by="ann").reply.comment.parent == parent


@pytest.mark.parametrize("user", ["bob", "ann"])
def test_a_comment_is_deleted_by_its_author_or_the_posts(post: Given, user: str):
    comment = post.when(CommentOnPost("Lovely"), by="bob").reply.comment.id
    deleted = post.when(DeleteComment(comment), by=user)
    assert (deleted.reply, deleted.pushes) == (
        CommentCount(0),
        [Push(f"post:{ID}", CommentRemoved(comment, 0))],
    )
    assert post.when(DeleteComment(comment), by=user) == Outcome(CommentCount(0))


def test_nobody_else_deletes_a_comment(post: Given):
    comment = post.when(CommentOnPost("Lovely"), by="bob").reply.comment.id
    assert post.when(DeleteComment(comment), by="cid").rejected == "post.not_yours"


def test_the_newest_comments_are_held_and_all_are_counted():
    post = Given(PostActor, PostState(author="ann"), key=ID)
    for n in range(COMMENTS + 2):
        post.when(CommentOnPost(f"{n}"), by="bob")
    assert comments_of(post) == [f"{n}" for n in range(2, COMMENTS + 2)]
    assert post.state.comment_count == COMMENTS + 2


def test_comments_are_read_page_by_page(post: Given):
    for n in range(5):
        post.when(CommentOnPost(f"{n}"), by="bob")
    texts, before = [], None
    for _ in range(3):
        page = post.when(ReadComments(before, limit=2)).reply
        texts.append([comment.text for comment in page.comments])
        before = page.before
    assert (texts, before) == ([["4", "3"], ["2", "1"], ["0"]], None)


def test_comments_before_one_that_is_gone_are_none(post: Given):
    post.when(CommentOnPost("Lovely"), by="bob")
    assert post.when(ReadComments("f" * 16)) == Outcome(CommentPage([], 1, None))


# viewers


def test_viewers_are_counted_and_pushed(post: Given):
    topic = f"post:{ID}/viewers"
    assert post.when(LookAtPost(), by="bob").pushes == [Push(topic, ViewersChanged(1))]
    assert post.when(LookAtPost(), by="cid").reply == ViewerCount(2)
    assert post.when(LeavePost(), by="bob").pushes == [Push(topic, ViewersChanged(1))]


def test_looking_again_is_not_pushed(post: Given):
    post.when(LookAtPost(), by="bob")
    again = post.when(LookAtPost(), by="bob")
    assert (again.reply, again.pushes) == (ViewerCount(1), [])


def test_leaving_without_having_looked_changes_nothing(post: Given):
    assert post.when(LeavePost(), by="bob") == Outcome(ViewerCount(0))


def test_who_has_not_looked_for_ninety_seconds_is_counted_no_more(post: Given):
    post.when(LookAtPost(), by="bob", at=0)
    post.when(LookAtPost(), by="cid", at=50_000)
    assert post.when(LookAtPost(), by="dan", at=90_000).reply == ViewerCount(2)
    assert post.when(LookAtPost(), by="bob", at=140_000).reply == ViewerCount(2)
    assert post.live == PostLive(viewers={"dan": 90_000, "bob": 140_000})


def test_viewers_are_forgotten_in_a_crash(post: Given):
    post.when(LookAtPost(), by="bob")
    post.crash()
    assert post.live == PostLive()
    assert post.when(LeavePost(), by="bob").reply == ViewerCount(0)
