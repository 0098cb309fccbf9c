"""What is typed in another order or with another tool's words, and what is meant by it.

What only lists works as it was typed. What changes something is not guessed: the
message says how it is written here. Whatever really has such a name is named after ``--``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from audobon.cli.words import one_line

__all__ = ["Commands", "meant", "verb_for"]

_LISTS = {
    **dict.fromkeys(("bundle", "branch", "catalog", "duplicates", "jobs", "lock", "recovery"), ""),
    **dict.fromkeys(("remote", "set", "suggest", "tag", "teach"), ""),
    **{"snapshot": "--list", "watch": "--state"},
}
"""Verbs that list when nothing else is asked for, and with which option."""

_OPTIONS = {
    "bundle": ("apart", "name"),
    "branch": ("remove",),
    "catalog": ("add", "rename", "move", "remove"),
    "doctor": ("repair", "devices"),
    "duplicates": ("merge", "refuse"),
    "jobs": ("cancel", "retry"),
    "merge": ("abort", "plan"),
    "purge": ("resume",),
    "recovery": ("keep", "back"),
    "relink": ("accept", "refuse"),
    "remote": ("add", "remove", "limit"),
    "set": ("remove",),
    "snapshot": ("files", "restore", "forget", "repair"),
    "stats": ("usage", "metrics", "errors", "prometheus"),
    "suggest": ("accept", "reject"),
    "tag": ("add", "remove", "rename", "alias"),
    "watch": ("on", "off", "state"),
    "worker": ("drain", "register"),
}
"""Options that are often written as a second word; not those that are as likely a name."""

_ALIKE = {
    **dict.fromkeys(("delete", "del", "rm"), "remove"),
    **dict.fromkeys(("create", "new", "make", "save", "take"), "add"),
    **{"ls": "list", "mv": "rename", "drop": "forget"},
}

_INSTEAD = {
    ("branch", "add"): "branch NAME",
    ("branch", "checkout"): "switch NAME",
    ("branch", "merge"): "merge NAME",
    ("branch", "switch"): "switch NAME",
    ("lock", "add"): "lock ASSETS",
    ("lock", "remove"): "unlock ASSETS",
    ("lock", "release"): "unlock ASSETS",
    ("recovery", "add"): "recovery --keep TEXT",
    ("recovery", "restore"): "recovery --back ID",
    ("remote", "fetch"): "fetch",
    ("remote", "pull"): "pull NAME",
    ("remote", "push"): "push NAME",
    ("set", "add"): "set NAME QUERY",
    ("snapshot", "add"): "snapshot PLACE",
    ("snapshot", "recover"): "recover PLACE PATH",
    ("snapshot", "remove"): "snapshot PLACE --forget --drop ID",
    ("snapshot", "show"): "snapshot PLACE --files ID",
    ("snapshot", "verify"): "verify",
    ("words", "list"): "tag' and 'audobon set",
}
"""Second words that are another verb, or no word at all."""

_VERBS = {
    **dict.fromkeys(("checkout",), "switch NAME' for a branch, 'audobon restore ASSET' for a file"),
    **{"backup": "snapshot PLACE", "create": "init PATH", "delete": "remove ASSETS"},
    **{"find": "search QUERY", "fsck": "verify' and 'audobon doctor", "gc": "collect"},
    **{"get": "show ASSET", "help": "VERB --help", "history": "log", "info": "show ASSET"},
    **{"learn": "teach TAG", "list": "ls", "mv": "relink' after the file was moved"},
    **{"new": "init PATH", "rename": "relink' after the file was renamed"},
    **{"reset": "restore ASSET' for a file, 'audobon recovery --back ID' for all"},
    **{"revert": "restore ASSET REVISION", "rm": "remove ASSETS", "save": "commit -m TEXT"},
    **{"stash": "recovery --keep TEXT", "status": "diff", "train": "teach TAG"},
    **{"unlink": "remove ASSETS", "update": "add PATHS", "version": "--version"},
}
"""First words that are no verbs here."""

_NOUNS = {
    **{name: name for name in ("bundle", "catalog", "lock", "recovery", "remote", "set", "tag")},
    **{"branch": "branch", "job": "jobs", "model": "models", "snapshot": "snapshot"},
    **{"duplicate": "duplicates", "version": "log", "asset": "ls", "suggestion": "suggest"},
}
_COMMANDS = {
    **dict.fromkeys(("add", "get", "download", "fetch", "pull"), ("install",)),
    **dict.fromkeys(("uninstall", "rm", "delete"), ("remove", "undeploy")),
    **dict.fromkeys(("ls", "show", "list", "jobs", "status"), ("list", "runs")),
    **{"upgrade": ("update",), "check": ("verify",), "init": ("setup",), "stop": ("cancel",)},
    **{"find": ("list",), "search": ("list",), "send": ("train",), "push": ("upload", "share")},
}
"""Words for commands below a verb, and which of them it may be, the likeliest first."""

_ACTS = ("add", "cancel", "create", "delete", "list", "ls", "make", "new", "remove", "rename", "rm")
_ASSETS = ("bundle", "duplicates", "lock", "purge", "suggest", "tag")
"""Verbs whose first word is an asset: a file of that name is one."""


def meant(verb: str, rest: Sequence[str]) -> tuple[list[str], str]:
    """The arguments of a verb as they are meant, and what is wrong with them, or empty."""
    place = _first_word(rest)
    if place is None:
        return list(rest), ""
    word = rest[place]
    if verb in _ACTS and (noun := _noun(word)) and not os.path.lexists(word):
        return list(rest), _told(f"{verb} {word}", _turned(verb, noun))
    act = _ALIKE.get(word, word)
    if verb == "snapshot" and place + 1 < len(rest) and act != "list":
        # The place may come first: 'snapshot PLACE list'.
        second = _ALIKE.get(rest[place + 1], rest[place + 1])
        if second == "list" or second in _OPTIONS[verb]:
            place, word, act = place + 1, rest[place + 1], second
    if verb in _ASSETS and os.path.lexists(word):
        return list(rest), ""
    if act == "list" and verb in _LISTS:
        option = [_LISTS[verb]] if _LISTS[verb] else []
        return [*rest[:place], *option, *rest[place + 1 :]], ""
    if act in _OPTIONS.get(verb, ()):
        return list(rest), _told(f"{verb} {word}", f"{verb} --{act}", word)
    if instead := _INSTEAD.get((verb, act)):
        return list(rest), _told(f"{verb} {word}", instead, word)
    return list(rest), ""


def verb_for(words: Sequence[str]) -> str:
    """What to say of words of which the first is no verb; empty where nothing is known of it."""
    first, noun = words[0], _noun(words[0])
    if first in _ACTS and len(words) > 1 and (second := _noun(words[1])):
        return _told(f"{first} {words[1]}", _turned(first, second))
    if first in _VERBS:
        return f"It is written 'audobon {_VERBS[first]}'."
    if noun:
        return f"It is written 'audobon {_turned('list', noun)}'."
    return ""


class Commands(click.Group):
    """Commands below a verb; one that there is not is answered with the one that is meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, self.commands, n=1)
            found = next((one for one in _COMMANDS.get(name, ()) if one in self.commands), "")
            found = found or next(iter(near), "")
            hint = f" It is written {found!r} here." if found else " --help lists what there is."
            ctx.fail(f"There is no command {one_line(name)!r}.{hint}")
        return super().resolve_command(ctx, args)


