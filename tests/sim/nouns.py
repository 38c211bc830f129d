"""Small nouns with something to lose: money, an order of messages, two ends of a follow, bells.

Every durable event writes one line into its entity's log, so that the log's length is the entity's version
and a digest of the log says whether two readers saw the same past.
"""

from zlib import crc32

import msgspec

from actors.kernel import (
    Actor,
    Call,
    Live,
    Outcome,
    Push,
    Rejected,
    Remind,
    State,
    Tell,
    TellAll,
    applies,
    audience,
    handles,
)
from tests.sim.words import (
    BellSet,
    Confirm,
    Confirmed,
    CountMoney,
    Done,
    Fed,
    Feed,
    Follow,
    Followed,
    FollowerSet,
    Line,
    Mint,
    Minted,
    Paid,
    Pay,
    Publish,
    Published,
    Rang,
    ReadBell,
    ReadPerson,
    ReadRoom,
    Receive,
    Received,
    Ring,
    Said,
    Say,
    Seen,
    SetBell,
    SetFollower,
    Type,
    Typed,
    Typing,
    View,
)  # fmt: skip


class Logged(State):
    """A state that remembers all that ever happened to it."""

    log: list[str] = []
    chain: int = 0

    def note(self, mark: str) -> None:
        """Writes a line."""
        self.log.append(mark)
        self.chain = crc32(mark.encode(), self.chain)

    def done(self, *marks: str) -> Done:
        """The answer to a command that will write these lines."""
        chain = self.chain
        for mark in marks:
            chain = crc32(mark.encode(), chain)
        return Done(len(self.log) + len(marks), chain)

    def view(self) -> Outcome:
        """The answer to a read."""
        return Outcome(View(len(self.log), self.chain))


def mark_of(call: Call) -> str:
    """What a call writes into the log."""
    return f"{call.user}/{call.id}"


class PurseState(Logged):
    """Money."""

    balance: int = 0


class Purse(Actor[PurseState], kind="purse"):
    """Pays others: what leaves one arrives at another, once."""

    @handles
    def mint(self, command: Mint, call: Call) -> Outcome:
        mark = mark_of(call)
        return Outcome(self.state.done(mark), [Minted(mark, command.amount)])

    @handles
    def pay(self, command: Pay, call: Call) -> Outcome:
        amount = command.amount * len(command.to)
        if amount > self.state.balance:
            raise Rejected("poor")
        mark = mark_of(call)
        tells = [Tell(to, Receive(mark, command.amount, self.key)) for to in command.to]
        return Outcome(self.state.done(mark), [Paid(mark, amount, command.to)], tells)

    @handles
    def receive(self, command: Receive, call: Call) -> Outcome:
        if not command.amount:
            if len(command.mark) % 2:
                raise Rejected("nothing")
            return Outcome()
        events = [Received(f"{command.payer}>{command.mark}", command.amount)]
        return Outcome(None, events, [Tell(f"purse:{command.payer}", Confirm(f"{self.key}<{command.mark}"))])

    @handles
    def confirm(self, command: Confirm, call: Call) -> Outcome:
        return Outcome(None, [Confirmed(command.mark)])

    @handles
    def look(self, command: CountMoney, call: Call) -> Outcome:
        return self.state.view()

    @applies
    def minted(self, event: Minted) -> None:
        self.state.note(event.mark)
        self.state.balance += event.amount

    @applies
    def paid(self, event: Paid) -> None:
        self.state.note(event.mark)
        self.state.balance -= event.amount

    @applies
    def received(self, event: Received) -> None:
        self.state.note(event.mark)
        self.state.balance += event.amount

    @applies
    def confirmed(self, event: Confirmed) -> None:
        self.state.note(event.mark)


class RoomState(Logged):
    """A conversation."""


class RoomLive(Live):
    """Who is typing."""

    typing: dict[str, int] = msgspec.field(default_factory=dict)


