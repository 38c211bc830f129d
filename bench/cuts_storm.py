"""Phones that come, write, and are cut whenever they are back; how long, how often and where is chance."""

import asyncio
from collections import Counter
from random import Random

from bench.cuts_history import History
from bench.cuts_line import Cut
from bench.cuts_phone import Doors, Phone, Record
from bench.measure import Latencies
from bench.resume_place import Place
from cluster.embedded.trouble import Trouble

TOPICS_EACH = 3
BUSY_EACH = 10  # one phone in so many watches the busy topic
COMMENTS = 0.7  # of what is written; the rest are likes and their opposites
FROM_ANYWHERE = 0.2  # of what is written comes from whoever may be cut off just now
COME_AT_ONCE = 50
COME_EVERY_S = 0.1
COME_WITHIN_S = 60.0
LOOK_S = 0.05
TRIES = 20
EARLY = 0.05  # of all connections are cut so soon that hardly anything was joined again
EARLY_S = 0.2


class Storm:
    """All phones of a run."""

    def __init__(
        self, place: Place, topics: list[str], busy: str, *, outage_s: float, steady_s: float, up_s: float
    ) -> None:
        self._place, self._topics, self._busy = place, topics, busy
        self._outage_s, self._steady_s, self._up_s = outage_s, steady_s, up_s
        self._chance = Random()
        self._loop = asyncio.get_running_loop()
        self.record = Record(History())
        self.cuts: Counter[str] = Counter()
        self.rages = False
        self.late = Latencies()  # of the writes of this process
        self.phones: list[Phone] = []
        self._busy_phones: list[Phone] = []
        self._next: dict[Phone, asyncio.TimerHandle] = {}

    async def come(self, count: int) -> None:
        """So many phones come in, and hold their topics."""
        users = [f"phone{number:05d}" for number in range(count)]
        await self._place.register(users)
        for number, user in enumerate(users):
            self.phones.append(self._phone(number, user, self._place.doors))
            self.phones[-1].start()
            if number % COME_AT_ONCE == 0:
                await asyncio.sleep(COME_EVERY_S)
        if not await self.calm(COME_WITHIN_S):
            raise Trouble("engine_failed", "not all phones could come in")

    async def calm(self, within_s: float) -> bool:
        """Waits until all are there, and all that they wrote is answered."""
        until_s = self._loop.time() + within_s
        while not all(phone.is_there and not phone.writes.waiting for phone in self.phones):
            if self._loop.time() > until_s:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    def begin(self) -> None:
        """Cuts come from now on."""
        self.rages = True
        for phone in self.phones:
            self._plan(phone)

    def end(self) -> None:
        """No more cuts; outages that began go on."""
        self.rages = False
        for handle in self._next.values():
            handle.cancel()

    async def write(self, per_s: float, busy_per_s: float) -> None:
        """People write at that pace, as long as it is not cancelled."""
        began_s, number, pace = self._loop.time(), 0, per_s + busy_per_s
        while True:
            number += 1
            at_s = began_s + number / pace
            await asyncio.sleep(at_s - self._loop.time())
            self.late.add(self._loop.time() - at_s)
            if self._chance.random() < busy_per_s / pace:
                self._someone(self._busy_phones).comment(self._busy)
            elif self._chance.random() < COMMENTS:
                self._someone(self.phones).comment()
            else:
                self._someone(self.phones).toggle()

    def leave(self) -> None:
        """All go."""
        for phone in self.phones:
            phone.stop()

    def _phone(self, number: int, user: str, doors: Doors) -> Phone:
        topics = self._chance.sample(self._topics, min(TOPICS_EACH, len(self._topics)))
        is_busy = number % BUSY_EACH == 0
        topics += [self._busy] if is_busy else []
        phone = Phone(
            user, self._place.token(user), topics, doors, self.record, self._chance, self._early, self._plan
        )
        if is_busy:
            self._busy_phones.append(phone)
        return phone

    def _someone(self, phones: list[Phone]) -> Phone:
        phone = self._chance.choice(phones)
        if self._chance.random() < FROM_ANYWHERE:
            return phone
        there = (one for one in self._chance.choices(phones, k=TRIES) if one.is_there)
        return next(there, phone)

    def _plan(self, phone: Phone) -> None:
        """It is back; the next cut will come."""
        if self.rages and phone not in self._next:
            stays_s = self._steady_s + self._chance.expovariate(1 / self._up_s)
            self._next[phone] = self._loop.call_later(stays_s, self._due, phone)

    def _due(self, phone: Phone) -> None:
        """A cut, also in the middle of coming back; where there is no line, the next is planned later."""
        del self._next[phone]
        self._cut(phone)

    def _early(self, phone: Phone) -> None:
        """It has a line; a few lose it in the middle of coming back."""
        if self.rages and self._chance.random() < EARLY:
            self._loop.call_later(self._chance.uniform(0.0, EARLY_S), self._cut, phone)

    def _cut(self, phone: Phone) -> None:
        if self.rages and phone.may_be_cut:
            kind = self._chance.choice(list(Cut))
            self.cuts[kind.value] += 1
            phone.cut(kind, self._chance.uniform(0.0, self._outage_s))
