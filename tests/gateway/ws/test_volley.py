"""The same bytes to many sockets: what holds for a call for each socket and for one call for all of them."""

import os
import socket
from collections.abc import Callable, Iterator

import pytest

from gateway.ws import volley
from gateway.ws.ring import ENTRIES, ROOM_BYTES
from gateway.ws.volley import FEW, Aim, AtOnce, OneByOne, Volley, volley_for

Pair = tuple[socket.socket, socket.socket]


def at_once(sockets: int = 2_000) -> AtOnce:
    """The ring, where the kernel has it and lets us."""
    try:
        return AtOnce(sockets)
    except OSError as error:
        pytest.skip(f"no io_uring here: {error}")


@pytest.fixture(params=["one by one", "all at once", "at once if they are many"])
def fired(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Volley]:
    monkeypatch.setattr(volley, "FEW", 0 if request.param == "all at once" else FEW)
    one: Volley = OneByOne() if request.param == "one by one" else at_once()
    yield one
    one.close()


@pytest.fixture
def pair() -> Iterator[Callable[[], Pair]]:
    """Makes connections over loopback, each as ours and theirs."""
    made: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=ENTRIES * 3) as door:

        def connect() -> Pair:
            theirs = socket.create_connection(door.getsockname())
            ours, _ = door.accept()
            ours.setblocking(False)
            theirs.settimeout(5.0)
            made.extend((ours, theirs))
            return ours, theirs

        yield connect
        for one in made:
            one.close()


def aim(fired: Volley, ours: socket.socket) -> Aim:
    aimed = fired.aim(ours)
    assert aimed is not None
    return aimed


def read(theirs: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += theirs.recv(size - len(found))
    return found


def test_all_get_the_same_bytes_however_many_they_are(fired: Volley, pair: Callable[[], Pair]):
    pairs = [pair() for _ in range(ENTRIES + 100)]
    aims = [aim(fired, ours) for ours, _ in pairs]
    assert fired.fire(aims, b"hello") == []
    assert {read(theirs, 5) for _, theirs in pairs} == {b"hello"}


def test_order_holds_over_thousands_of_volleys(fired: Volley, pair: Callable[[], Pair]):
    pairs = [pair() for _ in range(3)]
    aims = [aim(fired, ours) for ours, _ in pairs]
    for number in range(2 * ENTRIES):  # the ring comes round many times
        said = b"%d" % number
        assert fired.fire(aims, said) == []
        assert {read(theirs, len(said)) for _, theirs in pairs} == {said}


def test_large_and_small_come_as_they_are(fired: Volley, pair: Callable[[], Pair]):
    ours, theirs = pair()
    aimed = aim(fired, ours)
    for size in (ROOM_BYTES * 2, 1, ROOM_BYTES):
        said = os.urandom(size)
        assert fired.fire([aimed], said) == []
        assert read(theirs, size) == said


def test_it_is_told_how_much_a_full_socket_took_and_the_others_get_all(
    fired: Volley, pair: Callable[[], Pair]
):
    pairs = [pair() for _ in range(4)]
    pairs[2][0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    aims = [aim(fired, ours) for ours, _ in pairs]
    said, taken, sent = os.urandom(60_000), b"", -1
    while sent:
        short = dict(fired.fire(aims, said))
        assert short.keys() <= {2}
        for place in (0, 1, 3):
            assert read(pairs[place][1], len(said)) == said
        sent = short.get(2, len(said))
        taken += said[:sent]
    assert read(pairs[2][1], len(taken)) == taken


def test_a_broken_socket_keeps_nothing_from_the_others(fired: Volley, pair: Callable[[], Pair]):
    pairs = [pair() for _ in range(3)]
    aims = [aim(fired, ours) for ours, _ in pairs]
    pairs[1][0].shutdown(socket.SHUT_WR)
    assert fired.fire(aims, b"hello") == [(1, 0)]
    assert [read(pairs[place][1], 5) for place in (0, 2)] == [b"hello"] * 2


def test_no_push_reaches_a_stranger_who_was_given_the_same_descriptor(
    fired: Volley, pair: Callable[[], Pair]
):
    ours, _ = pair()
    aimed, descriptor = aim(fired, ours), ours.fileno()
    stranger, hears = pair()
    ours.close()
    os.dup2(stranger.fileno(), descriptor)
    try:
        fired.fire([aimed], b"not for you")
        hears.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            hears.recv(100)
    finally:
        os.close(descriptor)


def test_who_is_forgotten_can_be_closed_and_the_others_stay(fired: Volley, pair: Callable[[], Pair]):
    pairs = [pair() for _ in range(3)]
    aims = [aim(fired, ours) for ours, _ in pairs]
    fired.forget(aims.pop(1))
    pairs[1][0].close()
    assert pairs[1][1].recv(1) == b""
    aims.append(aim(fired, pair()[0]))
    assert fired.fire(aims, b"hello") == []
    assert [read(pairs[place][1], 5) for place in (0, 2)] == [b"hello"] * 2


def test_what_is_forgotten_after_the_end_is_no_matter(fired: Volley, pair: Callable[[], Pair]):
    ours, theirs = pair()
    aimed = aim(fired, ours)
    fired.close()
    fired.forget(aimed)
    ours.close()
    assert theirs.recv(1) == b""


def test_a_table_that_is_full_takes_one_more_when_one_went(pair: Callable[[], Pair]):
    fired = at_once(sockets=2)
    first, second, third = (pair()[0] for _ in range(3))
    aimed = aim(fired, first)
    aim(fired, second)
    assert fired.aim(third) is None
    fired.forget(aimed)
    assert aim(fired, third) == aimed
    fired.close()


def test_a_closed_socket_cannot_be_aimed_at_and_takes_no_room(pair: Callable[[], Pair]):
    fired = at_once(sockets=1)
    ours, _ = pair()
    ours.close()
    assert fired.aim(ours) is None
    assert fired.aim(pair()[0]) is not None
    fired.close()


def test_what_the_kernel_did_not_take_on_is_told_and_never_sent_later(pair: Callable[[], Pair]):
    fired, (ours, theirs) = at_once(), pair()
    aimed, ring = aim(fired, ours), fired._ring
    descriptor, ring._descriptor = ring._descriptor, ours.fileno()  # no ring: as if there were no memory
    assert fired.fire([aimed] * FEW, b"lost") == [(place, 0) for place in range(FEW)]
    ring._descriptor = descriptor
    assert fired.fire([aimed] * FEW, b"there") == []
    assert read(theirs, 5 * FEW) == b"there" * FEW
    fired.close()


def test_where_io_uring_is_forbidden_each_socket_has_its_call(monkeypatch: pytest.MonkeyPatch):
    def forbidden(sockets: int) -> AtOnce:
        raise PermissionError(1, "io_uring: operation not permitted")

    monkeypatch.setattr(volley, "AtOnce", forbidden)
    assert isinstance(volley_for(10), OneByOne)
