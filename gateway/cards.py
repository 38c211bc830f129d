"""Post cards with their authors, composed from asks to several actors."""

from collections.abc import Iterable, Sequence

from gateway.asking import Asker
from protocol.errors import Rejected
from protocol.ids import post_ref, user_ref
from protocol.post import PostCard, ViewPost
from protocol.user import UserCard, ViewUserCard


async def authors_of(asker: Asker, users: Iterable[str], viewer: str) -> dict[str, UserCard]:
    """The cards of these users; who cannot be asked just now is called by the id."""
    ids = sorted(set(users))
    replies = await asker.read_many(UserCard, [(user_ref(user), ViewUserCard()) for user in ids], viewer)
    return {
        user: reply if isinstance(reply, UserCard) else UserCard(user, user, None)
        for user, reply in zip(ids, replies)
    }


async def posts_of(
    asker: Asker, posts: Sequence[str], viewer: str
) -> tuple[list[tuple[PostCard, UserCard]], bool]:
    """The posts that are there, with their authors; and whether none is left out that could not be asked."""
    replies = await asker.read_many(PostCard, [(post_ref(post), ViewPost()) for post in posts], viewer)
    cards = [reply for reply in replies if isinstance(reply, PostCard)]
    complete = all(isinstance(reply, PostCard | Rejected) for reply in replies)
    authors = await authors_of(asker, (card.author_id for card in cards), viewer)
    return [(card, authors[card.author_id]) for card in cards], complete
