"""What a phone knows of a post's comments, and those who write them."""

from protocol.post import CommentOnPost
from tests.cluster.site import passes
from tests.gateway.ws.venue import Handset, Heard, Venue


async def comment(venue: Venue, text: str, post: str = "post:1") -> None:
    await venue.cluster.client.ask(post, CommentOnPost(text), "bob", text, 30.0)


async def commenting(venue: Venue, count: int, pause_s: float, first: int = 1) -> None:
    for number in range(first, first + count):
        await comment(venue, f"c{number}")
        await passes(pause_s)


def text_of(push: Heard) -> str:
    found: str = push["message"]["comment"][2]
    return found


class View:
    """What a phone knows of one post's comments, by the law of the protocol: each step is checked."""

    def __init__(self) -> None:
        self.at: tuple[str, int] | None = None
        self.texts: list[str] = []
        self.resets: list[str] = []

    def take(self, message: Heard) -> None:
        """A watched or a push."""
        if message["type"] == "watched":
            for push in message["missed"]:
                self.take(push)
            if message["reset"]:
                self.resets.append(message["reset"])
            self.at = (message["epoch"], message["number"])
        elif message["type"] == "push" and message["number"]:
            assert self.at == (message["epoch"], message["previous"]), (self.at, message)
            self.at = (message["epoch"], message["number"])
            self.texts.append(text_of(message))


async def follow(phone: Handset, view: View, last: str) -> None:
    """Takes all that comes until the text of the last comment."""
    while view.texts[-1:] != [last]:
        view.take(await phone.hear())
