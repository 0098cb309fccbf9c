"""The calls of a session that compute: pipelines over pictures, likeness, suggestions, models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audobon.model.suggestion import Suggestion
from audobon.session.doing import Work
from audobon.session.making import Made, Picture, alike, look_at, make, values_of
from audobon.session.opened import Opened
from audobon.session.opens import Opens
from audobon.session.state import State
from audobon.session.unread import Partly

__all__ = ["Computing", "looking"]

_ALIKE = 200  # more nobody turns pages for
_LOOKS = {"ocr": "Reading text", "tags": "Suggesting tags"}
# What looking at pictures is called while it lasts.


def looking(now: Opened, work: Work) -> Work:
    """The same work, after which the library is looked at anew."""

    def done(library: Any, report: Any) -> str | None:
        try:
            return work(library, report)
        finally:
            if now.finder is not None:
                now.finder.look()
            if now.historian is not None:
                now.historian.look()
            if now.keeper is not None:
                now.keeper.look()
            if now.remoter is not None:
                now.remoter.look()
            if now.locker is not None:
                now.locker.look()
            if now.teacher is not None:
                now.teacher.look()

    return done


class Computing(Opens):
    """What a session computes with networks. ``state.computing`` tells how far it is.

    It is done in the order that it was asked for, beside what ``do`` does.
    """

    def do(self, name: str, work: Work, then: Callable[[], None] | None = None) -> None:
        """See ``Session.do``."""
        raise NotImplementedError

    def open(self, path: str) -> None:
        """See ``Session.open``."""
        raise NotImplementedError

    def compute(
        self,
        name: str,
        work: Work,
        then: Callable[[], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """As ``do``, for what may take minutes: what ``do`` does need not wait for it.

        ``otherwise`` is called by ``pump`` in place of ``then`` where it failed or was cancelled.
        """
        if (now := self._open) is not None and now.computer is not None:
            now.computer.do(name, looking(now, work), then, otherwise)

    def cancel_computing(self) -> None:
        """Ask what is being computed to stop."""
        if (now := self._open) is not None and now.computer is not None:
            now.computer.cancel()

    def look_at_tools(self) -> None:
        """Look what the engine can compute and which models it has; ``state.tools`` tells."""
        if (now := self._open) is not None:
            now.look_at_tools()

    def register_engine(self, python: str, then: Callable[[], None] | None = None) -> None:
        """Have workers run in this Python from now on, for this user and in every host.

        It is tried first; one that cannot run workers is a notice, and nothing
        changes. The library is then opened anew, so that nothing runs in the
        old one any more, and ``then`` is called by ``pump``.
        """

        def work(library: Any, _report: Any) -> None:
            from audobon.work.interpreter import register_environment

            register_environment(python)
            library.release_worker()

        def follow() -> None:
            self.open(self.state.path)
            if then is not None:
                then()

        self.do("Trying this Python", work, follow)

    def install(self, name: str, *, accept: bool = False) -> None:
        """Fetch and install a component, or all that a pipeline needs.

        Goes to the network: it is for the host to ask whether that is allowed.
        """

        def work(library: Any, report: Any) -> str:
            made = library.models.install(
                name, accept=accept, progress=report.progress, cancel=report.cancelled
            )
            self.look_at_tools()
            return f"{name} is installed" if made else f"{name} was installed already"

        self.compute(f"Installing {name}", work)

    def transform(
        self,
        pipeline: str,
        picture: Picture,
        then: Callable[[Made], None],
        *,
        beside: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        bare: Mapping[str, Any] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Run a pipeline that gives a picture over one that the host has.

        ``then`` is called by ``pump`` with what was made; its file is gone
        afterwards, unless ``beside`` names the folder in which it is to stay.
        ``bare`` asks for the result as bare numbers too, see ``Library.run_on_file``.
        ``otherwise`` is called in place of ``then`` where nothing was made.
        """
        told: list[Any] = []

        def work(library: Any, report: Any) -> None:
            told.append(
                make(
                    *(library, report, pipeline, picture),
                    beside=beside, parameters=parameters or {}, bare=bare,
                )
            )  # fmt: skip

        def done() -> None:
            made, folder = told.pop()
            with folder:
                then(made)

        self.compute(f"{pipeline.capitalize()}: {picture.name}", work, done, otherwise)

    def values(
        self,
        pipeline: str,
        picture: Picture,
        then: Callable[[Any], None],
        *,
        parameters: Mapping[str, Any] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Run a pipeline that gives values over a picture that the host has.

        ``then`` is called by ``pump`` with them, ``otherwise`` where there are none.
        """
        told: list[Any] = []

        def work(library: Any, report: Any) -> None:
            told.append(values_of(library, report, pipeline, picture, parameters or {}))

        name = f"{pipeline.capitalize()}: {picture.name}"
        self.compute(name, work, lambda: then(told.pop()), otherwise)

    def find_alike(
        self,
        label: str,
        subject: str | Picture,
        ended: Callable[[], None] | None = None,
        *,
        region: Sequence[float] | None = None,
    ) -> None:
        """Show what looks most like an asset (its id) or a picture; ``state.like`` tells of it.

        ``region`` is the part that is meant, see ``Library.similar``.

        ``ended`` is called by ``pump`` afterwards, however it went.
        """

        def work(library: Any, report: Any) -> None:
            like = alike(library, report, label, subject, _ALIKE, region=region)
            if (now := self._open) is not None and now.finder is not None:
                now.finder.show_like(like)

        self.compute(f"What looks like {label}", work, ended, ended)

    def leave_alike(self) -> None:
        """Show everything again."""
        if (now := self._open) is not None and now.finder is not None:
            now.finder.show_like(None)

    def look_at_pictures(self, pipeline: str, idents: Sequence[str] | None = None) -> None:
        """Run a pipeline that gives values (``embed``, ``tags``, ``ocr``) over assets.

        Without ``idents`` over all that are found now and are pictures.
        """
        state = self.state
        query, like = state.found.wanted.query, state.like

        def work(library: Any, report: Any) -> str:
            wanted = idents
            if wanted is None:
                wanted = like.ids if like else library.find_ids(f"kind:image {query}".strip())
            if not wanted:
                return "No picture is found"
            done, failed = look_at(library, report, pipeline, wanted)
            self._look_closely()
            text = f"{done:,} looked at"
            return Partly(f"{text}, {failed:,} could not be read") if failed else text

        self.compute(_LOOKS.get(pipeline, pipeline.capitalize()), work, self.count_suggestions)

    def _look_closely(self) -> None:
        """At the chosen asset again: suggestions are no change, so nothing tells of them."""
        chosen, now = self.state.chosen, self._open
        if chosen is not None and now is not None and now.finder is not None:
            now.finder.choose(chosen.asset.id)

    @property
    def state(self) -> State:
        """See ``Session.state``."""
        raise NotImplementedError

    def next_suggestions(self, tag: str = "") -> None:
        """Choose the next asset that has suggested tags, or this one; ``state.queue`` tells how
        many have."""
        if (now := self._open) is not None and now.reviewer is not None:
            now.reviewer.next(tag)

    def count_suggestions(self) -> None:
        """Count anew what waits, for ``state.queue``."""
        if (now := self._open) is not None and now.reviewer is not None:
            now.reviewer.count()

    def decide(self, suggestions: Sequence[Suggestion], verdict: str) -> None:
        """Decide about suggested tags, as one step of undo.

        ``accept`` or ``reject`` them here, accept them ``always``, or show
        these tags ``never``.
        """
        given = tuple(suggestions)

        def work(library: Any, _report: Any) -> None:
            if verdict == "never":
                for tag in dict.fromkeys(each.tag for each in given):
                    library.tags.rule(tag, "never")
            elif verdict == "reject":
                library.reject(given)
            else:
                library.accept(given, always=verdict == "always")

        self.do(verdict, work, self.count_suggestions)
