"""Wheels of what hosts embed: exactly those of the lock, for the Pythons and platforms of hosts."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from devtools.env import CACHE, CORE_LOCK, DEV_LOCK, ensure_dev
from devtools.shell import ROOT, Failed, require

__all__ = [
    "EMBEDDED",
    "KRITA_PYTHONS",
    "PLATFORMS",
    "PYTHONS",
    "VAULT",
    "embedded",
    "fetch",
    "locked",
    "own_wheel",
]

PYTHONS = ("3.11", "3.13", "3.14")
"""Blender 4.2 to 5.0 embed 3.11, 5.1 and newer 3.13, Debian's Blender 3.14."""

KRITA_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Krita takes whatever Python its builders have."""

PLATFORMS = {
    # Blender 4.2 and newer need glibc 2.28 themselves.
    "linux-x64": (
        *(f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 24, 17, 12, 5)),
        *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"),
    ),
    "windows-x64": ("win_amd64",),
    # Blender itself looks at the processor only, so the system's version is kept low here.
    "macos-arm64": ("macosx_11_0_arm64", "macosx_11_0_universal2"),
    "macos-x64": ("macosx_10_15_x86_64", "macosx_11_0_x86_64", "macosx_10_15_universal2"),
}
"""Blender's names of platforms, each with the tags of wheels that work there."""

EMBEDDED = (
    *("attrs", "cattrs", "typing-extensions", "apsw-sqlite3mc", "tantivy"),
    *("pygit2", "cffi", "pycparser", "pyfastcdc", "blake3", "zstandard", "pyzstd", "watchfiles"),
)
"""What the SDK imports in a host. All else in the lock is the command line's or builds it."""

VAULT = (
    *("cryptography", "keyring", "jaraco-classes", "jaraco-context", "jaraco-functools"),
    "more-itertools",
)
"""What encrypted remotes need besides, of the extra ``vault``; docs/decisions/0021-vault.md."""

_VAULT_OF = {
    "linux-x64": ("secretstorage", "jeepney"),
    "windows-x64": ("pywin32-ctypes",),
    "3.11": ("importlib-metadata", "zipp", "lazy-importer", "backports-tarfile"),
}
"""What ``keyring`` asks for on one platform, or in one Python; in the others it does without."""


def embedded(platform: str, python: str) -> tuple[str, ...]:
    """The packages that the zip for a platform has for a Python."""
    # libzstd 1.5.6 has no wheel for newer Pythons; the SDK does without there.
    core = (name for name in EMBEDDED if not (name == "pyzstd" and python == "3.14"))
    return (*core, *VAULT, *_VAULT_OF.get(platform, ()), *_VAULT_OF.get(python, ()))


def locked(platform: str, python: str) -> str:
    """The part of the locks that such a host embeds, as a requirements file."""
    found = {**_blocks(DEV_LOCK), **_blocks(CORE_LOCK)}
    wanted = embedded(platform, python)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise Failed(f"the locks do not name {', '.join(missing)}; run tools/dev.py lock")
    # The markers ask about the Python that runs pip, not about the one that is asked for.
    plain = (re.sub(r" ;[^\\\n]*", " ", found[name]) for name in wanted)
    return "\n".join(plain) + "\n"


def _blocks(lock: Path) -> dict[str, str]:
    blocks = re.split(r"\n(?=\S)", lock.read_text("utf-8"))
    return {re.split(r"[=\s]", block, maxsplit=1)[0]: block for block in blocks if "==" in block}


def fetch(platform: str, pythons: tuple[str, ...] = PYTHONS) -> list[Path]:
    """The wheels for a platform, by name; fetched when they are not here yet, checked by hash."""
    wheels: dict[str, Path] = {}
    for python in pythons:
        text = locked(platform, python)
        # The folder's name says what is in it: another lock gets a folder of its own.
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
        part = CACHE / "wheels" / platform / f"{python}-{digest}"
        if not part.is_dir():
            _download(platform, python, text, part)
        wheels |= {path.name: path for path in part.glob("*.whl")}
    return [wheels[name] for name in sorted(wheels)]


def _download(platform: str, python: str, text: str, folder: Path) -> None:
    """Whole or not at all: tests in several processes want the same wheels at the same time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder.parent) as part:
        listed, fetched = Path(part, "wanted.txt"), Path(part, "wheels")
        listed.write_text(text, "utf-8")
        tags = [argument for tag in PLATFORMS[platform] for argument in ("--platform", tag)]
        command: list[str | Path] = [ensure_dev(), "-m", "pip", "--disable-pip-version-check", "-q"]
        command += ["download", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        command += ["--python-version", python, "--implementation", "cp", "--abi", _abi(python)]
        command += ["--abi", "abi3", "--abi", "none", *tags, "-d", fetched, "-r", listed]
        require(command, f"fetching wheels for Python {python} on {platform}")
        old = [one for one in folder.parent.glob(f"{python}-*") if one != folder]
        try:
            fetched.rename(folder)
        except OSError:
            # Another process was quicker; its wheels have the same hashes.
            if not folder.is_dir():
                raise
        for each in old:
            shutil.rmtree(each, ignore_errors=True)


def _abi(python: str) -> str:
    return f"cp{python.replace('.', '')}"


@functools.cache
def own_wheel() -> Path:
    """The wheel of this checkout, built once a run; equal sources give equal bytes."""
    folder = CACHE / "wheels" / "own"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".exe" if sys.platform == "win32" else ""
    hatchling = ensure_dev().parent / f"hatchling{suffix}"
    # Without a fixed time the wheel would carry that of its files.
    steady = {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "1577836800")}
    # Built beside and moved: tests in several processes want it at the same time.
    with tempfile.TemporaryDirectory(prefix="own-", dir=folder.parent) as part:
        command: list[str | Path] = [hatchling, "build", "-t", "wheel", "-d", part]
        require(command, "building the wheel of the SDK", cwd=ROOT, extra=steady)
        made = next(Path(part).glob("*.whl"))
        wheel = folder / made.name
        made.replace(wheel)
    for old in folder.glob("*.whl"):
        if old != wheel:
            old.unlink(missing_ok=True)
    return wheel
