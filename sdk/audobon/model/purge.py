"""What a purge removes, what it has proved, and what it cannot reach."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

__all__ = ["Proof", "PurgeReport", "PurgedPlace", "Trace"]


@frozen(slots=True)
class Trace:
    """Something of a purged asset that was found: ``what`` it is, and in which file or object."""

    where: str
    what: str


@frozen(slots=True)
class Proof:
    """A search for what was purged in every byte, also of what is compressed.

    ``files`` were looked through, ``bytes`` counts them as they read unpacked. ``needles`` is
    how many names, digests, ids and pieces of contents were looked for. ``kept_ids`` entries of
    the audit log still have the asset's id, and nothing else of it.
    """

    files: int
    bytes: int
    needles: int
    traces: tuple[Trace, ...] = ()
    kept_ids: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.traces


@frozen(slots=True)
class PurgedPlace:
    """A remote or a place of snapshots. ``done`` says that nothing is left there, ``told`` why not,
    what was done, or in a dry run would be. ``proof`` is that of its objects."""

    name: str
    url: str
    done: bool
    told: str
    proof: Proof | None = None


@frozen(slots=True)
class PurgeReport:
    """What a purge did, or in a dry run would do.

    ``assets`` are paths behind the names of their roots. ``files`` go from the working copy;
    ``kept_files`` were asked to stay. ``versions`` name the assets; ``commits`` leads from each
    version that was written anew to what it is now, empty in a dry run. ``contents`` go from the
    chunk store with ``chunks`` that nothing else needs. ``used_by`` and ``made_of_it`` are other
    assets that use them or came from them. ``mentions`` tell where other things name them, which
    stays. ``places`` are those that were named; in a dry run with assets only those that cannot be
    reached, and without any what would be done at each.
    ``elsewhere`` is what a purge cannot reach.
    """

    dry_run: bool
    assets: tuple[str, ...]
    files: tuple[str, ...]
    kept_files: bool
    versions: int
    contents: int
    chunks: int
    used_by: tuple[str, ...] = ()
    made_of_it: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    places: tuple[PurgedPlace, ...] = ()
    elsewhere: tuple[str, ...] = ()
    commits: Mapping[str, str] = field(factory=dict)
    proof: Proof | None = None

    @property
    def ok(self) -> bool:
        """Whether all that was asked is done, and the search found nothing."""
        proved = self.proof is not None and self.proof.ok
        return self.dry_run or (proved and all(place.done for place in self.places))
