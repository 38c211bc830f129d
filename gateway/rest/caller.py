"""Who calls: the session behind a bearer token, or a stranger at an address."""

import re
import secrets
from ipaddress import ip_address

from aiohttp import web

from gateway.addresses import ENTERING, STRANGER, address_behind
from gateway.entry.entrance import Entrance
from gateway.rest.operation import Caller, Stranger
from protocol.errors import Malformed, Rejected

DEVELOPER = "Manta-User"
KEY = "Idempotency-Key"
USER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
CALL = re.compile(r"[!-~]{1,128}")
BEARER = "bearer "
# What is known of a request, for the log and for the answer's header.
KEY_OF = web.RequestKey("key", str)
USER_OF = web.RequestKey("user", str)


class Door:
    """Lets callers in.

    The development door believes a header on this machine: an explicit setting, off by default.
    """

    def __init__(self, entrance: Entrance) -> None:
        self._tokens, self._addresses = entrance.sessions, entrance.addresses
        self._proxies, self._development = entrance.rules.proxies, entrance.rules.development

    async def caller(self, request: web.Request) -> Caller:
        """Who acts; raises Rejected for who shows no good token."""
        key = key_of(request)
        if self._development and DEVELOPER in request.headers:
            user, session = _developer(request), "development"
        else:
            user, session = await self._session(request)
        request[USER_OF] = user
        return Caller(user, session, key, self._origin(request))

    def _origin(self, request: web.Request) -> str:
        """As the caller said it; it comes back to nobody else."""
        scheme = request.headers.get("X-Forwarded-Proto", "") if self._proxies else ""
        return f"{scheme if scheme in ('http', 'https') else request.scheme}://{request.host}"

    async def _session(self, request: web.Request) -> tuple[str, str]:
        try:
            session = await self._tokens.session_of(_bearer(request))
        except Rejected:
            self._addresses.knock(self.address(request), STRANGER)
            raise
        return session.user, session.session

    def stranger(self, request: web.Request) -> Stranger:
        """Someone who wants to come in; raises TooFast."""
        address = self.address(request)
        self._addresses.knock(address, ENTERING)
        return Stranger(address, key_of(request))

    def address(self, request: web.Request) -> str:
        """Where the request comes from."""
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
        return address_behind(request.remote or "", forwarded, self._proxies)


def _bearer(request: web.Request) -> str:
    """The token; never from the address, which stands in logs."""
    value = request.headers.get("Authorization", "")
    return value[len(BEARER) :].strip() if value[: len(BEARER)].lower() == BEARER else ""


def _developer(request: web.Request) -> str:
    user = request.headers[DEVELOPER]
    if not USER.fullmatch(user):
        raise Malformed(f"{DEVELOPER} is 1 to 64 of A-Z, a-z, 0-9, _, . and -")
    # A page that had its own name point to this machine would send that name here.
    if not (is_loopback(request.remote or "") and is_loopback(request.host.rsplit(":", 1)[0])):
        raise Rejected("door.closed", f"{DEVELOPER} is believed on the loopback address only")
    return user


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches this address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def key_of(request: web.Request) -> str:
    """The client's key, under which a repetition does nothing more; a random one if it gave none."""
    key = request.headers.get(KEY)
    if key is None:
        key = secrets.token_hex(12)
    elif not CALL.fullmatch(key):
        raise Malformed(f"{KEY} is 1 to 128 visible ASCII characters")
    request[KEY_OF] = key
    return key
