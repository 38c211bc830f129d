"""Where an installation has its data, embedded or with its operator: noted, so that none starts beside it."""

from pathlib import Path

import msgspec

from cluster.embedded.trouble import Trouble
from manta.place import Instance
from manta.settings import Settings

EMBEDDED, OWN = "embedded", "own"
# setting -> (what of one's own it names, what is there without it)
STORES = {"redis": ("Redis", "Valkey"), "s3": ("bucket", "SeaweedFS")}


def require_same(instance: Instance, settings: Settings, folder: Path) -> None:
    """Trouble when the data lies in another kind of store than is asked for now."""
    for name, (own, embedded) in STORES.items():
        noted, asked = getattr(instance, name), _kind(settings, name)
        if not noted or noted == asked:
            continue
        if asked == EMBEDDED:
            text = (
                f"the data of {folder} is in a {own} of your own, and none is named: name it with --{name}"
                f" URL (or MANTA_{name.upper()}), or begin anew in another folder with --data DIR"
            )
        else:
            text = (
                f"the data of {folder} is in its embedded {embedded}: leave --{name} out (and"
                f" MANTA_{name.upper()}), or take it there with `manta backup` and `manta restore`"
            )
        raise Trouble(f"{name}_changed", text)


def noted(instance: Instance, settings: Settings) -> Instance:
    """The instance with the kinds of its stores; neither addresses nor passwords."""
    kinds = {name: _kind(settings, name) for name in STORES}
    return msgspec.structs.replace(instance, **kinds)


def _kind(settings: Settings, name: str) -> str:
    return OWN if getattr(settings, name) else EMBEDDED
