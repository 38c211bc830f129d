"""The data folder: one installation's identity, its secrets and its data, held by one launcher at a time."""

import fcntl
import os
import secrets
import shutil
from pathlib import Path

import msgspec

from cluster.embedded.private_files import write_private
from cluster.embedded.trouble import Trouble

FORMAT = 1  # of the data folder; a newer one is refused
PATH_LIMIT_BYTES = 4096 - 512  # of the file system, less what lies below the folder
SECRETS = ("ray_token", "cluster_secret", "token_key", "metrics_token")
SECRET_BYTES = 32
MEGABYTE = 1024 * 1024


class Instance(msgspec.Struct, frozen=True):
    """What a data folder says of itself."""

    id: str
    format: int = FORMAT
    redis: str = ""  # where its data is, `embedded` or `own` (see manta/store_kinds.py); empty: not noted yet
    s3: str = ""


class _Format(msgspec.Struct):
    """All of `instance.json` that is the same in every version."""

    format: int = FORMAT


class Place:
    """A data folder; ours while we hold its lock."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder).expanduser().absolute()
        self.valkey = self.folder / "valkey"
        self.objects = self.folder / "objects"
        self.logs = self.folder / "logs"
        self.secrets = self.folder / "secrets"
        self.run_file = self.folder / "run.json"
        self.ports = self.folder / "ports.json"
        self._lock = -1

    def open(self) -> Instance:
        """Take the folder, made if need be; Trouble when it cannot be ours."""
        self._make()
        self._take()
        try:
            instance = self._instance()
            for folder in (self.logs, self.secrets):
                folder.mkdir(exist_ok=True, mode=0o700)
            self.secrets.chmod(0o700)
            for name in SECRETS:
                if not (self.secrets / name).exists():
                    write_private(self.secrets / name, secrets.token_hex(SECRET_BYTES))
        except OSError as error:
            self.close()
            raise self._unusable(error) from error
        except Trouble:
            self.close()
            raise
        return instance

    def note(self, instance: Instance) -> None:
        """Write down what is known of it now."""
        try:
            self._write(instance)
        except OSError as error:
            raise self._unusable(error) from error

    def _write(self, instance: Instance) -> None:
        write_private(self.folder / "instance.json", msgspec.json.encode(instance).decode())

    def close(self) -> None:
        """Let others have it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def is_held(self) -> bool:
        """Whether some launcher runs on it now."""
        try:
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def require_free_space(self, least_mb: int) -> None:
        """Refuse to start on a disk that is all but full: the journal must be able to grow."""
        free_mb = shutil.disk_usage(self.folder).free // MEGABYTE
        if free_mb < least_mb:
            raise Trouble(
                "data_full",
                f"only {free_mb} MB are free for the data folder {self.folder}, {least_mb} MB are needed:"
                " free some, or choose another folder with --data DIR (or MANTA_DATA)",
            )

    def _make(self) -> None:
        if len(os.fsencode(self.folder)) > PATH_LIMIT_BYTES:
            raise Trouble(
                "path_too_long",
                f"the data folder has a path of over {PATH_LIMIT_BYTES} bytes: choose a shorter --data DIR",
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise self._unusable(error) from error

    def _take(self) -> None:
        try:
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise Trouble(
                "data_in_use",
                f"the data folder {self.folder} is in use by a running Manta: stop it with"
                f" `manta down --data {self.folder}`, or choose another folder with --data DIR",
            ) from error
        except OSError as error:
            os.close(lock)
            raise self._unusable(error) from error
        self._lock = lock

    def _instance(self) -> Instance:
        path = self.folder / "instance.json"
        if not path.exists():
            self._require_ours()
            instance = Instance(secrets.token_hex(4))
            self._write(instance)
            return instance
        try:
            raw = path.read_bytes()
            self._require_known(msgspec.json.decode(raw, type=_Format).format)
            return msgspec.json.decode(raw, type=Instance)
        except msgspec.DecodeError as error:
            raise Trouble(
                "data_unreadable",
                f"{path} cannot be read ({error}): restore it from a backup, or choose another"
                " folder with --data DIR",
            ) from error

    def _require_known(self, found: int) -> None:
        if found > FORMAT:
            raise Trouble(
                "data_newer",
                f"the data in {self.folder} was written by a newer Manta (format {found}, this one"
                f" knows {FORMAT}): run that version, or choose another folder with --data DIR",
            )

    def _require_ours(self) -> None:
        """A folder with things of somebody else in it is no place to start in."""
        if strange := sorted(set(os.listdir(self.folder)) - {"lock", "logs", "secrets"}):
            raise Trouble(
                "data_unreadable",
                f"{self.folder} holds {strange[0]} but no instance.json, so it is no data folder of Manta:"
                " choose an empty or new folder with --data DIR",
            )

    def _unusable(self, error: OSError) -> Trouble:
        why = (error.strerror or str(error)).lower()
        return Trouble(
            "data_unusable",
            f"cannot use the data folder {self.folder}: {why}; choose a folder that you"
            " may write with --data DIR (or MANTA_DATA)",
        )
