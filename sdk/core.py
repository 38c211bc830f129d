"""The client without I/O: what happened and the time go in, effects come out of `take`.

It holds what was asked until it is answered, and what is watched until it is left, over any number of
sockets: each new one is told the same again, under the same ids and from where each topic stands.
"""

from collections.abc import Callable, Iterable

from protocol.errors import MantaError
from protocol.messages import Command
from protocol.session import (
    TOKEN_EXPIRED,
    Failed,
    Goodbye,
    Hello,
    PhoneMessage,
    Ping,
    Saver,
    Seen,
    Unwatched,
    Welcome,
)
from sdk.backoff import pause_s
from sdk.calls import Asked, Calls
from sdk.effects import Close, Connect, Effect, Renew, Send, Standing
from sdk.endings import Left, SessionEnded, ended_with
from sdk.frames import Heard, PushRaw, RepliedRaw, WatchedRaw
from sdk.pulse import Pulse
from sdk.sightings import Sightings
from sdk.topic import Item, Topic

OPEN_WITHIN_S = 10.0
STEADY_S = 5.0  # a session that stood for so long makes the next attempt a first one
RENEW_AGAIN_S = 15.0
DO_NOT_COME_BACK = range(4500, 5000)
CAPABILITIES = ["batch", "renew", "saver"]
AGAIN = "watch.again"  # whoever asks may still watch it
NEVER_S = float("inf")


