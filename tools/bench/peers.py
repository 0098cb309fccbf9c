"""The programs that Audobon is compared with, each used as its manual says.

All of them keep the same folder. None is slowed down or given an option that
it does not have by default, but for the compression of borg (zstd level 3,
which is what Audobon uses) and the encryption of borg, which is off.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from bench.measure import Sample, run, tree_size
from bench.tools import Place, Tool

__all__ = ["PEERS", "present"]


class Git:
    """git: one loose, zlib-compressed object for each version of each file."""

    name = "git"
    program = "git"

    def __init__(self, place: Place, source: Path) -> None:
        self.place, self.source = place, source
        self.store = place.folder / f"{self.name}-store"
        self._versions: list[str] = []

    def _git(self, *words: str, tree: Path | None = None, index: str = "") -> Sample:
        extra = {"GIT_DIR": str(self.store), "GIT_WORK_TREE": str(tree or self.source)}
        if index:
            extra["GIT_INDEX_FILE"] = index
        return run(["git", *words], env={**self.place.env, **extra}, cwd=tree or self.source)

    def start(self) -> None:
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("config", "gc.auto", "0")  # it would run in the background, uncounted

    def commit(self, number: int) -> Sample:
        taken = self._git("add", "--all")
        taken += self._git("commit", "--quiet", "--message", f"version {number}")
        self._versions.append(self._git("rev-parse", "HEAD").out.strip())
        return taken

    def restore(self, number: int, to: Path) -> Sample:
        index = str(self.place.folder / f"{self.name}-index")
        Path(index).unlink(missing_ok=True)
        version = self._versions[number - 1]
        return self._git("checkout", "--quiet", version, "--", ".", tree=to, index=index)

    def size(self) -> int:
        return tree_size(self.store)


class GitLfs(Git):
    """git-lfs: a plain copy of each version of each file beside the repository."""

    name = "git-lfs"
    program = "git-lfs"

    def start(self) -> None:
        super().start()
        self._git("lfs", "install", "--local")
        (self.store / "info" / "attributes").write_text("* filter=lfs diff=lfs merge=lfs -text\n")


class Restic:
    """restic: content-defined chunks of about 1 MB, encrypted, compressed if it can."""

    name = "restic"
    program = "restic"

    def __init__(self, place: Place, source: Path) -> None:
        self.place, self.source = place, source
        self.store = place.folder / "restic-store"

    def _restic(self, *words: str) -> Sample:
        extra = {"RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(self.store)}
        return run(["restic", "--quiet", *words], env={**self.place.env, **extra}, cwd=self.source)

    def start(self) -> None:
        self._restic("init")

    def commit(self, number: int) -> Sample:
        return self._restic("backup", "--tag", f"v{number}", ".")

    def restore(self, number: int, to: Path) -> Sample:
        return self._restic("restore", "latest", "--tag", f"v{number}", "--target", str(to))

    def size(self) -> int:
        return tree_size(self.store)


class Borg:
    """borg: content-defined chunks of about 2 MB, zstd level 3, no encryption."""

    name = "borg"
    program = "borg"

    def __init__(self, place: Place, source: Path) -> None:
        self.place, self.source = place, source
        self.store = place.folder / "borg-store"

    def _borg(self, *words: str, cwd: Path | None = None) -> Sample:
        extra = {
            "BORG_BASE_DIR": str(self.place.home),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        }
        return run(["borg", *words], env={**self.place.env, **extra}, cwd=cwd or self.source)

    def start(self) -> None:
        self._borg("init", "--encryption", "none", str(self.store))

    def commit(self, number: int) -> Sample:
        return self._borg("create", "--compression", "zstd,3", f"{self.store}::v{number}", ".")

    def restore(self, number: int, to: Path) -> Sample:
        return self._borg("extract", f"{self.store}::v{number}", cwd=to)

    def size(self) -> int:
        return tree_size(self.store)


class Dvc:
    """DVC: a plain copy of each version of each file in its cache.

    It keeps only what lies in its own folder, so it works on a copy of the
    source (made before the clock runs) and restores in place.
    """

    name = "dvc"
    program = "dvc"

    def __init__(self, place: Place, source: Path) -> None:
        self.place, self.source = place, source
        self.work = place.folder / "dvc-work"
        self.store = self.work / ".dvc" / "cache"
        self._versions: list[str] = []

    def _dvc(self, *words: str) -> Sample:
        extra = {"DVC_NO_ANALYTICS": "1"}
        return run(["dvc", *words], env={**self.place.env, **extra}, cwd=self.work)

    def start(self) -> None:
        self.work.mkdir()
        self._dvc("init", "--quiet", "--no-scm")

    def commit(self, number: int) -> Sample:
        del number  # its versions are the notes that it writes
        data = self.work / "data"
        for file in self.source.rglob("*"):
            if file.is_file():
                target = data / file.relative_to(self.source)
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists() or target.stat().st_mtime != file.stat().st_mtime:
                    shutil.copy2(file, target)
        taken = self._dvc("add", "--quiet", "data")
        self._versions.append((self.work / "data.dvc").read_text())
        return taken

    def restore(self, number: int, to: Path) -> Sample:
        note, data, aside = (self.work / name for name in ("data.dvc", "data", "aside"))
        now = note.read_text()
        data.rename(aside)
        note.write_text(self._versions[number - 1])
        taken = self._dvc("checkout", "--quiet", "--force")
        to.rmdir()
        data.rename(to)
        note.write_text(now)
        aside.rename(data)
        return taken

    def size(self) -> int:
        return tree_size(self.store)


PEERS = (Git, GitLfs, Restic, Borg, Dvc)


def present(place: Place, source: Path, names: Collection[str]) -> tuple[list[Tool], list[str]]:
    """Those of ``names`` that are installed, ready to start on ``source``; names of the absent."""
    asked = [peer for peer in PEERS if peer.name in names]
    here: list[Tool] = [peer(place, source) for peer in asked if shutil.which(peer.program)]
    return here, [peer.name for peer in asked if not shutil.which(peer.program)]
