"""Worker processes started from real hosts, whose sys.executable is no Python or a stranger's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.hosts

_TASKS = """
import os, sys

def who(payload, context):
    qt = [name for name in os.environ if name.upper().startswith(("QT_", "LD_", "PYTHON"))]
    return {"pid": os.getpid(), "executable": sys.executable, "scrubbed": not qt}

def die(payload, context):
    os.kill(os.getpid(), 9)

TASKS = {"who": who, "die": die}
"""

_SCRIPT = """
import os, sys

def main():
    sys.path[:0] = {path!r}.split(os.pathsep)
    os.environ["PYTHONHOME"] = os.environ["LD_PRELOAD"] = "/nonsense"
    from audobon.errors import WorkerDied
    from audobon.work.executor import Executor
    from audobon.work.interpreter import find_interpreter
    python = find_interpreter()
    with Executor("hosttasks:TASKS", folders=[{folder!r}]) as executor:
        told = executor.run("who", {{}})
        try:
            executor.run("die", {{}})
            death = ""
        except WorkerDied as error:
            death = error.message
        again = executor.run("who", {{}})
    return {{
        "host": os.getpid(),
        "host_executable": sys.executable,
        "python": python.path,
        "first": told,
        "again": again,
        "death": death,
    }}
"""


@pytest.mark.parametrize("host", ["blender", "krita"])
def test_worker_runs_and_may_die(
    host: str, request: pytest.FixtureRequest, core_path: str, tmp_path: Path
) -> None:
    run: Callable[[Path], Any] = request.getfixturevalue(host)
    (tmp_path / "hosttasks.py").write_text(_TASKS, "utf-8")
    script = tmp_path / "workers.py"
    script.write_text(_SCRIPT.format(path=core_path, folder=str(tmp_path)), "utf-8")
    told = run(script)
    print(f"{host}: its executable {told['host_executable']}, the worker's {told['python']}")
    assert Path(told["python"]).name.startswith("python")
    assert told["first"]["scrubbed"]
    assert "SIGKILL" in told["death"]
    assert len({told["host"], told["first"]["pid"], told["again"]["pid"]}) == 3
