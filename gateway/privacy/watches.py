"""The `Topics` of the sockets, guarded: what stands open is closed when a boundary forbids it."""

from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from gateway.ports import Ask, Cells, Joined, Listener, Topics
from gateway.presence.topics import is_presence
from gateway.privacy.boundaries import Boundaries
from gateway.privacy.guard import Guard, is_guarded
from gateway.privacy.listing import LISTERS, people_in, without
from gateway.privacy.veils import Veils
from gateway.privacy.view import Surface
from protocol.boundaries import list_of
from protocol.errors import Malformed, MantaError, Unavailable
from protocol.messages import Command, Reply
from protocol.post import ViewPost
from protocol.user import ViewProfile
from protocol.user_reach import ViewPresence

CROSSED = "something between the two of you changed just now; watch it again"
# What is looked at when a topic of such an entity is watched, whatever is read with it.
LOOKS: dict[str, Command] = {"post": ViewPost(), "user": ViewProfile()}


class Joining(msgspec.Struct, eq=False):
    """A watch that was allowed and does not stand yet."""

    owner: str
    viewer: str
    crossed: bool = False


class GuardedTopics:
    """Topics that may be watched as long as their entities may be seen.

    The hub closes them by `shut(topic, viewer)`, the viewer empty for all; who still may watches again.
    """

    def __init__(
        self, topics: Topics, cells: Cells, guard: Guard, boundaries: Boundaries, veils: Veils
    ) -> None:
        self._topics, self._cells, self._guard, self._veils = topics, cells, guard, veils
        self.shut: Callable[[str, str], None] = lambda topic, viewer: None
        self._owned: dict[str, set[str]] = {}  # topics by the owners of what they tell
        self._owners: dict[str, str] = {}
        self._of_presence: set[str] = set()  # those of them that tell when somebody is here
        self._joining: set[Joining] = set()
        boundaries.listen(self._drawn, self._missed)

    def listen(self, listener: Listener) -> None:
        """Says who hears the pushes."""
        self._topics.listen(listener)

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        """Reads and joins at one moment, if the caller may see it now and until it stands."""
        look = LOOKS.get(ref.partition(":")[0])
        if look is None or not caller:
            await self._topics.watch(topic, ref, command, since, caller, on_joined, timeout_s)
            return
        if is_presence(topic) and not isinstance(command, ViewPresence):
            raise Malformed("the topic of someone's presence is watched with user.view_presence")
        joining = Joining(await self._owner(ref, caller), caller)
        self._joining.add(joining)
        try:
            await self._guard.admit(Ask(ref, look, caller, None), Surface.WATCH)
            asked = Ask(ref, command, caller, None)
            if is_guarded(asked):
                await self._guard.admit(asked)
            if ref.startswith("post:"):
                await self._veils.hung(caller)  # before anything of third persons can reach the caller
            hidden, known = await self._hidden(asked, timeout_s)

            def stands(reply: Reply, joined: Joined) -> None:
                if joining.crossed or not people_in(reply) <= known:
                    raise Unavailable(CROSSED)
                on_joined(without(reply, hidden), self._seen(caller, joined))
                self._owned.setdefault(joining.owner, set()).add(topic)
                self._owners[topic] = joining.owner
                if is_presence(topic):
                    self._of_presence.add(topic)

            await self._topics.watch(topic, ref, command, since, caller, stands, timeout_s)
        finally:
            self._joining.discard(joining)

    def _seen(self, user: str, joined: Joined) -> Joined:
        if not joined.missed:
            return joined
        if any(self._veils.doubts(news) for news in joined.missed):
            raise Unavailable(CROSSED)
        veil = self._veils.of(user)
        return joined if veil is None else replace(joined, missed=[veil.over(news) for news in joined.missed])

    async def _owner(self, ref: str, caller: str) -> str:
        kind, _, key = ref.partition(":")
        if kind == "user":
            return key
        frame = (await self._guard.facts.frames([ref], caller))[ref]
        if isinstance(frame, MantaError):
            raise frame
        return frame.author_id

    async def _hidden(self, ask: Ask, timeout_s: float) -> tuple[set[str], set[str]]:
        """Whom the snapshot must not name, and of whom it is known: it is read once before it is joined."""
        if type(ask.command) not in LISTERS:
            return set(), set()
        people = people_in(await self._cells.ask(ask.ref, ask.command, ask.caller, None, timeout_s))
        return await self._guard.hidden(people - {ask.caller}, ask.caller), people

    def unwatch(self, topics: Iterable[str]) -> None:
        """These topics are needed no more."""
        names = list(topics)
        self._of_presence.difference_update(names)
        for name in names:
            owner = self._owners.pop(name, None)
            if owner is not None:
                owned = self._owned[owner]
                owned.discard(name)
                if not owned:
                    del self._owned[owner]
        self._topics.unwatch(names)

    # what is heard of boundaries

    def _drawn(self, owner: str, viewer: str) -> None:
        for joining in self._joining:
            joining.crossed |= joining.owner == owner and viewer in ("", joining.viewer)
            joining.crossed |= joining.viewer == owner and not viewer
        for topic in list(self._owned.get(owner, ())):
            self.shut(topic, viewer)
        if not viewer:
            # Who shows less sees less: what this one looks at of others, all of it, as it is rare.
            for topic in list(self._of_presence):
                self.shut(topic, owner)

    def _missed(self, number: int) -> None:
        for owner in [owner for owner in self._owned if list_of(owner) == number]:
            self._drawn(owner, "")
        for joining in self._joining:
            joining.crossed |= number in (list_of(joining.owner), list_of(joining.viewer))
        for topic in list(self._of_presence):
            self.shut(topic, "")
