import pytest

from actors.kernel import Outcome, Tell
from actors.post import PostActor
from actors.testkit import Given
from protocol.ids import derived_id
from protocol.media import ClaimMedia, DropMedia
from protocol.photo import Photo, Size
from protocol.post import CreatePost, DeletePost, LikePost, NamedMedia, PostCard, ReadPostFrame, ViewPost
from protocol.post_media import LoseMedia, PostAppeared, PostFailed, TakeMedia
from protocol.user import ListPost

ID = derived_id("post", "ann", "c1")
ONE, TWO = "1" * 16, "2" * 16
PHOTO = Photo("2026/11/20/" + "x" * 22, [Size(150, 150, 100)], ["jpeg", "webp"], 1500, 1000, "abc=")


def create(*media: NamedMedia) -> CreatePost:
    return CreatePost("The sea", media=list(media))


@pytest.fixture
def post() -> Given:
    post = Given(PostActor, key=ID)
    post.when(create(NamedMedia(ONE, "Waves"), NamedMedia(TWO)), by="ann", id="c1", at=5)
    return post


def card(post: Given) -> PostCard:
    reply = post.when(ViewPost(), by="ann").reply
    assert isinstance(reply, PostCard)
    return reply


def test_a_post_with_photos_claims_them_and_is_not_listed_yet():
    created = Given(PostActor, key=ID).when(create(NamedMedia(ONE)), by="ann", id="c1")
    assert created.tells == [Tell(f"media:{ONE}", ClaimMedia(ID, "ann"))]
    assert isinstance(created.reply, PostCard)
    assert created.reply.processing_status == "processing"


@pytest.mark.parametrize("command", [ViewPost(), LikePost(), ReadPostFrame(), DeletePost()])
def test_a_draft_is_there_for_nobody_but_its_author(post: Given, command: ViewPost):
    assert post.when(command, by="bob").rejected == "post.unknown"
    assert card(post).processing_status == "processing"
    assert post.when(LikePost(), by="ann").rejected == "post.unknown"


def test_a_post_appears_with_the_last_of_its_photos_in_the_order_of_the_carousel(post: Given):
    assert post.told(TakeMedia(TWO, PHOTO), at=10).effects == []
    last = post.told(TakeMedia(ONE, PHOTO), at=20)
    assert last.tells == [Tell("user:ann", ListPost(ID, 20, "public"))]
    assert [push.message for push in last.pushes] == [PostAppeared()]
    shown = card(post)
    assert [(each.media, each.alt) for each in shown.photos] == [(ONE, "Waves"), (TWO, "")]
    assert (shown.created_at, shown.processing_status) == (20, "ready")
    assert post.told(TakeMedia(ONE, PHOTO)) == Outcome()


def test_what_is_made_behind_is_added_without_news(post: Given):
    for media in (ONE, TWO):
        post.told(TakeMedia(media, PHOTO))
    more = Photo(PHOTO.folder, PHOTO.sizes, ["jpeg", "webp", "avif"], 1500, 1000, "abc=")
    assert post.told(TakeMedia(ONE, more)).effects == []
    assert [each.photo for each in card(post).photos] == [more, PHOTO]


def test_a_photo_that_fails_fails_the_post_and_lets_the_others_go(post: Given):
    failed = post.told(LoseMedia(ONE, "photo_bomb", "no"))
    assert [push.message for push in failed.pushes] == [PostFailed("photo_bomb", "no")]
    assert failed.tells == [Tell(f"media:{media}", DropMedia(ID)) for media in (ONE, TWO)]
    assert post.told(TakeMedia(ONE, PHOTO)).tells == []
    assert card(post).processing_status == "failed"


def test_a_deleted_post_takes_its_photos_along_and_those_that_come_late(post: Given):
    deleted = post.when(DeletePost(), by="ann")
    assert Tell(f"media:{ONE}", DropMedia(ID)) in deleted.tells
    assert post.told(TakeMedia(ONE, PHOTO)).tells == [Tell(f"media:{ONE}", DropMedia(ID))]


@pytest.mark.parametrize(
    ("media", "code"),
    [
        ([NamedMedia(f"{n:016x}") for n in range(11)], "post.media_too_many"),
        ([NamedMedia(ONE), NamedMedia(ONE)], "post.media_twice"),
        ([NamedMedia(ONE, "x" * 1_001)], "post.alt_too_long"),
    ],
)
def test_a_carousel_has_limits(media: list[NamedMedia], code: str):
    assert Given(PostActor, key=ID).when(create(*media), by="ann", id="c1").rejected == code


def test_photos_need_no_caption():
    post = Given(PostActor, key=ID)
    assert post.when(CreatePost("", media=[NamedMedia(ONE)]), by="ann", id="c1").rejected is None
