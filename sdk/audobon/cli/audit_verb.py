"""``audobon audit``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.targets import need_own
from audobon.cli.words import counted, when
from audobon.codec.plain import to_plain
from audobon.errors import Corrupt, Invalid
from audobon.library import Library
from audobon.model.audit import AuditEntry, AuditReport


@verb("audit")
@click.argument("what", type=click.Choice(("list", "verify", "export")), default="list")
@click.argument("file", required=False, type=click.Path())
@click.option(
    "--asset", metavar="ASSET", shell_complete=complete.assets, help="List what became of one."
)
@click.option("--who", default="", metavar="TEXT", help="List those by this name or address.")
@click.option("--did", metavar="WORD", multiple=True, help="List acts of this kind, as commit.")
@click.option("--since", metavar="TIME", help="List from then on, as 2026-11-26 or with a time.")
@click.option("--until", metavar="TIME", help="List those before.")
@click.option("--before", type=click.IntRange(1), metavar="N", help="List those before entry N.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
@click.option(
    "--anchor", metavar="ANCHOR", multiple=True, help="Verify against an anchor kept elsewhere."
)
def command(
    out: Output,
    library: str | None,
    what: str,
    file: str | None,
    asset: str | None,
    who: str,
    did: tuple[str, ...],
    since: str | None,
    until: str | None,
    before: int | None,
    limit: int,
    anchor: tuple[str, ...],
) -> None:
    """Show who did what when; verify that the log is whole; export it to FILE."""
    with open_library(library) as opened:
        if what == "verify":
            _verify(out, opened.audit.verify(file, anchors=anchor))
        elif what == "export":
            _export(out, opened, file)
        else:
            entries = opened.audit.list(
                None if asset is None else asset_argument(asset),
                who=who,
                did=did,
                since=_time(since),
                until=_time(until),
                before=before,
                limit=limit,
            )
            head = opened.audit.head()
            data = {"entries": entries, "head": None if head is None else str(head)}
            out.result(data, lambda: _text(entries, "" if head is None else str(head)))


def _verify(out: Output, report: AuditReport) -> None:
    head = "" if report.head is None else str(report.head)
    lines = [problem.message for problem in report.problems]
    lines.append(f"{_entries(report.entries)}, {report.anchors} anchors compared")
    if report.elsewhere:
        lines.append(f"versions are anchored in other logs too: {', '.join(report.elsewhere)}")
    if head:
        lines.append(f"newest: {head}")
    error = Corrupt(
        f"the audit log has {counted(len(report.problems), 'problem')}",
        hint="'docs/audit.md' tells what each means; keep the library as it is",
    )
    data = {**to_plain(report), "ok": report.ok, "head": head}
    out.result(data, "\n".join(lines), error=None if report.ok else error)


def _export(out: Output, library: Library, file: str | None) -> None:
    if file is None:
        raise Invalid("say to which file the log is to be exported", subject="export")
    need_own(library, file, ("json", "jsonl"))
    done = library.audit.export(Path(file))
    head = "" if done.head is None else str(done.head)
    data = {"file": file, "entries": done.entries, "head": head}
    out.result(data, f"{_entries(done.entries)} to {file}\nnewest: {head}")


def _text(entries: tuple[AuditEntry, ...], head: str) -> str:
    rows = [
        (
            str(entry.n),
            when(entry.time),
            entry.who,
            entry.did,
            counted(len(entry.assets), "asset") if entry.assets else "",
            entry.what,
        )
        for entry in entries
    ]
    shown = table(rows, ("n", "when", "who", "did", "to", "what"), cut=False)
    return f"{shown}\nnewest: {head}" if rows else "nothing"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"{text!r} is no time; write 2026-11-26 or 2026-11-26T14:30", subject=text
        ) from error
    return found if found.tzinfo else found.astimezone().astimezone(UTC)
