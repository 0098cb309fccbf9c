"""Command lines that start a Python with this very package, wherever it lies.

Inside a host the package lies in an add-on's folder that no other Python
knows, and putting that whole folder in front of another environment would
hide that environment's own libraries. So the one package is loaded from its
place under its name. A Python that stands in for a host's finds libraries in
the order in which the host does: what is further in front there is there for a
reason, a newer version than the system has, say.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from audobon.system.folders import make_own

__all__ = ["PACKAGE_FOLDER", "call_command", "keep_bytecode_in", "module_command"]

PACKAGE_FOLDER = str(Path(__file__).resolve().parents[1])
"""The folder of the package ``audobon`` that is running now."""

# Runs in Pythons of any age before their version is known, so it is plain.
_BOOT = """
import sys, json
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0])
package, first, path, target, arguments = json.loads(sys.argv[1])
sites = [folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))]
known = [folder for folder in sys.path if folder not in sites]
known += [folder for folder in path if folder not in known]
sys.path[:] = first + known + [folder for folder in sites if folder not in known]
from importlib import import_module, util
spec = util.spec_from_file_location(
    "audobon", package + "/__init__.py", submodule_search_locations=[package]
)
sys.modules["audobon"] = module = util.module_from_spec(spec)
spec.loader.exec_module(module)
if ":" in target:
    module, name = target.split(":")
    getattr(import_module(module), name)(*arguments)
else:
    import runpy
    sys.argv[1:] = arguments
    runpy.run_module(target, run_name="__main__", alter_sys=True)
"""


_bytecode = ""


def keep_bytecode_in(folder: str | os.PathLike[str]) -> None:
    """Have every Python that is started from now on write its ``.pyc`` files below ``folder``.

    For hosts that take the package's folder away while a worker still runs:
    what it writes there would be left. Workers hand it on to those they start.
    """
    global _bytecode  # noqa: PLW0603  # one place for all command lines of this process
    with contextlib.suppress(OSError):
        make_own(Path(folder))  # else Python makes it, for everybody to look into
    _bytecode = os.fspath(folder)


def _command(
    python: str | os.PathLike[str],
    target: str,
    arguments: Sequence[object],
    first: Sequence[str],
    path: Sequence[str],
) -> list[str]:
    # -I: neither the working folder nor the user's own packages come in.
    told = json.dumps([PACKAGE_FOLDER, list(first), list(path), target, list(arguments)])
    prefix = _bytecode or sys.pycache_prefix
    options = ["-X", f"pycache_prefix={prefix}"] if prefix else []
    return [os.fspath(python), "-I", "-X", "utf8", *options, "-c", _BOOT, told]


def call_command(
    python: str | os.PathLike[str],
    target: str,
    *arguments: object,
    first: Sequence[str] = (),
    path: Sequence[str] = (),
) -> list[str]:
    """A command that calls ``target`` (``module:function``) with ``arguments`` of JSON data.

    ``first`` goes to the front of the new Python's ``sys.path``. ``path`` is that of the host that
    it stands in for: in its order, behind the new one's standard library and before its packages.
    """
    return _command(python, target, arguments, first, path)


def module_command(
    python: str | os.PathLike[str],
    module: str,
    *arguments: str,
    path: Sequence[str] = (),
) -> list[str]:
    """A command like ``python -m module arguments...``, with this package in reach."""
    return _command(python, module, arguments, (), path)
