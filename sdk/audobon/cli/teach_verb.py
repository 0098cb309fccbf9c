"""``audobon teach``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.headruns_text import runs_text
from audobon.cli.progress import progress_bar
from audobon.cli.table import table
from audobon.cli.targets import need_own
from audobon.cli.taught_text import live_text, teach_taught
from audobon.cli.words import counted, one_line
from audobon.errors import Invalid, Unavailable
from audobon.library import Library
from audobon.model.head import TARGET, TaughtHead
from audobon.model.taught import LIKENESS, RATING
from audobon.pages.headcard import promise_text, verdict_text
from audobon.services.core.queue import Job

_LOOK_S = 0.05
_STEPS = 1000


def _examples(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        *(f"--{name}", name),
        metavar="ASSET",
        multiple=True,
        shell_complete=complete.assets,
        help=text,
    )


@verb("teach")
@click.argument("tag", required=False, shell_complete=complete.tags)
@_examples("yes", "A picture that has the tag.")
@_examples("no", "A picture that has it not.")
@click.option("--yes-query", metavar="QUERY", help="All pictures that this query finds have it.")
@click.option("--no-query", metavar="QUERY", help="All pictures that this query finds have not.")
@click.option(
    "--precision",
    type=click.FloatRange(0.5, 0.99),
    default=TARGET,
    show_default=True,
    help="Share of suggestions that should be right.",
)
@click.option(
    "--on",
    type=click.Choice(["here", "vertex"]),
    default="here",
    show_default=True,
    help="Learn on this machine, or in Vertex AI.",
)
@click.option("--run", metavar="RUN", help="Take in what a run in Vertex AI has learnt.")
@click.option("--rating", is_flag=True, help="Learn from stars how many a picture would get.")
@click.option("--likeness", is_flag=True, help="Learn from tags what belongs together.")
@click.option("--versions", is_flag=True, help="List what was learnt, of TAG or of all tags.")
@click.option(
    "--compare", is_flag=True, help="Compare all versions of TAG, or the newest of each tag."
)
@click.option(
    *("--page", "page"),
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Compare on a page, with plots and pictures.",
)
@click.option("--card", is_flag=True, help="Show the facts of a version: the one in use.")
@click.option(
    "--version",
    "number",
    type=click.IntRange(1),
    metavar="N",
    help="Which for --card and --export.",
)
@click.option("--use", metavar="N", help="Have version N suggest from now on, or 'none'.")
@click.option("--export", metavar="FOLDER", type=click.Path(), help="Write it as a component.")
@click.option(
    *("--import", "taken"), metavar="FOLDER", type=click.Path(), help="Take in what --export wrote."
)
@click.option("--apply", "anew", is_flag=True, help="Suggest anew for all pictures.")
@click.option("--query", "-q", metavar="QUERY", help="With --apply: look at these first.")
def command(
    out: Output,
    library: str | None,
    tag: str | None,
    yes: tuple[str, ...],
    no: tuple[str, ...],
    yes_query: str | None,
    no_query: str | None,
    precision: float,
    on: str,
    run: str | None,
    rating: bool,
    likeness: bool,
    versions: bool,
    compare: bool,
    page: Path | None,
    card: bool,
    number: int | None,
    use: str | None,
    export: str | None,
    taken: str | None,
    anew: bool,
    query: str | None,
) -> None:
    """Learn TAG from pictures that have it and pictures that have not.

    Pictures that were accepted and rejected in review count too, and those of
    the version in use; without --yes also all that have the tag. Without TAG
    it lists what was learnt. With --rating it learns from the stars that
    pictures were given, in place of a tag, with --likeness from tags and
    catalogs which pictures belong together.
    """
    if rating or likeness:
        what = RATING if rating else LIKENESS
        others = (tag, yes, no, yes_query, no_query, run, export, taken, anew, query, compare, page)
        both = rating and likeness
        _alone(what, (both, *others, on != "here"), (versions, card, use is not None))
        with open_library(library, writes=not (versions or card)) as opened:
            teach_taught(
                *(out, opened, what, lambda job: _wait(out, job, what)),
                versions=versions,
                card=card,
                number=number,
                use=None if use is None else _version(use) or "none",
            )
        return
    _check(tag, (yes, no, yes_query, no_query, card, use, export))
    named = (use, export, taken, run)
    compare = compare or page is not None
    if sum((versions, compare, card, anew, *(each is not None for each in named))) > 1:
        raise click.UsageError(
            "--versions, --compare, --page, --card, --use, --export, --import, --apply and --run "
            "are one at a time"
        )
    with open_library(library, writes=not (versions or compare or card or export)) as opened:
        if run is not None:
            _taught(out, opened, _wait(out, opened.take_lesson(run), tag or "teach"))
        elif anew:
            refs = () if query is None else tuple(opened.find_ids(query))
            _applied(out, opened.apply_heads(refs, tag=tag))
        elif taken is not None:
            _taken(out, opened.import_head(taken, tag))
        elif compare:
            _compared(out, opened, tag, page)
        elif tag is None or versions:
            _list(out, opened.heads(tag))
        elif card:
            text = opened.head_card(tag, number)
            out.result({"card": text}, text.rstrip())
        elif export is not None:
            recipe = opened.export_head(tag, export, number)
            out.result({"recipe": str(recipe)}, str(recipe))
        elif use is not None:
            _applied(out, opened.use_head(tag, _version(use)))
        else:
            has = _refs(opened, yes, yes_query)
            no_refs = _refs(opened, no, no_query)
            job = opened.teach(tag, has, no_refs, precision=precision, on=on)
            told = _wait(out, job, tag)
            if on == "vertex":
                _followed(out, told)
                told = _wait(out, opened.take_lesson(told["run"]), tag)
            _taught(out, opened, told)


def _alone(what: str, others: Sequence[object], ways: Sequence[bool]) -> None:
    if any(others) or sum(ways) > 1:
        raise click.UsageError(f"--{what} goes with one of --versions, --card and --use only")


def _check(tag: str | None, need_it: Sequence[object]) -> None:
    if tag is None and any(need_it):
        raise click.UsageError("name the tag that is meant")


def _taken(out: Output, head: TaughtHead) -> None:
    told = f"{head.tag} {head.version} is there, and not in use: {head.refused}"
    out.result({"head": head}, told)
    out.note(f"'audobon teach {quote(head.tag)} --use {head.version}' has it suggest")


def _followed(out: Output, told: dict[str, Any]) -> None:
    """Wait for a run in Vertex AI; Unavailable tells that it is queued only."""
    from audobon.cli.vertex_verb import follow

    run, most = told["run"], told["most"]
    out.note(f"run {run} may cost up to {most:.2f}; 'audobon teach --run {run}' takes it in later")
    if told["state"] == "queued" and told["error"]:
        raise Unavailable(
            f"the lesson is queued and was not sent: {told['error']}",
            subject=run,
            hint=f"'audobon vertex runs' sends it, 'audobon teach --run {run}' takes it in",
        )
    follow(out, run)


def _version(text: str) -> int | None:
    if text == "none":
        return None
    if not text.isdecimal():
        raise Invalid(f"{text!r} is no version; a number or 'none' is", subject=text)
    return int(text)


def _refs(library: Library, named: tuple[str, ...], query: str | None) -> list[str] | None:
    if not named and query is None:
        return None
    found = [] if query is None else library.find_ids(query)
    return [*map(asset_argument, named), *found]


def _wait(out: Output, job: Job, what: str) -> dict[str, Any]:
    """Follow a job to its end; a wish to stop is passed on."""
    job.start()
    with progress_bar(out, what) as (progress, cancel):
        while job.state in ("queued", "running"):
            if cancel():
                job.cancel()
            live = job.live
            progress(round(job.progress * _STEPS), _STEPS, live_text(live))
            time.sleep(_LOOK_S)
    result: dict[str, Any] = job.result()
    return {"job": job.id, **result}


def _taught(out: Output, library: Library, told: dict[str, Any]) -> None:
    figures = told["figures"]
    low, high = figures["f1_within"]
    lines = [
        f"{told['tag']} {told['version']} is {verdict_text(told['refused'])}",
        f"learnt from {told['yes']} and {told['no']} different pictures; F1 on held-out ones "
        f"{figures['f1']:.2f} ({low:.2f} to {high:.2f})",
        promise_text(told["promise"]),
    ]
    if told["used"]:
        lines.append(f"{counted(told['suggested'], 'suggestion')}: 'audobon suggest' shows them")
    out.result(told, "\n".join(lines))
    if told.get("unasked"):
        out.note(f"it was not compared with zero-shot: {told['unasked']}")
    if told.get("unseen"):
        hint = "'audobon run embed', then 'audobon teach --apply'"
        out.note(f"{counted(told['unseen'], 'picture')} nobody has looked at yet: {hint}")


def _applied(out: Output, job: Job) -> None:
    told = _wait(out, job, "suggest")
    lines = [
        f"{each['tag']} {each['version']}: {counted(each['suggested'], 'suggestion')}"
        for each in told["heads"]
    ]
    out.result(told, "\n".join(lines) or "no version is in use")


def _compared(out: Output, library: Library, tag: str | None, page: Path | None) -> None:
    runs = library.compare_heads(tag)
    text = runs_text(runs, every=tag is None) if runs else "nothing was taught"
    if page is None:
        out.result({"runs": runs}, text)
        return
    need_own(library, page, ("html",))
    library.heads_page(page, tag)
    out.result({"runs": runs, "page": page}, f"{text}\n{one_line(str(page))}")


def _list(out: Output, heads: Sequence[TaughtHead]) -> None:
    rows = []
    for head in heads:
        figures = head.card["figures"]
        low, high = figures["f1_within"]
        state = "in use" if head.used else head.refused or "earlier"
        f1 = f"{figures['f1']:.2f} ({low:.2f} to {high:.2f})"
        rows.append((head.tag, str(head.version), f1, state))
    names = ("tag", "version", "F1 held out", "state")
    out.result({"heads": heads}, table(rows, names) or "nothing was taught")
