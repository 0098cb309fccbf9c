"""The tool that makes the environment: stamps, locks, refusals."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import env, hosts, pythons
from devtools.shell import Failed, inner_environment

ROOT = Path(__file__).resolve().parents[3]
PROJECT = '[project]\nname = "x"\ndependencies = ["attrs"]\n[tool.ruff]\nline-length = 100\n'


def test_an_old_python_can_read_the_entry() -> None:
    # It must get as far as the message that says what is needed.
    source = (ROOT / "tools" / "dev.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 3))
    assert "from __future__" not in source


def test_settings_of_the_outer_python_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "KEPT"):
        monkeypatch.setenv(name, "1")
    inner = inner_environment({"PYTHONPATH": "tools"})
    assert inner["KEPT"] == "1"
    assert inner["PYTHONPATH"] == "tools"
    assert not {"PYTHONHOME", "PYTHONDONTWRITEBYTECODE"} & inner.keys()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "lock.txt").write_text("attrs==23.2\n", "utf-8")
    monkeypatch.setattr(env, "ROOT", tmp_path)
    monkeypatch.setattr(env, "CACHE", tmp_path / "cache")
    return tmp_path


def _stamp(project: Path, version: str = "3.11.7") -> dict[str, str]:
    return env._stamp_for(project / "lock.txt", version)


def _change(project: Path, name: str, old: str, new: str) -> None:
    path = project / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "differs"),
    [
        ("lock.txt", "23.2", "23.3", {"lock"}),
        ("pyproject.toml", "attrs", "click", {"project"}),
        ("pyproject.toml", "line-length = 100", "line-length = 90", set()),
    ],
)
def test_the_stamp_follows_what_is_installed(
    name: str, old: str, new: str, differs: set[str], project: Path
) -> None:
    before = _stamp(project)
    _change(project, name, old, new)
    after = _stamp(project)
    assert {key for key in after if after[key] != before[key]} == differs


def test_the_stamp_follows_the_python_but_not_its_patch_release(project: Path) -> None:
    assert _stamp(project, "3.11.2") == _stamp(project, "3.11.7")
    assert _stamp(project, "3.12.1") != _stamp(project, "3.11.7")


def test_an_environment_without_stamp_or_python_does_not_count(project: Path) -> None:
    venv = project / "venv"
    assert env._read_stamp(venv) == {}
    venv.mkdir()
    (venv / "audobon-stamp.json").write_text('{"lock": "x"}', "utf-8")
    assert env._read_stamp(venv) == {}  # no interpreter
    python = env.python_in(venv)
    python.parent.mkdir()
    python.touch()
    assert env._read_stamp(venv) == {"lock": "x"}
    (venv / "audobon-stamp.json").write_text("{", "utf-8")
    assert env._read_stamp(venv) == {}


def test_a_missing_lock_names_the_command(project: Path) -> None:
    with pytest.raises(Failed, match=r"tools/dev.py lock"):
        env.ensure(project / "venv", project / "gone.txt", base=sys.executable, version="3.11.7")


def test_one_process_at_a_time_and_a_dead_one_lets_go(project: Path) -> None:
    hold = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from devtools import env\n"
        "env.CACHE = Path(sys.argv[2])\n"
        "with env._only_one('venv'):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", hold, str(ROOT / "tools"), str(env.CACHE)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with open(env.CACHE / "venv.lock", "a+b") as stream:
            assert not env._try_lock(stream.fileno())
        holder.kill()
    with env._only_one("venv"):
        pass


def test_missing_hosts_are_a_failure_that_names_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match=r"blender.*\n.*apt-get install .*krita"):
        hosts.ensure_hosts(install=False)
    with pytest.raises(Failed, match="as root on Debian"):
        hosts.ensure_hosts(install=True)


def test_only_what_is_missing_is_installed() -> None:
    """npm may have come with a Node.js that Debian's own npm conflicts with."""
    found = hosts.packages(["Xvfb", "krita"])
    assert found[:2] == ["xvfb", "krita"]
    assert "npm" not in found
    assert "python3-pyqt5" in found


def test_a_python_is_found_only_if_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ".".join(map(str, sys.version_info[:2]))
    found = pythons.find_python(own)
    assert found is not None
    assert found[1].startswith(f"{own}.")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    broken = tmp_path / "versions" / "3.99.0" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    broken.chmod(0o755)
    assert pythons.find_python("3.99") is None


def test_a_missing_python_is_a_failure_in_ci_only(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env.CACHE.mkdir()
    monkeypatch.setattr(pythons, "WANTED", ("3.99",))
    monkeypatch.setattr(pythons, "LIST", env.CACHE / "pythons.json")
    monkeypatch.delenv("CI", raising=False)
    assert pythons.ensure_core_pythons().read_text("utf-8") == "{}"
    assert "not found: Python 3.99" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failed, match=r"not found: Python 3\.99"):
        pythons.ensure_core_pythons()
