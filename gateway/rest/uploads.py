"""Photos over REST: an address for the bytes, how far they are, and the post that shows one."""

from typing import Annotated

import msgspec

from actors.post import CAPTION_CHARACTERS, LOCATION_CHARACTERS
from actors.post_media import ALT_CHARACTERS
from gateway.asking import Asker
from gateway.cards import authors_of
from gateway.media.uploads import Uploads as Announced
from gateway.rest import media_shapes, shapes
from gateway.rest.operation import Caller, serves, told
from gateway.rest.photos import PhotoShapes
from protocol.ids import PostId, post_ref
from protocol.media import ContentType, Declared, MediaCard, MediaId, Sha256, SizeBytes, ViewMedia, media_ref
from protocol.post import CreatePost, NamedMedia, PostCard
from protocol.user_relations import Audience


class NewUpload(msgspec.Struct, forbid_unknown_fields=True):
    """What is known of the bytes beforehand: whatever is said is held to."""

    content_type: ContentType | None = None
    size_bytes: SizeBytes | None = None
    sha256: Sha256 | None = None


class Publication(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a post with the one photo that was uploaded for it."""

    caption: Annotated[str, told(maxLength=CAPTION_CHARACTERS)] = ""
    location: Annotated[str, told(maxLength=LOCATION_CHARACTERS)] | None = None
    audience: Audience = "public"
    alt_text: Annotated[str, told(maxLength=ALT_CHARACTERS)] = ""


class OneUpload(msgspec.Struct):
    """An upload in the path."""

    upload_id: MediaId


class OneDraft(msgspec.Struct):
    """A post that is not there yet, in the path."""

    post_id: PostId


class Uploads:
    """What is served of uploads."""

    def __init__(self, asker: Asker, uploads: Announced, photos: PhotoShapes) -> None:
        self._asker, self._uploads, self._photos = asker, uploads, photos

    @serves("POST", "/api/posts/upload-url")
    async def request_upload(self, caller: Caller, body: NewUpload) -> media_shapes.UploadAddress:
        """An address to which the bytes of a photo are put, for 15 minutes; send `{}` if nothing is known."""
        declared = Declared(body.content_type, body.size_bytes, body.sha256)
        grant = await self._uploads.announce(caller.user, caller.call("upload"), declared, caller.origin)
        expires_at = shapes.moment(grant.expires_at)
        return media_shapes.UploadAddress(grant.url, grant.media, grant.media, grant.headers, expires_at)

    @serves("GET", "/api/uploads/{upload_id}")
    async def view_upload(self, caller: Caller, path: OneUpload) -> media_shapes.Upload:
        """How far an upload of yours is."""
        ref = media_ref(path.upload_id)
        card = await self._asker.read(MediaCard, ref, ViewMedia(), caller.user)
        return media_shapes.Upload(
            card.media_id, card.status, card.percent, card.code or None, card.text or None
        )

    @serves("POST", "/api/posts/{post_id}/publish", 201)
    async def publish_upload(self, caller: Caller, path: OneDraft, body: Publication) -> shapes.Post:
        """A post with the photo that was uploaded under its id; it appears when the photo is ready."""
        await self._uploads.require(caller.user, [path.post_id])
        media = [NamedMedia(path.post_id, body.alt_text)]
        command = CreatePost(body.caption, body.location, body.audience, media)
        call = caller.call("publish")
        card = await self._asker.write(PostCard, post_ref(path.post_id), command, caller.user, call)
        authors = await authors_of(self._asker, [card.author_id], caller.user)
        (shape,) = await self._photos.of([(card, authors[card.author_id])], caller)
        return shape
