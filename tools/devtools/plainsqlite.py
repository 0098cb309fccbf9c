"""SQLite without ciphers, in a folder of its own: it is called ``apsw`` as ours is."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from devtools.env import CACHE, ensure_dev
from devtools.shell import ROOT, require

__all__ = ["PLAIN", "PLAIN_LOCK", "ensure_plain"]

PLAIN = "requirements/plain.in"
PLAIN_LOCK = ROOT / "requirements" / "plain.txt"


def ensure_plain() -> Path:
    """A folder that is put before all others on the path of a process; made when there is none.

    For the Python that asks. Safe when several processes ask at once.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(PLAIN_LOCK.read_bytes()).hexdigest()[:16]
    folder = CACHE / "plain" / f"{version}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder.parent) as part:
        made = Path(part, "packages")
        command: list[str | Path] = [ensure_dev(), "-m", "pip", "--disable-pip-version-check", "-q"]
        command += ["install", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        command += ["--target", made, "-r", PLAIN_LOCK]
        require(command, "fetching a SQLite without ciphers")
        shutil.rmtree(made / "bin", ignore_errors=True)
        try:
            made.rename(folder)
        except OSError:
            # Another process was quicker; what it has came by the same hashes.
            if not folder.is_dir():
                raise
    return folder
