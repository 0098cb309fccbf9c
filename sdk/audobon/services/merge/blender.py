"""Have a real Blender do something, apart from the user's own: found, tried, confined.

Part of a worker's task. Blender runs without a window, with factory settings
and a home of its own, opens files with scripts off, and ends with the worker.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon.errors import Unavailable, Unsupported
from audobon.services.merge import inblender
from audobon.system.processes import clean_environment
from audobon.system.programs import find_blenders

__all__ = ["blender_version", "find_blender", "run_blender"]

_VERSION = re.compile(rb"^Blender (\d+)\.(\d+)", re.M)
_TRIAL_S = 60.0  # a first start behind a virus scanner
_TAIL = 2000  # characters of what Blender printed, for an error's hint
_OPTIONS = ("-b", "--factory-startup", "-Y", "-noaudio", "--python-exit-code", "5")

_START = """
import bpy, json, runpy, sys
told = json.load(open(sys.argv[-1], encoding="utf-8"))
try:
    answer = {"done": runpy.run_path(told["module"])["run"](bpy, told["job"])}
except (ValueError, RuntimeError) as error:
    answer = {"refused": str(error)}
with open(told["answer"], "w", encoding="utf-8") as stream:
    json.dump(answer, stream)
"""


def find_blender(setting: str, least: int) -> tuple[str, int] | None:
    """The first Blender of at least a version (304 is 3.4) and its version; None for none.

    With a ``setting`` only that program is looked at; Unavailable if it is no Blender.
    """
    for program in [setting] if setting else find_blenders():
        version = blender_version(program)
        if version is None and setting:
            raise Unavailable(
                f"{setting} is no Blender that runs", subject=setting, hint="name its program file"
            )
        if version is not None and version >= least:
            return program, version
    return None


def blender_version(program: str) -> int | None:
    """304 for Blender 3.4; None when it does not run or is something else."""
    try:
        done = subprocess.run(
            [program, "--factory-startup", "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_environment(Path(os.devnull)),
            timeout=_TRIAL_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout)
    return None if found is None else int(found[1]) * 100 + int(found[2])


def run_blender(
    program: str, folder: Path, job: Mapping[str, Any], *, timeout_s: float
) -> dict[str, Any]:
    """Have ``services.merge.inblender`` do ``job``; ``folder`` takes what Blender itself writes.

    Unsupported with the reason when it cannot be done; Unavailable when
    Blender ends without an answer.
    """
    told, answer, start = (folder / name for name in ("job.json", "answer.json", "start.py"))
    answer.unlink(missing_ok=True)
    text = {"module": inblender.__file__, "job": job, "answer": str(answer)}
    told.write_text(json.dumps(text), "utf-8")
    start.write_text(_START, "utf-8")
    command = [program, *_OPTIONS, "--python", str(start), "--", str(told)]
    try:
        # In the group of the worker, so that it goes when the worker is ended.
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(folder),
            cwd=folder,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"Blender has no answer after {timeout_s:g} s", subject=program
        ) from error
    except OSError as error:
        raise Unavailable(f"Blender cannot be started: {error}", subject=program) from error
    if not answer.exists():
        printed = done.stdout.decode("utf-8", "replace")[-_TAIL:]
        raise Unavailable(
            f"Blender ends with status {done.returncode} and no answer",
            subject=program,
            hint=printed.strip(),
        )
    said = json.loads(answer.read_text("utf-8"))
    if "refused" in said:
        raise Unsupported(f"Blender cannot do it: {said['refused']}", subject=program)
    return dict(said["done"])


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own Blender, and nothing that leads its Python elsewhere."""
    kept = {
        name: value
        for name, value in clean_environment().items()
        if not name.upper().startswith(("BLENDER_", "XDG_", "OCIO"))
    }
    own = {f"BLENDER_USER_{name}": str(home) for name in ("CONFIG", "SCRIPTS", "DATAFILES")}
    own |= {"BLENDER_USER_RESOURCES": str(home), "BLENDER_USER_EXTENSIONS": str(home)}
    # An embedded Python looks for its library beside the first python3 on PATH.
    return {**kept, **own, "HOME": str(home), "PATH": os.defpath, "TMPDIR": str(home)}
