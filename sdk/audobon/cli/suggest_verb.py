"""``audobon suggest``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.taught_text import predicted
from audobon.cli.words import counted
from audobon.library import Library
from audobon.model.suggestion import Suggestion

_RULES = {"always": "always", "never": "never", "ask": None}


def _rule(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        f"--{name}",
        name,
        metavar="TAG",
        multiple=True,
        shell_complete=complete.tags,
        help=text,
    )


@verb("suggest")
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option("--query", "-q", metavar="QUERY", help="Everything that this query finds.")
@click.option(
    "--tag", metavar="TAG", shell_complete=complete.tags, help="Only suggestions of this tag."
)
@click.option("--accept", is_flag=True, help="Give the assets the tags that are listed.")
@click.option("--reject", is_flag=True, help="Never suggest them for these assets again.")
@_rule("always", "Accept suggestions of this tag from now on.")
@_rule("never", "Show no suggestions of this tag.")
@_rule("ask", "Forget what was said of this tag with --always or --never.")
@click.option("--all", "every", is_flag=True, help="Also those below their tag's threshold.")
@click.option("--rating", is_flag=True, help="List what would be given the most stars.")
@click.option(
    "--least", type=click.FloatRange(1, 5), default=1.0, help="With --rating: so many stars."
)
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True)
def command(
    out: Output,
    library: str | None,
    assets: tuple[str, ...],
    query: str | None,
    tag: str | None,
    accept: bool,
    reject: bool,
    always: tuple[str, ...],
    never: tuple[str, ...],
    ask: tuple[str, ...],
    every: bool,
    rating: bool,
    least: float,
    limit: int,
) -> None:
    """Review the tags that 'audobon run tags' suggests for ASSETS, or for all.

    With --rating it lists, of what --query finds or of all without stars,
    what would be given the most, as 'audobon teach --rating' has learnt it.
    """
    named = bool(assets) or query is not None or tag is not None
    rules = {"always": always, "never": never, "ask": ask}
    if accept and reject:
        raise click.UsageError("--accept and --reject cannot be given together.")
    if any(rules.values()) and (named or accept or reject):
        raise click.UsageError("--always, --never and --ask stand alone.")
    if (accept or reject) and not named:
        raise click.UsageError("Say which ones: ASSETS, --query or --tag.")
    if rating:
        if assets or tag is not None or accept or reject or every or any(rules.values()):
            raise click.UsageError("--rating goes with --query, --least and --limit only.")
        with open_library(library, writes=False) as opened:
            predicted(out, opened, query, least=least, limit=limit)
        return
    writes = accept or reject or any(rules.values())
    with open_library(library, writes=writes) as opened:
        if any(rules.values()):
            _set_rules(out, opened, rules)
            return
        refs = _refs(opened, assets, query)
        found: Sequence[Suggestion] = ()
        if refs is None or refs:
            found = opened.suggestions(refs, tag=tag, every=every, limit=limit)
        if accept or reject:
            _decide(out, opened, found, accept=accept)
        else:
            _list(out, opened, found)


def _refs(library: Library, assets: tuple[str, ...], query: str | None) -> list[str] | None:
    """Those that are named and found, None for all."""
    if not assets and query is None:
        return None
    refs = [asset_argument(name) for name in assets]
    return refs if query is None else [*refs, *library.find_ids(query)]


def _set_rules(out: Output, library: Library, rules: dict[str, tuple[str, ...]]) -> None:
    changes = [library.tags.rule(tag, _RULES[name]) for name, tags in rules.items() for tag in tags]
    out.result({"changes": changes}, "\n".join(change.label for change in changes))


def _decide(out: Output, library: Library, found: Sequence[Suggestion], *, accept: bool) -> None:
    if not found:
        out.result({"changes": []}, "nothing is suggested there")
        return
    change = library.accept(found) if accept else library.reject(found)
    out.result({"changes": [change]}, f"{change.label} ({counted(len(found), 'suggestion')})")


def _list(out: Output, library: Library, found: Sequence[Suggestion]) -> None:
    data = [
        {
            "asset": each.asset.id,
            "path": each.asset.path,
            "tag": each.tag,
            "score": each.score,
            "threshold": each.threshold,
            "component": each.component,
            "version": each.version,
        }
        for each in found
    ]
    rules = library.tags.rules()
    rows = [(each.asset.path, each.tag, f"{each.score:.2f}", each.component) for each in found]
    lines = [table(rows, ("asset", "tag", "score", "by")) or "nothing is suggested"]
    lines += [f"{each.rule}: {each.tag}" for each in rules]
    out.result({"suggestions": data, "rules": rules}, lambda: "\n".join(lines))
