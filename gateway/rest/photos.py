"""Posts as JSON, with addresses of their photos that are good for this viewer."""

from collections.abc import Sequence

from gateway.asking import Asker
from gateway.media.addresses import ORIGINAL, PhotoAddresses
from gateway.privacy.view import PUBLIC
from gateway.rest import media_shapes, shapes
from gateway.rest.operation import Caller
from protocol.ids import user_ref
from protocol.post import PostCard
from protocol.user import UserCard
from protocol.user_relations import ReadStanding, Standing

THUMBNAIL = 320


class PhotoShapes:
    """Makes shapes of cards."""

    def __init__(self, asker: Asker, addresses: PhotoAddresses) -> None:
        self._asker, self._addresses = asker, addresses

    async def of(self, cards: Sequence[tuple[PostCard, UserCard]], caller: Caller) -> list[shapes.Post]:
        """The posts; those without photos cost nothing more than before."""
        authors = {card.author_id for card, _ in cards if card.photos and card.audience == PUBLIC}
        open_authors = await self._open(sorted(authors), caller.user) if authors else set()
        return [
            self._with_photos(shapes.post_shape(card, author), card, caller, card.author_id in open_authors)
            if card.photos
            else shapes.post_shape(card, author)
            for card, author in cards
        ]

    async def _open(self, authors: Sequence[str], viewer: str) -> set[str]:
        """Those whose public posts everybody may see; in doubt an address is sealed."""
        asks = [(user_ref(author), ReadStanding()) for author in authors]
        standings = await self._asker.read_many(Standing, asks, viewer)
        return {
            author
            for author, standing in zip(authors, standings)
            if isinstance(standing, Standing) and not (standing.private or standing.away)
        }

    def _with_photos(
        self, shape: shapes.Post, card: PostCard, caller: Caller, has_open_author: bool
    ) -> shapes.Post:
        is_open = has_open_author and card.audience == PUBLIC and card.processing_status == "ready"
        shape.processing_status = card.processing_status
        shape.media = [self._media(card, number, caller, is_open) for number in range(len(card.photos))]
        first = shape.media[0]
        small = [size for size in first.sizes if size.width <= THUMBNAIL]
        shape.media_url = first.url
        shape.thumbnail_url = small[-1].url if small else first.url
        return shape

    def _media(self, card: PostCard, number: int, caller: Caller, is_open: bool) -> media_shapes.Media:
        held = card.photos[number]
        photo = held.photo
        if photo is None:
            return media_shapes.Media(held.media, held.alt, None, None, None, None)

        def address(what: str) -> str:
            return self._addresses.of(card, number, what, caller.user, is_open, caller.origin)

        sizes = [media_shapes.Rendition(address(str(one.rung)), one.width, one.height) for one in photo.sizes]
        return media_shapes.Media(
            held.media, held.alt, photo.width, photo.height, photo.thumbhash, sizes[-1].url, sizes,
            address(ORIGINAL) if card.author_id == caller.user else None,
        )  # fmt: skip
