"""``audobon analytics``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.secrets import impersonate
from audobon.cli.table import table
from audobon.cli.words import counted, human_size, when
from audobon.codec.plain import dumps
from audobon.errors import Invalid

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.analytics import AnalyticsReport, AnalyticsState, Preview

_WHAT = ("show", "on", "off", "preview", "export", "schema", "queries")


@verb("analytics")
@click.argument("what", type=click.Choice(_WHAT), default="show")
@click.argument("name", required=False)
@click.option("--project", metavar="NAME", help="With on: the project of BigQuery.")
@click.option("--dataset", metavar="NAME", help="With on: the dataset; made if it is not there.")
@click.option("--location", default="", metavar="NAME", help="With on: where it is made, as EU.")
@impersonate
@click.option(
    "--include",
    multiple=True,
    metavar="GROUP",
    help="Take in what is left out: names, words, people, times.",
)
@click.option("--to", metavar="PATH", help="A .sqlite file, or a folder of JSON lines.")
@click.option("--rows", default=2, show_default=True, type=click.IntRange(0), help="Of a preview.")
@click.option("--forget", is_flag=True, help="With off: the key of pseudonyms too, for good.")
@click.option(
    "--dialect",
    type=click.Choice(("sqlite", "bigquery")),
    help="Of schema and queries; the schema is JSON without it.",
)
def command(
    out: Output,
    library: str | None,
    what: str,
    name: str | None,
    project: str | None,
    dataset: str | None,
    location: str,
    impersonate_service_account: str,
    include: tuple[str, ...],
    to: str | None,
    rows: int,
    forget: bool,
    dialect: str | None,
) -> None:
    """Export catalog, uses, jobs and resources as rows, when asked to: to a file or BigQuery.

    Nothing leaves this machine until it is switched on, and nothing in a row names a person or a
    file unless --include says so. NAME is that of a query.
    """
    if what == "schema":
        _schema(out, dialect)
        return
    if what == "queries":
        _queries(out, name, dialect or "sqlite", dataset or "DATASET")
        return
    if name is not None:
        raise Invalid("only queries have a name", subject=name)
    groups = include or None
    with open_library(library, writes=what in ("on", "off", "export")) as opened:
        if what == "on":
            if project is None or dataset is None:
                raise Invalid("name the place", hint="--project PROJECT --dataset DATASET")
            done = opened.analytics.switch_on(
                *(project, dataset),
                location=location,
                include=include,
                impersonate_service_account=impersonate_service_account,
            )
            out.result(done, lambda: _state(done))
        elif what == "off":
            ended = opened.analytics.switch_off(forget=forget)
            out.result(ended, "off: nothing leaves this machine")
        elif what == "preview":
            seen = opened.analytics.preview(to, include=groups, sample=rows)
            out.result(seen, lambda: _preview(seen))
        elif what == "export":
            sent = opened.analytics.export(to, include=groups)
            out.result(sent, lambda: _sent(sent))
        else:
            _show(out, opened)


def _show(out: Output, opened: Library) -> None:
    state = opened.analytics.state()
    out.result(state, lambda: _state(state))


def _state(state: AnalyticsState) -> str:
    if state.target is None:
        return "off: nothing leaves this machine"
    lines = [f"on: {state.target.url}"]
    lines.append(f"also: {', '.join(state.include)}" if state.include else "nothing personal")
    lines.append(f"last: {when(state.last)}" if state.last else "nothing was sent yet")
    if state.problem:
        lines.append(f"waiting: {state.problem}")
    return "\n".join(lines)


def _preview(seen: Preview) -> str:
    parts = [f"{counted(seen.rows, 'row')}, {human_size(seen.bytes)}, to {seen.to}"]
    for each in seen.tables:
        size = f"{counted(each.rows, 'row')}, {human_size(each.bytes)}"
        lines = [f"{each.table}: {size}"]
        if each.rows:
            lines.append(f"  columns: {', '.join(each.columns)}")
        if each.left_out:
            lines.append(f"  left out: {', '.join(each.left_out)}")
        lines += [f"  {dumps(row)}" for row in each.sample]
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _sent(sent: AnalyticsReport) -> str:
    rows = [(each.table, str(each.rows), human_size(each.bytes)) for each in sent.tables]
    told = f"{counted(sent.rows, 'row')} sent to {sent.to}"
    return f"{told}\n{table(rows, ('table', 'rows', 'size'))}"


def _schema(out: Output, dialect: str | None) -> None:
    import json

    from audobon.services.analytics.schema import as_json, ddl

    if dialect is None:
        text = as_json()
        out.result(json.loads(text), text)
        return
    statements = ddl(dialect)
    out.result({"dialect": dialect, "statements": statements}, ";\n\n".join(statements) + ";")


def _queries(out: Output, name: str | None, dialect: str, dataset: str) -> None:
    from audobon.services.analytics.queries import QUERIES, sql

    if name is not None:
        text = sql(name, dialect, dataset)
        out.result({"name": name, "dialect": dialect, "sql": text}, text)
        return
    listed = {each: sql(each, dialect, dataset) for each in QUERIES}
    rows = [(each, query.about) for each, query in QUERIES.items()]
    out.result({"dialect": dialect, "queries": listed}, lambda: table(rows))
