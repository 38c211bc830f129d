import io
import json

import pytest

from manta.terminal import Terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_where_no_person_watches_there_are_plain_lines():
    out = io.StringIO()
    terminal = Terminal(out)
    terminal.begin("valkey")
    terminal.begin("valkey", "loading its data")
    terminal.begin("valkey", "loading its data")
    terminal.ready("valkey", "on a Unix socket")
    terminal.warn("look here")
    terminal.serving("http://127.0.0.1:8080", "/data", 3.0)
    shown = out.getvalue()
    assert "\033" not in shown
    assert "\r" not in shown
    lines = shown.splitlines()
    assert lines[0] == "valkey       loading its data"
    assert lines[1].startswith("valkey       ready   0.0 s")
    assert lines[2] == "warning: look here"
    assert "http://127.0.0.1:8080" in shown
    assert "manta down --data /data" in shown


def test_a_person_sees_what_is_under_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Screen()
    terminal = Terminal(out)
    terminal.begin("ray")
    assert "… ray 0.0 s" in out.getvalue()
    terminal.ready("ray")
    assert "\033[32mready" in out.getvalue()
    assert out.getvalue().endswith("\r\033[K")


def test_colours_can_be_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Screen()
    Terminal(out).warn("look here")
    assert "\033[3" not in out.getvalue()


def test_a_program_reads_one_object_a_line():
    out = io.StringIO()
    terminal = Terminal(out, as_json=True)
    terminal.begin("ray")
    terminal.ready("ray")
    terminal.say("a word")
    terminal.serving("http://127.0.0.1:8080", "/data", 3.0)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.get("state") for line in lines[:2]] == ["begin", "ready"]
    assert lines[3]["ready"] == "http://127.0.0.1:8080"
