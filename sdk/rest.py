"""What is asked over HTTP: coming in, and what gateways compose of many actors."""

import asyncio
import random
import secrets
from typing import TypeVar

import aiohttp
import msgspec

from protocol.errors import MantaError, TooFast, Unavailable, error_of
from sdk.backoff import pause_s
from sdk.shapes import Device, Devices, EmailState, FollowState, PostPage, PostShape, Problem, Profile, Tokens
from sdk.tokens import TokenSource

WITHIN_S = 20.0  # the same request is sent again for so long
ATTEMPT_WITHIN_S = 15.0
TOKEN_IS_OVER = "token.expired"

Shape = TypeVar("Shape")


class Rest:
    """Requests to one address, each sent again under its key where that may help."""

    def __init__(self, address: str, client: str = "") -> None:
        self._address, self._client = address.rstrip("/"), client
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ATTEMPT_WITHIN_S))
        self.tokens: TokenSource | None = None

    async def close(self) -> None:
        """Closes its connections."""
        await self._http.close()

    # coming in

    async def register(self, username: str, password: str, email: str = "") -> Tokens:
        """A new account, and this device logged in; a link that confirms the address is sent there."""
        body = {"username": username, "password": password} | ({"email": email} if email else {})
        return await self._enter("register", body)

    async def log_in(self, username: str, password: str, code: str = "") -> Tokens:
        """Logs this device in; the code is of your second factor, where you have one."""
        body = {"username": username, "password": password} | ({"code": code} if code else {})
        return await self._enter("login", body)

    async def refresh(self, refresh_token: str) -> Tokens:
        """New tokens; the old refresh token is used up."""
        return await self.send(Tokens, "POST", "/api/refresh", {"refresh_token": refresh_token}, open=True)

    async def log_out(self) -> None:
        """Ends this session on every gateway."""
        await self.send(type(None), "POST", "/api/logout")

    async def devices(self) -> list[Device]:
        """Your devices that are logged in, the one that was used last first."""
        return (await self.send(Devices, "GET", "/api/sessions")).sessions

    async def end_device(self, session: str) -> None:
        """Logs one of your devices out on every gateway."""
        await self.send(type(None), "DELETE", f"/api/sessions/{session}")

    async def end_devices(self, others: bool = True) -> None:
        """Logs all your other devices out, or all of them."""
        query = {"others": "true" if others else "false"}
        await self.send(type(None), "DELETE", "/api/sessions", query=query)

    async def change_password(self, old: str, new: str) -> None:
        """Changes your password, and logs all your other devices out."""
        await self.send(type(None), "PUT", "/api/password", {"old_password": old, "new_password": new})

    # by mail

    async def email(self) -> EmailState:
        """Your address, and the one that waits for its link to be opened."""
        return await self.send(EmailState, "GET", "/api/email")

    async def change_email(self, email: str, password: str, code: str = "") -> EmailState:
        """Sends a link to an address, which is yours once it was opened."""
        body = {"email": email, "password": password, "code": code}
        return await self.send(EmailState, "PUT", "/api/email", body)

    async def remove_email(self, password: str, code: str = "") -> None:
        """Your account has no address any more."""
        body = {"password": password, "code": code}
        await self.send(type(None), "POST", "/api/email/remove", body)

    async def confirm_email(self, token: str) -> EmailState:
        """Opens a link that was sent to an address: what stands behind its #."""
        return await self.send(EmailState, "POST", "/api/email/confirm", {"token": token}, open=True)

    async def forget_password(self, account: str) -> None:
        """Has a link sent to whoever has this username or address, if somebody does."""
        await self.send(type(None), "POST", "/api/password/forgotten", {"account": account}, open=True)

    async def reset_password(self, token: str, new: str) -> None:
        """Opens such a link: another password, and all devices are logged out."""
        body = {"token": token, "new_password": new}
        await self.send(type(None), "POST", "/api/password/reset", body, open=True)

    async def _enter(self, path: str, body: dict[str, str]) -> Tokens:
        return await self.send(Tokens, "POST", f"/api/{path}", body | {"client": self._client}, open=True)

    # posts and people

    async def publish(self, caption: str, location: str | None = None, audience: str = "public") -> PostShape:
        """A new post, made once however often it has to be sent."""
        body = {"caption": caption, "location": location, "audience": audience}
        return await self.send(PostShape, "POST", "/api/posts", body)

    async def post(self, post: str) -> PostShape:
        """One post."""
        return await self.send(PostShape, "GET", f"/api/posts/{post}")

    async def posts_of(self, user: str, cursor: str | None = None, limit: int = 20) -> PostPage:
        """A page of a user's posts, newest first."""
        return await self._page(f"/api/users/{user}/posts", cursor, limit)

    async def feed(self, cursor: str | None = None, limit: int = 20) -> PostPage:
        """A page of your feed, newest first."""
        return await self._page("/api/feed", cursor, limit)

    async def profile(self, username: str) -> Profile:
        """Who has this username."""
        return await self.send(Profile, "GET", f"/api/usernames/{username}")

    async def follow(self, user: str, on: bool = True) -> FollowState:
        """Follows a user, or asks to when the account is private; or no longer."""
        return await self.send(FollowState, "POST" if on else "DELETE", f"/api/users/{user}/follow")

    async def _page(self, path: str, cursor: str | None, limit: int) -> PostPage:
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return await self.send(PostPage, "GET", path, query=query)

    # how it is sent

    async def send(
        self, shape: type[Shape], method: str, path: str, body: object = None, *,
        query: dict[str, str] | None = None, open: bool = False,
    ) -> Shape:  # fmt: skip
        """Sends it until there is an answer that stands, or the time is over; raises MantaError."""
        key, loop = secrets.token_hex(12), asyncio.get_running_loop()
        until_s, attempt, spent = loop.time() + WITHIN_S, 0, ""
        while True:
            headers = {"Idempotency-Key": key} if method != "GET" else {}
            token = "" if open or self.tokens is None else (await self.tokens.access(spent)).text
            headers |= {"Authorization": f"Bearer {token}"} if token else {}
            try:
                raw = await self._once(method, path, body, query, headers)
                return msgspec.json.decode(raw or b"null", type=shape)
            except MantaError as error:
                if error.code == TOKEN_IS_OVER and not spent:
                    spent = token
                    continue
                wait_s = max(getattr(error, "after_s", 0.0), pause_s(attempt, random.random))
                attempt += 1
                if not error.retry or loop.time() + wait_s > until_s:
                    raise
            await asyncio.sleep(wait_s)

    async def _once(
        self, method: str, path: str, body: object, query: dict[str, str] | None, headers: dict[str, str]
    ) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        if data is not None:
            headers = headers | {"Content-Type": "application/json"}
        url = self._address + path
        try:
            async with self._http.request(method, url, data=data, params=query, headers=headers) as answer:
                raw = await answer.read()
                if answer.ok:
                    return raw
                raise _error_in(raw, answer.status, answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{self._address} cannot be reached: {error}") from error


def _error_in(raw: bytes, status: int, after: str) -> MantaError:
    try:
        problem = msgspec.json.decode(raw, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(f"http.{status}", f"the answer was {status}", retry=status >= 500)
    after_s = float(after) if after.isdecimal() else 0.0
    if problem.code == TooFast.code:
        return TooFast(problem.detail, after_s)
    error = error_of(problem.code, problem.detail)
    error.retry = problem.retry
    return error
