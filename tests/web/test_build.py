"""`scripts/web.py`: built when something changed, and never in the way of a start."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "web.py"
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def script(tmp_path: Path) -> ModuleType:
    """The script, for a web/ of its own that needs one package."""
    spec = spec_from_file_location("web", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "src" / "main.ts").write_text("let one = 1")
    needs = '"dependencies": {"nowhere-at-all": "1.0.0"}'
    (web / "package.json").write_text(f'{{"name": "x", "version": "1.0.0", {needs}}}')
    package = f'"": {{"name": "x", "version": "1.0.0", {needs}}}'
    entry = '"node_modules/nowhere-at-all": {"version": "1.0.0", "integrity": "sha512-AAAA"}'
    (web / "package-lock.json").write_text(
        f'{{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {{{package}, {entry}}}}}'
    )
    vars(module).update(
        WEB=web, MODULES=web / "node_modules", DIST=web / "dist", LOCK=web / "package-lock.json"
    )
    return module


def run(script: ModuleType, step: str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> int:
    monkeypatch.setattr(sys, "argv", ["web.py", step])
    monkeypatch.delenv("CI", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return int(script.main())


def test_without_a_registry_the_start_goes_on_and_says_so(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    out = {"npm_config_registry": NOWHERE, "npm_config_cache": str(tmp_path / "cache")}
    assert run(script, "build", monkeypatch, **out) == 0
    assert "the API is all there" in capsys.readouterr().err
    assert run(script, "check", monkeypatch, **out) == 0
    assert "NOT checked" in capsys.readouterr().err
    assert run(script, "check", monkeypatch, **out, CI="1") == 1


def test_what_was_built_from_the_same_sources_is_left_alone(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    script.DIST.mkdir()
    (script.DIST / "made-from").write_text(script.digest(script.BUILT_FROM))
    monkeypatch.setattr(script, "install", lambda extent: pytest.fail("nothing has changed"))
    assert run(script, "build", monkeypatch) == 0
    (script.WEB / "src" / "main.ts").write_text("let two = 2")
    with pytest.raises(pytest.fail.Exception):
        run(script, "build", monkeypatch)
