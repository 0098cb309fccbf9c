"""Remotes: other places of a library, and what was sent there or came from there."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from audobon.model.estimate import Estimate
from audobon.model.merge import MergeReport

__all__ = ["FetchReport", "PullReport", "PushReport", "Remote", "RemoteState"]


@frozen(slots=True)
class Remote:
    """A place by its name. ``url`` holds no secret; ``encrypted`` says that a vault is there.

    ``recovery`` is the recovery key of a vault that was made just now, to be printed and kept;
    nobody can tell it again, so it is empty everywhere else. ``impersonate_service_account`` is
    whom a bucket is used as, empty for whoever is signed in. ``limit`` is how many bytes a
    second go there and come from there at most, None for no cap.
    """

    name: str
    url: str
    added: datetime
    encrypted: bool = False
    recovery: str = field(default="", repr=False)
    impersonate_service_account: str = ""
    limit: int | None = None


@frozen(slots=True)
class RemoteState:
    """How a branch stands to a remote, as it was when it was last looked at.

    ``ahead`` versions are only here, ``behind`` only there. ``known`` is False
    where the remote does not have the branch, or was never asked.
    """

    name: str
    url: str
    branch: str
    ahead: int
    behind: int
    known: bool


@frozen(slots=True)
class PushReport:
    """What a push did, or with ``dry_run`` would do.

    ``branches`` were moved there; ``versions`` is how many are new there.
    ``files`` contents were sent, with ``pictures`` previews; ``bytes`` are those of
    all that was sent for them, for versions and for results. Before it is done they
    are an estimate, and those of versions are not in it. ``lacking`` are contents
    (sha256) that versions name and that are neither here nor there. ``held`` are the
    paths of assets that somebody else has locked there. ``estimate`` has, before it is
    done, what a bucket asks for it. ``results`` is how many vectors and texts of
    pictures went, which others need not compute.
    """

    name: str
    dry_run: bool
    branches: tuple[str, ...]
    versions: int
    files: int
    bytes: int
    pictures: int = 0
    lacking: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    estimate: Estimate | None = None
    results: int = 0

    @property
    def nothing(self) -> bool:
        """Whether the remote had everything."""
        return not (self.branches or self.files or self.versions or self.results)


@frozen(slots=True)
class PullReport:
    """What a pull brought. ``versions`` are new here, ``files`` contents came in ``bytes`` bytes.

    ``merge`` is what became of the current branch, None where the remote does
    not have it. ``branches`` are other branches that were made here or moved.
    ``lacking`` are contents that the remote does not have. With ``dry_run`` it is what would
    come: ``merge`` and ``branches`` are empty then, and ``estimate`` has all bytes of objects,
    and what a bucket asks for them. ``results`` is how many vectors and texts of pictures came,
    which need not be computed here.
    """

    name: str
    branch: str
    versions: int
    files: int
    bytes: int
    pictures: int = 0
    merge: MergeReport | None = None
    branches: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    dry_run: bool = False
    estimate: Estimate | None = None
    results: int = 0

    @property
    def conflicts(self) -> int:
        """How many decisions the merge waits for."""
        return 0 if self.merge is None else len(self.merge.conflicts)


@frozen(slots=True)
class FetchReport:
    """Files that were brought to their places, and those that no remote has.

    With ``dry_run`` those that would be; ``estimate`` has the bytes of objects that would come
    for them, and what a bucket asks for it.
    """

    written: tuple[str, ...]
    bytes: int
    lacking: tuple[str, ...] = ()
    dry_run: bool = False
    estimate: Estimate | None = None
