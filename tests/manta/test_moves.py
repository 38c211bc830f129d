"""`manta move`, `grow` and `shrink`: cells come, go and give partitions away, and nobody notices."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cluster.embedded import loopback
from cluster.placement import partition_of
from manta.cli import main
from tests.cluster.embedded.servers import short_folder
from tests.manta.test_drain import Load, entered
from tests.manta.test_engine import Up


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """One installation for all tests of this module."""
    with short_folder() as folder:
        launched = started(folder / "data")
        try:
            launched.ready()
            yield launched
        finally:
            launched.kill()


def started(data: Any) -> Up:
    port = loopback.choose(["up"], {})["up"]
    return Up(data, port, "--cells", "2", "--gateways", "1", "--paced", "false", "--development-door", "true")


def said(up: Up, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """The exit code, and what it says as JSON."""
    capsys.readouterr()
    code = main([*words, "--json", "--data", str(up.data)])
    return code, json.loads(capsys.readouterr().out)


def held(up: Up, capsys: pytest.CaptureFixture[str]) -> dict[str, list[int]]:
    """The partitions that each cell serves."""
    return {
        name.removeprefix("cell:"): [one[0] for one in report["stats"]["cell"]["partitions"] if one[4]]
        for name, report in up.cells(capsys).items()
        if name.startswith("cell:")
    }


def checked(load: Load) -> None:
    """Nothing is lost or doubled, no topic began anew, and nobody was sent away, cut off or refused."""
    for watcher in load.watchers:
        assert watcher.view.texts == load.watchers[0].view.texts
        assert watcher.view.resets == []
    written = [text for one in load._all_writers() for text in one.acknowledged]
    assert sorted(load.watchers[0].view.texts) == sorted(written)
    for roamer in (*load.watchers, *load.writers):
        assert (roamer.goodbyes, roamer.breaks) == ([], [])
    assert [caller.failed for caller in load.callers] == [[], []]


async def test_cells_change_under_load_and_nobody_loses_anything(up: Up, capsys: pytest.CaptureFixture[str]):
    post = up.ask("POST", "/api/posts", {"caption": "moving"})[1]["post_id"]
    load = Load(up, post, [entered(up, f"mover{n}") for n in range(4)])
    await load.begin()
    partition = partition_of(f"post:{post}")
    source = next(cell for cell, numbers in held(up, capsys).items() if partition in numbers)
    for target in ({"cell-0", "cell-1"} - {source}).pop(), source:
        code, moved = await asyncio.to_thread(said, up, capsys, "move", f"post:{post}", f"cell:{target}")
        assert (code, [one["partition"] for one in moved["moved"]]) == (0, [partition])
        assert moved["pause_max_ms"] == moved["moved"][0]["pause_ms"]
        assert partition in held(up, capsys)[target]
        await load.more()
    code, grown = await asyncio.to_thread(said, up, capsys, "grow", "3")
    assert (code, grown["before"], grown["cells"], len(grown["moved"])) == (0, 2, 3, 85)
    await load.more()
    assert {cell: len(numbers) for cell, numbers in held(up, capsys).items()}.keys() == {
        "cell-0", "cell-1", "cell-2",
    }  # fmt: skip
    code, shrunk = await asyncio.to_thread(said, up, capsys, "shrink", "1")
    assert (code, shrunk["before"], shrunk["cells"]) == (0, 3, 1)
    await load.more()
    await load.end()
    checked(load)
    assert {cell: len(numbers) for cell, numbers in held(up, capsys).items()} == {"cell-0": 256}
    assert up.ask("GET", f"/api/posts/{post}")[1]["comment_count"] == len(load.watchers[0].view.texts)


def test_people_read_a_line_for_each_partition(up: Up, capsys: pytest.CaptureFixture[str]):
    assert main(["grow", "2", "--data", str(up.data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "cell-1 starts"
    assert len([line for line in lines if "moved from cell-0 to cell-1, nobody served it for" in line]) == 128
    assert lines[-1].startswith("2 cells in the place of 1: 128 partitions moved, none not served for over ")
    assert main(["move", "255", "cell-1", "--data", str(up.data)]) == 0
    assert main(["move", "255", "cell-1", "--data", str(up.data)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("partition 255 is on cell-1 already: no partition had to move")


def test_what_cannot_be_is_refused_with_a_code(up: Up, capsys: pytest.CaptureFixture[str]):
    for words, code in (
        (("move", "7", "cell-9"), "cell_unknown"),
        (("move", "700", "cell-0"), "partition_unknown"),
        (("grow", "many"), "cells_invalid"),
        (("shrink", "2"), "cells_invalid"),
    ):
        exit_code, trouble = said(up, capsys, *words)
        assert (exit_code, trouble["trouble"]["code"]) == (1, code)


def test_the_number_that_was_chosen_outlives_a_restart(up: Up, capsys: pytest.CaptureFixture[str]):
    assert said(up, capsys, "shrink", "1")[0] == 0
    assert main(["down", "--data", str(up.data)]) == 0
    again = started(up.data)
    try:
        again.ready()
        told = [line["detail"] for line in again.heard if line.get("stage") == "cells"]
        assert (
            told[-1] == "1 actors on Ray, as `manta grow` or `manta shrink` chose; the setting `cells` says 2"
        )
        assert list(held(again, capsys)) == ["cell-0"]
    finally:
        again.kill()


def test_nothing_can_move_where_nothing_runs(tmp_path: Any, capsys: pytest.CaptureFixture[str]):
    for words in (["move", "7", "cell-0"], ["grow", "3"], ["shrink", "1"]):
        assert main([*words, "--data", str(tmp_path / "empty")]) == 1
        assert "[not_running]" in capsys.readouterr().err
