"""Calls about versions: what was, is put back, comes in and goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Ref, never
from audobon.facade.measuring import measured
from audobon.model.asset import Asset
from audobon.services.core import lookup

if TYPE_CHECKING:
    from audobon.model.branch import Branch, SwitchPlan
    from audobon.model.details import AssetDetails
    from audobon.model.version import Diff, Pointer, Version
    from audobon.services.files.ingest import Progress
    from audobon.services.imports.import_plan import Imported, ImportPlan
    from audobon.services.versioning.collecting import Collected
    from audobon.services.versioning.export import Exported
    from audobon.services.versioning.restore import Restored
    from audobon.services.versioning.verify import Verified

__all__ = ["VersionCalls"]


class VersionCalls(Base):
    """History, branches, import, and care for what is stored."""

    @measured("commit")
    def commit(
        self,
        message: str,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Version:
        """Make a version of every asset as it is on disk and in the catalog now.

        Changed files are noticed by themselves. Returns the newest version
        when nothing differs from it. A file that cannot be read is named in
        ``stats.skipped`` and stands in the version as before.
        """
        from audobon.services.versioning.versions import commit

        return commit(self._stores, message, progress=progress, cancel=cancel)

    @measured("log")
    def log(
        self, ref: Ref | None = None, limit: int = 50, *, revision: str = "HEAD"
    ) -> tuple[Version, ...]:
        """Versions, newest first; with ``ref`` those in which that asset changed."""
        from audobon.services.versioning.versions import log

        asset = None if ref is None else self.get(ref)
        return log(self._stores, asset, limit=limit, revision=revision)

    def contents_at(self, ref: Ref, revisions: Iterable[str]) -> tuple[Pointer | None, ...]:
        """What the bytes of an asset were at each of some revisions; None where it had none."""
        from audobon.services.versioning.versions import contents_at

        return contents_at(self._stores, self.get(ref), tuple(revisions))

    @property
    def head_mark(self) -> str:
        """A text that is another one after each new version and each switch of branches.

        Two small files are read for it, in a way that holds up no other thread
        of Python, however long the disk takes. Empty before the first version.
        """
        from audobon.services.core.headmark import head_mark

        return head_mark(self._stores)

    @measured("diff")
    def diff(self, a: str, b: str = "HEAD", ref: Ref | None = None) -> Diff:
        """What changed from revision ``a`` to ``b``; ``"WORKING"`` is the library as it is now."""
        from audobon.services.versioning.compare import compare

        return compare(self._stores, a, b, asset=None if ref is None else self.get(ref))

    def diff_details(
        self,
        a: str,
        b: str = "HEAD",
        ref: Ref | None = None,
        *,
        size: int = 512,
        cancel: Callable[[], bool] = never,
    ) -> Iterator[AssetDetails]:
        """What changed inside each asset of :meth:`diff`, in its order, made as it is asked for.

        Pictures are compared pixel by pixel, paintings layer by layer;
        ``docs/diffs.md`` tells how. Pictures come back with at most ``size``
        pixels (16 to 2048) on their longest side. A worker process looks at
        the files, so this takes a while; what it finds is kept by content. A
        file that cannot be compared says so in ``problems``.
        """
        from audobon.services.diffs.details import details

        return details(self._stores, self.diff(a, b, ref), size=size, cancel=cancel)

    def diff_page(
        self,
        to: str | os.PathLike[str],
        a: str,
        b: str = "HEAD",
        ref: Ref | None = None,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Path:
        """Write the difference as one HTML file that needs nothing else; its path.

        Replaces a file at ``to``. Many changed assets are shown with smaller
        pictures, very many without; the page says so.
        """
        from audobon.services.diffs.diffpage import write_page

        diff = self.diff(a, b, ref)
        return write_page(self._stores, diff, Path(to), progress=progress, cancel=cancel)

    @measured("restore")
    def restore(
        self, ref: Ref, revision: str, to: str | os.PathLike[str] | None = None
    ) -> Restored:
        """Put a file back as it was at ``revision``, bit for bit.

        In place (at its present path), or at ``to``: a file, or a folder that
        exists. In place, bytes that no version holds are kept in a rescue
        version before they are replaced. The answer is usable as a path.
        """
        from audobon.services.versioning.restore import restore

        return restore(
            self._stores,
            os.fspath(ref.id if isinstance(ref, Asset) else ref),
            lookup.find_ever(self._stores, ref),
            revision=revision,
            to=to,
        )

    def export(
        self,
        to: str | os.PathLike[str],
        revision: str = "HEAD",
        refs: Iterable[Ref] = (),
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
        durable: bool = False,
    ) -> Exported:
        """Write the files of a version below the folder ``to``, bit for bit, several at a time.

        They lie there under their paths; in a version with files of several
        roots each root is a folder. ``refs`` are assets, and paths of files or folders
        as the version has them; without any it is all of it. Nothing is
        written over: a file that is there with the same bytes is left, so a
        cancelled export goes on, and one with others is told in ``failed``,
        as is what cannot be read. Each file is proved before it has its name. As with
        any copy the system writes to the disk when it sees fit; with ``durable``
        that is waited for. The library stays as it is. NotFound for a
        ref that the version does not have, before anything is written.
        """
        from audobon.services.versioning.export import export

        names = [os.fspath(ref.id if isinstance(ref, Asset) else ref) for ref in refs]
        return export(
            *(self._stores, Path(to)),
            revision=revision,
            refs=names,
            progress=progress,
            cancel=cancel,
            durable=durable,
        )

    def branches(self) -> tuple[Branch, ...]:
        """All branches by name, with how far each is ahead of and behind the current one."""
        from audobon.services.versioning.branching import branches

        return branches(self._stores)

    def branch(self, name: str, *, at: str = "HEAD") -> Branch:
        """Make a branch at a revision; :meth:`switch` goes there. Conflict when it exists."""
        from audobon.services.versioning.branching import add_branch

        return add_branch(self._stores, name, at=at)

    def remove_branch(self, name: str, *, force: bool = False) -> Branch:
        """Remove a branch. Conflict when only it has some versions, unless forced.

        Invalid for the current one. Its versions stay until they are collected.
        """
        from audobon.services.versioning.branching import remove_branch

        return remove_branch(self._stores, name, force=force)

    def plan_switch(self, name: str) -> SwitchPlan:
        """What :meth:`switch` would write and remove, and what is in the way; changes nothing."""
        from audobon.services.versioning.branching import plan_switch

        return plan_switch(self._stores, name)

    @measured("switch")
    def switch(
        self,
        name: str,
        *,
        force: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> SwitchPlan:
        """Make files and metadata as they are on a branch; new versions go there.

        Only files that differ are touched. Uncommitted work that is not in
        the way stays as it is. Conflict when some would be overwritten; with
        ``force`` it is kept in a rescue version first. What could be undone
        before cannot be any more.
        """
        from audobon.services.versioning.branching import switch

        return switch(self._stores, name, force=force, progress=progress, cancel=cancel)

    def plan_import(
        self, path: str | os.PathLike[str], *, to: str | os.PathLike[str] | None = None
    ) -> ImportPlan:
        """What :meth:`import_versions` would make of ``path``; nothing is changed.

        ``path`` is a git repository (with git-lfs or without), or a folder of
        files with numbers such as ``rock_v001.blend``. ``to`` is the folder in
        which the files lie in the library; by default a repository's own
        working tree, else one in the library. NotFound when ``path`` is neither.
        """
        from audobon.services.imports.importing import plan

        return plan(self._stores, Path(path), to=None if to is None else Path(to))

    def import_versions(
        self,
        source: str | os.PathLike[str] | ImportPlan,
        *,
        partial: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Imported:
        """Take the versions of a repository or of numbered files into the history.

        They keep their messages, authors and times. Where the library has
        versions already, one with two parents joins both. All or nothing; the
        source is only read. NotFound when git-lfs has not fetched some bytes,
        unless ``partial`` leaves these out; Conflict for files in the way, and
        for commits that are imported already.
        """
        from audobon.services.imports.import_plan import ImportPlan
        from audobon.services.imports.importing import apply

        made = source if isinstance(source, ImportPlan) else self.plan_import(source)
        return apply(self._stores, made, partial=partial, progress=progress, cancel=cancel)

    @measured("verify")
    def verify(
        self,
        part: tuple[int, int] | None = None,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Verified:
        """Read every stored byte and check it; ``part=(k, n)`` does the k-th of n parts."""
        from audobon.services.versioning.verify import verify

        return verify(self._stores, part=part, progress=progress, cancel=cancel)

    @measured("collect")
    def collect(
        self,
        *,
        dry_run: bool = False,
        grace: timedelta = timedelta(days=14),
        keep_last: int | None = None,
        keep_for: timedelta | None = None,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Collected:
        """Free the space of what no branch, tag or rescue version needs.

        Something unneeded goes when a collection has noted it, ``grace`` has
        passed, and it is still unneeded. ``keep_last`` and ``keep_for`` prune
        versions first: of each branch the newest ones stay, those that are
        young enough, tips and tagged ones always. Safe while others work on
        the library; making a version waits meanwhile. Corrupt, with nothing
        removed, when something that is needed is damaged. ``docs/collect.md``.
        """
        from audobon.services.snapshots.scheduling import before
        from audobon.services.versioning.collecting import collect

        if not dry_run:
            before(self._stores, "collect")
        return collect(
            self._stores,
            dry_run=dry_run,
            grace=grace,
            keep_last=keep_last,
            keep_for=keep_for,
            progress=progress,
            cancel=cancel,
        )
