"""A page of someone's feed: the ids from their actor, filled up first when it may lack some."""

from collections.abc import Collection, Sequence
from heapq import nlargest

from gateway.asking import Asker
from gateway.privacy.view import Surface, Thing, Viewer, can_view
from protocol.errors import MantaError
from protocol.ids import user_ref
from protocol.user import FeedPage, FillFeed, Listed, PostPage, ReadFeed, ReadPosts
from protocol.user_relations import Outlook, ReadOutlook

PULLED_EACH = 50
PULLED_ALL = 500  # as many as a feed holds; 14 KB of journal at most


async def feed_page(asker: Asker, user: str, cursor: str | None, limit: int) -> FeedPage:
    """The page, complete as far as those whom the user follows can be asked."""
    page = await asker.read(FeedPage, user_ref(user), ReadFeed(cursor, limit), user)
    if not page.pull_from:
        return page
    asks = [(user_ref(author), ReadPosts(limit=PULLED_EACH)) for author in page.pull_from]
    replies = await asker.read_many(PostPage, asks, user)
    fill = FillFeed(
        posts=_newest(page.pull_from, replies),
        whole=not any(isinstance(reply, MantaError) for reply in replies),
        limit=limit,
    )
    # A repetition does no harm: posts that are there already are not filled in again.
    return await asker.write(FeedPage, user_ref(user), fill, user, "")


async def wanted_in_feed(asker: Asker, authors: Collection[str], user: str) -> set[str]:
    """Those of these authors whom the user wants to hear of: whose posts may be seen is decided before."""
    others = sorted(author for author in authors if author != user)
    if not others:
        return set(authors)
    outlook = await asker.read(Outlook, user_ref(user), ReadOutlook(others), user)
    viewers = {author: Viewer(user=user, muted=author in outlook.muted) for author in authors}
    return {author for author in authors if can_view(viewers[author], Thing(author), Surface.FEED)}


def _newest(authors: Sequence[str], replies: Sequence[PostPage | MantaError]) -> dict[str, list[Listed]]:
    found = [
        (listed.at, listed.post, author)
        for author, reply in zip(authors, replies)
        if isinstance(reply, PostPage)
        for listed in reply.posts
    ]
    newest: dict[str, list[Listed]] = {}
    for at, post, author in nlargest(PULLED_ALL, found):
        newest.setdefault(author, []).append(Listed(post, at))
    return newest
