"""Which Python runs the worker processes.

In a host ``sys.executable`` is the host itself, or a stranger, so nothing is
trusted by its name: a candidate is run with the clean environment, must be
new enough and must import this package. The order is the setting, the
registered environment, then the host's own Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from audobon.errors import Invalid, Unavailable
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.folders import data_folder, make_own
from audobon.system.processes import clean_environment, quiet_options
from audobon.work.bootstrap import call_command

__all__ = [
    "Interpreter",
    "find_interpreter",
    "register_environment",
    "registered_environment",
    "registration_file",
    "take_own",
]

_TRIAL_S = 30.0  # a first start behind a virus scanner takes many seconds, a usual one 0.1
_HINT = "set the interpreter to a Python 3.11 or newer with 'pip install audobon[images]'"


@frozen(slots=True)
class Interpreter:
    """A Python that has proved that it can run workers.

    ``folders`` are the host's own ``sys.path``, where it needs that: see
    ``bootstrap.call_command``. ``source`` is ``setting``, ``registered``, ``host`` or ``own``.
    """

    path: str
    version: tuple[int, int, int]
    source: str
    folders: tuple[str, ...] = ()


_found: dict[str, Interpreter] = {}
_lock = threading.Lock()


def registration_file() -> Path:
    """Where an environment says that it is there for workers."""
    return data_folder() / "worker-environment.json"


def register_environment(python: str | os.PathLike[str] | None = None) -> Path:
    """Make ``python`` (this one by default) the environment of workers for this user.

    It is tried first; Unavailable when it does not work. Gives the file written.
    """
    path = os.path.abspath(os.fspath(python or sys.executable))
    tried = _try(path, "registered")
    if isinstance(tried, str):
        raise Unavailable(f"{path} cannot run workers: {tried}", subject=path)
    target = registration_file()
    text = json.dumps({"python": path, "version": list(tried.version)}, indent=1)
    try:
        make_own(target.parent)
        write_atomic(target, text.encode())
    except OSError as error:
        raise translate_os_error(error, target) from error
    with _lock:
        _found.clear()
    return target


def registered_environment() -> str | None:
    """The registered Python, None where there is none. Not tried here."""
    try:
        python = json.loads(registration_file().read_bytes())["python"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return python if isinstance(python, str) and Path(python).is_absolute() else None


def find_interpreter(setting: str | os.PathLike[str] | None = None) -> Interpreter:
    """The first Python that works; found once per process and setting.

    A ``setting`` that does not work is an error, not a reason to take another.
    Raises Unavailable, which tells of each candidate why it does not work.
    """
    key = "" if setting is None else os.path.abspath(os.fspath(setting))
    with _lock:
        if key not in _found:
            _found[key] = _find(key)
        return _found[key]


def take_own() -> None:
    """Have workers run in the very Python that this process runs in, without a trial.

    For a process that :func:`find_interpreter` of its starter has chosen this
    Python for: a second trial would only take time.
    """
    version = (sys.version_info[0], sys.version_info[1], sys.version_info[2])
    with _lock:
        _found[""] = Interpreter(sys.executable, version, "own", _own_folders())


def _find(setting: str) -> Interpreter:
    refused: list[str] = []
    for path, source in _candidates(setting):
        tried = _try(path, source)
        if isinstance(tried, Interpreter):
            return tried
        refused.append(f"{path}: {tried}")
    reasons = "; ".join(refused) or "no candidate exists"
    if setting:
        raise Invalid(f"the interpreter of the setting cannot run workers: {reasons}", hint=_HINT)
    raise Unavailable(f"no Python on this machine can run workers: {reasons}", hint=_HINT)


def _candidates(setting: str) -> Iterator[tuple[str, str]]:
    if setting:
        yield setting, "setting"
        return
    registered = registered_environment()
    if registered is not None:
        yield registered, "registered"
    seen: set[str] = set()
    for path in _host_pythons():
        if path not in seen and os.path.isfile(path):
            seen.add(path)
            yield path, "host"


def _host_pythons() -> Iterator[str]:
    """Where a Python of this process may lie, best first; never a host's own program."""
    own = sys.executable or ""
    folder, stem = os.path.split(own)
    prefixes = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    # Some Blenders name the first python on PATH, which belongs to somebody else: it comes last.
    belongs = any(Path(own).is_relative_to(prefix) for prefix in prefixes)
    if stem.lower() == "pythonw.exe":
        own = os.path.join(folder, "python.exe")
    if belongs and stem.lower().startswith("python"):
        yield own
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    names = ("python.exe",) if sys.platform == "win32" else (f"python{version}", "python3")
    for prefix in prefixes:
        for place in (prefix, os.path.join(prefix, "bin"), os.path.join(prefix, "Scripts")):
            yield from (os.path.join(place, name) for name in names)
    if not belongs and stem.lower().startswith("python"):
        yield own


def _try(path: str, source: str) -> Interpreter | str:
    """The interpreter at ``path``, or why it is none."""
    if source != "host":
        return _run(path, source, ())
    # A host's Python knows its add-ons' libraries only while the host runs. Compiled ones
    # fit the same version alone.
    tried = _run(path, source, _own_folders())
    if isinstance(tried, Interpreter) and tried.version[:2] != sys.version_info[:2]:
        return _run(path, source, ())
    return tried


def _own_folders() -> tuple[str, ...]:
    return tuple(path for path in sys.path if Path(path).is_absolute() and os.path.isdir(path))


def _run(path: str, source: str, folders: tuple[str, ...]) -> Interpreter | str:
    command = call_command(path, "audobon.work.child:report", path=folders)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=clean_environment(),
            cwd=os.path.abspath(os.sep),
            timeout=_TRIAL_S,
            check=False,
            **quiet_options(),
        )
    except OSError as error:
        return error.strerror or str(error)
    except subprocess.TimeoutExpired:
        return f"it does not answer in {_TRIAL_S:g} s"
    try:
        major, minor, micro = json.loads(done.stdout)["version"]
    except (ValueError, KeyError, TypeError):
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return words[-1] if words else f"it ends with status {done.returncode}"
    return Interpreter(path, (int(major), int(minor), int(micro)), source, folders)
