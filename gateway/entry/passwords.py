"""Passwords, hashed and verified on threads of their own, few at a time."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from protocol.errors import Overloaded

# OWASP's first choice for argon2id: 18 ms and 19 MiB a time.
MEMORY_KIB = 19 * 1024
PASSES = 2
THREADS = max(1, (os.cpu_count() or 1) // 2)  # the other half of the cores goes on serving
WAITING = 128  # more would wait for over a second each

T = TypeVar("T")


class Passwords:
    """argon2id. Whoever has no account is verified against a hash of nothing known, for the same time."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=memory_kib, parallelism=1)
        # Of the same costs; no password is known to give it.
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={PASSES},p=1${'A' * 22}${'A' * 43}"
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._room = threads + waiting

    async def hash(self, password: str) -> str:
        """What may be stored of a password."""
        return await self._on_pool(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str, password: str) -> bool:
        """Whether this is the password; never, but as slowly, when nothing is stored."""
        return await self._on_pool(lambda: self._verify(stored or self._nobody, password)) and bool(stored)

    def close(self) -> None:
        """Ends the threads; what waits is given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _on_pool(self, work: Callable[[], T]) -> T:
        if not self._room:
            raise Overloaded("too many are at the door; try again in a moment")
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._room += 1


def _normal(password: str) -> str:
    """One form for what keyboards send in several, as with accents."""
    return unicodedata.normalize("NFC", password)
