"""Who takes part in the load, and what each does next.

Authors write posts and their bios; a crowd likes, comments and follows, each thing once, so that all can be
counted; movers like and unlike, follow and unfollow, so that a call that is carried out late or twice shows.
"""

from collections import deque
from itertools import count
from random import Random

import msgspec

from bench.chaos.doors import call_id
from bench.chaos.history import Call
from protocol.ids import derived_id, post_ref, user_ref

AUTHORS = [f"author{number}" for number in range(48)]
IDOLS = [f"idol{number}" for number in range(4)]  # whom movers follow, and whose posts they like
CROWD = 4_000
MOVERS = 48
YOUNG_POSTS = 20  # liked and commented on at the same time
IDOL_POSTS = 8
MOVERS_OF_A_POST = 6
POST_COMMENTS = 90  # a post holds its newest 100: so each can be read back
ECHOES = 2_000  # of the answered calls, the newest are sent again; a caller's 256 last answers are kept
# What is written, in parts of all writes.
MIX = {"like": 48, "comment": 20, "follow": 5, "move": 14, "edit": 9, "echo": 4}


class Toggle(msgspec.Struct):
    """Something that one mover does and undoes."""

    by: str
    on: str
    about: str
    do: str
    undo: str
    is_done: bool = False
    is_busy: bool = False


class Young(msgspec.Struct):
    """A post that gets comments; likes it gets later too."""

    ref: str
    likes: int = 0
    comments: int = 0


class Cast:
    """Decides by chance; the same chance and answers give the same calls."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._numbers = count()
        self._crowd = [f"user{number}" for number in range(CROWD)]
        self._young: list[Young] = []
        self._old: list[Young] = []
        self._coming = 0  # posts that are being created
        self._follows = 0
        self._edits = dict.fromkeys(AUTHORS + IDOLS, 0)
        self._editing: set[str] = set()
        self._toggles = [
            Toggle(f"mover{n}", user_ref(f"mover{n}"), IDOLS[n % len(IDOLS)], "follow", "unfollow")
            for n in range(MOVERS)
        ]
        self._under_way: dict[int, Toggle] = {}
        self._answered: deque[Call] = deque(maxlen=ECHOES)

    def opening(self) -> list[Call]:
        """What must be there before the rest can happen: users with profiles."""
        return [self._edit(user) for user in AUTHORS + IDOLS]

    def first_posts(self) -> list[Call]:
        """And the posts to begin with."""
        authors = [IDOLS[n % len(IDOLS)] for n in range(IDOL_POSTS)]
        return [self._create(author) for author in authors + self._chance.choices(AUTHORS, k=YOUNG_POSTS)]

    def write(self) -> Call:
        """The next write."""
        if len(self._young) + self._coming < YOUNG_POSTS:
            return self._create(self._chance.choice(AUTHORS))
        deed = self._chance.choices(list(MIX), weights=list(MIX.values()))[0]
        made = {
            "comment": self._comment, "follow": self._follow, "move": self._move,
            "edit": self._edit_one, "echo": self._echo,
        }  # fmt: skip
        return (deed in made and made[deed]()) or self._like()

    def read(self) -> Call:
        """The next read: mostly of what changes."""
        by = self._someone(self._chance.randrange(CROWD))
        if self._chance.random() < 0.4:
            return self._call("see_user", by, user_ref(self._chance.choice(AUTHORS)))
        return self._call("see_post", by, self._post(young=0.7).ref)

    def answered(self, call: Call) -> None:
        """A call was answered, or is asked no more."""
        if call.is_write and call.is_acknowledged:
            self._answered.append(call)
        if call.what == "create" and call.echo_of < 0:
            self._coming -= call.by in AUTHORS
            if call.is_acknowledged:
                self._arrived(call)
        elif call.what == "edit" and call.echo_of < 0:
            self._editing.discard(call.by)
            self._edits[call.by] -= bool(call.refused)  # its number is not used up
        elif (toggle := self._under_way.pop(call.number, None)) is not None:
            toggle.is_busy = not call.is_acknowledged  # what is not known cannot be undone

    def _call(self, what: str, by: str, on: str, about: str = "") -> Call:
        return Call(next(self._numbers), what, by, on, about)

    def _create(self, author: str) -> Call:
        self._coming += author in AUTHORS
        call = self._call("create", author, "")
        call.about = f"post {call.number}"
        call.on = post_ref(derived_id("post", author, call_id(call)))
        return call

    def _arrived(self, call: Call) -> None:
        """A post is there."""
        if call.by in AUTHORS:
            self._young.append(Young(call.on))
            return
        first = len(self._toggles)
        movers = [f"mover{n % MOVERS}" for n in range(first, first + MOVERS_OF_A_POST)]
        self._toggles += [Toggle(mover, call.on, "", "like", "unlike") for mover in movers]

    def _post(self, young: float) -> Young:
        """Some post, a young one with this chance."""
        if self._young and (not self._old or self._chance.random() < young):
            return self._chance.choice(self._young)
        return self._chance.choice(self._old)

    def _like(self) -> Call:
        post = self._post(young=0.9)
        post.likes += 1
        return self._call("like", self._someone(7 * post.likes), post.ref)

    def _comment(self) -> Call | None:
        if not self._young:
            return None
        post = self._chance.choice(self._young)
        post.comments += 1
        if post.comments == POST_COMMENTS:
            self._young.remove(post)
            self._old.append(post)
        call = self._call("comment", self._someone(11 * post.comments), post.ref)
        call.about = f"comment {call.number}"
        return call

    def _follow(self) -> Call | None:
        """Every pair comes once, as the two numbers run through each other."""
        number = self._follows
        if number >= CROWD * len(AUTHORS):
            return None
        self._follows += 1
        by = self._someone(number)
        return self._call("follow", by, user_ref(by), AUTHORS[(number + number // CROWD) % len(AUTHORS)])

    def _move(self) -> Call | None:
        toggle = self._chance.choice(self._toggles)
        if toggle.is_busy:
            return None
        call = self._call(toggle.undo if toggle.is_done else toggle.do, toggle.by, toggle.on, toggle.about)
        toggle.is_done, toggle.is_busy = not toggle.is_done, True
        self._under_way[call.number] = toggle
        return call

    def _edit_one(self) -> Call | None:
        author = self._chance.choice(AUTHORS)
        return None if author in self._editing else self._edit(author)

    def _edit(self, user: str) -> Call:
        self._edits[user] += 1
        self._editing.add(user)
        return self._call("edit", user, user_ref(user), str(self._edits[user]))

    def _echo(self) -> Call | None:
        """An answered call once more: it changes nothing, and hears the same."""
        if not self._answered:
            return None
        first = self._chance.choice(self._answered)
        call = self._call(first.what, first.by, first.on, first.about)
        call.echo_of = first.number
        return call

    def _someone(self, number: int) -> str:
        return self._crowd[number % CROWD]
