"""One timer for all deadlines."""

from gateway.deadlines import EVERY_S, Deadlines
from tests.cluster.virtual_time import VirtualTimeLoop


class Guest:
    """Looks again after some time, as often as it was told."""

    def __init__(self, again_s: list[float]) -> None:
        self.place = 0
        self.again_s = again_s
        self.looks: list[float] = []

    def look(self, now_s: float) -> float:
        self.looks.append(now_s)
        return now_s + self.again_s.pop(0) if self.again_s else 0.0


class Host:
    """A calendar on a loop whose clock the test moves."""

    def __init__(self) -> None:
        self.loop = VirtualTimeLoop()
        self.calendar = Deadlines(self.loop)

    def passes(self, seconds: float) -> None:
        self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *error: object) -> None:
        self.calendar.close()
        self.loop.close()


def test_a_deadline_is_noticed_soon_after_it_is_over():
    with Host() as host:
        guests = [Guest([]) for _ in range(50)]
        for number, guest in enumerate(guests):
            host.calendar.put(guest, 1_000.0 + number * 0.1)
        host.passes(10.0)
        for number, guest in enumerate(guests):
            (at_s,) = guest.looks
            assert 0 <= at_s - (1_000.0 + number * 0.1) <= 2 * EVERY_S
        assert list(host.calendar.everyone()) == []


def test_whoever_has_another_deadline_is_looked_at_again():
    with Host() as host:
        guest = Guest([1.0, 2.0])
        host.calendar.put(guest, 1_001.0)
        host.passes(10.0)
        assert [round(at_s) for at_s in guest.looks] == [1_001, 1_002, 1_005]


def test_a_new_deadline_takes_the_place_of_the_old():
    with Host() as host:
        guest, gone = Guest([]), Guest([])
        for one in (guest, gone):
            host.calendar.put(one, 1_005.0)
            host.calendar.put(one, 1_001.0)
        assert set(host.calendar.everyone()) == {guest, gone}
        host.calendar.drop(gone)
        host.calendar.drop(gone)
        host.passes(10.0)
        assert (len(guest.looks), gone.looks) == (1, [])


def test_nothing_ticks_while_nobody_has_a_deadline():
    with Host() as host:
        host.calendar.put(Guest([]), 1_001.0)
        host.passes(5.0)
        assert not [handle for handle in host.loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
        host.passes(100.0)
        late = Guest([])
        host.calendar.put(late, host.loop.time() - 50.0)
        assert host.calendar.now_s == host.loop.time()
        host.passes(1.0)
        assert len(late.looks) == 1
