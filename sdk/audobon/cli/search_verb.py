"""``audobon search``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import asset_rows, table
from audobon.cli.words import columns, one_line
from audobon.errors import QueryError
from audobon.model.look import Look
from audobon.model.query import FACETS, SORTS, Page

__all__ = ["QUERY", "command", "query_text"]

QUERY = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""Settings of verbs with a query: ``-tag:done`` is a word of it, not an option."""


def query_text(words: tuple[str, ...]) -> str:
    """The query that the arguments make up; a mistyped option is no word of it."""
    for word in words:
        if word.startswith("--"):
            raise click.NoSuchOption(word)
    return " ".join(words)


@verb("search", context_settings=QUERY)
@click.argument("query", nargs=-1, shell_complete=complete.query)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
@click.option("--after", metavar="MARK", help="The page mark that the page before printed.")
@click.option("--sort", help=f"One of {', '.join(SORTS)}; '-' in front turns it round.")
@click.option("--facet", "facets", multiple=True, type=click.Choice(FACETS), help="Count values.")
@click.option("--some", is_flag=True, help="What has some of the words, if nothing has all.")
@click.option("--explain", is_flag=True, help="Only say how the answer would be looked for.")
@click.option("--why", is_flag=True, help="Say why each asset was found.")
@click.option(
    "--languages/--no-languages",
    default=None,
    help="From now on find words by those of other languages for the same (Holz: wood), or not.",
)
def command(
    out: Output,
    library: str | None,
    query: tuple[str, ...],
    limit: int,
    after: str | None,
    sort: str | None,
    facets: tuple[str, ...],
    some: bool,
    explain: bool,
    why: bool,
    languages: bool | None,
) -> None:
    """Find assets: words, fields (tag:wood kind:image width:>=2048), AND OR NOT, -without.

    Without a query all assets, the newest first. The whole language is in
    docs/search.md. A phrase keeps its quotes inside the shell's: '"old wood"'.
    """
    text = query_text(query)
    try:
        with open_library(library) as opened:
            if languages is not None:
                opened.switch_languages(on=languages)
                if not text:
                    state = "read" if languages else "not read"
                    told = f"words are {state} in other languages from now on"
                    out.result({"languages": languages}, told)
                    return
            if explain:
                looks = opened.explain(text)
                out.result({"looks": looks}, lambda: "\n".join(map(_line, looks)))
                return
            page = opened.search(text, limit, after, sort, facets, loosely=some)
            out.result(page, lambda: _text(page, why=why))
    except QueryError as error:
        if text:
            before = columns(one_line(text[: error.position]))
            out.note(f"{one_line(text)}\n{' ' * before}^")
        raise


_WAYS = {
    "terms": "{by}: {compared} of {rows} assets match the words and filters",
    "bits": "{by}: {rows} vectors by their bits, {compared} of them in full",
    "all": "{by}: all {rows} vectors in full",
    "among": "{by}: {compared} vectors of what the rest finds in full, of {rows}",
}


def _line(look: Look) -> str:
    return _WAYS[look.way].format(by=look.by, rows=look.rows, compared=look.compared)


def _text(page: Page, *, why: bool) -> str:
    lines = [*page.notes]
    rows = asset_rows([hit.asset for hit in page.hits])
    if why:
        rows = [(*row, ", ".join(hit.why)) for row, hit in zip(rows, page.hits, strict=True)]
    if rows:
        lines.append(table(rows))
    for name, counts in page.facets.items():
        values = ", ".join(f"{one_line(item.value)} {item.count}" for item in counts[:10])
        lines.append(f"{name}: {values}")
    lines.append(f"{page.total} found" + (f"; more: --after {page.next}" if page.next else ""))
    return "\n".join(lines)
