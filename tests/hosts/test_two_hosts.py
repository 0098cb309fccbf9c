"""Krita, Blender and the command line in one library: what one saves is newer in the others.

How long it takes is printed, not asserted: on an idle machine it is two seconds at most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from two_hosts_job import PATIENCE_S, told

import audobon

pytestmark = pytest.mark.hosts

_KRITA = """
import time
from two_hosts_job import heard, tell

def fill(layer, color):
    layer.setPixelData(QByteArray(bytes((*color, 255)) * 64 * 64), 0, 0, 64, 64)
    APP.activeDocument().refreshProjection()
    APP.activeDocument().waitForDone()

def version(note):
    QTest.keyClicks(panel().document.note, note)
    before = time.monotonic()
    QTest.mouseClick(panel().document.version, Qt.LeftButton)
    return before

def main():
    doc = new_document()
    start(14)
    panel().step()
    until(lambda: panel().document.keep.isVisible(), "the button")
    QTest.mouseClick(panel().document.keep, Qt.LeftButton)
    until(lambda: state().document is not None, "the document is an asset")
    layer = doc.rootNode().childNodes()[0]
    fill(layer, (0, 255, 0))
    version("green")
    until(lambda: len(state().document.versions) == 1, "a version")
    tell(FOLDER, "made")
    until(lambda: heard(FOLDER, "looking"), "Blender")

    fill(layer, (0, 0, 255))
    before = version("red")
    tell(FOLDER, "painted in Krita", before=before)
    until(lambda: heard(FOLDER, "seen in Blender"), "Blender sees it")

    moss = [a for a in assets().grid.model().pages.rows if a.name == "moss.png"]
    click("moss.png")
    until(lambda: state().chosen is not None and state().chosen.asset.name == "moss.png", "moss")
    assets().use("file layer", moss)
    found = [node for node in doc.rootNode().childNodes() if node.type() == "filelayer"]
    pixel = lambda: list(bytes(found[0].projectionPixelData(3, 3, 1, 1)))
    until(lambda: pixel() == [30, 200, 10, 255], "the file layer")
    tell(FOLDER, "layered")
    seen = {}
    def both():
        heard(FOLDER, "painted in Blender")
        chosen = state().chosen
        if chosen and [one.message for one in chosen.versions][:1] == ["blue"]:
            seen.setdefault("version", time.monotonic())
        if pixel() == [255, 0, 0, 255]:
            seen.setdefault("layer", time.monotonic())
        return len(seen) == 2
    until(both, "what Blender has saved")
    tell(FOLDER, "seen in Krita", **seen)
    leave_documents()
    return seen
"""


def _in_cli(folder: Path) -> None:
    """Ask the command line until it knows of the version."""
    from two_hosts_job import tell

    end = time.monotonic() + PATIENCE_S
    while told(str(folder), "painted in Krita") is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    command = [sys.executable, "-m", "audobon", "log", "Saved/painting.kra", "--json"]
    while True:
        done = subprocess.run(
            [*command, "--library", str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode == 0 and '"red"' in done.stdout:
            tell(str(folder), "seen in the command line")
            return
        assert time.monotonic() < end, done.stderr


def test_krita_and_blender_see_what_the_other_saves(
    krita_studio: Callable[[str], Any],
    in_blender: Callable[[str, str, Path], Any],
    krita_folder: Path,
) -> None:
    with ThreadPoolExecutor(2) as pool:
        blender = pool.submit(in_blender, "two_hosts_job", "blender", krita_folder)
        cli = pool.submit(_in_cli, krita_folder)
        krita_studio(_KRITA)
        cli.result()
        assert blender.result() == {"versions": ["red", "green"]}
    _print_times(str(krita_folder))
    with audobon.Library.open(krita_folder) as lib:
        assert [one.message for one in lib.log(lib.get("moss.png"))][:1] == ["blue"]
        assert lib.verify().ok


def _print_times(folder: str) -> None:
    names = ("painted in Krita", "painted in Blender", "seen in Blender", "seen in Krita")
    found = {name: told(folder, name) or {} for name in (*names, "seen in the command line")}
    krita, blender = found["painted in Krita"]["at"], found["painted in Blender"]["at"]
    seconds = {
        "Blender: version": found["seen in Blender"]["version"] - krita,
        "Blender: picture": found["seen in Blender"]["picture"] - krita,
        "command line": found["seen in the command line"]["at"] - krita,
        "Krita: version": found["seen in Krita"]["version"] - blender,
        "Krita: file layer": found["seen in Krita"]["layer"] - blender,
    }
    rounded = {name: round(value, 2) for name, value in seconds.items()}
    print(f"seconds after the file was saved: {json.dumps(rounded)}")
    place = os.environ.get("AUDOBON_TWO_HOSTS")
    if place:
        Path(place).write_text(json.dumps(rounded), "utf-8")
