"""What backup and restore share: an end that clears up, and what people are shown."""

import asyncio
import io
import json
import os
import signal
from collections.abc import Callable

import pytest

from cluster.backup.copying import Summary
from cluster.embedded.trouble import Trouble
from cluster.ports import StorageDown
from manta import safekeeping
from manta.terminal import Terminal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_it_clear_up(number: signal.Signals):
    cleared = []

    async def work() -> Summary:
        try:
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
            await asyncio.get_running_loop().create_future()
            return Summary()
        finally:
            await asyncio.sleep(0)
            cleared.append("up")

    with pytest.raises(Trouble) as trouble:
        safekeeping.carried_out(work())
    assert (trouble.value.code, cleared) == ("interrupted", ["up"])


def test_a_store_that_is_down_is_told_in_one_line():
    async def work() -> Summary:
        raise StorageDown("no answer\nwithin 5 s")

    with pytest.raises(Trouble) as trouble:
        safekeeping.carried_out(work())
    assert trouble.value.code == "store_down"
    assert "no answer within 5 s" in trouble.value.text


def test_stages_are_shown_once_a_second(monkeypatch: pytest.MonkeyPatch):
    now_s = 0.0
    out = io.StringIO()
    monkeypatch.setattr("manta.safekeeping.time.monotonic", lambda: now_s)
    watch = safekeeping.watch_on(Terminal(out))
    for done in range(1, 201):
        now_s += 0.01
        watch("copied", done, 200)
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["copied"] * 3
    assert "50 %" in lines[1]
    assert "ready" in lines[2]


def told(summary: Summary) -> tuple[str, str]:
    out = io.StringIO()
    return safekeeping.told(Terminal(out), summary), out.getvalue()


def test_what_is_odd_is_named_and_what_is_much_is_counted():
    line, warnings = told(Summary(256, 12_000, odd=["x lacks events"], unreadable=list("abcdefg")))
    assert line == "256 partitions, 12,000 entities, 0 journal entries, 0 segments"
    assert "7 cannot be read and are carried along as they are: a, b, c, d, e, ..." in warnings
    assert "1 were found odd: x lacks events" in warnings
    assert told(Summary())[1] == ""


def test_programs_get_one_object():
    said = json.loads(safekeeping.as_json(Summary(entities=3), file="/b"))
    assert (said["file"], said["entities"], said["odd"]) == ("/b", 3, [])


def test_this_manta_knows_who_it_is():
    functions: list[Callable[[], str]] = [safekeeping.version, safekeeping.fingerprint]
    for each in functions:
        assert each() == each() != ""
