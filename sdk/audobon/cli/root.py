"""The group of all verbs."""

from __future__ import annotations

import importlib
import io
import sys
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

import audobon
from audobon.cli.words import one_line

__all__ = ["VERBS", "cli", "run"]

VERBS = {
    "init": "Make a library in a folder.",
    "add": "Index files and folders where they lie.",
    "ls": "List assets.",
    "show": "Show everything known of an asset.",
    "search": "Find assets.",
    "tag": "Tag assets; list and arrange tags.",
    "catalog": "List and arrange catalogs.",
    "set": "Save, list and remove queries.",
    "words": "Carry tags and sets from one library to another.",
    "edit": "Change rating, catalog, note, attributes.",
    "remove": "Take assets out of the library (files stay).",
    "undo": "Take back the last change.",
    "redo": "Do again what was undone.",
    "changes": "List what happened.",
    "commit": "Make a version.",
    "log": "List versions.",
    "diff": "Show what changed between versions.",
    "restore": "Put a file back as it was.",
    "export": "Write the files of a version to a folder.",
    "branch": "List, make and remove branches.",
    "switch": "Make the library as it is on a branch.",
    "merge": "Take another branch into this one.",
    "resolve": "Decide conflicts of a merge.",
    "recovery": "Keep everything as it is aside, and go back to it.",
    "snapshot": "Keep the whole library in another place; go back to it.",
    "recover": "Make a library anew from a snapshot.",
    "import": "Take in a git repository or numbered files, with their versions.",
    "preview": "Write an asset's preview to a file.",
    "related": "Show what an asset uses and what uses it.",
    "duplicates": "List files with equal bytes.",
    "bundle": "Show what is one thing in several files; take it apart.",
    "relink": "Find files that were moved.",
    "watch": "Take in what other programs change, as it happens.",
    "lock": "Tell others what you work on; list who works on what.",
    "unlock": "Let go of an asset.",
    "remote": "List, add and forget other places of the library.",
    "push": "Send a remote what it lacks.",
    "pull": "Take in what a remote has.",
    "clone": "Make a library out of a remote.",
    "fetch": "Bring files that are only at a remote.",
    "verify": "Read and check every stored byte.",
    "collect": "Free the space of what no version needs.",
    "purge": "Remove assets for good, from every version and place.",
    "vault": "Encrypt a place of objects; look after its passphrases and keys.",
    "run": "Run a pipeline: upscale, normal, seamless, palette, tags, ...",
    "suggest": "Review suggested tags.",
    "teach": "Learn a tag from examples, and suggest by it.",
    "models": "List, install, remove, update and verify models.",
    "vertex": "Learn in Vertex AI: set up, send, follow, cancel.",
    "jobs": "List or cancel background jobs.",
    "worker": "Run background jobs.",
    "stats": "Show counts and sizes.",
    "cache": "Show, clear and limit what is kept only to be quicker.",
    "analytics": "Export figures for analysis, to a file or BigQuery.",
    "audit": "Show who did what, and verify that log.",
    "doctor": "Check the library and this machine.",
    "lfs-agent": "Transfer files for git-lfs (started by it).",
    "demo": "Show the main job on real files.",
    "completion": "Print the completion script for a shell.",
}


class _Verbs(click.Group):
    """Imports a verb's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f"audobon.cli.{name.replace('-', '_')}_verb")
        command: click.Command = module.command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What every verb takes may also stand before it, as other programs have it."""
        at = 0
        while at < len(args) and (args[at] == "--json" or args[at].startswith("--library")):
            at += 2 if args[at] == "--library" else 1
        if at < len(args):
            args = [args[at], *args[:at], *args[at + 1 :]]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and not args[0].startswith("-"):
            ctx.fail(f"There is no verb {one_line(args[0])!r}.{_hint(args)}")
        from audobon.cli.meant import meant

        rest, wrong = meant(args[0], args[1:])
        if wrong:
            ctx.fail(one_line(wrong))
        return super().resolve_command(ctx, [args[0], *rest])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # Not from the verbs themselves: that would import every one of them.
        named = [
            CompletionItem(name, help=text)
            for name, text in VERBS.items()
            if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]


def _hint(args: list[str]) -> str:
    """What is meant by words of which the first is no verb, after a blank; empty for nothing."""
    import difflib

    from audobon.cli.meant import verb_for

    if told := verb_for(args):
        return f" {one_line(told)}"
    near = difflib.get_close_matches(args[0], VERBS, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="VERB ...",
)
@click.version_option(audobon.__version__, prog_name="audobon", message="%(prog)s %(version)s")
def cli() -> None:
    """Find, preview and version the assets you already have, on your own machine.

    Every verb takes --library PATH (or AUDOBON_LIBRARY; else the nearest
    library at or above the current folder) and --json. The exit status is the
    error's code: see docs/errors.md.
    """


def run() -> None:
    """Run the command line of this process and end with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an old console shows what it cannot write
            stream.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(prog_name="audobon", standalone_mode=False)
    except click.ClickException as error:
        _misused(error)
    except click.Abort:
        sys.exit(70)  # the code of Cancelled
    sys.exit(status if isinstance(status, int) else 0)


def _misused(error: click.ClickException) -> NoReturn:
    """Say that the command line itself is wrong: status 2, as JSON where that was asked for."""
    if "--json" in sys.argv[1:]:
        from audobon.cli.base import print_json

        data = {"code": error.exit_code, "id": "usage", "message": error.format_message()}
        print_json({"error": {**data, "hint": "", "subject": ""}})
    else:
        error.show()
    sys.exit(error.exit_code)
