"""Searches by colour, by meaning and by likeness: what was asked, and the pictures found."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from audobon.demo.page import Card, Page
from audobon.demo.samples import swatch
from audobon.errors import AudobonError, NotFound
from audobon.library import Library
from audobon.model.query import Hit
from audobon.model.query import Page as Found
from audobon.models.missing import missing_for
from audobon.models.registry import Models

__all__ = ["asked"]

Tell = Callable[[str], None]
Show = Callable[..., Card]

_COLORS = ("green", "blue", "orange", "#e8501e")
_MEANINGS = (
    'meaning:"house pet"',
    'meaning:"outer space"',
    'meaning:"evening sky"',
    'meaning:"rough stone" -photos',
)
_LIKENESSES = ("patterns/rock_rough.png", "hdri/forest.exr", "paintings/sunset_study.png")
_BOTH = (("embed-text", 'meaning:"outer space" color:blue'),)
_SHOWN = 6  # one row of the page
_PATIENCE_S, _LOOK_S = 60.0, 0.05


def asked(lib: Library, page: Page, tell: Tell, show: Show) -> None:
    """Each kind of question that this machine can answer; how to get what the others need."""
    page.step(
        "Search by colour, by meaning and by likeness",
        "Colours are read with the previews and need no model. What names, tags and notes mean, "
        "and what pictures look like, small networks tell on this machine once they are installed; "
        "nothing of the library leaves it. All of these stand beside words and fields.",
        'lib.run("embed", pictures)   # what they look like; meanings are looked up by themselves',
    )
    for color in _COLORS:
        before = [Card(color, ("asked for",), swatch(color))] if color[0] == "#" else []
        _answer(lib, page, tell, show, f"color:{color}", before)
    if _there(page, tell, "embed-text", "meaning"):
        for query in _MEANINGS:
            _answer(lib, page, tell, show, query)
    if _there(page, tell, "embed", "likeness") and _looked_at(lib, page, tell):
        for path in _LIKENESSES:
            _alike(lib, page, tell, show, path)
    for pipeline, query in _BOTH:
        if not missing_for(Models(), pipeline).components:
            _answer(lib, page, tell, show, query)


def _there(page: Page, tell: Tell, pipeline: str, what: str) -> bool:
    """Whether all that a pipeline needs is installed; if not, how to get it is said."""
    hint = missing_for(Models(), pipeline).hint(pipeline)
    if hint:
        tell(f"no search by {what}: {hint}")
        page.verdict(f"Not searched by {what}, as its model is not installed: {hint}.", good=False)
    return not hint


def _looked_at(lib: Library, page: Page, tell: Tell) -> bool:
    pictures = [hit.asset for hit in lib.search("kind:image", limit=200).hits]
    try:
        job = lib.run("embed", pictures)
        lib.work()
        found = job.result()
    except AudobonError as error:
        tell(f"embed: {error.message}")
        page.verdict(f"embed: {error}", good=False)
        return False
    tell(f"embed: looked at {len(found['results'])} pictures, failed {len(found['failed'])}")
    return True


def _alike(lib: Library, page: Page, tell: Tell, show: Show, path: str) -> None:
    try:
        lib.get(path)
    except NotFound:  # a sample that this machine lacks
        return
    _answer(lib, page, tell, show, f"like:{path}")


def _answer(
    lib: Library, page: Page, tell: Tell, show: Show, query: str, before: Sequence[Card] = ()
) -> None:
    try:
        found = _settled(lib, query)
    except AudobonError as error:
        tell(f"search {query}: {error.message}")
        page.verdict(f"{query}: {error}", good=False)
        return
    tell(f"search {query!r}: {found.total}")
    room = _SHOWN - len(before)
    count = f"{found.total} found" + (f", {room} shown" if found.total > room else "")
    page.output(f"lib.search('{query}')   # {count}")
    for note in found.notes:
        page.verdict(note, good=True)
    if found.hits:
        cards = [show(lib, hit.asset, _why(query, hit)) for hit in found.hits[:room]]
        page.cards([*before, *cards])


def _why(query: str, hit: Hit) -> str:
    if query == f"like:{hit.asset.path}":
        return "asked with this one"
    return "found by " + ", ".join(hit.why)


def _settled(lib: Library, query: str) -> Found:
    """What is found when colours and texts have been looked at, which the question asks for."""
    found = lib.search(query)
    until = time.monotonic() + _PATIENCE_S
    while found.notes and time.monotonic() < until:
        lib.work()  # unless the background worker has taken it already
        time.sleep(_LOOK_S)
        found = lib.search(query)
        if not (lib.jobs("queued") or lib.jobs("running")):
            break
    return found
