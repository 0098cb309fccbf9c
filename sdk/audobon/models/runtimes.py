"""Second runtimes: environments of their own for workers, made when the user asks for one.

``<folder>/<name>/env`` is a Python environment with what reads and writes
pictures and one build of onnxruntime, which cannot share an environment with
another build. ``runtime.json`` beside it says what it is, ``trials.json`` what
it was compared with. A folder appears complete or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.errors import AudobonError, Invalid, NotFound, Unavailable
from audobon.model.component import Component
from audobon.model.job import Limits
from audobon.models.caging import model_cage
from audobon.models.fetch import Progress, run_client
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.folders import make_own
from audobon.system.locks import FileLock
from audobon.work.executor import Executor
from audobon.work.interpreter import find_interpreter

__all__ = ["KINDS", "LIMITS", "Kind", "Runtime", "Runtimes"]

_NOTE, _TRIALS, _PART = "runtime.json", "trials.json", ".part-"
_LOCK_S = 3600.0  # somebody else's installation of 1.7 GB
_BASE = (
    "attrs>=23.2",
    "cattrs>=23.2",
    "numpy>=1.24",
    "OpenImageIO>=3.0",
    "Pillow>=10.3",
    "resvg-py>=0.2",
    "isal>=1.6; sys_platform == 'linux'",
)
"""What a worker needs to read and write pictures: as in pyproject.toml, which a test compares."""
LIMITS = Limits(memory=6 << 30, cpu_s=600.0, wall_s=600.0, reserve=1 << 44)
"""For trials. Drivers of cards set address space aside for all memory of machine and cards."""


@frozen(slots=True)
class Kind:
    """A runtime that can be installed.

    ``device`` is what it computes on, ``package`` the build of onnxruntime;
    ``size`` is about what it takes on disk while it is made, in bytes. ``auto``
    says whether AUTO may take it where it has passed its trials. ``ask`` is what
    has to be accepted first, empty for nothing.
    """

    name: str
    device: str
    package: str
    size: int
    auto: bool = False
    ask: str = ""

    def check_accepted(self, *, accept: bool) -> None:
        """Invalid while a licence that is asked about is not accepted."""
        if self.ask and not accept:
            raise Invalid(
                f"{self.name} is not installed before a licence is accepted: {self.ask}",
                subject=self.name,
                hint="say so with --accept",
            )


_NVIDIA = (
    "the packages of CUDA and cuDNN that come along (nvidia-*, from PyPI) are under NVIDIA's own "
    "licence, License.txt in each of them; onnxruntime itself is MIT"
)
# Exact versions: those that were seen to write and send nothing once they are told so.
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            *("cuda", "CUDA", "onnxruntime-gpu[cuda,cudnn]==1.31.1", 4_300_000_000),
            auto=True,
            ask=_NVIDIA,
        ),
        Kind("onnx-cpu", "ONNX-CPU", "onnxruntime==1.32.0", 300_000_000),
    )
}


@frozen(slots=True)
class Runtime:
    """A runtime that is installed. ``version`` is onnxruntime's.

    ``trials`` has for each component that was tried "VERSION" and why it is not
    to be run here, empty when it is.
    """

    name: str
    device: str
    package: str
    version: str
    folder: Path
    auto: bool = False
    trials: Mapping[str, Sequence[str]] = {}

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return _python(self.folder / "env")

    def passed(self, component: Component) -> bool:
        """Whether this version of a component was tried here, and gave what the CPU gives."""
        return tuple(self.trials.get(component.name, ())) == (component.version, "")

    def executor(self, limits: Limits = LIMITS) -> Executor:
        """A worker in its environment."""
        return Executor(
            "audobon.models.tasks:TASKS",
            limits,
            interpreter=self.python,
            cage=model_cage(local_sockets=True),
        )

    def note(self, trials: Mapping[str, Sequence[str]]) -> None:
        """Write down what was tried."""
        write_atomic(self.folder / _TRIALS, json.dumps(trials, indent=1).encode())


class Runtimes:
    """The runtimes of this user, in ``folder``. Environments are made with ``interpreter``."""

    def __init__(self, folder: Path, *, interpreter: str | os.PathLike[str] | None = None) -> None:
        self.folder = folder
        self._interpreter = interpreter

    def all(self) -> tuple[Runtime, ...]:
        """Those that are installed, by name."""
        found = (_load(note) for note in sorted(self.folder.glob(f"[!.]*/{_NOTE}")))
        return tuple(each for each in found if each is not None)

    def install(
        self,
        name: str,
        *,
        accept: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> Runtime:
        """Make the runtime called ``name``, or find that it is there and works.

        NotFound names those there are. Unavailable where the machine cannot run
        it, and Invalid for a licence that is not accepted, both before anything
        is fetched; Unavailable also where nothing can be fetched.
        """
        kind = KINDS.get(name)
        if kind is None:
            raise NotFound(
                f"there is no runtime {name}; there are {', '.join(KINDS)}", subject=name
            )
        if name not in {each.name for each in self.all()}:
            self._refuse(kind)
            kind.check_accepted(accept=accept)
        make_own(self.folder)
        with FileLock(self.folder / ".lock", timeout_s=_LOCK_S):
            for left in self.folder.glob(f"{_PART}*"):
                shutil.rmtree(left, ignore_errors=True)
            there = {each.name: each for each in self.all()}.get(name)
            if there is not None and there.package == kind.package and _works(there):
                return there
            kind.check_accepted(accept=accept)
            with tempfile.TemporaryDirectory(prefix=_PART, dir=self.folder) as part:
                return self._make(kind, Path(part), progress, cancel)

    def remove(self, name: str) -> None:
        """Take a runtime away. NotFound."""
        if name not in {each.name for each in self.all()}:
            raise NotFound(f"no runtime {name} is installed", subject=name)
        with FileLock(self.folder / ".lock", timeout_s=_LOCK_S):
            self._drop(self.folder / name)

    def _drop(self, folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=_PART, dir=self.folder) as part:
            try:
                folder.rename(Path(part) / "gone")
            except OSError as error:
                raise translate_os_error(error, folder) from error

    def _refuse(self, kind: Kind) -> None:
        if kind.device != "CUDA":
            return
        with Executor(
            "audobon.models.tasks:TASKS",
            LIMITS,
            interpreter=self._interpreter,
            cage=model_cage(local_sockets=True),
        ) as executor:
            problem = executor.run("model.driver", {})
        if problem:
            raise Unavailable(f"CUDA cannot work on this machine: {problem}", subject=kind.name)

    def _make(
        self, kind: Kind, part: Path, progress: Progress | None, cancel: Callable[[], bool]
    ) -> Runtime:
        base, made = find_interpreter(self._interpreter).path, part / "made"
        made.mkdir()
        env = made / "env"
        pip = (base, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "-q")
        for command in (
            (base, "-I", "-m", "venv", "--without-pip", str(env)),
            # As for components: wheels alone, and pip of the environment that workers have.
            (
                *(*pip, "--python", str(_python(env)), "install", "--only-binary=:all:"),
                *("--progress-bar=off", *_BASE, kind.package),
            ),
        ):
            code, said = run_client(
                *(command, part), what=f"making the runtime {kind.name}",
                size=kind.size, progress=progress, cancel=cancel,
            )  # fmt: skip
            if code:
                raise Unavailable(
                    f"the runtime {kind.name} cannot be made: {said or f'status {code}'}",
                    subject=kind.name,
                    hint=f"it fetches {kind.package} and what that needs from PyPI, with pip",
                )
        runtime = Runtime(kind.name, kind.device, kind.package, "", made, kind.auto)
        with runtime.executor() as executor:
            version = executor.run("model.runtime", {"device": kind.device}, cancel=cancel)
        plain = {"device": kind.device, "package": kind.package, "auto": kind.auto}
        plain |= {"version": version, "accepted": kind.ask}
        write_atomic(made / _NOTE, json.dumps(plain, indent=1).encode())
        target = self.folder / kind.name
        try:
            if target.exists():
                self._drop(target)
            made.rename(target)
        except OSError as error:
            raise translate_os_error(error, target) from error
        found = _load(target / _NOTE)
        assert found is not None
        return found


def _python(env: Path) -> Path:
    return env / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _works(runtime: Runtime) -> bool:
    try:
        with runtime.executor() as executor:
            executor.run("model.runtime", {"device": runtime.device})
    except AudobonError:  # whatever is wrong with it, it is made anew
        return False
    return True


def _load(note: Path) -> Runtime | None:
    """What a note says; None for one that cannot be read."""
    try:
        data: dict[str, Any] = json.loads(note.read_bytes())
        trials = _trials(note.parent / _TRIALS)
        return Runtime(
            note.parent.name,
            str(data["device"]),
            str(data["package"]),
            str(data["version"]),
            note.parent,
            data["auto"] is True,
            trials,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _trials(path: Path) -> dict[str, list[str]]:
    try:
        data = json.loads(path.read_bytes())
        return {str(name): [str(each) for each in told] for name, told in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
