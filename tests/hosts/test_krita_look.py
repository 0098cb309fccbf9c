"""The docker's grid in a real Krita, and under PyQt6 with a krita module of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TIMEOUT_S = 420

_STUB = ROOT / "tools" / "stubs" / "krita.pyi"
_JOB = f"""
def main():
    import krita_look_job, krita_stub_job
    try:
        told = krita_look_job.everything()
        told["lacking"] = krita_stub_job.lacking({str(_STUB)!r})
        return told
    finally:
        leave_documents()
"""


@pytest.fixture
def in_qt6(krita_folder: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run the job under PyQt6; ``scale`` is how many pixels of the screen one of Qt's has."""

    def run(scale: int = 1) -> Any:
        script, result = tmp_path / "job.py", tmp_path / "result.json"
        home, out = tmp_path / "home", tmp_path / "out"
        home.mkdir()
        out.mkdir()
        script.write_text(_QT6.format(here=str(HERE)), "utf-8")
        names = {
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(scale),
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "AUDOBON_KRITA_FOLDER": str(krita_folder),
            "AUDOBON_KRITA_OUT": str(out),
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "XDG_"))}
        done = subprocess.run(
            [sys.executable, str(HERE / "qt6_runner.py"), str(script), str(result)],
            env={**kept, **names},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert result.exists(), done.stdout + done.stderr
        told = json.loads(result.read_text("utf-8"))
        if "error" in told:
            pytest.fail(f"under PyQt6:\n{told['error']}\n{done.stderr[-3000:]}")
        assert done.returncode == 0, done.stderr
        return told["value"]

    return run


_QT6 = """
import sys
sys.path.append({here!r})

def main():
    import krita_look_job
    return krita_look_job.everything()
"""


def _expect(told: dict[str, Any], folder: Path) -> None:
    assert told["used"] == ["rock 11.png"]
    assert told["select"] == {
        "range": ["rock 02.png", "rock 04.png", "rock 05.png", "rock 06.png"],
        "tagged": [14, 14],
        "left": 0,
    }
    assert told["alike"], "no model is there, which has to be told"
    assert told["narrow"] == {"query": "tag:favourite"}
    assert told["closer"]["text"] == "moss.png"
    assert told["closer"]["color"] == [10, 200, 30]
    assert told["pixels"] == told["edge"] * told["ratio"], "a picture for each pixel of the screen"
    assert told["kept"] == 1
    assert told["ours"]
    assert not told["kritas"]
    shapes = told["shapes"]
    assert {name: found for name, found in shapes["cut"].items() if found} == {}
    assert shapes["minimum"] <= 200
    assert shapes["columns"]["ltr 200"] == shapes["columns"]["rtl 200"] == 2
    assert (shapes["ltr first"], shapes["rtl first"]) == (False, True)
    assert (shapes["ltr next"], shapes["rtl next"]) == (1, 1)
    assert told["themes"]["dark"] < 90 < 200 < told["themes"]["light"]
    red, orange, neither = (
        told["mark"][name] for name in ("rock 07.png", "note.txt", "rock 05.png")
    )
    assert red == [165, 35, 35]
    assert orange == [140, 85, 0]
    assert neither == [200, 50, 30]
    with audobon.Library.open(folder) as library:
        assert library.get("moss.png").catalog == "Plants/Small"
        assert set(library.get("moss.png").tags) == {"all", "favourite", "of it"}
        assert library.get("rock 02.png").rating == 5
        assert not library.sets.list()


_ASKED = """
import importlib, runpy, sys, types
for name, value in {told!r}.items():
    top, _, attribute = name.partition(".")
    sys.modules[top] = module = types.ModuleType(top)
    if attribute:
        setattr(module, attribute, value)
real = importlib.import_module
importlib.import_module = lambda name: name if "." in name else real(name)
found = runpy.run_path({path!r})
print(found["MAJOR"], found["QtCore"])
"""


@pytest.mark.parametrize(
    ("told", "major"),
    [
        ({}, 5),
        ({"pykrita": None, "krita": None}, 5),
        ({"pykrita": None, "krita.qt_major_version": 6}, 6),
        ({"pykrita": None, "krita": None, "PyQt6": None}, 6),
        ({"krita.qt_major_version": 5, "PyQt6": None}, 5),
    ],
)
def test_krita_is_asked_for_its_qt(told: dict[str, Any], major: int) -> None:
    path = ROOT / "addons" / "krita" / "audobon_krita" / "host" / "qt.py"
    code = _ASKED.format(told=told, path=str(path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == [str(major), f"PyQt{major}.QtCore"], done.stderr


def test_the_grid_in_krita(krita_studio: Callable[[str], Any], krita_folder: Path) -> None:
    told = krita_studio(_JOB)
    assert told["lacking"] == [], "the stub says more than this Krita has"
    _expect(told, krita_folder)


@pytest.mark.parametrize("scale", [1, 2])
def test_the_same_panel_under_pyqt6(
    scale: int, in_qt6: Callable[..., Any], krita_folder: Path
) -> None:
    told = in_qt6(scale)
    assert told["ratio"] == scale
    _expect(told, krita_folder)
