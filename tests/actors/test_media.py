import pytest

from actors.kernel import Outcome, Remind, Tell
from actors.media import SWEPT_AFTER_MS, MediaActor
from actors.testkit import Given
from protocol.darkroom import DARKROOM, EnterJob
from protocol.media import (
    AdvanceMedia,
    AnnounceMedia,
    ClaimMedia,
    Declared,
    DelayMedia,
    DevelopMedia,
    DropMedia,
    MediaCard,
    MediaMoved,
    MediaRecord,
    ReadMedia,
    ReceiveMedia,
    RefuseMedia,
    SweepMedia,
    ViewMedia,
)
from protocol.photo import Photo, Size
from protocol.post_media import LoseMedia, TakeMedia

ID, POST = "1" * 16, "2" * 16
FOLDER = "2026/11/20/" + "x" * 22
PHOTO = Photo(FOLDER, [Size(150, 150, 100)], ["jpeg", "webp"], 1500, 1000, "abc=")


@pytest.fixture
def media() -> Given:
    media = Given(MediaActor, key=ID)
    media.when(AnnounceMedia(FOLDER, Declared()), by="ann", at=5)
    return media


def status(media: Given) -> str:
    reply = media.when(ViewMedia(), by="ann").reply
    assert isinstance(reply, MediaCard)
    return reply.status


def developed(media: Given) -> Given:
    media.when(ReceiveMedia(9, "f" * 64), by="ann")
    media.when(DevelopMedia(PHOTO, "f" * 64))
    return media


def test_an_announced_upload_reminds_itself_to_go():
    announced = Given(MediaActor, key=ID).when(AnnounceMedia(FOLDER, Declared()), by="ann", at=5)
    assert announced.effects == [Remind(5 + SWEPT_AFTER_MS, SweepMedia())]


def test_the_first_announcement_counts_and_nobody_else_takes_the_id(media: Given):
    again = media.when(AnnounceMedia("2026/11/20/" + "y" * 22, Declared()), by="ann")
    assert isinstance(again.reply, MediaRecord)
    assert again.reply.folder == FOLDER
    assert media.when(AnnounceMedia(FOLDER, Declared()), by="bob").rejected == "media.taken"


def test_what_is_received_is_developed_once(media: Given):
    received = media.when(ReceiveMedia(9, "f" * 64), by="ann")
    assert [tell.command for tell in received.tells] == [EnterJob(f"develop:{ID}")]
    assert media.when(ReceiveMedia(9, "f" * 64), by="ann").events == []


def test_only_its_owner_looks_at_an_upload(media: Given):
    assert status(media) == "uploading"
    assert media.when(ViewMedia(), by="bob").rejected == "media.unknown"
    assert Given(MediaActor, key=POST).when(ReadMedia()).rejected == "media.unknown"


def test_the_author_hears_how_far_it_is(media: Given):
    media.when(ReceiveMedia(9), by="ann")
    (push,) = media.when(AdvanceMedia(40)).pushes
    assert push.message == MediaMoved("processing", 40)
    assert media.when(ViewMedia(), by="ann").reply == MediaCard(ID, "processing", 40)
    (push,) = media.told(DelayMedia()).pushes
    assert isinstance(push.message, MediaMoved)
    assert push.message.code == "media.delayed"


def test_whoever_claimed_it_before_hears_when_it_is_ready(media: Given):
    media.told(ClaimMedia(POST, "ann"))
    media.when(ReceiveMedia(9), by="ann")
    ready = media.when(DevelopMedia(PHOTO, ""))
    assert Tell(f"post:{POST}", TakeMedia(ID, PHOTO)) in ready.tells
    assert Tell(DARKROOM, EnterJob(f"behind:{ID}")) in ready.tells
    assert media.when(DevelopMedia(PHOTO, "")).events == []


def test_whoever_claims_it_later_hears_at_once(media: Given):
    claimed = developed(media).told(ClaimMedia(POST, "ann"))
    assert claimed.tells == [Tell(f"post:{POST}", TakeMedia(ID, PHOTO))]


@pytest.mark.parametrize(("by", "post", "code"), [("bob", POST, "media.unknown"), ("ann", ID, "media.taken")])
def test_neither_another_user_nor_another_post_gets_it(media: Given, by: str, post: str, code: str):
    developed(media).told(ClaimMedia(POST, "ann"))
    (tell,) = media.told(ClaimMedia(post, by)).tells
    assert isinstance(tell.command, LoseMedia)
    assert tell.command.code == code


def test_a_refusal_is_told_to_the_post_and_to_the_author(media: Given):
    media.told(ClaimMedia(POST, "ann"))
    media.when(ReceiveMedia(9), by="ann")
    refused = media.when(RefuseMedia("photo_bomb", "no"))
    assert refused.tells == [Tell(f"post:{POST}", LoseMedia(ID, "photo_bomb", "no"))]
    assert status(media) == "failed"
    assert media.when(DevelopMedia(PHOTO, "")).events == []


def test_what_no_post_shows_is_swept_and_what_one_shows_is_not(media: Given):
    other = Given(MediaActor, key=ID)
    other.when(AnnounceMedia(FOLDER, Declared()), by="ann")
    other.told(ClaimMedia(POST, "ann"))
    assert other.told(SweepMedia()) == Outcome()
    assert media.told(SweepMedia()).tells == [Tell(DARKROOM, EnterJob(f"sweep:{ID}"))]
    assert status(media) == "gone"
    assert media.told(SweepMedia()) == Outcome()


def test_it_goes_with_the_post_that_shows_it_and_with_no_other(media: Given):
    developed(media).told(ClaimMedia(POST, "ann"))
    assert media.told(DropMedia("3" * 16)) == Outcome()
    media.told(DropMedia(POST))
    assert status(media) == "gone"


def test_what_comes_into_the_store_after_the_sweep_is_swept_too(media: Given):
    media.told(SweepMedia())
    for late in (ReceiveMedia(9, "f" * 64), DevelopMedia(PHOTO, "f" * 64)):
        result = media.when(late, by="ann")
        assert (result.events, [tell.command for tell in result.tells]) == ([], [EnterJob(f"sweep:{ID}")])
    assert status(media) == "gone"