class Room(Actor[RoomState], kind="room", live=RoomLive):
    """A conversation: one order, pushed to those who watch."""

    @handles
    def say(self, command: Say, call: Call) -> Outcome:
        mark = mark_of(call) + ("!" if command.loud else "")
        line = Line(len(self.state.log) + 1, mark)
        topic = f"room:{self.key}"
        # What is loud comes twice, and the second time without a number: one number a command and topic.
        loud = [Push(f"{topic}/loud", line), Push(topic, line)] if command.loud else []
        passing = Push(topic, Typing(call.user), numbered=False)
        pushes = [Push(topic, line), passing, *loud]
        return Outcome(self.state.done(mark), [Said(mark, command.loud), Typed(call.user, False)], pushes)

    @handles("applied")
    def type(self, command: Type, call: Call) -> Outcome:
        events = [Typed(call.user, command.begins)]
        return Outcome(Seen(len(self.live.typing)), events, [Push(f"room:{self.key}", Typing(call.user))])

    @handles
    def look(self, command: ReadRoom, call: Call) -> Outcome:
        return self.state.view()

    @applies
    def said(self, event: Said) -> None:
        self.state.note(event.mark)

    @applies
    def typed(self, event: Typed) -> None:
        if event.begins:
            self.live.typing[event.by] = 1
        else:
            self.live.typing.pop(event.by, None)


class PersonState(Logged):
    """Both ends of a follow."""

    following: dict[str, int] = msgspec.field(default_factory=dict)
    followers: dict[str, int] = msgspec.field(default_factory=dict)


class Person(Actor[PersonState], kind="person"):
    """Follows others, and tells all who follow."""

    @handles
    def follow(self, command: Follow, call: Call) -> Outcome:
        if (command.whom in self.state.following) == command.on:
            raise Rejected("as it is")
        mark = mark_of(call)
        tell = Tell(f"person:{command.whom}", SetFollower(self.key, command.on))
        return Outcome(self.state.done(mark), [Followed(mark, command.whom, command.on)], [tell])

    @handles
    def publish(self, command: Publish, call: Call) -> Outcome:
        mark = mark_of(call)
        events = [Published(mark, command.durable)]
        return Outcome(
            self.state.done(mark), events, [TellAll("followers", Feed(f"{self.key}>{mark}"), command.durable)]
        )

    @handles
    def set_follower(self, command: SetFollower, call: Call) -> Outcome:
        return Outcome(None, [FollowerSet(command.who, command.on)])

    @handles
    def feed(self, command: Feed, call: Call) -> Outcome:
        return Outcome(None, [Fed(command.mark)])

    @handles
    def look(self, command: ReadPerson, call: Call) -> Outcome:
        return self.state.view()

    @audience("followers")
    def list_followers(self, after: str, limit: int) -> list[str]:
        return [ref for ref in sorted(f"person:{who}" for who in self.state.followers) if ref > after][:limit]

    @applies
    def followed(self, event: Followed) -> None:
        self.state.note(event.mark)
        if event.on:
            self.state.following[event.whom] = 1
        else:
            self.state.following.pop(event.whom, None)

    @applies
    def follower_set(self, event: FollowerSet) -> None:
        self.state.note(f"{event.who}{'+' if event.on else '-'}")
        if event.on:
            self.state.followers[event.who] = 1
        else:
            self.state.followers.pop(event.who, None)

    @applies
    def published(self, event: Published) -> None:
        self.state.note(event.mark)

    @applies
    def fed(self, event: Fed) -> None:
        self.state.note(event.mark)


class BellState(Logged):
    """Bells, and how many of them rang too soon."""

    early: int = 0


class Bell(Actor[BellState], kind="bell"):
    """Rings in time, restarts or not."""

    @handles
    def set(self, command: SetBell, call: Call) -> Outcome:
        mark, due = mark_of(call), call.at + command.after_ms
        ring = Remind(due, Ring(mark, command.times - 1, due))
        return Outcome(self.state.done(mark), [BellSet(mark, command.times)], [ring])

    @handles
    def ring(self, command: Ring, call: Call) -> Outcome:
        again = []
        if command.left:
            due = call.at + 50
            again.append(Remind(due, Ring(command.mark, command.left - 1, due)))
        return Outcome(None, [Rang(f"{command.mark}#{command.left}", command.due, call.at)], again)

    @handles
    def look(self, command: ReadBell, call: Call) -> Outcome:
        return self.state.view()

    @applies
    def was_set(self, event: BellSet) -> None:
        self.state.note(event.mark)

    @applies
    def rang(self, event: Rang) -> None:
        self.state.note(event.mark)
        self.state.early += event.at < event.due


NOUNS = (Purse, Room, Person, Bell)
