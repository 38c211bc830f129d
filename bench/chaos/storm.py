"""The storm: strikes at the parts of an installation, some before the last one is got over."""

import asyncio
import time
from collections.abc import Sequence
from random import Random

import msgspec

from bench.chaos import victims
from bench.chaos.history import Strike
from bench.chaos.installation import Installation
from bench.chaos.pulse import Pulse
from bench.progress import Progress
from cluster.embedded import fate
from cluster.embedded.processes import Life

# Longer than a lease, and then also as long as the supervisor waits before it kills who does not answer.
PAUSES_S = (8.0, 15.0)
VICTIM_WITHIN_S = 60.0
LOOK_EVERY_S = 0.02
AT_ONCE = 3  # then it is left to recover, else it would never serve


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be struck, and how closely."""

    kinds: Sequence[str]
    overlapping: float = 0.35  # of the strikes come while the one before is not got over
    soon_s: float = 3.0  # after the one before, at most, if so
    calm_s: float = 1.0  # at most, otherwise
    needed: int = 0  # strikes that are made whatever the time
    until_s: float = float("inf")  # of the monotonic clock: no more strikes after that


class Storm:
    """Carries out a plan."""

    def __init__(self, installation: Installation, pulse: Pulse, chance: Random, progress: Progress) -> None:
        self._installation, self._pulse, self._chance = installation, pulse, chance
        self._progress = progress
        self.strikes: list[Strike] = []
        self.refusals: list[str] = []  # of a start after the launcher was killed
        self._recovering: list[asyncio.Task[None]] = []
        self._launching = asyncio.Lock()

    async def rage(self, plan: Plan) -> None:
        """All strikes, and the time that it takes to get over each."""
        for number, kind in enumerate(plan.kinds):
            if number >= plan.needed and time.monotonic() > plan.until_s:
                break
            self._progress.stage(f"{number + 1} of {len(plan.kinds)}: {kind}")
            await self._strike(kind)
            self._progress.step(number + 1, len(plan.kinds))
            under_way = [task for task in self._recovering if not task.done()]
            if self._chance.random() < plan.overlapping and 0 < len(under_way) < AT_ONCE:
                await asyncio.wait(under_way, timeout=self._chance.uniform(0.0, plan.soon_s))
            else:
                await self._recovered()
                await asyncio.sleep(self._chance.uniform(0.0, plan.calm_s))
        await self._recovered()

    async def _strike(self, kind: str) -> None:
        end_s = time.monotonic() + VICTIM_WITHIN_S
        while time.monotonic() < end_s:
            found = await asyncio.to_thread(victims.find, self._installation, kind)
            if found:
                victim = self._chance.choice(found)
                strike = Strike(kind, victim.pid, time.monotonic())
                if victims.stop(victim) if kind == victims.PAUSE else victims.strike(victim):
                    self.strikes.append(strike)
                    self._recovering.append(asyncio.create_task(self._get_over(strike, victim)))
                    return
            await asyncio.sleep(LOOK_EVERY_S)
        raise TimeoutError(f"no {kind} to strike for {VICTIM_WITHIN_S:g} s")

    async def _get_over(self, strike: Strike, victim: Life) -> None:
        if strike.kind == victims.PAUSE:
            await asyncio.sleep(PAUSES_S[len(self.strikes) % len(PAUSES_S)])
            victims.wake(victim)
        elif strike.kind == "launcher":
            await fate.ended(victim.pid)
            await self._launch_again()
        strike.recovered_s = await self._pulse.felt(strike.at_s)

    async def _launch_again(self) -> None:
        """As an operator or a service manager would: at once, and again if it does not want to."""
        async with self._launching:
            while self._installation.has_ended:
                self._installation.launch()
                if not await self._installation.begins() and self._installation.refused:
                    self.refusals.append(self._installation.last_words())

    async def _recovered(self) -> None:
        """Waits until all strikes are got over; raises if one never is."""
        recovering, self._recovering = self._recovering, []
        await asyncio.gather(*recovering)
