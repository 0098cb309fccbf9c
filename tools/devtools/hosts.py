"""What the tests in real hosts need from the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from devtools.shell import Failed, require, say

__all__ = ["ensure_hosts", "missing_programs", "packages"]

# Program to look for, and the Debian package it comes from.
_PROGRAMS = {
    "blender": "blender",
    "krita": "krita",
    "Xvfb": "xvfb",
    "import": "imagemagick",
    "git": "git",
    "git-lfs": "git-lfs",
    "zsh": "zsh",  # both only to read the completion scripts that are made for them
    "fish": "fish",
    "npm": "npm",  # some networks come in its packages
    "bindfs": "bindfs",  # a folder that a process serves, as a network share is
    "dbus-run-session": "dbus-daemon",
    "gnome-keyring-daemon": "gnome-keyring",  # a real Secret Service, on a bus of its own
    "mkfs.xfs": "xfsprogs",  # a disk on which copies can share their blocks
}
# Without recommendations, Krita lacks its Python binding and Blender its numpy.
_LIBRARIES = ("python3-pyqt5", "python3-pyqt5.sip", "python3-numpy", "libqt5test5")


def packages(missing: Sequence[str]) -> list[str]:
    """The Debian packages that bring these programs, and what Blender and Krita need besides.

    Only those: a program that is here may come from elsewhere, and its Debian package conflict
    with that (npm with the Node.js of another source, which has an npm of its own).
    """
    return [*(_PROGRAMS[name] for name in missing), *_LIBRARIES]


def missing_programs() -> list[str]:
    """The programs that tests in hosts start and that are not on PATH."""
    return [name for name in _PROGRAMS if shutil.which(name) is None]


def _can_install() -> bool:
    geteuid = getattr(os, "geteuid", None)  # absent on Windows
    return geteuid is not None and geteuid() == 0 and shutil.which("apt-get") is not None


def ensure_hosts(*, install: bool) -> None:
    """Return when Blender, Krita and a virtual display are here; otherwise Failed.

    ``install`` gets them with apt where this process may do that. Tests that
    were asked for and cannot run are a failure, never a skip.
    """
    missing = missing_programs()
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(packages(missing))}"
    if not install:
        raise Failed(
            f"tests in hosts were asked for, but these are missing: {', '.join(missing)}\n"
            f"hint: on Debian, as root: {line}\n"
            "hint: or let this tool do it: tools/dev.py test --hosts --install"
        )
    if not _can_install():
        raise Failed(
            f"missing: {', '.join(missing)}; --install works as root on Debian or Ubuntu only\n"
            f"hint: there, the command is: {line}"
        )
    say(f"installing {', '.join(missing)} with apt")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    require(["apt-get", "update", "-qq"], "apt-get update", extra=quiet)
    require(line.replace("install", "install -qq", 1).split(), "apt-get install", extra=quiet)
    if still := missing_programs():
        raise Failed(f"installed, but still not on PATH: {', '.join(still)}")
