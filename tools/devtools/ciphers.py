"""SQLite that encrypts, in a folder of its own: it is called ``apsw`` as the other one is."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from devtools.env import CACHE, ensure_dev
from devtools.shell import ROOT, require

__all__ = ["CIPHERS", "CIPHERS_LOCK", "cipher_python", "ensure_ciphers"]

CIPHERS = "requirements/ciphers.in"
CIPHERS_LOCK = ROOT / "requirements" / "ciphers.txt"


def ensure_ciphers() -> Path:
    """A folder that is put before all others on the path of a process; made when there is none.

    For the Python that asks. Safe when several processes ask at once.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(CIPHERS_LOCK.read_bytes()).hexdigest()[:16]
    folder = CACHE / "ciphers" / f"{version}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder.parent) as part:
        made = Path(part, "packages")
        command: list[str | Path] = [ensure_dev(), "-m", "pip", "--disable-pip-version-check", "-q"]
        command += ["install", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        command += ["--target", made, "-r", CIPHERS_LOCK]
        require(command, "fetching a SQLite that encrypts")
        shutil.rmtree(made / "bin", ignore_errors=True)
        try:
            made.rename(folder)
        except OSError:
            # Another process was quicker; what it has came by the same hashes.
            if not folder.is_dir():
                raise
    return folder


def cipher_python(folder: Path) -> Path:
    """A Python in ``folder`` that has what this one has, and that SQLite in the place of the other.

    For workers, which no variable of the environment reaches.
    """
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    names = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", names))
    ours = sysconfig.get_path("purelib")
    # In the order in which they are to be found; a line of code, so that ``.pth`` of ours count.
    lines = [str(ensure_ciphers()), f"import site; site.addsitedir({ours!r})"]
    (packages / "ciphers.pth").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
