"""A segment of someone's followers: those whose ids stand in one range."""

from actors.kernel import (
    Actor,
    Call,
    Effect,
    Outcome,
    Remind,
    State,
    Tell,
    TellAll,
    applies,
    audience,
    handles,
)
from actors.people import People
from protocol import followers as words
from protocol.errors import Rejected, Unavailable
from protocol.ids import user_ref
from protocol.user import InsertInFeed, UserPage
from protocol.user_followers import CountFollowers
from protocol.user_relations import EndFollow

FULL = 4_000  # 50 to 70 KB of the snapshot; then half of it goes to a new segment
GIVEN = 600  # in one step: 40 KB of journal if ids are as long as they may be
ENDED = 300  # in one step: a tell to each


class FollowersState(State):
    """What is remembered of a segment."""

    people: People = People()
    heard: int = 0  # words of the user's
    whole: bool = False  # nothing is still to come from the segment that this one was a part of
    gone: People = People()  # until then: who left before it was given
    at: str = ""  # from this id on they are being given away
    to: int = 0  # to the segment of this number; 0: to none
    parted: int = 0  # the word that said so last
    over: bool = False  # the user is no more


class FollowersActor(Actor[FollowersState], kind="followers"):
    """Told by the user's actor, in the order of its words, so it never refuses; it counts what came of them.

    Half of a segment that is full goes to a new one. The user tells both from then on, so the new one may
    hear of someone before they were given: what the user says always holds against what is given.
    """

    __slots__ = ()

    # the words of the user

    @handles
    def hold(self, command: words.HoldFollowers, call: Call) -> Outcome:
        """These follow."""
        new = [user for user in command.users if user not in self.state.people]
        return Outcome(None, [words.FollowersHeld(new, command.word)], self._count(len(new), command.word))

    @handles
    def drop(self, command: words.DropFollower, call: Call) -> Outcome:
        """This one follows no longer."""
        known = command.user in self.state.people
        return Outcome(
            None, [words.FollowerDropped(command.user, command.word)], self._count(-known, command.word)
        )

    @handles
    def part(self, command: words.PartFollowers, call: Call) -> Outcome:
        """Half of them go."""
        begun = words.PartingBegun(command.at, command.to, command.word)
        return Outcome(None, [begun], [Remind(call.at + 1, words.GoOn())])

    @handles
    def spread(self, command: words.SpreadPost, call: Call) -> Outcome:
        """Those who are awake have it in their feeds."""
        insert = InsertInFeed(self._user, command.post, command.at)
        told = [TellAll("held", insert, durable=False)] if self.state.people else []
        return Outcome(None, [words.PostSpread(command.word)], told)

    @handles
    def disband(self, command: words.DisbandFollowers, call: Call) -> Outcome:
        """Nobody follows."""
        return Outcome(None, [words.DisbandBegun(command.word)], [Remind(call.at + 1, words.GoOn())])

    # people who come from elsewhere, or go

    @handles
    def give(self, command: words.GiveFollowers, call: Call) -> Outcome:
        """Takes those who were given; they are counted already, so what is no news is one less."""
        state = self.state
        got = words.FollowersGot(command.users, command.is_last, command.word)
        if state.over:
            return Outcome(None, [got], [Remind(call.at + 1, words.GoOn())])
        gone = People() if command.word else state.gone
        known = sum(user in state.people or user in gone for user in command.users)
        count = self._count(-known, command.word, len(command.users), command.is_last)
        return Outcome(None, [got], count)

    @handles
    def go_on(self, command: words.GoOn, call: Call) -> Outcome:
        """The next step."""
        state = self.state
        if state.over:
            users = state.people.after("", ENDED)
            over: list[Effect] = [Tell(user_ref(user), EndFollow(self._user)) for user in users]
            more = [Remind(call.at + 1, command)] if len(state.people) > len(users) else []
            return Outcome(None, [words.FollowersLeft(users[-1])] if users else [], [*over, *more])
        if not state.to:
            return Outcome()
        giving = state.people.since(state.at)
        users = giving.after("", GIVEN)
        is_last = len(users) == len(giving)
        to = words.segment_ref(self._user, state.to)
        effects: list[Effect] = [Tell(to, words.GiveFollowers(users, is_last))]
        effects += self._said(0, len(state.people) - len(users)) if is_last else []
        effects += [] if is_last else [Remind(call.at + 1, command)]
        return Outcome(None, [words.FollowersGiven(users[-1] if users else "", is_last)], effects)

    def _count(self, change: int, word: int, came: int = 0, is_last: bool = False) -> list[Effect]:
        """Says what became of a word, if it is news for the user."""
        state = self.state
        if state.over:
            return []
        count, whole = len(state.people) + change + came, state.whole or is_last
        if not (change or (whole and (came or not count)) or count > FULL):
            return []
        middle = ""
        if count > FULL and whole and not state.to and len(state.people) > 1:
            middle = state.people.after("", 1 + len(state.people) // 2)[-1]
        return self._said(change, count if whole else max(count, 1), word, middle)

    def _said(self, change: int, count: int, word: int = 0, middle: str = "") -> list[Effect]:
        said = CountFollowers(self._number, change, count, word or self.state.heard, middle)
        return [Tell(user_ref(self._user), said)]

    @property
    def _user(self) -> str:
        return self.key.rpartition(".")[0]

    @property
    def _number(self) -> int:
        return int(self.key.rpartition(".")[2])

    # what edges ask

    @handles
    def read(self, command: words.ReadSegment, call: Call) -> Outcome:
        """A page of them."""
        self._only_heard(command.words)
        page: UserPage = self.state.people.page(command.after, command.limit)
        return Outcome(page)

    @handles
    def which(self, command: words.WhichFollow, call: Call) -> Outcome:
        """Who of those follows."""
        self._only_heard(command.words)
        return Outcome(words.WhoFollows([user for user in command.users if user in self.state.people]))

    def _only_heard(self, told: int) -> None:
        if self.state.heard < told or not self.state.whole:
            raise Unavailable("what the user decided just now is not here yet; try again")
        if told < self.state.parted:
            raise Rejected("followers.moved", "these followers stand elsewhere since; ask the user anew")

    def may_watch(self, part: str, user: str) -> bool:
        """Nothing is pushed from here."""
        return False

    @audience("held")
    def to_held(self, after: str, limit: int) -> list[str]:
        """The actors of those who follow."""
        return [user_ref(one) for one in self.state.people.after(after.removeprefix("user:"), limit)]

    # happened

    @applies
    def held(self, event: words.FollowersHeld) -> None:
        """They stand here."""
        state = self.state
        state.people, state.heard = _plus(state.people, event.users), event.word
        state.gone = _minus(state.gone, event.users)

    @applies
    def dropped(self, event: words.FollowerDropped) -> None:
        """Not here, nor when they are given."""
        state = self.state
        state.people, state.heard = state.people.minus(event.user), event.word
        if not state.whole:
            state.gone = state.gone.plus(event.user)

    @applies
    def got(self, event: words.FollowersGot) -> None:
        """They stand here, but for those of whom the user said otherwise."""
        state = self.state
        if event.word:
            state.heard, state.gone = event.word, _minus(state.gone, event.users)
        state.people = state.people.merged([user for user in event.users if user not in state.gone])
        if event.is_last:
            state.whole, state.gone = True, People()

    @applies
    def parting_begun(self, event: words.PartingBegun) -> None:
        """Half of them go."""
        self.state.at, self.state.to = event.at, event.to
        self.state.heard = self.state.parted = event.word

    @applies
    def given(self, event: words.FollowersGiven) -> None:
        """Some are gone; perhaps all that had to."""
        state = self.state
        state.people = state.people.before(state.at).merged(_behind(state.people, event.upto, state.at))
        if event.is_last:
            state.at, state.to = "", 0

    @applies
    def post_spread(self, event: words.PostSpread) -> None:
        """A word that changes nobody."""
        self.state.heard = event.word

    @applies
    def disband_begun(self, event: words.DisbandBegun) -> None:
        """It is over."""
        self.state.over, self.state.heard = True, event.word

    @applies
    def left(self, event: words.FollowersLeft) -> None:
        """They know."""
        self.state.people = People.of(self.state.people.after(event.upto, len(self.state.people)))


def _plus(people: People, users: list[str]) -> People:
    for user in users:
        people = people.plus(user)
    return people


def _minus(people: People, users: list[str]) -> People:
    if people:
        for user in users:
            people = people.minus(user)
    return people


def _behind(people: People, user: str, at: str) -> list[str]:
    """Those after this one; all from the other id on if nobody is named."""
    return people.after(user, len(people)) if user else list(people.since(at))
