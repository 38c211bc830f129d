"""Small nouns: a post with its author (one event, one tell, one event there), and a page of 4 KB."""

import msgspec

from actors.catalogue import Catalogue
from actors.kernel import Actor, Call, Outcome, Rejected, State, Tell, applies, handles
from protocol.messages import EdgeCommand, Event, PeerCommand, Reply


class Found(EdgeCommand, frozen=True, tag="small_post.found"):
    """The post is this author's."""

    author: str


class Like(EdgeCommand, frozen=True, tag="small_post.like"):
    """The caller likes the post."""


class NoteLike(PeerCommand, frozen=True, tag="small_author.note_like"):
    """Somebody likes a post of yours."""

    by: str


class WasFounded(Event, frozen=True, tag="small_post.founded"):
    """The post has an author."""

    author: str


class Liked(Event, frozen=True, tag="small_post.liked"):
    """One liker more."""

    by: str


class LikeNoted(Event, frozen=True, tag="small_author.like_noted"):
    """The author knows."""

    by: str


class Write(EdgeCommand, frozen=True, tag="small_page.write"):
    """One line of the page anew."""

    line: int
    text: str


class ReadPage(EdgeCommand, frozen=True, tag="small_page.read"):
    """All of it."""


class Written(Event, frozen=True, tag="small_page.written"):
    """One line reads so now."""

    line: int
    text: str


class Line(Reply, frozen=True, tag="small_page.line"):
    """A line, and how often the page was written."""

    text: str
    writes: int


class WholePage(Reply, frozen=True, tag="small_page.whole"):
    """All lines, and how often the page was written."""

    lines: list[str]
    writes: int


class Likes(Reply, frozen=True, tag="small_post.likes"):
    """How many like it."""

    count: int


class PostState(State):
    """A post."""

    author: str = ""
    likers: set[str] = msgspec.field(default_factory=set)


class AuthorState(State):
    """An author."""

    likes: int = 0
    newest: str = ""


class PageState(State):
    """A page of many lines."""

    lines: list[str] = []
    writes: int = 0


class PostActor(Actor[PostState], kind="small_post"):
    """Counts each liker once."""

    __slots__ = ()

    @handles
    def found(self, command: Found, call: Call) -> Outcome:
        """Gives the post its author."""
        return Outcome(Likes(len(self.state.likers)), [WasFounded(command.author)])

    @handles
    def like(self, command: Like, call: Call) -> Outcome:
        """Likes it once."""
        state = self.state
        if not state.author:
            raise Rejected("small_post.unknown", "there is no such post")
        count = len(state.likers)
        if call.user in state.likers:
            return Outcome(Likes(count))
        return Outcome(Likes(count + 1), [Liked(call.user)], [Tell(state.author, NoteLike(call.user))])

    @applies
    def founded(self, event: WasFounded) -> None:
        """It has an author."""
        self.state.author = event.author

    @applies
    def liked(self, event: Liked) -> None:
        """One liker more."""
        self.state.likers.add(event.by)


class AuthorActor(Actor[AuthorState], kind="small_author"):
    """Hears of likes."""

    __slots__ = ()

    @handles
    def note_like(self, command: NoteLike, call: Call) -> Outcome:
        """Notes one."""
        return Outcome(None, [LikeNoted(command.by)])

    @applies
    def like_noted(self, event: LikeNoted) -> None:
        """One more."""
        self.state.likes += 1
        self.state.newest = event.by


class PageActor(Actor[PageState], kind="small_page"):
    """Lines that are written one at a time."""

    __slots__ = ()

    @handles
    def write(self, command: Write, call: Call) -> Outcome:
        """Writes one."""
        written = Written(command.line, command.text)
        return Outcome(Line(command.text, self.state.writes + 1), [written])

    @handles
    def read(self, command: ReadPage, call: Call) -> Outcome:
        """Reads them all."""
        return Outcome(WholePage(self.state.lines, self.state.writes))

    @applies
    def written(self, event: Written) -> None:
        """The line reads so."""
        lines = self.state.lines
        lines.extend([""] * (event.line + 1 - len(lines)))
        lines[event.line] = event.text
        self.state.writes += 1


def small() -> Catalogue:
    """The catalogue of these nouns."""
    return Catalogue([PostActor, AuthorActor, PageActor])
