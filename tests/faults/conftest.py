"""Faults: what a library survives. Real processes, real files, real stores.

``--soak`` (or ``AUDOBON_SOAK=1``) runs the repeated tests ten times as long.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon

pytest.register_assert_rewrite("fault_support")
from fault_support import Mounts, picture_folder  # noqa: E402 - the line above comes first

_SOAK_FACTOR = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--soak", action="store_true", help="run the repeated fault tests ten times as long"
    )


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> int:
    """By how much repeated tests are to be longer: 1, or 10 in a soak."""
    # The option is unknown when this file is read late, in a run of all tests.
    wanted = request.config.getoption("--soak", default=False) or os.environ.get("AUDOBON_SOAK")
    return _SOAK_FACTOR if wanted else 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with some pictures, a text and larger incompressible bytes."""
    return picture_folder(tmp_path / "MyAssets")


@pytest.fixture
def lib(folder: Path) -> Iterator[audobon.Library]:
    """A library in that folder, with everything added."""
    with audobon.Library.create(folder, "Test", author="Test <test@localhost>") as library:
        library.add([folder])
        yield library


def _why_no_mounts() -> str:
    if not sys.platform.startswith("linux"):
        return "small disks are mounted on Linux only"
    if os.geteuid() != 0:
        return "only root may mount a small disk"
    return ""


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    """Real small disks; skipped where nobody may mount, which CI must not need."""
    why = _why_no_mounts()
    made = Mounts(tmp_path)
    if not why:
        try:
            made.disk("probe", "64k")
        except (OSError, subprocess.CalledProcessError) as error:
            why = f"this system refuses to mount a small disk: {error}"
    if why:
        if os.environ.get("CI") == "true" and sys.platform.startswith("linux"):
            pytest.fail(why)
        pytest.skip(why)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The platform's data folder, in the test's own."""
    home = tmp_path / "data home"
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    return home
