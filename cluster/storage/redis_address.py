"""Where a Redis is and how it is entered, read from a URL."""

import ssl
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

PORT = 6379


class RedisAddress(msgspec.Struct, frozen=True):
    """`redis://`, `rediss://` (TLS) or `unix://`, with user, password and database number."""

    host: str = ""
    port: int = PORT
    path: str = ""  # of a Unix socket
    user: str = ""
    password: str = ""
    database: int = 0
    tls: ssl.SSLContext | None = None

    @classmethod
    def parse(cls, url: str) -> "RedisAddress":
        """Reads an URL; ValueError says what is wrong with it, without its password."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORT
        except ValueError as cause:
            raise ValueError(f"not a Redis address: {cause}") from None
        if parts.scheme not in ("redis", "rediss", "unix"):
            raise ValueError("a Redis address starts with redis://, rediss:// or unix://")
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path)
        number = options.get("db", "") if parts.scheme == "unix" else path.strip("/") or options.get("db", "")
        if number and not number.isdecimal():
            raise ValueError(f"the database of a Redis address is a number, not {number!r}")
        if parts.scheme == "unix" and not path:
            raise ValueError("unix:// needs the path of a socket")
        return cls(
            host="" if parts.scheme == "unix" else parts.hostname or "localhost",
            port=port,
            path=path if parts.scheme == "unix" else "",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=int(number or 0),
            tls=_tls(options) if parts.scheme == "rediss" else None,
        )

    def __str__(self) -> str:
        """The address without its password."""
        return self.path or f"{self.host}:{self.port}"

    __repr__ = __str__

    def greeting(self) -> list[tuple[str | int, ...]]:
        """The commands that open a connection, each answered by OK."""
        commands: list[tuple[str | int, ...]] = []
        if self.password:
            commands.append(("AUTH", self.user, self.password) if self.user else ("AUTH", self.password))
        if self.database:
            commands.append(("SELECT", self.database))
        return commands or [("PING",)]


def _tls(options: dict[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if "ssl_certfile" in options:
        context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"))
    if options.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif options.get("ssl_check_hostname", "").lower() == "false":
        context.check_hostname = False
    return context
