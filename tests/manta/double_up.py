"""`manta up`, but with a double of the engine room: MODE, then the words of the command."""

import asyncio
import sys

from manta import launcher
from manta.cli import main
from manta.settings import Settings
from manta.terminal import Terminal


def launch(settings: Settings, terminal: Terminal) -> int:
    program = (sys.executable, "-m", "tests.manta.double_room", sys.argv[1])
    return asyncio.run(launcher.Launcher(settings, terminal, program).run())


if __name__ == "__main__":
    launcher.launch = launch
    sys.exit(main(["up", *sys.argv[2:]]))
