"""The fan-out: a topic is watched once, a push is framed once, and a tick is one write for each socket."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable

from gateway.meter import Histogram
from gateway.ports import Joined, News, Topics
from gateway.ws.forms import PACKED, tag_of
from gateway.ws.limits import Limits
from gateway.ws.outbox import Outbox
from gateway.ws.topic import Parcel, Topic, Watcher
from gateway.ws.volley import Volley
from protocol.errors import MantaError, Unavailable
from protocol.session import GatewayMessage, Unwatched, Watched

AGAIN = "watch.again"  # the topic may still be watched by whoever asks


class Hub:
    """The topics of all sockets of this gateway. It holds no past: what was missed comes from the cells."""

    def __init__(
        self, topics: Topics, outbox: Outbox, volley: Volley, limits: Limits, loop: asyncio.AbstractEventLoop,
        now_s: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        self.counts: Counter[str] = Counter()
        self.lag = Histogram()  # from a push's coming to its leaving for all who look
        self._cluster, self._outbox, self._volley = topics, outbox, volley
        self._limits, self._loop = limits, loop
        self._now_s = now_s or loop.time  # uvloop's own clock has whole milliseconds
        self._topics: dict[str, Topic] = {}
        self._due: dict[Topic, None] = {}  # have something to say
        self._scheduled = False
        self._sent_s = -1.0
        self._resting: deque[tuple[float, Topic]] = deque()  # until when no ephemeral push leaves
        self._rest_timer: asyncio.TimerHandle | None = None
        self._doubts: Callable[[News], bool] | None = None  # about who may hear of some news just now
        topics.listen(self)

    def __len__(self) -> int:
        return len(self._topics)

    # who looks

    def joining(self, name: str) -> Topic:
        """A watch begins; `settled` must follow."""
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = Topic(name)
        topic.joining += 1
        return topic

    def joined(self, topic: Topic, watcher: Watcher, joined: Joined) -> None:
        """The socket has the state as of that position, and gets all that follows."""
        if not topic.epoch:
            topic.epoch, topic.number = joined.epoch, joined.number
        elif (
            joined.epoch == topic.epoch
            and joined.number < topic.number
            and not _is_held(topic, joined.number)
        ):
            raise Unavailable("the topic went on meanwhile; watch it again")
        topic.join(watcher, joined.epoch, joined.number)

    def settled(self, topic: Topic) -> None:
        """A watch came to its end, one way or the other."""
        topic.joining -= 1
        self._leave_if_unused([topic])

    def leave(self, watcher: Watcher, names: Iterable[str]) -> None:
        """The socket looks no more at these."""
        found = [self._topics.get(name) for name in dict.fromkeys(names)]  # a phone may name one twice
        left = [topic for topic in found if topic is not None]
        for topic in left:
            topic.leave(watcher)
        self._leave_if_unused(left)

    def resort(self, watcher: Watcher, names: Iterable[str]) -> None:
        """The socket became reluctant or wary, or is so no longer."""
        for name in names:
            if (topic := self._topics.get(name)) is not None:
                topic.resort(watcher)

    def _leave_if_unused(self, topics: Iterable[Topic]) -> None:
        unused = [topic.name for topic in topics if not len(topic) and not topic.joining]
        for name in unused:
            self._due.pop(self._topics.pop(name), None)
        if unused:
            self._cluster.unwatch(unused)

    # what comes from the cluster

    def pushed(self, news: News) -> None:
        """One push, for all who look."""
        topic = self._topics.get(news.topic)
        if topic is None:
            return
        if self._doubts is not None and self._doubts(news):
            if news.number:
                self.shut(news.topic, lambda watcher: True)  # who watches again misses nothing
            return
        if news.number:
            if not topic.numbered:
                topic.since_s = self._now_s()
            topic.number = news.number
            topic.numbered.append(news)
        else:
            topic.passing[tag_of(news.message)] = news
            if topic.resting:
                return
        self._schedule(topic)

    def reset(self, name: str, joined: Joined) -> None:
        """Pushes were lost: all who look hear that they must read afresh."""
        topic = self._topics.get(name)
        if topic is None:
            return
        self._send([topic])
        topic.epoch, topic.number = joined.epoch, joined.number
        ahead = {
            who: at for who, at in topic.late.items() if at[0] == joined.epoch and at[1] >= joined.number
        }
        behind = [watcher for watcher in topic.watchers() if watcher not in ahead]
        self.counts["resets"] += len(behind)
        self._tell(behind, Watched("", name, joined.epoch, joined.number, None, reset=joined.reset))
        for watcher in topic.watchers():
            topic.join(watcher, *ahead.get(watcher, (joined.epoch, joined.number)))

    def closed(self, name: str, error: MantaError) -> None:
        """Whoever asked for the topic first may not look any more; the others find out by asking."""
        topic = self._topics.get(name)
        if topic is None:
            return
        self._send([topic])
        gone = list(topic.watchers())
        self._tell(gone, Unwatched(name, AGAIN, "watch it again to learn whether you may"))
        for watcher in gone:
            topic.leave(watcher)
            watcher.unwatched(name)
        self._leave_if_unused([topic])

    def shut(self, name: str, is_meant: Callable[[Watcher], bool]) -> None:
        """These may look no more; what was not sent to them yet is not, and who still may watches again."""
        topic = self._topics.get(name)
        if topic is None:
            return
        gone = [watcher for watcher in topic.watchers() if is_meant(watcher)]
        for watcher in gone:
            topic.leave(watcher)
            watcher.unwatched(name)
        self._tell(gone, Unwatched(name, AGAIN, "watch it again to learn whether you may"))
        self._leave_if_unused([topic])

    def _tell(self, watchers: Collection[Watcher], message: GatewayMessage) -> None:
        frames: dict[int, bytes] = {}
        for watcher in watchers:
            form = watcher.form
            frame = frames.get(form.opcode) or frames.setdefault(form.opcode, form.frame(message))
            self._outbox.add(watcher, frame)

    def doubt(self, doubts: Callable[[News], bool] | None) -> None:
        """From now on news about which there are doubts go to nobody: who watches again gets what may be."""
        self._doubts = doubts

    # ticks

    def _schedule(self, topic: Topic) -> None:
        self._due[topic] = None
        if not self._scheduled:
            self._scheduled = True
            at_s = self._sent_s + self._limits.tick_s
            if at_s <= self._loop.time():
                self._loop.call_soon(self._tick)  # after silence: with all else that came in this turn
            else:
                self._loop.call_at(at_s, self._tick)

    def _tick(self) -> None:
        self._scheduled = False
        self._sent_s = self._loop.time()
        due, self._due = self._due, {}
        self._send(list(due))

    def _send(self, topics: list[Topic]) -> None:
        self._outbox.flush()  # a snapshot leaves before the pushes that follow it
        joined = dict.fromkeys(_at_several(topics), b"") if len(topics) > 1 else {}
        for topic in topics:
            self._send_one(topic, joined)
        for watcher, data in joined.items():
            if data:
                watcher.write(data)

    def _send_one(self, topic: Topic, joined: dict[Watcher, bytes]) -> None:
        """Sends to all who look, but for those who look at several: for them it joins what they get."""
        parcel, quick = topic.parcel(), topic.quick
        if joined:
            quick = {watcher: aim for watcher, aim in quick.items() if watcher not in joined}
        watchers, aims, of_several = list(quick), list(quick.values()), joined.keys() & topic.quick.keys()
        special = topic.special(parcel)
        if topic.quick and (data := parcel.whole(PACKED)):
            for place, sent in self._volley.fire(aims, data):
                watchers[place].send_rest(data[sent:])
            for watcher in of_several:
                joined[watcher] += data  # nothing is copied for the first
        for watcher, data in special:
            if watcher in joined:
                joined[watcher] += data
            else:
                watcher.write(data)
        self._sent(topic, parcel, len(watchers) + len(of_several) + len(special))

    def _sent(self, topic: Topic, parcel: Parcel, sockets: int) -> None:
        self.counts["pushes"] += len(parcel.numbered) + len(parcel.passing)
        self.counts["deliveries"] += (len(parcel.numbered) + len(parcel.passing)) * sockets
        if parcel.numbered:
            self.lag.add(self._now_s() - topic.since_s)
        if parcel.passing:
            topic.resting = True
            until_s = self._loop.time() + self._limits.passing_every_s
            self._resting.append((until_s, topic))
            if self._rest_timer is None:
                self._rest_timer = self._loop.call_at(until_s, self._rested)

    def _rested(self) -> None:
        self._rest_timer = None
        now_s = self._loop.time()
        while self._resting and self._resting[0][0] <= now_s:
            _, topic = self._resting.popleft()
            topic.resting = False
            if topic.passing and self._topics.get(topic.name) is topic:
                self._schedule(topic)
        if self._resting:
            self._rest_timer = self._loop.call_at(self._resting[0][0], self._rested)

    def close(self) -> None:
        """Says nothing any more."""
        if self._rest_timer is not None:
            self._rest_timer.cancel()
        self._due.clear()


def _at_several(topics: list[Topic]) -> set[Watcher]:
    """Who looks at more than one of them."""
    seen, again = set[Watcher](), set[Watcher]()
    for topic in topics:
        for watchers in (topic.quick, topic.rest, topic.wary, topic.late):
            again |= seen.intersection(watchers)
            seen.update(watchers)
    return again


def _is_held(topic: Topic, number: int) -> bool:
    """Whether no push after this number has left yet."""
    return number >= (topic.numbered[0].previous if topic.numbered else topic.number)
