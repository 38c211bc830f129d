"""One connection: every answer finds its question, or the question learns that nothing is known."""

import asyncio
import socket
from typing import Any

import hiredis
import pytest

from cluster.ports import StorageDown
from cluster.storage.wire import Wire, pack

PING = pack(("PING",))


class Other:
    """The other end of the connection."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    async def read(self, size_bytes: int) -> bytes:
        read = b""
        while len(read) < size_bytes:
            read += await asyncio.get_running_loop().sock_recv(self._end, size_bytes - len(read))
        return read

    def write(self, data: bytes) -> None:
        self._end.sendall(data)

    def cut(self) -> None:
        self._end.close()

    def has_more(self) -> bool:
        """Whether something has come that was not read."""
        try:
            return bool(self._end.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False


async def connected(timeout_s: float = 5.0, limit_bytes: int = 1 << 20) -> tuple[Wire, Other]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    _, wire = await asyncio.get_running_loop().create_unix_connection(
        lambda: Wire(timeout_s, limit_bytes), sock=ours
    )
    return wire, Other(theirs)


def asked(wire: Wire, request: bytes = PING, count: int = 1) -> "asyncio.Task[list[Any]]":
    return asyncio.get_running_loop().create_task(wire.call(request, count))


async def test_answers_go_to_their_questions_whatever_the_pieces_they_come_in():
    wire, other = await connected()
    questions = [asked(wire, PING * 2, 2), asked(wire), asked(wire, PING * 3, 3)]
    await other.read(6 * len(PING))
    for byte in b":1\r\n:2\r\n$3\r\na\r\n\r\n*2\r\n:3\r\n*0\r\n-ERR no\r\n$-1\r\n":
        other.write(bytes([byte]))
        await asyncio.sleep(0)
    one, two, three = await asyncio.gather(*questions)
    assert one == [1, 2]
    assert two == [b"a\r\n"]
    assert three[0] == [3, []]
    assert isinstance(three[1], hiredis.ReplyError)
    assert three[2] is None


async def test_a_cut_in_the_middle_of_an_answer_leaves_nothing_known():
    wire, other = await connected()
    questions = [asked(wire), asked(wire, PING * 2, 2), asked(wire)]
    await other.read(4 * len(PING))
    other.write(b"+PONG\r\n:1\r\n$10\r\nhalf")
    other.cut()
    answers = await asyncio.gather(*questions, return_exceptions=True)
    assert answers[0] == [b"PONG"]
    assert [type(answer) for answer in answers[1:]] == [StorageDown, StorageDown]
    assert not wire.is_open
    with pytest.raises(StorageDown):
        await wire.call(PING, 1)


async def test_a_caller_who_gives_up_shifts_no_answers():
    wire, other = await connected()
    questions = [asked(wire), asked(wire), asked(wire)]
    await other.read(3 * len(PING))
    questions[1].cancel()
    other.write(b":1\r\n:2\r\n:3\r\n")
    assert [await questions[0], await questions[2]] == [[1], [3]]


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b":1\r\n:2\r\n"], ids=["junk", "unasked"]
)
async def test_what_nobody_asked_for_ends_the_connection(said: bytes):
    wire, other = await connected()
    question = asked(wire)
    await other.read(len(PING))
    other.write(said)
    await asyncio.gather(question, return_exceptions=True)
    with pytest.raises(StorageDown):
        await wire.call(PING, 1)


@pytest.mark.virtual_time
async def test_an_answer_that_does_not_come_ends_the_connection():
    wire, other = await connected(timeout_s=5.0)
    started_s = asyncio.get_running_loop().time()
    early, late = asked(wire), asked(wire)
    await other.read(2 * len(PING))
    other.write(b":1\r\n")
    assert await early == [1]
    with pytest.raises(StorageDown, match="within 5 s"):
        await late
    assert 5.0 <= asyncio.get_running_loop().time() - started_s < 5.2
    with pytest.raises(BrokenPipeError):
        other.write(b":2\r\n")
    with pytest.raises(StorageDown):
        await wire.call(PING, 1)


async def test_what_comes_after_the_end_is_no_answer_to_anything():
    wire, other = await connected()
    question = asked(wire)
    await other.read(len(PING))
    wire.drop("enough")
    wire.data_received(b":1\r\n")
    with pytest.raises(StorageDown, match="enough"):
        await question


@pytest.mark.virtual_time
async def test_each_question_has_the_whole_time():
    wire, other = await connected(timeout_s=5.0)
    loop = asyncio.get_running_loop()
    for number in range(4):
        loop.call_later(3.0, other.write, b":%d\r\n" % number)
        assert await wire.call(PING, 1) == [number]
    await other.read(4 * len(PING))


@pytest.mark.virtual_time
async def test_an_answer_that_lay_unread_while_we_were_paused_still_counts():
    wire, other = await connected(timeout_s=5.0)
    asyncio.get_running_loop().call_later(5.01, other.write, b":1\r\n")
    assert await wire.call(PING, 1) == [1]


async def test_no_more_bytes_are_on_their_way_than_allowed():
    wire, other = await connected(limit_bytes=3 * len(PING))
    questions = [asked(wire, PING * size, size) for size in (2, 2, 1, 3)]
    await other.read(2 * len(PING))
    assert not other.has_more()
    other.write(b":1\r\n:2\r\n")
    await other.read(3 * len(PING))
    assert not other.has_more()
    other.write(b":3\r\n:4\r\n:5\r\n")
    await other.read(3 * len(PING))
    other.write(b":6\r\n:7\r\n:8\r\n")
    assert await asyncio.gather(*questions) == [[1, 2], [3, 4], [5], [6, 7, 8]]


async def test_a_request_above_the_limit_goes_alone():
    wire, other = await connected(limit_bytes=len(PING))
    questions = [asked(wire), asked(wire, PING * 5, 5), asked(wire)]
    for count in (1, 5, 1):
        await other.read(count * len(PING))
        assert not other.has_more()
        other.write(b"+\r\n" * count)
    assert [len(answers) for answers in await asyncio.gather(*questions)] == [1, 5, 1]


async def test_whoever_waits_for_room_hears_of_the_cut():
    wire, other = await connected(limit_bytes=len(PING))
    questions = [asked(wire), asked(wire), asked(wire)]
    await other.read(len(PING))
    questions[1].cancel()
    other.cut()
    answers = await asyncio.gather(*questions, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageDown, asyncio.CancelledError, StorageDown]
