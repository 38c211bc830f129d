"""The limits of a machine that stand in the way of many connections, each by its name."""

import resource

from bench import density


def _allowed(monkeypatch, files: int, ports: tuple[int, int], tmp_path) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda what: (files, files))
    (tmp_path / "range").write_text(f"{ports[0]}\t{ports[1]}\n")
    monkeypatch.setattr(density, "PORTS", tmp_path / "range")


def test_a_machine_with_room_says_nothing(monkeypatch, tmp_path):
    _allowed(monkeypatch, 20_000, (32_768, 60_999), tmp_path)
    notes: list[str] = []
    assert density._room(16_000, notes) == 16_000
    assert not notes


def test_too_few_files_or_ports_are_named(monkeypatch, tmp_path):
    _allowed(monkeypatch, 4_096, (40_000, 42_999), tmp_path)
    notes: list[str] = []
    assert density._room(16_000, notes) == 3_000
    assert "ulimit" in notes[0]
    assert "ip_local_port_range" in notes[1]
