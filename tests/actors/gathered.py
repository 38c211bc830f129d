"""A user, fans, and the segments of followers that come of them, with what is under way between them."""

from collections import deque
from typing import Any

from actors.followers import FollowersActor
from actors.kernel import Remind, Tell
from actors.people import People
from actors.testkit import Given, Result
from actors.user import UserActor, UserState
from protocol.messages import Command

ANN = "user:ann"
KINDS: dict[str, Any] = {"user": UserActor, "followers": FollowersActor}
SMALL = {
    "actors.gathering.NEAR": 3, "actors.gathering.HANDED_ON": 2, "actors.gathering.GATHERED": 3,
    "actors.followers.FULL": 4, "actors.followers.GIVEN": 2, "actors.followers.ENDED": 2,
}  # fmt: skip


class Gathered:
    """Tells of one actor to another arrive once and in order; of different ones in any order."""

    def __init__(self, followers: list[str] = [], **state: Any) -> None:  # noqa: B006
        self.actors: dict[str, Given] = {}
        self.under_way: dict[tuple[str, str], deque[Command]] = {}
        owner = UserState(followers=People.of(followers), **state)
        self.actors[ANN] = Given(UserActor, owner, key="ann")
        for fan in followers:
            self.actors[f"user:{fan}"] = Given(UserActor, UserState(following=People.of(["ann"])), key=fan)

    @property
    def ann(self) -> Any:
        """The state of the user."""
        return self.actors[ANN].state

    def say(self, by: str, command: Command) -> Result:
        """A user says something to the own actor."""
        ref = f"user:{by}"
        result = self._actor(ref).when(command, by=by)
        self._carry(ref, result)
        return result

    def ask(self, ref: str, command: Command, by: str = "edge") -> Any:
        """The reply to a read."""
        return self._actor(ref).when(command, by=by).reply

    def hear(self, choice: int) -> None:
        """One of those that wait arrives."""
        waiting = sorted(pair for pair, commands in self.under_way.items() if commands)
        if waiting:
            pair = waiting[choice % len(waiting)]
            self._carry(pair[1], self._actor(pair[1]).told(self.under_way[pair].popleft()))  # type: ignore[arg-type]

    def settle(self) -> None:
        """Until nothing is under way."""
        while any(self.under_way.values()):
            self.hear(0)

    def crash(self) -> None:
        """All are lost from memory, and come back."""
        for actor in self.actors.values():
            actor.crash()

    def segments(self) -> dict[int, Any]:
        """The states of the segments that are in use, by number."""
        return {one.number: self._actor(f"followers:ann.{one.number}").state for one in self.ann.spread().all}

    def held(self) -> list[str]:
        """All who follow, wherever it stands, in order."""
        return [*self.ann.followers, *(one for state in self.segments().values() for one in state.people)]

    def _actor(self, ref: str) -> Given:
        if ref not in self.actors:
            kind, _, key = ref.partition(":")
            self.actors[ref] = Given(KINDS[kind], key=key)
        return self.actors[ref]

    def _carry(self, ref: str, result: Result) -> None:
        for effect in result.effects:
            if isinstance(effect, Tell) and effect.to.partition(":")[0] in KINDS:
                self.under_way.setdefault((ref, effect.to), deque()).append(effect.command)
            elif isinstance(effect, Remind):
                self.under_way.setdefault((f"{ref} later", ref), deque()).append(effect.command)
