"""Everything that an operator may choose; one more line here is a flag, a variable and a TOML key.

`port` is `--port` on the command line, `MANTA_PORT` in the environment and `port` in the TOML file.
"""

import os
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=1, le=65535)]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


def about(text: str) -> Meta:
    """The documentation of a setting."""
    return Meta(description=text)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The choices of one installation."""

    port: Annotated[Port, about("the one public port, for HTTP and WebSocket")] = 8080
    host: Annotated[str, about("the address to listen on; 0.0.0.0 opens it to the network")] = "127.0.0.1"
    gateways: Annotated[
        Count, about("gateways, each a Ray actor; they share the port; default: one per core")
    ] = os.cpu_count() or 1
    tls_certificate: Annotated[
        str, about("PEM file with the certificate chain for HTTPS; empty: plain HTTP")
    ] = ""
    tls_key: Annotated[str, about("PEM file with its key; empty: it stands beside the certificate")] = ""
    origins: Annotated[
        str,
        about("origins of web pages, with commas, that may open a WebSocket, beside Manta's own address"),
    ] = ""
    operators: Annotated[
        str,
        about("usernames, with commas, of those who see /cluster; empty: everyone, where host is loopback"),
    ] = ""
    sockets: Annotated[Count, about("WebSockets that one gateway takes; more are told to come later")] = (
        20_000
    )
    socket_messages_per_s: Annotated[
        Seconds, about("messages of one WebSocket in the long run; four times as many at once")
    ] = 50.0
    data: Annotated[str, about("the folder that holds all data")] = ".manta"
    runtime: Annotated[
        str,
        about("the folder for sockets and other short-lived files; empty: m-<instance> in $TMPDIR or /tmp"),
    ] = ""
    cells: Annotated[
        int,
        Meta(ge=1, le=256),
        about("cells, each a Ray actor that hosts many entities; default: one per core"),
    ] = os.cpu_count() or 1
    darkrooms: Annotated[
        int, Meta(ge=0, le=64), about("media workers, each a Ray actor; two photos at a time in each")
    ] = 1
    redis: Annotated[
        str,
        about("redis://, rediss:// or unix:// URL of a Redis >= 7.0 of your own; empty: the embedded Valkey"),
    ] = ""
    s3: Annotated[
        str,
        about("s3+https://KEY:SECRET@HOST:PORT/BUCKET of a bucket of your own; empty: the embedded one"),
    ] = ""
    s3_public_url: Annotated[
        str, about("where phones reach the bucket; empty: through Manta's own port under /s3")
    ] = ""
    public_url: Annotated[
        str, about("where people reach Manta, for links in mails; empty: the address it listens on")
    ] = ""
    smtp: Annotated[
        str,
        about(
            "smtp://USER:PASSWORD@HOST:587 or smtps://...:465, the mail server; "
            "empty: links are shown where `manta up` runs"
        ),
    ] = ""
    mail_from: Annotated[
        str, about("the sender of mails, as manta@example.org; needed with a mail server")
    ] = ""
    proxies: Annotated[
        int, Meta(ge=0, le=8), about("proxies of your own in front, each of which adds to X-Forwarded-For")
    ] = 0
    paced: Annotated[
        bool, about("whether users and addresses may do each thing only so often; benches turn it off")
    ] = True
    development_door: Annotated[
        bool, about("believe the header Manta-User, without any password, from this machine: for tests only")
    ] = False
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], about("how much the processes write to their logs")
    ] = "info"
    link: Annotated[
        Literal["auto", "stream", "ray"],
        about("how gateways and cells talk: direct streams, batched Ray calls, or the first that works"),
    ] = "auto"
    pack_after_s: Annotated[
        Seconds, about("how long an entity stays an object without being spoken to, before it rests as bytes")
    ] = 240.0
    idle_after_s: Annotated[Seconds, about("how long an entity stays in memory without being spoken to")] = (
        300.0
    )
    resident_limit_mb: Annotated[
        Count, about("what entities of a cell may take; above half of it the idlest are packed, then leave")
    ] = 2048
    snapshot_after_s: Annotated[
        Seconds, about("how long a change may lie in the journal only, before its entity is written out")
    ] = 60.0
    journal_limit_mb: Annotated[
        Count, about("journals that Redis keeps for slow readers; what is older moves to the bucket")
    ] = 256
    drain_s: Annotated[
        Seconds, Meta(le=7), about("how long a stop waits for running work; all is ended within 10 s")
    ] = 6.0
    ready_within_s: Annotated[
        Seconds, about("how long the engine may take to become ready before it is started anew")
    ] = 120.0
    file_limit: Annotated[
        Count, about("open files that one process needs at least; the soft limit is raised to the hard one")
    ] = 4096
    free_disk_mb: Annotated[
        int, Meta(ge=0), about("free space that the data folder needs at least to start")
    ] = 200


class Known(msgspec.Struct, frozen=True):
    """One setting, as it is documented and read."""

    name: str
    type: object
    default: object
    text: str

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "MANTA_" + self.name.upper()


def known() -> dict[str, Known]:
    """Every setting by its name."""
    return {
        field.name: Known(field.name, field.type, field.default, _description(field.type))
        for field in msgspec.structs.fields(Settings)
    }


def _description(annotated: object) -> str:
    metas = getattr(annotated, "__metadata__", ())
    return next((meta.description for meta in metas if isinstance(meta, Meta) and meta.description), "")
