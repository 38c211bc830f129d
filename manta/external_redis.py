"""A Redis of the operator's own: whether it can keep what Manta promises, and whether it is ours."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cluster.embedded.trouble import Trouble
from manta.secrecy import veiled

if TYPE_CHECKING:
    import redis

OLDEST = (7, 0)  # the first with functions
ANSWER_WITHIN_S = 5.0
OWNER_KEY = "manta:instance"
# setting -> (what it must be, code of the trouble, why)
WANTED = {
    "maxmemory-policy": ("noeviction", "redis_evicts", "it may throw data away when memory gets scarce"),
    "appendonly": ("yes", "redis_not_durable", "it would lose acknowledged writes in a crash"),
    "appendfsync": ("always", "redis_not_durable", "it would lose acknowledged writes in a crash"),
    "no-appendfsync-on-rewrite": ("no", "redis_not_durable", "a crash in a rewrite would lose writes"),
}


def require(url: str, instance_id: str, warn: Callable[[str], None]) -> None:
    """Look at the Redis, and mark it as ours; Trouble when it will not do."""
    import redis

    shown = veiled(url)
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=ANSWER_WITHIN_S, socket_connect_timeout=ANSWER_WITHIN_S, decode_responses=True
        )
    except ValueError as error:
        text = f"--redis {shown} is no address of a Redis ({error}): write redis://, rediss:// or unix://"
        raise Trouble("setting_invalid", text) from error
    try:
        with client:
            _require_version(client, shown)
            _require_functions(client, shown)
            _require_settings(client, shown, warn)
            _require_ours(client, shown, instance_id)
    except (
        redis.AuthenticationError,
        redis.exceptions.NoPermissionError,
        redis.exceptions.ReadOnlyError,
    ) as error:
        text = f"the Redis at {shown} refuses us ({error}): check user, password and rights in --redis URL"
        raise Trouble("redis_denied", text) from error
    except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
        raise Trouble(
            "redis_unreachable",
            f"no Redis answers at {shown} ({str(error).rstrip('.')}): start it, correct --redis URL,"
            " or leave that out to use the embedded one",
        ) from error
    except redis.ResponseError as error:
        text = f"the Redis at {shown} cannot do what is needed ({error}): use a Redis or Valkey >= 7.0"
        raise Trouble("redis_denied", text) from error


def _require_version(client: "redis.Redis", shown: object) -> None:
    server = _info(client, "server")
    said = str(server.get("redis_version", "0"))
    if tuple(int(part) for part in said.split(".")[:2] if part.isdigit()) < OLDEST:
        raise Trouble(
            "redis_old", f"the Redis at {shown} is version {said}, 7.0 is needed: upgrade it, or name another"
        )
    if "cluster" in (server.get("redis_mode"), server.get("server_mode")):  # Redis and Valkey word it so
        text = (
            f"the Redis at {shown} runs in cluster mode, where our keys would be strewn over machines: name"
            " one with `cluster-enabled no` in its configuration"
        )
        raise Trouble("redis_cluster", text)


def _require_functions(client: "redis.Redis", shown: object) -> None:
    import redis

    try:
        client.function_stats()
    except redis.exceptions.NoPermissionError:
        raise
    except redis.ResponseError as error:
        raise Trouble(
            "redis_no_functions",
            f"the Redis at {shown} has no functions ({error}): allow FUNCTION and FCALL,"
            " or use a Redis that has them",
        ) from error


def _require_settings(client: "redis.Redis", shown: object, warn: Callable[[str], None]) -> None:
    import redis

    try:
        found = {name: str(client.config_get(name).get(name, "")) for name in WANTED}
    except redis.ResponseError:
        found = _settings_in_info(client)
        unseen = [f"{name} {wanted}" for name, (wanted, _, _) in WANTED.items() if name not in found]
        warn(f"the Redis at {shown} forbids CONFIG: check by hand that it has {', '.join(unseen)}")
    for name, value in found.items():
        wanted, code, why = WANTED[name]
        if value != wanted:
            raise Trouble(
                code,
                f"the Redis at {shown} has {name} {value or 'unset'}: {why};"
                f" set `{name} {wanted}` in its configuration (at once: CONFIG SET {name} {wanted})",
            )


def _settings_in_info(client: "redis.Redis") -> dict[str, str]:
    """What INFO tells about the settings when CONFIG is forbidden."""
    found = {}
    if policy := _info(client, "memory").get("maxmemory_policy"):
        found["maxmemory-policy"] = str(policy)
    if (enabled := _info(client, "persistence").get("aof_enabled")) is not None:
        found["appendonly"] = "yes" if enabled else "no"
    return found


def _require_ours(client: "redis.Redis", shown: object, instance_id: str) -> None:
    client.set(OWNER_KEY, instance_id, nx=True)
    owner = str(client.get(OWNER_KEY))
    if owner != instance_id:
        raise Trouble(
            "redis_foreign",
            f"the Redis at {shown} belongs to another instance ({owner}), this one is {instance_id}:"
            " name another database with --redis URL, or use the data folder that it belongs to",
        )


def _info(client: "redis.Redis", section: str) -> dict[str, Any]:
    found: dict[str, Any] = client.info(section)
    return found
