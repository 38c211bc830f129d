"""What travels on a link: batches of ops and answers, of tells and what was heard of them, of pushes."""

import msgspec

Since = tuple[str, int]


class Op(msgspec.Struct, array_like=True, gc=False):
    """One command for one entity; `number` belongs to the link, (`caller`, `call`) make it the same again."""

    number: int
    ref: str
    caller: str
    call: str
    command: msgspec.Raw
    watch: str = ""  # the topic to join at the very moment of this read
    since: Since | None = None  # what the watcher already has of it: (epoch, number)


class No(msgspec.Struct, array_like=True, gc=False):
    """An error instead of a reply."""

    code: str
    text: str


class Joined(msgspec.Struct, array_like=True, gc=False):
    """Where a topic stands for one who joined: missed pushes in order, or the cause of a reset."""

    epoch: str
    number: int
    missed: list["Pushed"] = []
    reset: str = ""


class Answer(msgspec.Struct, array_like=True, gc=False):
    """The reply to one op, or why there is none."""

    number: int
    reply: msgspec.Raw
    no: No | None = None
    joined: Joined | None = None


class Told(msgspec.Struct, array_like=True, gc=False):
    """One tell between partitions, numbered per (sender, receiver)."""

    sender: int
    receiver: int
    number: int
    ref: str
    command: msgspec.Raw


class Pushed(msgspec.Struct, array_like=True, gc=False):
    """One push: `number` 0 is ephemeral; `previous` is the number before it on this topic."""

    topic: str
    epoch: str
    number: int
    previous: int
    author: str
    message: msgspec.Raw


class Hello(msgspec.Struct, array_like=True, tag=0):
    """The first frame on a link: who speaks, and the cluster's secret where it crosses machines."""

    name: str
    incarnation: str
    version: int = 1
    secret: str = ""


class Ops(msgspec.Struct, array_like=True, tag=1, gc=False):
    """Commands of the same moment."""

    ops: list[Op]


class Answers(msgspec.Struct, array_like=True, tag=2, gc=False):
    """Their answers, in any order."""

    answers: list[Answer]


class Tells(msgspec.Struct, array_like=True, tag=3, gc=False):
    """Tells in order, per pair of partitions."""

    tells: list[Told]


class Heard(msgspec.Struct, array_like=True, tag=4, gc=False):
    """(sender, receiver, number): everything up to this tell has been taken durably."""

    marks: list[tuple[int, int, int]]


class Pushes(msgspec.Struct, array_like=True, tag=5, gc=False):
    """Pushes of one tick, each topic once per gateway."""

    pushes: list[Pushed]


class Spray(msgspec.Struct, array_like=True, tag=6, gc=False):
    """A command that may be lost, for those of these entities that are resident."""

    command: msgspec.Raw
    refs: list[str]


class Unwatch(msgspec.Struct, array_like=True, tag=7, gc=False):
    """The other side no longer watches these topics."""

    topics: list[str]


class Closed(msgspec.Struct, array_like=True, tag=8, gc=False):
    """These topics are served no more from here: ask again, with what you have."""

    topics: list[str]
    cause: str


Frame = Hello | Ops | Answers | Tells | Heard | Pushes | Spray | Unwatch | Closed
encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Frame).decode
