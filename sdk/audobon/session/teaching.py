"""What a host asks to teach a tag: each call returns at once, ``state.teaching`` tells.

Marks are kept at once, whatever else is being done; lessons take their turn with all that
computes, as ``state.computing``. How something ended is a notice. ``audobon.panel.teaching``
says the rest in words.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from audobon.codec.words import counted
from audobon.errors import Cancelled
from audobon.model.head import TARGET
from audobon.session.asides import page_path
from audobon.session.opens import Opens
from audobon.session.state import State
from audobon.session.taught import Live
from audobon.session.unread import Partly

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.services.core.queue import Job
    from audobon.session.doing import Report, Work
    from audobon.session.opened import Opened

__all__ = ["SessionTeaching", "Teaching", "lesson_name"]

_LOOK_S = 0.05
_SAID = {True: "yes", False: "no", None: "not an example"}

Then = Callable[[], None]


def lesson_name(tag: str) -> str:
    """What a lesson is called while it lasts."""
    return f"Learning {tag}"


class SessionTeaching:
    """The part of a session that teaches tags; reached as ``Session.teaching``."""

    def __init__(
        self,
        opened: Callable[[], Opened | None],
        state: Callable[[], State],
        compute: Callable[..., None],
        do: Callable[..., None],
    ) -> None:
        self._opened = opened
        self._state = state
        self._compute = compute
        self._do = do

    def watch(self, tag: str, version: int = 0) -> None:
        """Somebody looks at this tag, at the pictures of this version or (0) of the newest:
        ``state.teaching`` is kept up to date for some seconds. Cheap."""
        now = self._opened()
        if now is not None and now.teacher is not None:
            now.teacher.show(tag.strip(), version)
            now.teacher.watch()

    def mark(self, tag: str, idents: Sequence[str], yes: bool | None) -> None:
        """Say of pictures that they have the tag or have it not, or take that back with None.

        It is kept in the library until it is taken back. Assets that are no pictures are left
        out, and that is told.
        """
        wanted = tuple(dict.fromkeys(idents))

        def work(library: Library, _report: Report) -> str:
            known = [library.get(ident) for ident in library.known(wanted)]
            pictures = [asset for asset in known if asset.kind == "image"]
            if pictures:
                library.mark_examples(tag, pictures, yes)
            text = f"{counted(len(pictures), 'picture')}: {_SAID[yes]}"
            left = len(wanted) - len(pictures)
            if left:
                others = "1 that is no picture" if left == 1 else f"{left:,} that are no pictures"
                return Partly(f"{text}; {others} left out")
            return text

        now = self._opened()
        if now is None or now.marking is None:
            return
        teacher = now.teacher

        def told(library: Library, report: Report) -> str | None:
            try:
                return work(library, report)
            finally:
                if teacher is not None:
                    teacher.read()  # who looks sees it with the notice, not a second later

        now.marking.do("Marking", told)

    def learn(self, tag: str, *, precision: float = TARGET, then: Then | None = None) -> None:
        """Learn the tag from all its examples; ``state.teaching.live`` tells figures meanwhile.

        What was learnt is a new version, in use or not: the newest of ``state.teaching.heads``.
        """

        def work(library: Library, report: Report) -> str:
            told = self._follow(library.teach(tag, precision=precision), report)
            unasked = told.get("unasked")
            more = f"; not compared with the model that knows names: {unasked}" if unasked else ""
            if told["used"]:
                text = f"{told['tag']} is learnt: {counted(told['suggested'], 'suggestion')}"
                return Partly(text + more) if more else text
            return Partly(
                f"{told['tag']} is learnt and not taken into use: {told['refused']}{more}"
            )

        self._at_work(lesson_name(tag), work, then)

    def use(self, tag: str, version: int | None, *, then: Then | None = None) -> None:
        """Have this version suggest from now on, or None."""

        def work(library: Library, report: Report) -> str:
            told = self._follow(library.use_head(tag, version), report)
            if version is None:
                return f"{tag} is not suggested any more"
            made = sum(each["suggested"] for each in told["heads"])
            return f"Version {version} of {tag} is in use: {counted(made, 'suggestion')}"

        self._at_work("Suggesting anew", work, then)

    def page(self, tag: str, then: Callable[[str], Any]) -> None:
        """As ``Library.heads_page``, of one tag or (empty) of all; :meth:`Session.pump` calls
        ``then`` with the path for a browser."""
        made: list[str] = []

        def work(library: Library, _report: Report) -> None:
            # A tag may hold what no name of a file does.
            name = hashlib.sha256(tag.encode()).hexdigest()
            to = page_path(library.id, "taught", name)
            made.append(str(library.heads_page(to, tag or None)))

        self._do("Making a page of what was taught", work, lambda: then(made[0]) and None)

    def suggest(self, tag: str, idents: Sequence[str] | None = None) -> None:
        """Look at pictures that nobody has looked at yet, and suggest the tag anew.

        Without ``idents`` at all that are found now and are pictures.
        """
        state = self._state()
        query, like = state.found.wanted.query, state.like

        def work(library: Library, report: Report) -> str:
            wanted = idents
            if wanted is None:
                wanted = like.ids if like else library.find_ids(f"kind:image {query}".strip())
            job = library.apply_heads(tuple(wanted), tag=tag)
            told = self._follow(job, report)
            made = sum(each["suggested"] for each in told["heads"])
            text = f"{tag}: {counted(made, 'suggestion')}"
            failed = len(told["failed"])
            return Partly(f"{text}, {failed:,} could not be read") if failed else text

        self._at_work(f"Suggesting {tag}", work, None)

    def _at_work(self, name: str, work: Work, then: Then | None) -> None:
        now = self._opened()
        if now is None:
            return

        def told(library: Library, report: Report) -> str | None:
            try:
                return work(library, report)
            finally:
                now.tell_teaching(live=None)

        def done() -> None:
            if now.reviewer is not None:
                now.reviewer.count()
            if then is not None:
                then()

        self._compute(name, told, done)

    def _follow(self, job: Job, report: Report) -> dict[str, Any]:
        """Wait for a job, telling what it has found so far; a wish to stop is passed on."""
        now = self._opened()
        job.start()
        while job.state in ("queued", "running"):
            if report.cancelled():
                job.cancel()
                raise Cancelled(f"job {job.id} is cancelled")
            report.progress(round(job.progress * 1000), 1000, "")
            if (live := job.live) and now is not None:
                now.tell_teaching(live=Live(live["held_out"], live["of"], live["f1"]))
            time.sleep(_LOOK_S)
        told: dict[str, Any] = job.result()
        return told


class Teaching(Opens):
    """What a session does about tags that are taught."""

    _teaching: SessionTeaching | None = None

    @property
    def state(self) -> State:
        """See ``Session.state``."""
        raise NotImplementedError

    def do(self, name: str, work: Work, then: Then | None = None) -> None:
        """See ``Session.do``."""
        raise NotImplementedError

    def compute(
        self, name: str, work: Work, then: Then | None = None, otherwise: Then | None = None
    ) -> None:
        """See ``Computing.compute``."""
        raise NotImplementedError

    @property
    def teaching(self) -> SessionTeaching:
        """Tags that are taught by examples."""
        if self._teaching is None:
            self._teaching = SessionTeaching(
                lambda: self._open, lambda: self.state, self.compute, self.do
            )
        return self._teaching
