"""The JSON of photos and uploads."""

from typing import Annotated

import msgspec

Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Rendition(msgspec.Struct):
    """A photo in one size; the address gives JPEG, WebP or AVIF, as the request's Accept says."""

    url: str
    width: Count
    height: Count


class Media(msgspec.Struct):
    """One photo of a post; without addresses until it is ready. `original_url` is for its author."""

    id: str
    alt_text: str
    width: Count | None
    height: Count | None
    thumbhash: str | None  # base64; what to show until the photo is here
    url: str | None
    sizes: list[Rendition] = []
    original_url: str | None = None


class UploadAddress(msgspec.Struct):
    """Where to PUT the bytes, with these headers; then a post may show it, also as the one of `post_id`."""

    upload_url: str
    post_id: str
    upload_id: str
    headers: dict[str, str]
    expires_at: Moment


class Upload(msgspec.Struct):
    """How far an upload is: uploading, processing, ready, failed or gone, and for what cause."""

    upload_id: str
    processing_status: str
    percent: Count
    code: str | None
    text: str | None
