"""Calls that find assets and show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from audobon.errors import Invalid
from audobon.facade.base import Base, Ref, never
from audobon.facade.measuring import measured

if TYPE_CHECKING:
    from audobon.errors import AudobonError
    from audobon.model.color import Swatch
    from audobon.model.decoded import Decoded
    from audobon.model.look import Look
    from audobon.model.query import Page
    from audobon.model.version import Pointer

__all__ = ["FindingCalls"]


class FindingCalls(Base):
    """Search, completion and previews."""

    @measured("search")
    def search(
        self,
        query: str = "",
        limit: int = 50,
        after: str | None = None,
        sort: str | None = None,
        facets: Sequence[str] = (),
        *,
        typing: bool = False,
        loosely: bool = False,
    ) -> Page:
        """Assets that match ``query``; the language is in ``docs/search.md``.

        What was saved before the call is found, by whichever process.
        ``after`` is the ``next`` of the page before. ``typing`` takes the last
        word as the beginning of one. With ``loosely`` any of the words is enough
        where nothing has all of them, and a note says so: for people who look
        at the answer, not for programs that act on it. QueryError tells where a mistake is.
        """
        from audobon.services.finding.search import search

        if limit < 1:
            raise Invalid(f"limit is {limit}; it is at least 1")
        return search(
            self._stores,
            query,
            limit=limit,
            after=after,
            sort=sort,
            facets=facets,
            typing=typing,
            loosely=loosely,
        )

    def explain(self, query: str) -> tuple[Look, ...]:
        """How :meth:`search` answers a query: what is looked through, and what is compared.

        Errors are those of the search.
        """
        from audobon.services.finding.search import explain

        return explain(self._stores, query)

    @property
    def languages_on(self) -> bool:
        """Whether words are also found by those of other languages: ``docs/languages.md``."""
        from audobon.services.files.following import is_on

        return is_on(self._stores, "languages")

    def switch_languages(self, *, on: bool) -> None:
        """Have words read in other languages too, or not, by any program from now on."""
        from audobon.services.files.following import switch

        switch(self._stores, "languages", on=on)

    def find_ids(
        self, query: str, sort: str | None = "added", *, typing: bool = False
    ) -> tuple[str, ...]:
        """The ids of all assets that match, however many; oldest first, or as :meth:`search`."""
        from audobon.services.finding.search import all_ids

        return all_ids(self._stores, query, sort=sort, typing=typing)

    def complete(self, prefix: str, *, limit: int = 10) -> tuple[str, ...]:
        """Words of asset names that begin with ``prefix``."""
        from audobon.services.finding.search import complete

        return complete(self._stores, prefix, limit=limit)

    def known(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of these ids whose assets are in the library, in this order."""
        return self._stores.catalog.known(ids)

    def decode(
        self, pictures: Sequence[bytes], *, cancel: Callable[[], bool] = never
    ) -> tuple[Decoded | AudobonError, ...]:
        """Encoded previews as pixels for a graphics card, or for each why not.

        A worker decodes them, so that no host needs a decoder. MissingExtra
        where the worker has none; Cancelled.
        """
        from audobon.services.previews.decoding import decode_pictures

        return decode_pictures(self._stores, pictures, cancel=cancel) if pictures else ()

    def colors(self, ref: Ref) -> tuple[Swatch, ...] | None:
        """The colours of an asset's picture, at most eight, largest first, in sRGB.

        They are told by whoever makes its preview. None where nobody has
        looked at it yet, empty where there is no picture.
        """
        from audobon.services.previews.coloring import colors

        return colors(self._stores, self.get(ref))

    @measured("preview")
    def preview(self, ref: Ref, size: int = 256) -> bytes | None:
        """The preview as encoded image bytes (JPEG or PNG, sRGB), or None while its job runs.

        The longest side is ``size`` pixels at most. Never blocks on decoding:
        a worker process makes it. When none can be made, raises the reason
        (Unsupported for a sound without cover, BadFile for a damaged file).
        """
        from audobon.services.previews.preview import preview

        return preview(self._stores, self.get(ref), size=size)

    @measured("preview")
    def content_preview(self, content: Pointer, name: str, size: int = 256) -> bytes | None:
        """How bytes of a version look, such as those of :meth:`contents_at`; as :meth:`preview`.

        ``name`` gives the format by its ending. Equal bytes have one picture.
        """
        from audobon.services.previews.preview import stored_preview

        return stored_preview(self._stores, content, name, size=size)
