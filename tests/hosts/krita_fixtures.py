"""The plugin in a real Krita: its zip, a home that has it, scripts that use it. For conftest."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from audobon.testing.pictures import write_png

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PICTURES = ROOT / "out" / "screenshots"
KRITA_SCRIPT = """
import os, sys
os.environ.update({names!r})
sys.path.append({here!r})
from krita_studio import *
"""
IMPORTER = Path("/usr/share/krita/pykrita/plugin_importer/plugin_importer.py")


@pytest.fixture(scope="session")
def plugin_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that ``tools/dev.py addons`` builds, with the libraries of this Krita's Python."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from devtools import addons

        return addons.build_krita("linux-x64", ("3.11",))
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="session")
def krita_plugin_home(
    warm_krita_home: Path, plugin_zip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A home in which the plugin was imported and ticked."""
    home = tmp_path_factory.mktemp("krita-plugin") / "home"
    shutil.copytree(warm_krita_home, home, symlinks=True)
    resources = home / ".local" / "share" / "krita"
    done = subprocess.run(
        ["/usr/bin/python3", str(IMPORTER), str(plugin_zip), str(resources)],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    assert "Imported plugin: Audobon" in done.stdout
    with (home / ".config" / "kritarc").open("a", encoding="utf-8") as stream:
        stream.write("enable_audobon_krita=true\n")
    return home


@pytest.fixture
def krita_folder(tmp_path: Path) -> Path:
    """Pictures of one colour each, and a note."""
    root = tmp_path / "Studio"
    root.mkdir()
    for number in range(12):
        write_png(root / f"rock {number:02}.png", 32, 32, color=(200, 10 * number, 30))
    write_png(root / "moss.png", 16, 8, color=(10, 200, 30))
    (root / "note.txt").write_text("a note")
    return root


@pytest.fixture
def krita_job(krita_folder: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Write a script with all of ``krita_studio.py`` before it; where it lies."""

    def write(script: str) -> Path:
        (tmp_path / "out").mkdir(exist_ok=True)
        path = tmp_path / "job.py"
        names = {"FOLDER": krita_folder, "OUT": tmp_path / "out"}
        found = {f"AUDOBON_KRITA_{name}": str(value) for name, value in names.items()}
        path.write_text(KRITA_SCRIPT.format(here=str(HERE), names=found) + script, "utf-8")
        return path

    return write


@pytest.fixture
def krita_studio(
    krita_plugin_home: Path,
    krita_at_home: Callable[[Path, Path, Path], Any],
    krita_job: Callable[[str], Path],
    tmp_path: Path,
) -> Callable[[str], Any]:
    """Run the ``main()`` of a script in a Krita with the plugin."""

    def run(script: str) -> Any:
        home, result = tmp_path / "home", tmp_path / "result.json"
        shutil.copytree(krita_plugin_home, home, symlinks=True, dirs_exist_ok=True)
        return krita_at_home(home, krita_job(script), result)

    return run


_WATCHED = """
import contextlib, itertools, json, os, shutil, signal, subprocess, threading, time
from PyQt5.QtWidgets import QApplication, QDockWidget, QToolButton
from krita_watching import *
PLACES = json.loads({places!r})
{body}
def main():
    return watched(work)
"""


@pytest.fixture
def krita_engine(tmp_path: Path) -> None:
    """Have this Python do the heavy work of the Krita of ``krita_studio``."""
    data = tmp_path / "home" / ".local" / "share" / "audobon"
    data.mkdir(parents=True)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")


@pytest.fixture
def krita_watched(
    krita_studio: Callable[[str], Any], krita_engine: None
) -> Callable[[str, Mapping[str, Any]], Any]:
    """Run the ``work(told, watching)`` of a script with these ``PLACES``; what it has told.

    No exception of ours and no box that nobody asked for comes to the person meanwhile.
    """

    def run(body: str, places: Mapping[str, Any]) -> Any:
        told = krita_studio(_WATCHED.format(places=json.dumps(dict(places)), body=body))
        print(f"the longest time that Krita's main thread was busy: {told['gap']:.2f} s")
        assert told["raised"] == []
        assert told["boxes"] == []
        return told

    return run


@pytest.fixture
def krita_painter(krita_studio: Callable[[str], Any], tmp_path: Path) -> Callable[[str], Any]:
    """As ``krita_studio``, with an engine; its pictures are kept in ``out/screenshots``."""
    data = tmp_path / "home" / ".local" / "share" / "audobon"
    data.mkdir(parents=True)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")

    def run(script: str) -> Any:
        try:
            return krita_studio(script)
        finally:
            PICTURES.mkdir(parents=True, exist_ok=True)
            for shot in (tmp_path / "out").glob("*.png"):
                shutil.copy(shot, PICTURES / f"krita-{shot.name}")

    return run
