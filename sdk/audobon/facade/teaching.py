"""Calls about tags that are taught by examples."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Invalid, NotFound
from audobon.facade.base import Base, Ref, never
from audobon.model.usual import TARGET
from audobon.services.core import lookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.model.head import Example, Judged, TaughtHead
    from audobon.model.headrun import HeadRun
    from audobon.model.taught import PredictedRatings, Taught
    from audobon.services.core.queue import Job

__all__ = ["TeachCalls"]


class TeachCalls(Base):
    """Heads: what was learnt of tags, version by version. They suggest; nothing is tagged."""

    def teach(
        self,
        tag: str,
        yes: Ref | Iterable[Ref] | None = None,
        no: Ref | Iterable[Ref] | None = None,
        *,
        precision: float = TARGET,
        on: str = "here",
    ) -> Job:
        """Learn a tag from pictures that have it and pictures that have not; a job.

        Added to these is what was marked, what was accepted and rejected in review and what the
        version in use was learnt from; without ``yes`` also every picture that has the tag. What is
        named here counts before that.
        ``job.result()`` has the ``version`` that was made, its ``figures`` on held-out
        pictures, and ``used``: whether it is better than its ``rivals`` and suggests from
        now on, else ``refused`` says why. ``precision`` is the share of suggestions that should be
        right: ``promised`` tells whether that is proved. ``job.live`` tells figures
        while it learns. Invalid for fewer than five of each, Unsupported for what is no
        picture, Unavailable when ``embed`` is not installed.

        ``on`` is here, or vertex: then the job sends the lesson to Vertex AI, and its result names
        the ``run`` for :meth:`take_lesson` (``docs/vertex.md``).
        """
        from audobon.services.taught.teaching import teach

        found = [
            None if refs is None else lookup.find_all(self._stores, refs) for refs in (yes, no)
        ]
        return teach(self._stores, tag, *found, precision=precision, on=on)

    def take_lesson(self, run: str) -> Job:
        """Keep what a ``run`` of :meth:`teach` in Vertex AI has learnt, verified as a lesson
        of this machine; a job with the same result.

        NotFound for no such run, Invalid for one of another library. The job fails with Busy while
        the run goes on, and with its error where it has failed.
        """
        from audobon.services.taught.teaching import take_in

        return take_in(self._stores, run)

    def mark_examples(self, tag: str, refs: Ref | Iterable[Ref], yes: bool | None) -> None:
        """Note that pictures have a tag, or have it not: for the lessons to come.

        Nothing is tagged by it. None takes it back: they count as nothing for this tag, whatever
        else is known of them. One that is accepted or rejected in review later counts as that.
        Unsupported for what is no picture.
        """
        from audobon.services.taught.teaching import mark

        mark(self._stores, tag, lookup.find_all(self._stores, refs), yes)

    def marked_examples(self, tag: str) -> dict[str, bool | None]:
        """What was marked for a tag, by the ids of assets, the newest first."""
        return self._stores.catalog.marks(tag)

    def marked_tags(self) -> tuple[str, ...]:
        """The tags for which something is marked."""
        return self._stores.catalog.marked_tags()

    def examples(self, tag: str) -> tuple[Example, ...]:
        """What a lesson would learn from now that names nothing itself; the marked ones first."""
        from audobon.services.taught.teaching import examples

        return examples(self._stores, tag)

    def judged(self, tag: str, version: int | None = None) -> tuple[Judged, ...]:
        """The held-out examples of a version (of the one in use, else the newest) that are still
        in the library, each with the chance that it got. NotFound for what was never taught."""
        from audobon.services.taught.teaching import judged

        return judged(self._stores, tag, version)

    def heads(self, tag: str | None = None) -> tuple[TaughtHead, ...]:
        """All versions of what was learnt, of every tag or of one, the oldest first."""
        return self._stores.catalog.heads(tag)

    def compare_heads(self, tag: str | None = None) -> tuple[HeadRun, ...]:
        """All versions of a tag side by side, refused ones too, the oldest first; without ``tag``
        the newest version of every tag.

        Each with its examples, network, figures on held-out pictures, rivals, what was tried on
        the way, and what it took. NotFound for what was never taught.
        """
        from audobon.services.taught.headruns import compare_heads

        return compare_heads(self._stores, tag)

    def heads_page(self, to: str | os.PathLike[str], tag: str | None = None) -> Path:
        """Write :meth:`compare_heads` as one HTML file with plots; its path.

        For a tag also the held-out pictures of the version in use (else the newest): mistakes, the
        most doubtful and the most certain, previews of them inside the page; waits some seconds
        for a worker where they are not made yet. It needs nothing else and replaces a file at
        ``to``. It holds pictures and names: look before you send it. NotFound.
        """
        from audobon.services.taught.headspage import write_heads_page

        return write_heads_page(self._stores, Path(to), tag=tag)

    def head_card(self, tag: str, version: int | None = None) -> str:
        """The facts of a version (of the one in use, else the newest) as Markdown. NotFound."""
        from audobon.pages.headcard import head_card
        from audobon.services.taught.teaching import version_of

        return head_card(version_of(self._stores, tag, version))

    def export_head(self, tag: str, to: str | os.PathLike[str], version: int | None = None) -> Path:
        """Write a version and its backbone as one network into an empty folder, with its card,
        the head alone for :meth:`import_head`, and a recipe; the path of that, which
        ``models.install`` takes. Waits for a worker.

        It gives ``features`` and ``chance``, what the two would one after the other. NotFound,
        Conflict for a folder that is not empty, Unavailable when ``embed`` is not installed.
        """
        from audobon.services.taught.headexport import export

        return export(self._stores, tag, to, version=version)

    def import_head(self, source: str | os.PathLike[str], tag: str | None = None) -> TaughtHead:
        """Take in a version that :meth:`export_head` wrote: its folder, or the ``head.json`` there.

        It becomes the newest version of its tag, or of ``tag``. It is not in use by itself,
        because its figures are of other pictures; :meth:`use_head` takes it into use. While it
        is, the next lesson has to be better than it. BadFile and NewerFormat for what is no such
        file, Unavailable where another ``embed`` is installed than it was learnt on.
        """
        from audobon.services.taught.headfile import import_head

        return import_head(self._stores, source, tag=tag)

    def use_head(self, tag: str, version: int | None) -> Job:
        """Have this version suggest from now on, None for none; a job that suggests anew.

        NotFound for a tag that was never taught, or for such a version.
        """
        from audobon.services.taught.teaching import use

        return use(self._stores, tag, version)

    def apply_heads(self, refs: Ref | Iterable[Ref] = (), *, tag: str | None = None) -> Job:
        """Suggest by the versions in use, of all tags or of one, for all pictures that ``embed``
        has looked at; first it looks at those of ``refs``. A job."""
        from audobon.services.taught.teaching import apply

        assets = () if isinstance(refs, tuple) and not refs else lookup.find_all(self._stores, refs)
        return apply(self._stores, assets, tag)

    def teach_rating(self) -> Job:
        """Learn how many stars pictures are given, from all that have stars now; a job.

        ``job.result()`` has the ``version`` that was made, its ``figures`` on held-out pictures,
        and ``used``: whether it is better than its ``rivals`` and is in use from now on, else
        ``refused`` says why. ``job.live`` tells figures while it learns. No rating is changed.
        Invalid for fewer than 20 rated pictures, Unavailable when ``embed`` is not installed.
        """
        from audobon.services.taught.rating import teach_rating

        return teach_rating(self._stores)

    def teach_likeness(self) -> Job:
        """Learn which pictures belong together in this library, from their tags and catalogs and
        from suggestions that were rejected; a job.

        ``job.result()`` has the ``version`` that was made, its ``figures`` on held-out pictures,
        and ``used``: whether it finds clearly more than the untuned likeness and than the version
        before; then :meth:`similar` and ``like:`` put the nearest 200 into its order from now on,
        else ``refused`` says why. Invalid for too few tagged pictures, Unavailable when ``embed``
        is not installed.
        """
        from audobon.services.taught.likeness import teach_likeness

        return teach_likeness(self._stores)

    def predicted_ratings(
        self,
        query: str = "rating:0",
        *,
        least: float = 1.0,
        limit: int = 50,
        cancel: Callable[[], bool] = never,
    ) -> PredictedRatings:
        """The pictures among those of ``query`` that would be given the most stars, ``least`` or
        more; for all without stars if nothing is said. Waits for a worker.

        Invalid where no version is in use, Unavailable after an update of ``embed``.
        """
        from audobon.services.finding.search import all_ids
        from audobon.services.taught.rating import predicted

        if limit < 1:
            raise Invalid(f"limit is {limit}; it is at least 1")
        ids = all_ids(self._stores, query, sort="added", typing=False)
        return predicted(self._stores, ids, least=least, limit=limit, cancel=cancel)

    def taught(self, what: str) -> tuple[Taught, ...]:
        """All versions of what was learnt beside tags, the oldest first: ``what`` is "rating"
        or "likeness"."""
        return self._stores.catalog.taught(_known(what))

    def taught_card(self, what: str, version: int | None = None) -> str:
        """The facts of a version (of the one in use, else the newest) as Markdown. NotFound."""
        from audobon.pages.taughtcard import taught_card

        return taught_card(_one(self.taught(what), what, version))

    def use_taught(self, what: str, version: int | None) -> Taught | None:
        """Have this version in use from now on, None for none. NotFound for one there is not."""
        from audobon.services.core.audit import record

        self._stores.need_writable("take a version into use")
        found = self._stores.catalog.use_taught(_known(what), version)
        record(self._stores, "teach", what, version="none" if found is None else found.version)
        return found


def _known(what: str) -> str:
    from audobon.model.taught import KINDS

    if what not in KINDS:
        raise Invalid(f"{what!r} is not taught; {', '.join(KINDS)} can be", subject=what)
    return what


def _one(versions: Sequence[Taught], what: str, version: int | None) -> Taught:
    used = [each for each in versions if each.used] or list(versions)[-1:]
    found = used if version is None else [each for each in versions if each.version == version]
    if not found:
        which = what if version is None else f"version {version} of {what}"
        raise NotFound(f"{which} was never taught", subject=what)
    return found[0]
