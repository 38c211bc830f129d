"""Many sends in one system call: as much of io_uring as a broadcast needs. Linux 6.1 and later.

Each send is carried out within the call and never waits, so that nothing goes on when the call is over.
"""

import ctypes
import mmap
import os
import socket
import struct
import sys
from array import array

ENTRIES = 512  # sends in one call: 2 to 3 ms
ROOM_BYTES = 64 * 1024  # for what is sent, at first

_SETUP, _ENTER, _REGISTER = 425, 426, 427  # system calls; the same numbers on all architectures
_SUBMIT_ALL, _SINGLE_ISSUER, _DEFER_TASKRUN = 1 << 7, 1 << 12, 1 << 13
_GETEVENTS = 1
_UPDATE_FILES, _REGISTER_FILES, _SPARSE = 6, 13, 1
_RINGS, _SQES = 0, 0x10000000  # what is mapped at which offset
_SEND, _FIXED_FILE = 26, 1
_NOBODY = -1
_AROUND = 1 << 32  # heads and tails count up to here

_params = struct.Struct("10I8IQ8IQ")  # struct io_uring_params
_resources = struct.Struct("IIQQQ")  # struct io_uring_rsrc_register
_update = struct.Struct("IIQ")  # struct io_uring_files_update
_sqe = struct.Struct("=BBHiQQIIQ24x")  # opcode, flags, priority, file, offset, address, length, how, name

_Syscall = ctypes.CFUNCTYPE(*[ctypes.c_long] * 8, use_errno=True)
_syscall = _Syscall(("syscall", ctypes.CDLL(None))) if sys.platform == "linux" else _Syscall(lambda *_: -1)


class Ring:
    """A table of sockets, each under a number, and what sends the same bytes to many of them.

    The table holds the sockets themselves: a number never leads to another connection that was given the same
    descriptor. A socket that was put in stays open until it is taken out.
    """

    def __init__(self, sockets: int) -> None:
        """Raises OSError where the kernel has no such thing, or lets nobody use it."""
        params = bytearray(_params.pack(0, 0, _SUBMIT_ALL | _SINGLE_ISSUER | _DEFER_TASKRUN, *[0] * 25))
        self._descriptor = _call(_SETUP, ENTRIES, _address(params))
        self._mapped: list[mmap.mmap] = []
        self._views: list[memoryview] = []
        try:
            self._map(_params.unpack(params))
            table = bytearray(_resources.pack(sockets, _SPARSE, 0, 0, 0))
            _call(_REGISTER, self._descriptor, _REGISTER_FILES, _address(table), len(table))
        except OSError:
            self.close()
            raise

    def _map(self, params: tuple[int, ...]) -> None:
        entries, completions = params[:2]
        sq_head, sq_tail, *_, sq_array = params[10:17]
        cq_head, cq_tail, *_, cqes = params[19:25]
        size = max(sq_array + 4 * entries, cqes + 16 * completions)
        rings = mmap.mmap(self._descriptor, size, offset=_RINGS)
        sqes = mmap.mmap(self._descriptor, 64 * entries, offset=_SQES)
        self._mapped += [rings, sqes]
        for name in range(entries):
            how = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
            _sqe.pack_into(sqes, 64 * name, _SEND, _FIXED_FILE, 0, _NOBODY, 0, 0, 0, how, name)
        self._view(rings, "I", sq_array, 4 * entries)[:] = array("I", range(entries))
        self._sq_head, self._sq_tail = (self._view(rings, "I", at, 4) for at in (sq_head, sq_tail))
        self._cq_head, self._cq_tail = (self._view(rings, "I", at, 4) for at in (cq_head, cq_tail))
        self._names = self._view(rings, "Q", cqes, 16 * completions, 0, 2)
        self._taken = self._view(rings, "i", cqes, 16 * completions, 2, 4)
        self._numbers = self._view(sqes, "i", 0, 64 * entries, 1, 16)
        self._places = self._view(sqes, "Q", 0, 64 * entries, 2, 8)
        self._sizes = self._view(sqes, "I", 0, 64 * entries, 6, 16)
        self._make_room(ROOM_BYTES)

    def _view(
        self, of: mmap.mmap, form: str, at: int, size: int, first: int = 0, step: int = 1
    ) -> memoryview:
        """Each `step`-th number in a part of it, from the first on."""
        whole = memoryview(of)
        part = whole[at : at + size]
        numbers = part.cast(form)  # type: ignore[call-overload]
        view: memoryview = numbers[first::step]
        self._views += [view, numbers, part, whole]
        return view

    def put_in(self, number: int, descriptor: int) -> None:
        """Puts a socket into the table; raises OSError if it cannot be had."""
        held = array("i", [descriptor])
        update = bytearray(_update.pack(number, 0, held.buffer_info()[0]))
        _call(_REGISTER, self._descriptor, _UPDATE_FILES, _address(update), 1)

    def take_out(self, number: int) -> None:
        """Lets go of a socket."""
        if self._descriptor >= 0:
            self.put_in(number, _NOBODY)

    def send(self, numbers: "array[int]", data: bytes) -> list[tuple[int, int]]:
        """Sends to `ENTRIES` sockets at most; which of them took less than all of it, and how much."""
        size, count, first = len(data), len(numbers), self._sq_tail[0]
        if size > len(self._room):
            self._make_room(size)
        self._room[:size] = data
        self._fill(self._numbers, first, numbers)
        self._fill(self._sizes, first, array("I", [size]) * count)
        self._sq_tail[0] = (first + count) % _AROUND
        _syscall(_ENTER, self._descriptor, count, count, _GETEVENTS, 0, 0)
        sent = (self._sq_head[0] - first) % _AROUND
        if sent == count:
            return self._short(first, sent, size)
        self._sq_tail[0] = self._sq_head[0]  # it was short of memory: the rest leaves another way
        return self._short(first, sent, size) + [(place, 0) for place in range(sent, count)]

    def _fill(self, slots: memoryview, first: int, values: "array[int]") -> None:
        at = first % ENTRIES
        if at + len(values) <= ENTRIES:
            slots[at : at + len(values)] = values
        else:
            slots[at:] = values[: ENTRIES - at]
            slots[: at + len(values) - ENTRIES] = values[ENTRIES - at :]

    def _short(self, first: int, sent: int, size: int) -> list[tuple[int, int]]:
        head, entries = self._cq_head[0], len(self._taken)
        self._cq_head[0] = (head + sent) % _AROUND
        at = head % entries
        taken = self._taken[at : at + sent].tolist()
        taken += self._taken[: sent - len(taken)].tolist()
        if taken.count(size) == sent:
            return []
        names = [self._names[number % entries] for number in range(head, head + sent)]
        found = [((name - first) % ENTRIES, max(0, took)) for name, took in zip(names, taken)]
        return sorted([(place, took) for place, took in found if took != size])

    def _make_room(self, size: int) -> None:
        self._room = bytearray(size)
        self._places[:] = array("Q", [_address(self._room)]) * ENTRIES

    def close(self) -> None:
        """Lets go of everything."""
        for view in self._views:
            view.release()
        for mapped in self._mapped:
            mapped.close()
        self._views, self._mapped = [], []
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _address(held: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(held))


def _call(number: int, *words: int) -> int:
    done: int = _syscall(number, *words, *[0] * (6 - len(words)))
    if done < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"io_uring: {os.strerror(error).lower()}")
    return done
