"""The group of all verbs."""

from __future__ import annotations

import importlib

import click

import audobon

__all__ = ["VERBS", "cli", "main"]

VERBS = {
    "init": "Make a library in a folder.",
    "add": "Index files and folders where they lie.",
    "ls": "List assets.",
    "show": "Show everything known of an asset.",
    "search": "Find assets.",
    "tag": "Tag assets; list and arrange tags.",
    "catalog": "List and arrange catalogs.",
    "set": "Save, list and remove queries.",
    "edit": "Change rating, catalog, note, attributes.",
    "remove": "Take assets out of the library (files stay).",
    "undo": "Take back the last change.",
    "redo": "Do again what was undone.",
    "changes": "List what happened.",
    "commit": "Make a version.",
    "log": "List versions.",
    "diff": "Show what changed between versions.",
    "restore": "Put a file back as it was.",
    "import": "Take in a git repository or numbered files, with their versions.",
    "preview": "Write or show an asset's preview.",
    "related": "Show what an asset uses and what uses it.",
    "duplicates": "List files with equal bytes.",
    "relink": "Find files that were moved.",
    "lock": "Tell others what you work on; list who works on what.",
    "unlock": "Let go of an asset.",
    "verify": "Read and check every stored byte.",
    "collect": "Free the space of what no version needs.",
    "jobs": "List or cancel background jobs.",
    "worker": "Run background jobs.",
    "stats": "Show counts and sizes.",
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(audobon.__version__, prog_name="audobon")
def cli() -> None:
    """Find, preview and version the assets you already have, on your own machine.

    Every verb takes --library PATH (or AUDOBON_LIBRARY; else the nearest
    library at or above the current folder) and --json. The exit status is the
    error's code: see docs/errors.md.
    """


def main() -> None:
    """Entry point of the ``audobon`` command."""
    cli(prog_name="audobon")
