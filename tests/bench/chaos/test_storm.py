"""Strikes at real processes that bear the names of the real parts."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import aiohttp
import pytest

from bench.chaos import victims
from bench.chaos.installation import Installation
from bench.chaos.pulse import Pulse
from bench.chaos.storm import Plan, Storm
from bench.progress import Progress
from cluster.embedded import fate
from cluster.embedded.trouble import Trouble
from cluster.placement import spread

PRETENDER = (sys.executable, "-m", "tests.bench.chaos.pretender")


class Felt(Pulse):
    """A pulse that is felt at once."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        super().__init__("", spread({}, ["a"]), session)

    async def felt(self, since_s: float) -> float:
        return 1.5


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path, 2, PRETENDER)
    yield installation
    installation.end()


@pytest.fixture
async def storm(installation: Installation) -> AsyncIterator[Storm]:
    installation.launch()
    await installation.until_ready()
    async with aiohttp.ClientSession() as session:
        yield Storm(installation, Felt(session), Random(1), Progress("chaos"))


async def test_each_kind_of_victim_is_found(storm: Storm, installation: Installation):
    found = {kind: len(victims.find(installation, kind)) for kind in (*victims.KINDS, victims.PAUSE)}
    assert found == {
        "cell": 2, "redis": 1, "gateway": 1, "raylet": 1, "gcs": 1, "launcher": 1, "pause": 2,
    }  # fmt: skip


async def test_a_strike_kills_one_process_and_is_recorded(storm: Storm, installation: Installation):
    before = victims.find(installation, "cell")
    await storm.rage(Plan(kinds=("cell",), calm_s=0.0))
    (strike,) = storm.strikes
    assert (strike.kind, strike.recovered_s) == ("cell", 1.5)
    await fate.ended(strike.pid)
    left = victims.find(installation, "cell")
    assert {life.pid for life in before} - {life.pid for life in left} == {strike.pid}


async def test_a_killed_launcher_is_launched_again_on_the_same_data(storm: Storm, installation: Installation):
    first = installation.launcher
    await storm.rage(Plan(kinds=("launcher", "gateway"), calm_s=0.0))
    assert [strike.kind for strike in storm.strikes] == ["launcher", "gateway"]
    assert installation.launcher != first
    await installation.until_ready()
    assert storm.refusals == []


async def test_a_start_that_is_refused_after_a_kill_is_told(
    storm: Storm, installation: Installation, tmp_path: Path
):
    (tmp_path / "order").write_text("refuse")
    await storm.rage(Plan(kinds=("launcher",), calm_s=0.0))
    assert "the port is taken" in storm.refusals[0]
    await installation.until_ready()


async def test_after_the_needed_strikes_the_time_decides(storm: Storm):
    await storm.rage(Plan(kinds=("cell", "gateway", "redis"), needed=2, calm_s=0.0, until_s=0.0))
    assert [strike.kind for strike in storm.strikes] == ["cell", "gateway"]


async def test_a_clean_stop_leaves_nothing_behind(storm: Storm, installation: Installation):
    await installation.stop()
    assert installation.left_behind() == []


async def test_what_is_left_behind_is_named(installation: Installation, tmp_path: Path):
    (tmp_path / "order").write_text("leave")
    installation.launch()
    await installation.until_ready()
    await installation.stop()
    run_file, runtime = installation.place.run_file, tmp_path / "runtime"
    assert installation.left_behind() == [str(run_file), f"the runtime folder {runtime}"]


async def test_an_installation_that_ends_by_itself_is_told_with_its_last_words(
    installation: Installation, tmp_path: Path
):
    (tmp_path / "order").write_text("refuse")
    installation.launch()
    with pytest.raises(Trouble, match="the port is taken"):
        await installation.until_ready()
