"""Pages of HTML, read as a browser would: they have to be sound and fetch nothing."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

__all__ = ["ReadPage", "read_page"]

_VOID = {"meta", "br", "img"}


class ReadPage(HTMLParser):
    """What is opened is closed, in order; which elements there are, all their text, and what is
    told of pictures and plots to who does not see them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        told = {name: value or "" for name, value in attrs}
        links = [told[name] for name in ("src", "href") if name in told]
        self.links += [link for link in links if not link.startswith("data:image/")]
        self.said += [told[name] for name in ("alt", "aria-label") if name in told]
        if tag == "img" and not told.get("alt"):
            raise AssertionError("a picture without a text in its place")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        # Cells and rows of tables are closed by the page too.
        if self.open.pop() != tag:
            raise AssertionError(f"{tag} is closed where it was not opened last")

    def handle_data(self, data: str) -> None:
        self.text += data


def read_page(path: Path) -> ReadPage:
    """The page, which is whole, has no script of its own and fetches nothing."""
    page = ReadPage()
    page.feed(path.read_text("utf-8"))
    if page.open or page.links or "script" in page.seen:
        raise AssertionError(f"open {page.open}, fetched {page.links}")
    return page
