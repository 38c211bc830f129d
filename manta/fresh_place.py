"""A data folder that a restore fills: made beside its name, and renamed when it is whole."""

import os
import secrets
import shutil
from pathlib import Path

import msgspec

from cluster.embedded.private_files import write_private
from cluster.embedded.trouble import Trouble
from manta.place import Instance, Place


class FreshPlace:
    """Use it as a context; what is not finished within it is gone after it."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder).expanduser().absolute()
        self._refuse()
        self.place = Place(
            str(self.folder.with_name(f".{self.folder.name}.restoring-{secrets.token_hex(3)}"))
        )
        self.instance = Instance("")

    def open(self, instance_id: str) -> Instance:
        """Makes it; with an id it will be the same installation as before, else a new one."""
        if instance_id:
            self._made()
            write_private(
                self.place.folder / "instance.json", msgspec.json.encode(Instance(instance_id)).decode()
            )
        self.instance = self.place.open()
        return self.instance

    def _made(self) -> None:
        try:
            self.place.folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise self._unusable(error) from error

    def finish(self) -> None:
        """Gives it its name."""
        self.place.close()
        try:
            os.rename(self.place.folder, self.folder)  # takes the place of an empty folder, of no other
            _sync(self.folder.parent)
        except OSError as error:
            raise self._unusable(error) from error

    def __enter__(self) -> "FreshPlace":
        return self

    def __exit__(self, *_: object) -> None:
        self.place.close()
        shutil.rmtree(self.place.folder, ignore_errors=True)

    def _refuse(self) -> None:
        """Trouble if there is anything that could be overwritten."""
        if os.path.ismount(self.folder):
            text = f"{self.folder} is the root of a file system: name a folder in it with --data DIR"
            raise Trouble("data_unusable", text)
        try:
            holds = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unusable(error) from error
        if holds:
            text = f"{self.folder} is not empty, it holds {holds[0]}: name a new folder with --data DIR"
            raise Trouble("restore_not_empty", text)

    def _unusable(self, error: OSError) -> Trouble:
        why = (error.strerror or str(error)).lower()
        text = (
            f"cannot restore into {self.folder}: {why}; name a new folder that you may write with --data DIR"
        )
        return Trouble("data_unusable", text)


def _sync(folder: Path) -> None:
    """Makes the name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