def _first_word(rest: Sequence[str]) -> int | None:
    """Where the first argument stands that is no option, before any ``--``."""
    skip = False
    for place, text in enumerate(rest):
        if skip:
            skip = False
        elif text == "--":
            return None
        elif text.startswith("-"):
            skip = text == "--library"
            if not skip and text != "--json":
                return None  # what follows may be its value
        else:
            return place
    return None


def _noun(word: str) -> str:
    if word == "recovery":
        return "recovery"
    single = word.removesuffix("es") if word == "branches" else word.removesuffix("s")
    return _NOUNS.get(single, "") or ("catalog" if word == "catalogue" else "")


def _turned(act: str, verb: str) -> str:
    """``act`` of a noun as the verb of that noun has it."""
    act = _ALIKE.get(act, act)
    if act in _OPTIONS.get(verb, ()):
        return f"{verb} --{act}"
    if instead := _INSTEAD.get((verb, act)):
        return instead
    if act == "list" and verb == "models":
        return "models list"
    return f"{verb} {_LISTS.get(verb, '')}".strip() if act == "list" else f"{verb} --help"


def _told(typed: str, written: str, named: str = "") -> str:
    text = f"'audobon {typed}' is written 'audobon {written}' here."
    return f"{text} What is really called {named!r} is named after '--'." if named else text
