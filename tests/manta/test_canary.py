"""A whole installation, with its logs at their loudest: accounts work, and no log quotes anyone."""

import json
import time
import urllib.error
import urllib.request
from functools import partial
from typing import Any

from cluster.embedded import loopback
from manta.cli import main
from tests.cluster.embedded.servers import short_folder, until
from tests.manta.test_engine import Up

NAME = b"c4nary"
ADDRESS = "c4nary@example.org"
PASSWORD = "c4nary password"
TEXT = "a c4nary in a mine"
ANN = {"username": "ann", "password": PASSWORD}


def ask(up: Up, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    """A request with a token."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    raw = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{up.port}{path}", raw, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def test_accounts_work_and_no_log_of_any_process_quotes_anyone():
    with short_folder() as folder:
        port = loopback.choose(["up"], {})["up"]
        up = Up(folder / "data", port, "--cells", "1", "--log-level", "debug")
        try:
            up.ready()
            secrets = [*come_and_go(up), *forget(up)]
            up.process.terminate()
            assert up.process.wait(20) == 0
        finally:
            up.kill()
        logs = [path for path in (up.data / "logs").rglob("*") if path.is_file()]
        assert {"gateway-0.log", "cell-0.log", "valkey.log"} <= {path.name for path in logs}
        for path in logs:
            content = path.read_bytes()
            assert not [word for word in (NAME, *secrets) if word in content], path.name


def linked(up: Up) -> str:
    """What stands behind the # of the next link that the operator is shown."""
    note = up.hears(lambda line: ADDRESS in line.get("note", ""))["note"]
    return str(note).rpartition("#")[2]


def forget(up: Up) -> list[bytes]:
    """Confirms an address, forgets a password, is limited and suspended; gives what must stay secret."""
    bob = {"username": "bob", "password": PASSWORD}
    status, tokens = ask(up, "POST", "/api/register", bob | {"email": ADDRESS})
    assert status == 201
    confirming = linked(up)
    assert ask(up, "POST", "/api/email/confirm", {"token": confirming})[1]["email"] == ADDRESS
    assert ask(up, "POST", "/api/password/forgotten", {"account": ADDRESS})[0] == 202
    resetting = linked(up)
    body = {"token": resetting, "new_password": PASSWORD + "2"}
    assert ask(up, "POST", "/api/password/reset", body)[0] == 204
    assert ask(up, "GET", "/api/me", None, tokens["access_token"])[1]["code"] == "token.revoked"
    new = bob | {"password": PASSWORD + "2"}
    token = ask(up, "POST", "/api/login", new)[1]["access_token"]
    data = ["--data", str(up.data)]
    for standing, code in (("limited", "account.limited"), ("suspended", "account.suspended")):
        assert main(["account", "status", "bob", standing, *data]) == 0
        told_s = time.monotonic()
        until(partial(is_refused, up, token, code), code)
        assert time.monotonic() - told_s < 1.0  # the other gateway may hear of it some milliseconds later
    assert main(["account", "badge", "bob", "on", *data]) == 0
    return [secret[-22:].encode() for secret in (confirming, resetting)]


def is_refused(up: Up, token: str, code: str) -> bool:
    """Whether a post is refused by this code."""
    return bool(ask(up, "POST", "/api/posts", {"caption": TEXT}, token)[1].get("code") == code)


def come_and_go(up: Up) -> list[bytes]:
    """Registers, posts, fails, logs out; gives what must stay secret."""
    status, tokens = ask(up, "POST", "/api/register", ANN)
    assert status == 201
    token = tokens["access_token"]
    assert ask(up, "POST", "/api/login", ANN | {"password": PASSWORD + "!"})[0] == 401
    assert ask(up, "POST", "/api/posts", {"caption": TEXT}, token)[0] == 201
    assert ask(up, "POST", "/api/posts", {"caption": TEXT, "c4nary": 1}, token)[0] == 400
    assert ask(up, "GET", "/api/me", None, token)[1]["username"] == "ann"
    _, second = ask(up, "POST", "/api/login", ANN)
    assert ask(up, "POST", "/api/logout", None, token)[0] == 204
    ended_s = time.monotonic()
    until(lambda: ask(up, "GET", "/api/me", None, token)[0] == 401, "the session is shut out")
    assert time.monotonic() - ended_s < 1.0
    assert ask(up, "GET", "/api/me", None, second["access_token"])[0] == 200
    shown = [tokens["access_token"], tokens["refresh_token"], second["access_token"], second["refresh_token"]]
    kept = [
        (up.data / "secrets" / name).read_text() for name in ("token_key", "cluster_secret", "metrics_token")
    ]
    return [secret[-24:].encode() for secret in (*shown, *kept)]
