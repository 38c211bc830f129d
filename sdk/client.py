"""The asyncio shell around the core: one socket, one timer, and what a program asks for."""

import asyncio
import random
import secrets
from collections.abc import AsyncGenerator
from itertools import count
from types import TracebackType
from typing import TypeVar

import msgspec

from protocol.errors import MantaError
from protocol.ids import user_ref
from protocol.messages import ClientCommand, ClientRead, Reply
from protocol.session import Ask, Seen
from sdk.calls import WITHIN_S, Asked
from sdk.circle import Circle
from sdk.core import Core
from sdk.effects import Close, Connect, Renew, Send, Standing
from sdk.endings import unreadable
from sdk.following import posts_of
from sdk.frames import messages_of
from sdk.line import BROKEN, Line, socket_url
from sdk.post import Post
from sdk.rest import Rest
from sdk.shapes import PostShape
from sdk.subscription import Subscription
from sdk.tokens import TokenSource
from sdk.words import packed

NEVER_S = float("inf")

R = TypeVar("R", bound=Reply)


class Manta:
    """A user's session at one address: it stays connected while it is open, whatever becomes of sockets."""

    def __init__(
        self, address: str, tokens: TokenSource, *,
        client: str = "manta-sdk", saver: bool = False, rest: Rest | None = None,
    ) -> None:  # fmt: skip
        self._prefix, self._numbers = secrets.token_hex(8), count(1)
        self._address, self._tokens = address, tokens
        self._loop = asyncio.get_running_loop()
        self._core = Core(random.random, self.new_id, client, saver)
        self.rest = rest or Rest(address, client)
        self.rest.tokens = tokens
        self._line: Line | None = None
        self._task: asyncio.Task[None] | None = None  # that talks on the line
        self._renewing: asyncio.Task[None] | None = None
        self._token = ""
        self._timer: asyncio.TimerHandle | None = None
        self._settling = False
        self._moved = asyncio.Event()  # set when the standing may have changed

    async def __aenter__(self) -> "Manta":
        self._core.start(self._now_s())
        self._settle()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the session on this side."""
        self._settled()
        line, self._line = self._line, None
        self._core.stop()
        if line is not None:
            await line.close()
        self._settled()
        running = [task for task in (self._task, self._renewing) if task is not None]
        await asyncio.gather(*running, return_exceptions=True)
        await self.rest.close()

    # what a program asks for

    async def user(self) -> str:
        """Your id, as soon as the session stands."""
        await self.stands()
        return self._core.user

    async def stands(self) -> None:
        """Returns when the session stands; raises SessionEnded when it never will."""
        while self._core.standing is not Standing.STANDING:
            if self._core.error is not None:
                raise self._core.error
            self._moved.clear()
            await self._moved.wait()

    async def ask(
        self, expected: type[R], to: str, command: ClientCommand, *,
        within_s: float = WITHIN_S, id: str | None = None,
    ) -> R:  # fmt: skip
        """Asks one actor, again under the same id until there is an answer; raises MantaError."""
        answer: asyncio.Future[Reply] = self._loop.create_future()

        def answered(reply: Reply) -> None:
            if not answer.done():
                answer.set_result(reply)

        def failed(error: MantaError) -> None:
            if not answer.done():
                answer.set_exception(error)

        asked = Asked(id or self.new_id(), to, command, self._now_s() + within_s, answered, failed)
        self._core.ask(asked)
        self._settle()
        try:
            reply = await answer
        finally:
            self._core.give_up(asked.id)
        if not isinstance(reply, expected):
            raise unreadable(f"{type(reply).__name__} where {expected.__name__} was expected")
        return reply

    def watch(self, topic: str, command: ClientRead) -> Subscription:
        """Watches a topic, once at a time; `command` is the read of its snapshots."""
        return Subscription(self._core, topic, command, self._settle)

    def mention(self, to: str, command: ClientCommand) -> None:
        """Asks what need not be answered and may be lost, like who is typing."""
        self._core.mention(Ask(self.new_id(), to, packed(command)))
        self._settle()

    def observe(self, *seen: Seen) -> None:
        """The person saw this; it is said every few seconds, and may be lost."""
        self._core.observe(self._now_s(), seen)
        self._settle()

    def save_data(self, on: bool = True) -> None:
        """Data saver: ephemeral news stay away while it is on."""
        self._core.save(on)
        self._settle()

    def post(self, id: str) -> Post:
        """A post, and what can be done with it."""
        return Post(self, id)

    async def publish(self, caption: str, location: str | None = None, audience: str = "public") -> Post:
        """A new text post of yours, for `public`, `followers`, `close_friends` or `only_me`."""
        return self.post((await self.rest.publish(caption, location, audience)).post_id)

    @property
    def circle(self) -> Circle:
        """Whom you let near."""
        return Circle(self)

    def posts_of(self, username: str) -> AsyncGenerator[PostShape, None]:
        """Follows someone: their newest posts, then each new one as it comes."""
        return posts_of(self, username)

    def new_id(self) -> str:
        """The id of something that may have to be asked more than once."""
        return f"{self._prefix}-{next(self._numbers)}"

    async def me(self) -> str:
        """The actor of yourself."""
        return user_ref(await self.user())

    # the core's wishes

    def _now_s(self) -> float:
        return self._loop.time()

    def _settle(self) -> None:
        """Does what the core wants, once for all that this turn of the loop brings."""
        if not self._settling:
            self._settling = True
            self._loop.call_soon(self._settled)

    def _settled(self) -> None:
        self._settling = False
        self._core.tick(self._now_s())
        self._carry_out()
        self._moved.set()
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._core.due_s()
        self._timer = self._loop.call_at(due_s, self._settle) if due_s < NEVER_S else None

    def _carry_out(self) -> None:
        for effect in self._core.take():
            match effect:
                case Send(messages):
                    if self._line is not None:
                        self._line.send(messages)
                case Connect(fresh, where):
                    self._hang_up()
                    self._line = line = Line(socket_url(self._address, where))
                    self._task = asyncio.ensure_future(self._talk(line, self._token if fresh else ""))
                case Renew():
                    self._renewing = asyncio.ensure_future(self._renew())
                case Close():
                    self._hang_up()

    def _hang_up(self) -> None:
        self._line = None
        if self._task is not None:
            self._task.cancel()

    # a socket

    async def _talk(self, line: Line, spent: str) -> None:
        """One socket, from its token to its end; what an older one brings is of no interest."""
        code, after_s = BROKEN, 0.0
        try:
            token = await self._tokens.access(spent)
            self._token = token.text

            def opened() -> None:
                self._core.opened(self._now_s(), token.text, token.renew_s)
                self._settle()

            code, after_s = await line.talk(opened, self._heard)
        except MantaError as error:
            if not error.retry:
                self._core.end(error)
        except msgspec.DecodeError:
            pass  # a gateway that cannot be understood: another one, or the same one later
        finally:
            if self._line is line:
                self._line = None
                self._core.lost(self._now_s(), code, after_s)
                self._settle()

    def _heard(self, frame: bytes) -> None:
        self._core.heard(self._now_s(), messages_of(frame))
        self._settle()

    async def _renew(self) -> None:
        try:
            token = await self._tokens.access()
        except MantaError as error:
            if not error.retry:
                self._core.end(error)
        else:
            self._token = token.text
            self._core.renewed(token.text, token.renew_s)
        self._settle()
