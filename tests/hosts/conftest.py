"""Real hosts for tests: Blender without a window, Krita on a virtual display.

A test writes a script that defines ``main()`` and asks for what it returns
inside the host. A host that is missing is a failure: these tests only run
when somebody asked for them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from krita_fixtures import (  # noqa: F401  # fixtures of all tests here
    krita_engine,
    krita_folder,
    krita_job,
    krita_painter,
    krita_plugin_home,
    krita_studio,
    krita_watched,
    plugin_zip,
)

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
from bench.display import SHADERS, display  # the same as figures are measured on

RunInHost = Callable[[Path], Any]

HERE = Path(__file__).parent
RUNNER = HERE / "krita_runner"
WINDOW = HERE / "blender_window"
PICTURES = HERE.parents[1] / "out" / "screenshots"
# Krita's first start with an empty home took 16 s on a busy machine, a test 3 s: this is a hang.
KRITA_TIMEOUT_S = 600
BLENDER_TIMEOUT_S = 420  # as below; the longest takes 15 s on a quiet machine
WINDOW_TIMEOUT_S = 600  # software OpenGL on a busy machine: a test takes 20 to 60 s

_BLENDER_WRAPPER = """
import json, runpy
value = runpy.run_path({script!r})["main"]()
with open({result!r}, "w", encoding="utf-8") as stream:
    json.dump({{"value": value}}, stream)
"""

_KRITARC = """
[python]
enable_audobon_test_runner=true
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # One host of a kind at a time: Kritas side by side would each warm a home of their own.
    for item in items:
        for host in ("krita", "blender"):
            if HERE in item.path.parents and host in item.name:
                item.add_marker(pytest.mark.xdist_group(host))


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed; tools/dev.py test --hosts --install gets it")
    return path


def _environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """A host's environment with nothing of ours in it, and its own home.

    An embedded Python looks for its library beside the first ``python3`` on
    PATH: with another Python there, Krita loads no plugin and says nothing.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "QT_", "LD_", "XDG_", "BLENDER_", "VIRTUAL_ENV"))
    }
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), **extra, "PATH": os.defpath}


def _start(command: list[str], environment: dict[str, str], timeout_s: float) -> str:
    """Run a host to its end; what it printed. Fails the test on a status other than 0."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            # Whatever the host has started must go with it.
            os.killpg(process.pid, signal.SIGKILL)
            printed, _ = process.communicate()
            pytest.fail(f"{command[0]} did not end in {timeout_s:.0f} s:\n{printed[-6000:]}")
    if process.returncode:
        pytest.fail(f"{command[0]} ended with {process.returncode}:\n{printed[-6000:]}")
    return printed


def _value(result: Path, printed: str) -> Any:
    if not result.exists():  # a host may end with 0 without having run the script
        pytest.fail(f"the script left no result; the host printed:\n{printed[-6000:]}")
    return json.loads(result.read_text("utf-8"))["value"]


@pytest.fixture(scope="session")
def core_path() -> str:
    """The folders that give a host the SDK: this checkout, and the packages it needs."""
    sdk = HERE.parents[1] / "sdk"
    return os.pathsep.join([str(sdk), sysconfig.get_paths()["platlib"]])


@pytest.fixture
def blender(tmp_path: Path) -> RunInHost:
    """Run a script's ``main()`` inside a real Blender with factory settings."""
    program = _program("blender")

    def run(script: Path, within: Sequence[str] = ()) -> Any:
        result = tmp_path / "blender-result.json"
        wrapper = tmp_path / "blender-wrapper.py"
        wrapper.write_text(_BLENDER_WRAPPER.format(script=str(script), result=str(result)), "utf-8")
        command = [*within, program, "-b", "--factory-startup", "--python-exit-code", "5"]
        home = tmp_path / "blender-home"
        printed = _start(
            [*command, "--python", str(wrapper)], _environment(home, {}), BLENDER_TIMEOUT_S
        )
        return _value(result, printed)

    return run