class Core:
    """One session over any number of sockets; `chance` gives numbers from 0 to 1, `new_id` new ids."""

    def __init__(
        self, chance: Callable[[], float], new_id: Callable[[], str], client: str = "", saver: bool = False
    ) -> None:
        self.standing = Standing.RESTING
        self.user = ""
        self.error: MantaError | None = None  # why it ended
        self._chance, self._new_id, self._client, self._saver = chance, new_id, client, saver
        self._calls = Calls(chance, new_id)
        self._sightings = Sightings()
        self._effects: list[Effect] = []
        self._attempt = 0
        self._stale, self._where = False, ""  # how the next attempt is made
        self._at_s = 0.0  # the next attempt, or when this one has taken too long
        self._stood_s = 0.0
        self._pulse = Pulse()
        self._renew_s = NEVER_S
        self._told_saver = saver

    def take(self) -> list[Effect]:
        """What is to be done now."""
        effects, self._effects = self._effects, []
        return effects

    def due_s(self) -> float:
        """When `tick` has something to do."""
        is_standing = self.standing is Standing.STANDING
        due_s = self._calls.due_s(is_standing)
        if self.standing in (Standing.WAITING, Standing.CONNECTING, Standing.GREETING):
            due_s = min(due_s, self._at_s)
        if is_standing:
            pulse, seen_s = self._pulse, self._sightings.due_s
            due_s = min(due_s, pulse.ping_s(), pulse.dead_s(), self._renew_s, seen_s)
        return due_s

    # what the program wants

    def start(self, now_s: float) -> None:
        """Connects, and stays so."""
        if self.standing is Standing.RESTING:
            self._connect(now_s)

    def stop(self) -> None:
        """Ends it; nothing is sent any more."""
        self.end(Left())

    def end(self, error: MantaError) -> None:
        """It is over for good."""
        if self.standing is Standing.ENDED:
            return
        self.standing, self.error = Standing.ENDED, error
        self._effects.append(Close())
        self._calls.end(error)

    def ask(self, asked: Asked) -> None:
        """Asks once, however often it has to be said; raises MantaError when that cannot be."""
        if self.error is not None:
            raise self.error
        self._calls.ask(asked)

    def give_up(self, id: str) -> None:
        """Nobody waits for this answer any more."""
        self._calls.give_up(id)

    def watch(self, name: str, command: Command, wake: Callable[[], None] = lambda: None) -> Topic:
        """Watches a topic, once at a time; `command` is the read of its snapshots."""
        if self.error is not None:
            raise self.error
        topic = Topic(name, command, wake)
        self._calls.watch(topic)
        return topic

    def taken(self, topic: Topic) -> Item | None:
        """The next of what came of a topic; one that rested goes on when all was taken."""
        item = topic.take()
        if topic.resting and not len(topic):
            topic.resting = False
            if self._calls.topic(topic.name) is topic:
                self._calls.again(topic, 0.0)
        return item

    def unwatch(self, topic: Topic) -> None:
        """Watches it no more."""
        self._calls.leave(topic)

    def mention(self, message: PhoneMessage) -> None:
        """Says something that may be lost."""
        if self.standing is Standing.STANDING:
            self._effects.append(Send([message]))

    def observe(self, now_s: float, seen: Iterable[Seen]) -> None:
        """The person saw this; it may be lost."""
        self._sightings.add(now_s, seen)

    def save(self, on: bool) -> None:
        """Data saver on or off."""
        self._saver = on
        self._tell_saver()

    # what happened

    def opened(self, now_s: float, token: str, renew_s: float = NEVER_S) -> None:
        """The socket is open; the token should be renewed at that moment."""
        if self.standing is Standing.CONNECTING:
            self.standing = Standing.GREETING
            self._pulse.begin(now_s)
            self._renew_s = renew_s
            self._told_saver = self._saver
            self._effects.append(Send([self._hello(token)]))

    def renewed(self, token: str, renew_s: float = NEVER_S) -> None:
        """There is a newer token for the session that stands."""
        self._renew_s = renew_s
        self.mention(self._hello(token))

    def lost(self, now_s: float, code: int = 1006, after_s: float = 0.0) -> None:
        """The socket is closed, or could not be opened."""
        if self.standing in (Standing.RESTING, Standing.ENDED):
            return
        self._calls.part()
        if code in DO_NOT_COME_BACK:
            self.end(ended_with(code))
        elif self.standing is not Standing.WAITING:  # a goodbye said already when to come back
            self._stale = self._stale or code == TOKEN_EXPIRED
            self._wait(now_s, after_s)

    def heard(self, now_s: float, messages: Iterable[Heard]) -> None:
        """Messages came."""
        self._pulse.heard(now_s)
        for message in messages:
            if self.standing is not Standing.ENDED:
                self._hear(now_s, message)

    def tick(self, now_s: float) -> None:
        """Time passed, or something new is to be said."""
        self._calls.expire(now_s)
        if self.standing is Standing.WAITING and now_s >= self._at_s:
            self._connect(now_s)
        elif self.standing in (Standing.CONNECTING, Standing.GREETING) and now_s >= self._at_s:
            self._drop(now_s)
        elif self.standing is Standing.STANDING:
            self._go_on(now_s)

    # the session

    def _tell_saver(self) -> None:
        if self.standing is Standing.STANDING and self._told_saver != self._saver:
            self._told_saver = self._saver
            self.mention(Saver(self._saver))

    def _hello(self, token: str) -> PhoneMessage:
        return Hello(token, capabilities=CAPABILITIES, data_saver=self._saver, client=self._client)

    def _connect(self, now_s: float) -> None:
        self._calls.part()  # an older socket is heard no more
        self.standing, self._at_s = Standing.CONNECTING, now_s + OPEN_WITHIN_S
        self._effects.append(Connect(self._stale, self._where))
        self._stale, self._where = False, ""

    def _drop(self, now_s: float) -> None:
        self._effects.append(Close())
        self._calls.part()
        self._wait(now_s, 0.0)

    def _wait(self, now_s: float, after_s: float) -> None:
        stood = self.standing is Standing.STANDING
        if stood and now_s - self._stood_s >= STEADY_S:
            self._attempt = 0
        # A gateway that says when to come back has spread that moment itself.
        jitter_s = 0.0 if stood and after_s else pause_s(self._attempt, self._chance)
        since_s = now_s if stood else self._at_s - OPEN_WITHIN_S  # one that hung has waited already
        self.standing, self._at_s = Standing.WAITING, max(now_s, since_s + jitter_s) + after_s
        self._attempt += 1
        self._calls.ground()

    def _go_on(self, now_s: float) -> None:
        if now_s >= self._pulse.dead_s():
            self._drop(now_s)
            return
        if now_s >= self._renew_s:
            self._renew_s = now_s + RENEW_AGAIN_S
            self._effects.append(Renew())
        self._calls.repeat(now_s)
        said = list(self._calls.outgoing(now_s))
        if now_s >= self._sightings.due_s:
            said.extend(self._sightings.said())
        if now_s >= self._pulse.ping_s():
            self._pulse.pinged(now_s)
            said.append(Ping(int(now_s * 1_000)))
        if said:
            self._pulse.said(now_s)
            self._effects.append(Send(said))

    # what comes

    def _hear(self, now_s: float, message: Heard) -> None:
        match message:
            case PushRaw():
                topic = self._calls.topic(message.topic)
                if topic is not None and not topic.pushed(message):
                    self._gap(now_s, topic)
                self._check_rest(topic)
            case RepliedRaw():
                self._calls.answered(message.id, message.reply)
            case WatchedRaw():
                self._watched(now_s, message)
            case Failed():
                self._calls.failed(now_s, message)
            case Unwatched():
                self._unwatched(message)
            case Welcome():
                self._welcomed(now_s, message)
            case Goodbye():
                self._goodbye(now_s, message)

    def _watched(self, now_s: float, message: WatchedRaw) -> None:
        topic = self._calls.topic(message.topic)
        if topic is None or (message.id and message.id != topic.asked) or topic.resting:
            return
        if not message.id and not (topic.joined or topic.asked):
            return  # it is on its way already
        self._calls.watched(topic)
        if not topic.watched(message):
            self._gap(now_s, topic)
        self._check_rest(topic)

    def _gap(self, now_s: float, topic: Topic) -> None:
        topic.joined = False
        at_s = 0.0 if topic.position is None else now_s + pause_s(0, self._chance)
        self._calls.again(topic, at_s)

    def _check_rest(self, topic: Topic | None) -> None:
        if topic is not None and topic.resting and (topic.joined or topic.asked):
            self._calls.rest(topic)

    def _unwatched(self, message: Unwatched) -> None:
        topic = self._calls.topic(message.topic)
        if topic is None or not topic.joined:
            return
        topic.joined = False
        if message.code == AGAIN:
            self._calls.again(topic, 0.0)
        else:
            self._calls.shut(topic, MantaError(message.text, message.code))

    def _welcomed(self, now_s: float, welcome: Welcome) -> None:
        self.user, self._pulse.every_s = welcome.user, welcome.heartbeat_s
        if self.standing is Standing.GREETING:  # else a newer token was taken
            self.standing, self._stood_s = Standing.STANDING, now_s
            self._tell_saver()

    def _goodbye(self, now_s: float, goodbye: Goodbye) -> None:
        if not goodbye.reconnect:
            self.end(SessionEnded(f"the gateway said goodbye: {goodbye.cause}", goodbye.cause))
        elif self.standing is not Standing.WAITING:
            self._stale, self._where = goodbye.code == TOKEN_EXPIRED, goodbye.where
            self._wait(now_s, goodbye.after_s)
