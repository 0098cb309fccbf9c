"""What a worker process gives up before it opens a stranger's file, as far as the system allows.

Linux has Landlock and filters of system calls, which need no rights and no helper; both hold for
the whole life of the process and for what it starts. Elsewhere nothing of this is done: see
``docs/workers.md`` for the reasons.
"""

from __future__ import annotations

import glob
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

__all__ = ["Cage", "Sealed", "below", "seal", "written_by"]

_DEVICES = ("/dev/dri", "/dev/accel", "/dev/kfd", "/dev/dxg", "/dev/nvidia*", "/dev/mali*")
_NVIDIA = "/dev/nvidiactl"
_SHARED = "/dev/shm"  # where CUDA puts what several processes share


@frozen(slots=True)
class Cage:
    """What is left to a worker.

    It writes below ``writes`` and ``temp``, its folder for temporary files; drivers keep what they
    compile below ``cache``. ``programs``: it may start others. ``local_sockets``: it may talk to
    services of drivers on this machine. ``ajar``: it is told where temporary files go, and is
    left everything.
    """

    writes: tuple[str, ...] = ()
    temp: str = ""
    cache: str = ""
    programs: bool = False
    local_sockets: bool = False
    ajar: bool = False

    def plain(self, also: Sequence[str] = ()) -> dict[str, Any]:
        """As JSON data, with further folders to write in."""
        return {
            "writes": [*self.writes, *also],
            "temp": self.temp,
            "cache": self.cache,
            "programs": self.programs,
            "local_sockets": self.local_sockets,
            "ajar": self.ajar,
        }


@frozen(slots=True)
class Sealed:
    """What was given up, in words, and why something was not."""

    active: tuple[str, ...] = ()
    lacking: tuple[str, ...] = field(default=())


def below(path: str, folders: Sequence[str]) -> bool:
    """Whether ``path`` is one of the folders or in one, links followed."""
    real = os.path.realpath(path)
    return any(
        real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)
        for folder in map(os.path.realpath, filter(None, folders))
    )


def written_by(payload: Mapping[str, Any] | Any) -> tuple[str, ...]:
    """The folders that a task writes in: ``to`` is a file or a folder, ``folder`` is one."""
    if not isinstance(payload, Mapping):
        return ()
    places = [str(payload["folder"])] if payload.get("folder") else []
    if isinstance(payload.get("to"), str) and payload["to"]:
        to = payload["to"]
        places.append(to if os.path.isdir(to) else os.path.dirname(os.path.abspath(to)))
    return tuple(places)


def seal(cage: Mapping[str, Any]) -> Sealed:
    """Give up what ``Cage.plain`` does not leave; never raises.

    To be called before there are other threads: Landlock holds for the calling one and for those
    that it starts.
    """
    if cage["temp"]:
        tempfile.tempdir = cage["temp"]
        os.environ["TMPDIR"] = cage["temp"]
    if cage["cache"]:
        for variable in ("CUDA_CACHE_PATH", "NEO_CACHE_DIR"):
            os.environ.setdefault(variable, cage["cache"])
    if sys.platform != "linux" or cage.get("ajar"):
        return Sealed()
    active: list[str] = []
    lacking: list[str] = []
    _try("dropping of rights", _rights, active, lacking)
    _try("Landlock", lambda: _landlock(cage), active, lacking)
    _try("seccomp", lambda: _seccomp(cage), active, lacking)
    return Sealed(tuple(active), tuple(lacking))


def _try(
    name: str, give_up: Callable[[], Sequence[str]], active: list[str], lacking: list[str]
) -> None:
    try:
        active.extend(give_up())
    except (ImportError, AttributeError) as error:
        lacking.append(f"no {name}: this Python or its C library has no way to ask ({error})")
    except OSError as error:
        lacking.append(f"no {name}: {error.strerror or error}")


def _rights() -> Sequence[str]:
    from audobon.system.rights import drop

    return drop()


def _landlock(cage: Mapping[str, Any]) -> Sequence[str]:
    from audobon.system.landlock import WRITE_ONLY_FILES, restrict

    writes = [*cage["writes"], cage["temp"], cage["cache"], *WRITE_ONLY_FILES]
    writes += [path for pattern in _DEVICES for path in glob.glob(pattern)]
    if os.path.exists(_NVIDIA):
        writes.append(_SHARED)
    return restrict([path for path in writes if path], tcp=True, signals=True)


def _seccomp(cage: Mapping[str, Any]) -> Sequence[str]:
    from audobon.system.seccomp import install

    return install(programs=cage["programs"], local_sockets=cage["local_sockets"])
