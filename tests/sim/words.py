"""The words of the nouns that schedules are made of."""

from protocol.messages import (
    ClientCommand,
    EdgeCommand,
    EphemeralEvent,
    Event,
    Message,
    PeerCommand,
    Reply,
)


class Done(Reply, frozen=True, tag="sim.done"):
    """The place of what was done in its entity's log, and the digest of the log up to there."""

    count: int
    chain: int


class View(Reply, frozen=True, tag="sim.view"):
    """The length of an entity's log and its digest."""

    count: int
    chain: int


class Seen(Reply, frozen=True, tag="sim.seen"):
    """How many are typing."""

    typing: int


class Mint(ClientCommand, frozen=True, tag="purse.mint"):
    """Makes money of nothing."""

    amount: int


class Pay(ClientCommand, frozen=True, tag="purse.pay"):
    """Gives the same amount to each of these purses."""

    to: list[str]
    amount: int


class Receive(PeerCommand, frozen=True, tag="purse.receive"):
    """Takes what another purse gives; nothing comes of nothing, or it is rejected."""

    mark: str
    amount: int
    payer: str


class Confirm(PeerCommand, frozen=True, tag="purse.confirm"):
    """Tells the payer that it arrived."""

    mark: str


class CountMoney(EdgeCommand, frozen=True, tag="purse.look"):
    """Reads a purse."""


class Minted(Event, frozen=True, tag="purse.minted"):
    """Money was made."""

    mark: str
    amount: int


class Paid(Event, frozen=True, tag="purse.paid"):
    """Money left."""

    mark: str
    amount: int
    to: list[str]


class Received(Event, frozen=True, tag="purse.received"):
    """Money came."""

    mark: str
    amount: int


class Confirmed(Event, frozen=True, tag="purse.confirmed"):
    """Money had come."""

    mark: str


class Say(ClientCommand, frozen=True, tag="room.say"):
    """Says something; what is loud is pushed on a second topic too."""

    loud: bool = False


class Type(ClientCommand, frozen=True, tag="room.type"):
    """Begins or ends typing."""

    begins: bool


class ReadRoom(EdgeCommand, frozen=True, tag="room.look"):
    """Reads a room."""


class Said(Event, frozen=True, tag="room.said"):
    """Something was said."""

    mark: str
    loud: bool


class Typed(EphemeralEvent, frozen=True, tag="room.typed"):
    """Someone began or ended typing."""

    by: str
    begins: bool


class Line(Message, frozen=True, tag="room.line"):
    """What was said, and its number."""

    parts = ("", "loud")

    number: int
    mark: str


class Typing(Message, frozen=True, tag="room.typing"):
    """Someone is typing."""

    by: str


class Follow(ClientCommand, frozen=True, tag="person.follow"):
    """Follows or no longer follows someone."""

    whom: str
    on: bool = True


class Publish(ClientCommand, frozen=True, tag="person.publish"):
    """Tells all followers."""

    durable: bool


class SetFollower(PeerCommand, frozen=True, tag="person.follower"):
    """The other end of a follow."""

    who: str
    on: bool


class Feed(PeerCommand, frozen=True, tag="person.feed"):
    """What someone published."""

    mark: str


class ReadPerson(EdgeCommand, frozen=True, tag="person.look"):
    """Reads a person."""


class Followed(Event, frozen=True, tag="person.followed"):
    """Someone is followed from now on, or no longer."""

    mark: str
    whom: str
    on: bool


class FollowerSet(Event, frozen=True, tag="person.follower_set"):
    """A follower came or went."""

    who: str
    on: bool


class Published(Event, frozen=True, tag="person.published"):
    """Something was published."""

    mark: str
    durable: bool


class Fed(Event, frozen=True, tag="person.fed"):
    """Something came from someone who is followed."""

    mark: str


class SetBell(ClientCommand, frozen=True, tag="bell.set"):
    """Rings so many times, each time so much later."""

    after_ms: int
    times: int


class Ring(PeerCommand, frozen=True, tag="bell.ring"):
    """Rings now."""

    mark: str
    left: int
    due: int


class ReadBell(EdgeCommand, frozen=True, tag="bell.look"):
    """Reads a bell."""


class BellSet(Event, frozen=True, tag="bell.was_set"):
    """A bell was set."""

    mark: str
    times: int


class Rang(Event, frozen=True, tag="bell.rang"):
    """A bell rang, due at this time."""

    mark: str
    due: int
    at: int
