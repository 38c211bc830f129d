"""What is said to, by and about an upload: announced, received, developed, shown in a post, swept."""

from typing import Annotated

import msgspec

from protocol.ids import PostId, UserId
from protocol.messages import ClientRead, EdgeCommand, EphemeralEvent, Event, Message, PeerCommand, Reply
from protocol.photo import Photo

MediaId = PostId  # an upload and the post that may be made of it alone have one id
SIZE_LIMIT_BYTES = 50 * 1024 * 1024
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
ContentType = Annotated[str, msgspec.Meta(pattern=r"\Aimage/[a-z0-9.+-]{1,40}\Z")]
SizeBytes = Annotated[int, msgspec.Meta(ge=1, le=SIZE_LIMIT_BYTES)]
Folder = Annotated[str, msgspec.Meta(pattern=r"\A\d{4}/\d\d/\d\d/[A-Za-z0-9_-]{22}\Z")]

UPLOADING, PROCESSING, READY, FAILED, GONE = "uploading", "processing", "ready", "failed", "gone"


def media_ref(media: str) -> str:
    """The actor of an upload."""
    return f"media:{media}"


class Declared(msgspec.Struct, frozen=True, array_like=True):
    """What the client says of the bytes beforehand; what it leaves out is not checked."""

    content_type: ContentType | None = None
    size_bytes: SizeBytes | None = None
    sha256: Sha256 | None = None


# asked


class AnnounceMedia(EdgeCommand, frozen=True, tag="media.announce"):
    """The caller is about to upload; the same announcement again changes nothing."""

    folder: Folder
    declared: Declared


class ReadMedia(EdgeCommand, frozen=True, tag="media.read"):
    """All of it, for our own doors and workers."""


class ViewMedia(ClientRead, frozen=True, tag="media.view"):
    """How far it is, for the one who uploads it."""


class ReceiveMedia(EdgeCommand, frozen=True, tag="media.receive"):
    """All its bytes are in the store."""

    size_bytes: int
    sha256: str = ""  # empty where they did not pass a door of ours


class ClaimMedia(PeerCommand, frozen=True, tag="media.claim"):
    """This post of that user shows it."""

    post: PostId
    by: UserId


class DropMedia(PeerCommand, frozen=True, tag="media.drop"):
    """The post that showed it is gone."""

    post: PostId


class SweepMedia(PeerCommand, frozen=True, tag="media.sweep"):
    """It reminds itself: what no post shows by now goes."""


class DelayMedia(PeerCommand, frozen=True, tag="media.delay"):
    """Work on it failed too often: an operator has to look at it."""


class AdvanceMedia(EdgeCommand, frozen=True, tag="media.advance"):
    """A worker has done so much of it."""

    percent: Annotated[int, msgspec.Meta(ge=0, le=100)]


class DevelopMedia(EdgeCommand, frozen=True, tag="media.develop"):
    """A worker has put these renditions into the store."""

    photo: Photo
    sha256: str


class RefuseMedia(EdgeCommand, frozen=True, tag="media.refuse"):
    """It can never become a photo, for this cause."""

    code: str
    text: str


# happened


class MediaAnnounced(Event, frozen=True, tag="media.announced"):
    """It is expected."""

    owner: str
    folder: str
    declared: Declared
    at: int


class MediaReceived(Event, frozen=True, tag="media.received"):
    """Its bytes are there."""

    size_bytes: int
    sha256: str


class MediaClaimed(Event, frozen=True, tag="media.claimed"):
    """A post shows it, or will."""

    post: str


class MediaDeveloped(Event, frozen=True, tag="media.developed"):
    """These renditions are there."""

    photo: Photo
    sha256: str


class MediaRefused(Event, frozen=True, tag="media.refused"):
    """It will never be ready."""

    code: str
    text: str


class MediaSwept(Event, frozen=True, tag="media.swept"):
    """Nobody shows it; its objects go."""


class MediaAdvanced(EphemeralEvent, frozen=True, tag="media.advanced"):
    """So much is done."""

    percent: int


# answered and pushed


class MediaCard(Reply, frozen=True, tag="media.card"):
    """How far it is: uploading, processing, ready, failed or gone, with the cause."""

    media_id: str
    status: str
    percent: int = 0
    code: str = ""
    text: str = ""


class MediaRecord(Reply, frozen=True, tag="media.record"):
    """All that is known of it."""

    owner: str
    folder: str
    declared: Declared
    status: str
    post: str = ""
    size_bytes: int = 0
    sha256: str = ""
    photo: Photo | None = None


class MediaMoved(Message, frozen=True, tag="media.moved"):
    """To the one who uploads it, who watches it."""

    status: str
    percent: int = 0
    code: str = ""
    text: str = ""
