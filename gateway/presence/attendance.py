"""What this gateway tells of who has a socket here, and learns of those whom somebody here looks at."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator

from msgspec.structs import replace

from gateway.asking import Asker
from gateway.ports import Ask, Cells
from protocol.attendance import (
    BEAT_S,
    LISTS,
    RENEW_S,
    TOLD_AT_ONCE,
    AttendanceNow,
    ReadAttendance,
    TellAttendance,
    attendance_ref,
    list_of,
)
from protocol.errors import MantaError
from protocol.ids import user_ref
from protocol.user_reach import NoteSeen, PresenceCard

GONE_S = 30.0  # who is back within this time was not away
GONE = 20_000  # who wait for it to be written that they were here; of too many the oldest are not
NOTED_AT_ONCE = 100  # in one beat

log = logging.getLogger("manta.gateway")


class Row:
    """What one list of the cells was told by this gateway."""

    __slots__ = ("changed", "spoken_s", "told")

    def __init__(self) -> None:
        self.told = False  # whether it knows who is here
        self.spoken_s = float("-inf")
        self.changed: dict[str, bool] = {}  # who came or went since


class Attendance:
    """Tells changes in batches, one message for each list and beat at most; nothing where nothing changes.

    Nobody's coming or going is journaled. When a gateway dies the lists believe it for 25 s more.
    """

    def __init__(self, cells: Cells, gateway: str, now_s: Callable[[], float]) -> None:
        self.name = f"{gateway}.{secrets.token_hex(4)}"  # each life of a gateway is another one
        self.users: Callable[[], list[str]] = list
        self.is_here: Callable[[str], bool] = lambda user: False
        self.moved: Callable[[str, bool], None] = lambda user, online: None
        self._cells, self._asker, self._now_s = cells, Asker(cells), now_s
        self._rows = [Row() for _ in range(LISTS)]
        self._looked_at: list[dict[str, bool | None]] = [{} for _ in range(LISTS)]  # and how they were
        self._gone: dict[str, float] = {}  # since when (s), oldest first

    # what the sockets say

    def came(self, user: str) -> None:
        """The first socket of a user."""
        self._gone.pop(user, None)
        self._change(user, True)

    def went(self, user: str) -> None:
        """The last socket of a user."""
        self._gone[user] = self._now_s()
        if len(self._gone) > GONE:
            del self._gone[next(iter(self._gone))]
        self._change(user, False)

    def _change(self, user: str, here: bool) -> None:
        row = self._rows[list_of(user)]
        if row.told or here:
            row.changed[user] = here
        else:
            row.changed.pop(user, None)

    # who is looked at

    def look_at(self, user: str, online: bool | None) -> None:
        """From now on `moved` is called when this user comes or goes, anywhere; so it is now."""
        looked_at = self._looked_at[list_of(user)]
        if looked_at.get(user, online) is not online:
            online = None  # others who look were told otherwise: the next beat tells all
        looked_at[user] = online

    def look_away(self, user: str) -> None:
        """Nobody here looks at this one any more."""
        self._looked_at[list_of(user)].pop(user, None)

    async def is_online(self, user: str) -> bool | None:
        """Whether the user has a socket at any gateway; None when that cannot be known just now."""
        if self.is_here(user):
            return True
        try:
            now = await self._read(list_of(user), ReadAttendance([user]))
        except MantaError:
            return None
        return user in now.here or (False if now.settled else None)

    async def completed(self, card: PresenceCard) -> PresenceCard:
        """What the user's actor says of the past, with what is known of just now."""
        return replace(card, online=await self.is_online(card.user_id))

    # beats

    async def keep_telling(self, rest: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Tells and asks until it is cancelled."""
        while True:
            await rest(BEAT_S)
            try:
                await self.beat()
            except Exception:
                log.exception("who is here could not be told; it is tried again")

    async def beat(self) -> None:
        """Says to each list what there is to say."""
        await asyncio.gather(*[self._speak(number) for number in range(LISTS) if self._has_to_speak(number)])
        await self._note_gone()

    def _has_to_speak(self, number: int) -> bool:
        row = self._rows[number]
        is_due = row.told and self._now_s() - row.spoken_s >= RENEW_S
        return is_due or bool(row.changed) or bool(self._looked_at[number])

    async def _speak(self, number: int) -> None:
        row, looked_at = self._rows[number], list(self._looked_at[number])
        changed, row.changed = row.changed, {}
        came, went = [user for user, here in changed.items() if here], list[str]()
        if row.told:
            went = [user for user, here in changed.items() if not here]
        else:
            came = [user for user in self.users() if list_of(user) == number]
        is_silent = not row.told and not came  # nothing that had to be believed
        parts = max(_parts(came), _parts(went), _parts(looked_at))
        try:
            for part in range(parts):
                asked = _part(looked_at, part)
                told = TellAttendance(self.name, not row.told, _part(came, part), _part(went, part), asked)
                now = await self._read(number, ReadAttendance(asked) if is_silent else told)
                self._learn(number, asked, now)
                row.told = now.known and not is_silent
                row.spoken_s = self._now_s()
                if not now.known:
                    await self._speak(number)  # all of it, afresh
                    return
        except MantaError as error:
            row.told = False  # it may have heard some of it
            row.changed = {**dict.fromkeys(came, True), **row.changed}
            log.warning("who is here could not be told: %s", error.code)

    async def _read(self, number: int, command: TellAttendance | ReadAttendance) -> AttendanceNow:
        return await self._asker.read(AttendanceNow, attendance_ref(number), command, "")

    def _learn(self, number: int, asked: list[str], now: AttendanceNow) -> None:
        here, looked_at = set(now.here), self._looked_at[number]
        for user in asked:
            online = user in here or self.is_here(user)
            if user not in looked_at or (not online and not now.settled):
                continue
            before, looked_at[user] = looked_at[user], online
            if before is not online:
                self.moved(user, online)

    async def _note_gone(self) -> None:
        """Has it written that users were here who have not come back; coarse, and seldom: docs/privacy.md."""
        before_s = self._now_s() - GONE_S
        users = [user for user in _first(self._gone, NOTED_AT_ONCE) if self._gone[user] <= before_s]
        for user in users:
            del self._gone[user]
        if users:
            await self._cells.ask_many([Ask(user_ref(user), NoteSeen(), user, None) for user in users])


def _parts(users: list[str]) -> int:
    return -(-len(users) // TOLD_AT_ONCE) or 1


def _part(users: list[str], part: int) -> list[str]:
    return users[part * TOLD_AT_ONCE : (part + 1) * TOLD_AT_ONCE]


def _first(users: dict[str, float], limit: int) -> Iterator[str]:
    for count, user in enumerate(users):
        if count >= limit:
            return
        yield user
