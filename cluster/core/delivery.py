"""Tells to other actors: in order, each of them once."""

from cluster.core.committing import Context
from cluster.core.deciding import Decider
from cluster.core.desk import Desk
from cluster.core.entity import HOT, QUARANTINED, Entity
from cluster.core.faults import fault_of
from cluster.core.partition import Page, Partition
from cluster.core.records import SKIP, Raw, decode_number, encode, in_order
from cluster.core.spraying import Sprayer
from cluster.core.tells import Inbox, Pair
from cluster.core.waking import Waker
from cluster.link.frames import Told
from protocol.errors import Malformed, MantaError, Overloaded, Unavailable

LOCAL_ROUNDS = 100_000  # tells handed over within the cell before others get a turn


class Delivery:
    """Both ends of every tell that this cell sends or takes."""

    def __init__(self, desk: Desk, waker: Waker, decider: Decider) -> None:
        self.desk = desk
        self.waker = waker
        self.decider = decider
        self.sprayer = Sprayer(desk, waker, decider)
        self._window = desk.limits.tell_window
        self._ready: dict[Pair, None] = {}  # pairs with something to send

    # the sending side

    def durable_tells(self, partition: Partition, page: Page) -> None:
        """Tells of a durable entry: they may go."""
        ready, tell, entry = self._ready, partition.tell, page.number
        tells = page.tells or ()
        for receiver, number, ref, command in in_order(tells, page.sprayed) if page.sprayed else tells:
            ready[tell(receiver, number, entry, ref, command)] = None

    def restless(self) -> bool:
        """Whether there is anything to deliver."""
        return bool(self._ready or self.sprayer.ready)

    def deliver(self) -> None:
        """Sends what may go: within the cell at once, else by the next frame to the receiver's cell."""
        rounds = LOCAL_ROUNDS
        while self._ready and rounds > 0:
            ready, self._ready = self._ready, {}
            for pair in ready:
                if not pair.partition.gone:
                    rounds -= self._send(pair)
        self.sprayer.leave()

    def _send(self, pair: Pair) -> int:
        desk, unheard, receiver = self.desk, pair.unheard, pair.receiver
        if not unheard or (cell := desk.cells.get(receiver)) is None:
            return 1
        start = pair.sent + 1 - unheard[0][0]
        if start < 0:
            start = 0
        elif pair.has_gaps:
            start = pair.place(pair.sent)
        stop = len(unheard)
        if stop > self._window:
            stop = self._window
        if start >= stop:
            return 1
        pair.progress_s = desk.clock.mono_s
        sender = pair.partition.number
        if stop == 1 and cell == desk.cell:
            number, _, ref, command = unheard[0]
            pair.sent = number
            self.take(sender, receiver, number, ref, command)
            return 1
        tells = unheard[start:stop]
        pair.sent = tells[-1][0]
        if cell == desk.cell:
            for number, _, ref, command in tells:
                self.take(sender, receiver, number, ref, command)
        else:
            desk.busy = True
            out = desk.out.tells.setdefault(cell, [])
            out.extend(Told(sender, receiver, number, ref, raw) for number, _, ref, raw in tells)
        return stop - start

    def heard(self, sender: int, receiver: int, number: int) -> None:
        """The receiver has everything up to this tell."""
        partition = self.desk.partitions.get(sender)
        pair = partition.pairs.get(receiver) if partition is not None else None
        if pair is not None and pair.hear(number):
            if pair.unheard:
                pair.progress_s = self.desk.clock.mono_s
                self._ready[pair] = None
            else:
                del pair.partition.pairs[receiver]

    def resend(self) -> None:
        """Sends again what was not heard for a while; `taken` again makes it harmless."""
        late = self.desk.clock.mono_s - self.desk.limits.tell_retry_s
        for partition in self.desk.partitions.values():
            for pair in partition.pairs.values():
                if pair.progress_s < late:
                    pair.sent = pair.heard
                    self._ready[pair] = None

    def unsent(self, partition: Partition) -> None:
        """Sends from the first unheard tell on."""
        for pair in partition.pairs.values():
            if pair.unheard:
                pair.sent = pair.heard
                self._ready[pair] = None

    def again(self) -> None:
        """Looks at every pair of every partition anew: the placement changed."""
        for partition in self.desk.partitions.values():
            self.unsent(partition)

    # the receiving side

    def take(self, sender: int, receiver: int, number: int, ref: str, command: Raw) -> None:
        """Takes a tell if it is the next of its pair."""
        desk = self.desk
        partition = desk.partitions.get(receiver)
        if partition is None or not partition.serving or desk.clock.mono_s >= desk.lease_until_s:
            return
        if ref == SKIP:
            self._skip(partition, sender, number, command)
            return
        inbox = partition.inboxes.get(sender)
        if inbox is None:
            mark = partition.marks.get(sender, 0)
            if number != mark + 1:
                if number <= mark:
                    self._hear(sender, receiver, mark)
                return
            inbox = partition.inboxes[sender] = Inbox(mark, mark, mark)
        if number != inbox.queued + 1:
            if number <= inbox.durable:
                self._hear(sender, receiver, inbox.durable)
            return
        inbox.queued = number
        entity = partition.entities.get(ref)
        if entity is not None and entity.status == HOT and not inbox.waiting:
            try:
                self.decider.told(partition, entity, command, Context(0, "", "", "", sender, number))
                inbox.taken = number
            except Exception as error:
                self._not_run(partition, inbox, sender, number, ref, command, error)
            return
        if inbox.waiting is None:
            inbox.waiting = []
        inbox.waiting.append((number, ref, command))
        if len(inbox.waiting) == 1:
            self._drain(partition, sender, inbox)
        elif entity is None:
            self._prefetch(partition, ref)

    def _skip(self, partition: Partition, sender: int, number: int, command: Raw) -> None:
        """Goes on behind tells that are lost, when everything before them was taken."""
        mark = partition.marks.get(sender, 0)
        inbox = partition.inboxes.get(sender) or Inbox(mark, mark, mark)
        if number <= inbox.durable:
            self._hear(sender, partition.number, inbox.durable)
        elif inbox.queued < number and inbox.queued >= decode_number(command):
            partition.inboxes[sender] = inbox
            inbox.queued = number
            if inbox.waiting:
                inbox.waiting.append((number, SKIP, command))
            else:
                self._skipped(partition, inbox, sender, number)

    def _skipped(self, partition: Partition, inbox: Inbox, sender: int, number: int) -> None:
        self.desk.counts["tells_skipped"] += 1
        self.decider.committer.page(partition, 48).take(sender, number, "")
        inbox.taken = number

    def _prefetch(self, partition: Partition, ref: str) -> None:
        try:
            self.waker.entity(partition, ref, _nothing)
        except MantaError:
            self.desk.counts["prefetches_refused"] += 1

    def _drain(self, partition: Partition, sender: int, inbox: Inbox) -> None:
        while inbox.waiting:
            if partition.gone or not partition.serving:
                return
            number, ref, command = inbox.waiting[0]
            if ref == SKIP:
                del inbox.waiting[0]
                self._skipped(partition, inbox, sender, number)
                continue
            try:
                entity = self.waker.entity(partition, ref, lambda: self._drain(partition, sender, inbox))
            except Malformed as error:
                del inbox.waiting[0]
                self._park(partition, inbox, sender, number, ref, command, error)
                continue
            except Overloaded:
                self._put_back(partition, sender, inbox)
                return
            if entity is None:
                return
            del inbox.waiting[0]
            if not self._run(partition, inbox, sender, number, entity, command):
                return

    def _run(
        self, partition: Partition, inbox: Inbox, sender: int, number: int, entity: Entity, command: Raw
    ) -> bool:
        try:
            if entity.status == QUARANTINED:
                raise Malformed(f"{entity.ref} is quarantined")
            self.decider.told(partition, entity, command, Context(0, sender=sender, number=number))
        except Exception as error:
            return self._not_run(partition, inbox, sender, number, entity.ref, command, error)
        inbox.taken = number
        return True

    def _not_run(
        self, partition: Partition, inbox: Inbox, sender: int, number: int, ref: str, command: Raw,
        error: Exception,
    ) -> bool:  # fmt: skip
        if isinstance(error, Unavailable | Overloaded):
            self._put_back(partition, sender, inbox)
            return False
        self._park(partition, inbox, sender, number, ref, command, error)
        return True

    def _put_back(self, partition: Partition, sender: int, inbox: Inbox) -> None:
        """Not now: the sender will send it again."""
        inbox.waiting = None
        inbox.queued = inbox.taken
        if inbox.taken == inbox.durable:
            del partition.inboxes[sender]

    def _park(
        self,
        partition: Partition,
        inbox: Inbox,
        sender: int,
        number: int,
        ref: str,
        command: Raw,
        error: Exception,
    ) -> None:
        """No one can take it: it is kept for an operator, and those behind it go on."""
        text = f"tell {number} of partition {sender} to {ref}: {fault_of(error)}"
        self.desk.alarm("tell_parked", text)
        page = self.decider.committer.page(partition, len(bytes(command)) + len(ref) + 48)
        page.take(sender, number, "")
        page.parked = page.parked or {}
        page.parked[f"{sender}.{number}"] = encode((ref, command))
        inbox.taken = number

    def durable_heard(self, partition: Partition, heard: dict[int, int]) -> None:
        """Marks of a durable entry: the senders may forget."""
        desk, inboxes, receiver = self.desk, partition.inboxes, partition.number
        for sender, number in heard.items():
            partition.marks[sender] = partition.marks_due[sender] = number
            inbox = inboxes[sender]
            if inbox.queued == number:
                del inboxes[sender]
            else:
                inbox.durable = number
            if desk.cells.get(sender) == desk.cell:
                self.heard(sender, receiver, number)
            else:
                desk.hear(sender, receiver, number)

    def _hear(self, sender: int, receiver: int, number: int) -> None:
        if self.desk.cells.get(sender) == self.desk.cell:
            self.heard(sender, receiver, number)
        else:
            self.desk.hear(sender, receiver, number)


def _nothing() -> None:
    """Nobody waits for this entity."""