@pytest.fixture
def blender_window(tmp_path: Path) -> RunInHost:
    """Run a script's ``main(hands)`` inside a Blender with a window; see blender_window/driver.py.

    Pictures that the script takes lie in ``out/screenshots`` of the checkout afterwards.
    """

    def run(script: Path) -> Any:
        result, home = tmp_path / "window-result.json", tmp_path / "blender-home"
        names = {
            "AUDOBON_SCRIPT": str(script),
            "AUDOBON_RESULT": str(result),
            "AUDOBON_PICTURES": str(PICTURES),
            "BLENDER_USER_SCRIPTS": str(home / "scripts"),
            "BLENDER_USER_CONFIG": str(home / "config"),
            "MESA_SHADER_CACHE_DIR": str(SHADERS),
        }
        (home / "scripts").mkdir(parents=True)
        command = [_program("blender"), "--factory-startup", "--enable-event-simulate"]
        command += ["-p", "0", "0", "1600", "900", "--python", str(WINDOW / "driver.py")]
        with display() as name:
            environment = _environment(home, {**names, "DISPLAY": name})
            printed = _start(command, environment, WINDOW_TIMEOUT_S)
        if result.exists() and "error" in (found := json.loads(result.read_text("utf-8"))):
            pytest.fail(f"inside Blender:\n{found['error']}\nit printed:\n{printed[-3000:]}")
        return _value(result, printed)

    return run


def _run_krita(home: Path, script: Path, result: Path) -> str:
    names = {"AUDOBON_KRITA_SCRIPT": str(script), "AUDOBON_KRITA_RESULT": str(result)}
    try:
        with display() as name:
            environment = _environment(home, {**names, "DISPLAY": name})
            return _start([_program("krita"), "--nosplash"], environment, KRITA_TIMEOUT_S)
    except pytest.fail.Exception as failure:
        reason = str(failure)
    # Outside the handler, so that what is printed is what went wrong inside and nothing else.
    if result.exists() and "error" in (found := json.loads(result.read_text("utf-8"))):
        reason = f"inside Krita:\n{found['error']}"
    pytest.fail(reason)


# With OpenGL, Krita 5.1 crashes in up to every second run where a document is saved before its
# canvas was drawn for the first time: it updates a canvas that has no OpenGL context yet
# (KisOpenGLImageTextures::recalculateCache). Scripts are that quick, people are not.
_KRITADISPLAYRC = "[General]\nOpenGLRenderer=none\ncanvasState=OPENGL_FAILED\n"


@pytest.fixture(scope="session")
def warm_krita_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which Krita has started once: the first start unpacks its resources."""
    folder = tmp_path_factory.mktemp("krita")
    home = folder / "home"
    plugins = home / ".local" / "share" / "krita" / "pykrita"
    shutil.copytree(RUNNER, plugins, ignore=shutil.ignore_patterns("__pycache__"))
    (home / ".config").mkdir(parents=True)
    (home / ".config" / "kritarc").write_text(_KRITARC, "utf-8")
    (home / ".config" / "kritadisplayrc").write_text(_KRITADISPLAYRC, "utf-8")
    script, result = folder / "warm.py", folder / "warm.json"
    script.write_text("def main():\n    return 'warm'\n", "utf-8")
    assert _value(result, _run_krita(home, script, result)) == "warm"
    return home


_JOB = """
import sys
sys.path[:0] = {paths!r}

def main():
    import {job}
    return {job}.{what}({folder!r})
"""


@pytest.fixture
def in_blender(
    blender: RunInHost, core_path: str, tmp_path: Path
) -> Callable[[str, str, Path], Any]:
    """Do a part of a job, a module beside this one, in a Blender of its own."""
    addon = str(HERE.parents[1] / "addons" / "blender")
    paths = [str(HERE), addon, *core_path.split(":")]

    def run(job: str, what: str, folder: Path) -> Any:
        script = tmp_path / f"{what}.py"
        words = {"paths": paths, "job": job, "what": what, "folder": str(folder)}
        script.write_text(_JOB.format(**words), "utf-8")
        return blender(script)

    return run


@pytest.fixture(scope="session")
def krita_at_home() -> Callable[[Path, Path, Path], Any]:
    """Run a script's ``main()`` in a Krita with this home; what it returns, by way of a file."""

    def run(home: Path, script: Path, result: Path) -> Any:
        return _value(result, _run_krita(home, script, result))

    return run


@pytest.fixture
def krita(warm_krita_home: Path, tmp_path: Path) -> RunInHost:
    """Run a script's ``main()`` inside a real Krita with a window, on a virtual display."""

    def run(script: Path) -> Any:
        home = tmp_path / "krita-home"
        shutil.copytree(warm_krita_home, home, symlinks=True)
        result = tmp_path / "krita-result.json"
        return _value(result, _run_krita(home, script, result))

    return run
