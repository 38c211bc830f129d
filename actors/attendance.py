"""Who is here: users by the gateways that hold their sockets, in memory only."""

from collections.abc import Collection

import msgspec
from msgspec.structs import replace

from actors.kernel import Actor, Call, Live, Outcome, Rejected, State, applies, handles
from protocol import attendance as words
from protocol.messages import Event

LEASE_MS = int(words.LEASE_S * 1_000)
GATEWAYS = 1_000  # more are refused: a name is 20 bytes, what it holds is bounded by its sockets
HELD = 100_000  # users of one gateway in one list: 10 MB


class Roll(msgspec.Struct):
    """One gateway: when it was last heard (ms), and who is there."""

    heard_at: int
    users: set[str] = set()


class AttendanceState(State):
    """Nothing is remembered for good: gateways tell it again."""


class AttendanceLive(Live):
    """The gateways that are believed, and since when (ms) this list is there."""

    since: int = 0
    rolls: dict[str, Roll] = {}


class AttendanceActor(Actor[AttendanceState], kind="attendance", live=AttendanceLive):
    """Told and asked by gateways: no journal, no tells, no pushes."""

    __slots__ = ()

    @handles("applied")
    def tell(self, command: words.TellAttendance, call: Call) -> Outcome:
        """Believes a gateway for a while; one that it does not know has to tell all."""
        live, name = self.live, command.gateway
        roll = live.rolls.get(name)
        known = command.afresh or (roll is not None and call.at - roll.heard_at < LEASE_MS)
        begun = self._begun(call)
        if not known:
            return Outcome(replace(self._now(command.asked, call.at), known=False), begun)
        if roll is None and len(live.rolls) >= GATEWAYS:
            raise Rejected("attendance.full", f"at most {GATEWAYS:,} gateways are heard")
        if len(command.came) + (len(roll.users) if roll is not None else 0) > HELD:
            raise Rejected("attendance.full", f"of one gateway {HELD:,} users are known at most")
        heard = words.GatewayHeard(name, call.at, command.afresh, command.came, command.went)
        held = set() if command.afresh or roll is None else roll.users.intersection(command.asked)
        mine = held.union(command.came).difference(command.went)
        return Outcome(self._now(command.asked, call.at, name, mine), [*begun, heard])

    @handles("applied")
    def read(self, command: words.ReadAttendance, call: Call) -> Outcome:
        """Who of them is here."""
        return Outcome(self._now(command.asked, call.at), self._begun(call))

    @applies
    def begun(self, event: words.AttendanceBegun) -> None:
        """Until the lease of a gateway has passed, those of whom nothing was told may be here."""
        self.live.since = event.at

    @applies
    def heard(self, event: words.GatewayHeard) -> None:
        """Those who came are here, those who went are not; gateways that fell silent are forgotten."""
        live = self.live
        live.rolls = {name: roll for name, roll in live.rolls.items() if event.at - roll.heard_at < LEASE_MS}
        if event.afresh or event.gateway not in live.rolls:
            live.rolls[event.gateway] = Roll(event.at)
        roll = live.rolls[event.gateway]
        roll.heard_at = event.at
        roll.users.update(event.came)
        roll.users.difference_update(event.went)

    def _begun(self, call: Call) -> list[Event]:
        return [] if self.live.since else [words.AttendanceBegun(call.at)]

    def _now(
        self, asked: list[str], at: int, gateway: str = "", mine: Collection[str] = ()
    ) -> words.AttendanceNow:
        """Who is here, where this gateway has those."""
        live = self.live
        rolls = [
            roll.users
            for name, roll in live.rolls.items()
            if name != gateway and at - roll.heard_at < LEASE_MS
        ]
        here = [user for user in asked if user in mine or any(user in users for users in rolls)]
        return words.AttendanceNow(here, settled=bool(live.since) and at - live.since >= LEASE_MS)
