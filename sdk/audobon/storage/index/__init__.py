"""Full-text search over the catalog: derived from it, rebuildable, never the truth.

Four ideas, each in its own modules: text becomes tokens in Python (``tokens``),
the main index on disk carries the clock value up to which it is complete
(``disk``, ``damage``), what came later lies in an index in memory (``tail``),
and a query sees both as one with exact scores and page borders (``compile``,
``collect``, ``facets``, ``near``, ``ask``, ``engine``). This package is the
only importer of Tantivy, and imports it at the first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.index.feed import Document, Feed, FeedRow, Found, FoundHit, Page, page_of
    from audobon.storage.index.paging import has_words
    from audobon.storage.index.search import SearchIndex

__all__ = [
    "Document",
    "Feed",
    "FeedRow",
    "Found",
    "FoundHit",
    "Page",
    "SearchIndex",
    "has_words",
    "page_of",
]

_HOMES = {
    "feed": "Document Feed FeedRow Found FoundHit Page page_of",
    "paging": "has_words",
    "search": "SearchIndex",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
