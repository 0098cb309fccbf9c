"""Tests that failed get a second look alone, and that is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from devtools.again import FAILED, run_tests
from devtools.shell import ROOT, call

_CONFTEST = (ROOT / "tests" / "conftest.py").read_text("utf-8")
_TESTS = """
from pathlib import Path
import pytest

def test_well(): pass

@pytest.mark.parametrize("name", ["a b", "c"])
def test_twice(name):
    was = Path(__file__).with_name(name)
    known = was.exists()
    was.touch()
    assert known

def test_never(): assert {well}
"""


def _run(
    folder: Path, capfd: pytest.CaptureFixture[str], *, again: bool = True, workers: int = 0
) -> tuple[int, str]:
    def run(command: Sequence[str | Path], extra: Mapping[str, str]) -> int:
        return call(command, cwd=folder, extra=extra)

    pytest_ = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        "-q",
    ]
    status = run_tests(pytest_, ["-n", f"{workers}"], {}, again=again, run=run)
    return status, capfd.readouterr().out


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Or the tests within take themselves for a worker of the run that this one is in.
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "test_some.py").write_text(_TESTS.format(well=True))
    return tmp_path


def test_what_fails_once_is_told_as_flaky(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, out = _run(folder, capfd, workers=2)
    assert status == 0
    assert "FLAKY, to be mended: test_some.py::test_twice[a b]" in out
    assert out.count("FLAKY") == 2
    assert "2 passed" in out, "only those are run again"


def test_what_fails_twice_has_failed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "test_some.py").write_text(_TESTS.format(well=False))
    status, out = _run(folder, capfd)
    assert status == 1
    assert "FLAKY" not in out
    assert "1 failed, 2 passed" in out


def test_tests_that_run_tests_name_only_themselves(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = folder / "failed in the run that this one is in"
    monkeypatch.setenv(FAILED, str(outer))
    inner = 'import os\n\ndef test_inherits(): assert "AUDOBON_TEST_FAILED" not in os.environ\n'
    (folder / "test_inner.py").write_text(inner)
    (folder / "test_some.py").write_text(_TESTS.format(well=False))
    status, out = _run(folder, capfd)
    assert status == 1
    assert "test_inherits" not in out
    assert not outer.exists()


def test_many_that_fail_are_no_bad_luck(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = _TESTS.format(well=True).replace('"c"]', '"c", "d", "e"]')
    (folder / "test_some.py").write_text(text)
    status, out = _run(folder, capfd)
    assert status == 1
    assert "alone" not in out


def test_outside_ci_the_first_run_decides(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, out = _run(folder, capfd, again=False)
    assert status == 1
    assert "alone" not in out


def test_tests_that_cannot_be_collected_have_failed(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "test_other.py").write_text("import nothing_of_this_name\n")
    status, _ = _run(folder, capfd, workers=2)
    assert status != 0
