"""An honest service: every call takes effect at one moment between its question and its answer, exactly once.

What it answers makes histories in which nothing may be found; a test then changes one thing.
"""

from collections import Counter
from collections.abc import Iterable
from random import Random

from bench.chaos.cast import Cast
from bench.chaos.history import Call, Closing, History, PostAtEnd, Seen, UserAtEnd

STEP_S = 0.01
SLOWEST_S = 2.0  # from a question to its effect, and from there to its answer


class Service:
    """The truth about users and posts."""

    def __init__(self) -> None:
        self.likers: dict[str, set[str]] = {}
        self.comments: dict[str, list[str]] = {}
        self.authors: dict[str, tuple[str, int]] = {}
        self.following: dict[str, set[str]] = {}
        self.followers: dict[str, set[str]] = {}
        self.posts: dict[str, list[str]] = {}
        self.bios: dict[str, int] = {}
        self.notes: Counter[str] = Counter()
        self.answers: dict[int, Seen] = {}

    def answer(self, call: Call, at_s: float) -> Seen:
        """One effect for each call, and the first answer to it for ever."""
        first = call.echo_of if call.echo_of >= 0 else call.number
        if first not in self.answers:
            self.answers[first] = self.carry_out(call, at_s)
        return self.answers[first]

    def carry_out(self, call: Call, at_s: float) -> Seen:
        """One effect."""
        match call.what:
            case "create":
                self.authors[call.on] = (call.by, int(at_s * 1_000))
                self.posts.setdefault(call.by, []).append(call.on)
                return Seen(likes=0, comments=0, made=call.on.partition(":")[2], at=int(at_s * 1_000))
            case "like" | "unlike":
                return self._like(call)
            case "comment":
                self.comments.setdefault(call.on, []).append(f"{call.number:x}")
                self.notes[self.authors[call.on][0]] += 1
                return Seen(comments=len(self.comments[call.on]), made=f"{call.number:x}")
            case "follow" | "unfollow":
                return self._follow(call)
            case "edit":
                self.bios[call.by] = int(call.about)
                return self._profile(call.by)
            case "see_user":
                return self._profile(call.on.partition(":")[2])
        likes, comments = len(self.likers.get(call.on, ())), len(self.comments.get(call.on, ()))
        return Seen(likes=likes, comments=comments, at=self.authors[call.on][1])

    def closing(self) -> Closing:
        """All of it, when it is over."""
        closing = Closing()
        for ref, (author, at) in self.authors.items():
            likers, comments = self.likers.get(ref, set()), self.comments.get(ref, [])
            liked = dict.fromkeys(sorted(likers), True)
            closing.posts[ref] = PostAtEnd(author, at, len(likers), len(comments), comments[:], liked)
        for user in {*self.bios, *self.following, *self.followers}:
            following, followers = sorted(self.following.get(user, ())), sorted(self.followers.get(user, ()))
            posts = self.posts.get(user, [])
            closing.users[f"user:{user}"] = UserAtEnd(
                self.bios.get(user, -1), following, len(following), followers, len(followers),
                posts[:], len(posts), self.notes[user] if user in self.bios else -1,
            )  # fmt: skip
        return closing

    def _like(self, call: Call) -> Seen:
        likers = self.likers.setdefault(call.on, set())
        if call.what == "unlike":
            likers.discard(call.by)
        elif call.by not in likers:
            likers.add(call.by)
            self.notes[self.authors[call.on][0]] += 1
        return Seen(likes=len(likers))

    def _follow(self, call: Call) -> Seen:
        following = self.following.setdefault(call.by, set())
        followers = self.followers.setdefault(call.about, set())
        if call.what == "unfollow":
            following.discard(call.about)
            followers.discard(call.by)
        else:
            following.add(call.about)
            followers.add(call.by)
            self.notes[call.about] += 1
        return Seen(following=len(following))

    def _profile(self, user: str) -> Seen:
        return Seen(
            following=len(self.following.get(user, ())),
            followers=len(self.followers.get(user, ())),
            posts=len(self.posts.get(user, ())),
            bio=self.bios.get(user, 0),
        )


class Stage:
    """Plays a cast against a service, on a clock of its own."""

    def __init__(self, seed: int, service: Service | None = None) -> None:
        self.service = service or Service()
        self.history = History()
        self._chance = Random(seed)
        self._cast = Cast(Random(seed))
        self._now_s = 1_000.0
        self._answers: dict[int, Seen] = {}
        self._due: list[tuple[float, int, str, Call]] = []

    def play(self, writes: int, reads: int) -> History:
        """So many calls, several at the same time, and all answered at the end."""
        for calls in (self._cast.opening(), self._cast.first_posts()):
            self._ask(calls)
            self._let_pass(2 * SLOWEST_S)
        kinds = ["write"] * writes + ["read"] * reads
        self._chance.shuffle(kinds)
        for kind in kinds:
            self._ask([self._cast.write() if kind == "write" else self._cast.read()])
            self._let_pass(STEP_S)
        self._let_pass(2 * SLOWEST_S)
        self.history.closing = self.service.closing()
        return self.history

    def _ask(self, calls: Iterable[Call]) -> None:
        for call in calls:
            call.invoked_s = self._now_s
            effect_s = self._now_s + self._chance.uniform(0, SLOWEST_S)
            answer_s = effect_s + self._chance.uniform(0, SLOWEST_S)
            self._due += [(effect_s, call.number, "effect", call), (answer_s, call.number, "answer", call)]
            self.history.calls.append(call)

    def _let_pass(self, seconds: float) -> None:
        self._now_s += seconds
        due = sorted(one for one in self._due if one[0] <= self._now_s)
        self._due = [one for one in self._due if one[0] > self._now_s]
        for at_s, _, what, call in due:
            if what == "effect":
                self._answers[call.number] = self.service.answer(call, at_s)
            else:
                call.seen, call.answered_s = self._answers[call.number], at_s
                self._cast.answered(call)


def played(seed: int = 1, service: Service | None = None, writes: int = 1_500) -> History:
    """A history, in which nothing may be found if the service is honest."""
    return Stage(seed, service).play(writes, writes // 5)
