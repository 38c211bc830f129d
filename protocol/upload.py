"""What a phone and its gateway say of an upload before there is one; no actor hears it."""

from protocol.media import ContentType, Sha256, SizeBytes
from protocol.messages import ClientCommand, Reply


class RequestUpload(ClientCommand, frozen=True, tag="upload.request"):
    """To `upload:new`: an address for the bytes of a photo; what is known of them is held to."""

    content_type: ContentType | None = None
    size_bytes: SizeBytes | None = None
    sha256: Sha256 | None = None


class UploadGranted(Reply, frozen=True, tag="upload.granted"):
    """PUT the bytes there, with these headers, before then (ms); without a host it is this gateway's."""

    media_id: str
    upload_url: str
    headers: dict[str, str]
    expires_at: int
