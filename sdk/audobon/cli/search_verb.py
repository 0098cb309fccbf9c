"""``audobon search``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import asset_rows, table
from audobon.errors import QueryError
from audobon.model.query import FACETS, SORTS, Page


@verb("search")
@click.argument("query", nargs=-1)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@click.option("--after", help="The page mark that the page before printed.")
@click.option("--sort", help=f"One of {', '.join(SORTS)}; '-' in front turns it round.")
@click.option("--facet", "facets", multiple=True, type=click.Choice(FACETS), help="Count values.")
@click.option("--why", is_flag=True, help="Say why each asset was found.")
def command(
    out: Output,
    library: str | None,
    query: tuple[str, ...],
    limit: int,
    after: str | None,
    sort: str | None,
    facets: tuple[str, ...],
    why: bool,
) -> None:
    """Find assets: words, "phrases", tag:wood, kind:image, rating:>=4, width:>=2048, AND OR NOT.

    The whole language is in docs/search.md.
    """
    text = " ".join(query)
    try:
        with open_library(library, read_only=False) as opened:
            page = opened.search(text, limit, after, sort, facets)
            out.result(page, lambda: _text(page, why=why))
    except QueryError as error:
        if not out.json:
            click.echo(f"{text}\n{' ' * error.position}^", err=True)
        raise


def _text(page: Page, *, why: bool) -> str:
    lines = [*page.notes]
    rows = asset_rows([hit.asset for hit in page.hits])
    if why:
        rows = [(*row, ", ".join(hit.why)) for row, hit in zip(rows, page.hits, strict=True)]
    if rows:
        lines.append(table(rows))
    for name, counts in page.facets.items():
        values = ", ".join(f"{item.value} {item.count}" for item in counts[:10])
        lines.append(f"{name}: {values}")
    lines.append(f"{page.total} found" + (f"; more: --after {page.next}" if page.next else ""))
    return "\n".join(lines)
