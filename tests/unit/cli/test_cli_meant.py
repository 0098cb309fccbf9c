"""Words in another order, or of another tool, work or are answered with the right ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from audobon.cli import meant
from audobon.cli.root import VERBS, cli

Verb = Callable[..., Result]
LISTS = sorted(meant._LISTS)


def options(verb: str) -> set[str]:
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None, verb
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts)}


@pytest.mark.parametrize("name", [name for name in LISTS if name not in ("snapshot", "watch")])
@pytest.mark.parametrize("word", ["list", "ls"])
def test_a_verb_lists_also_where_that_is_said(
    folder: Path, verb: Verb, name: str, word: str
) -> None:
    assert verb(name, word, "--json").stdout == verb(name, "--json").stdout
    assert verb(name, "--json", word).stdout == verb(name, "--json").stdout


def test_snapshots_are_listed_whatever_the_order(folder: Path, tmp_path: Path, verb: Verb) -> None:
    assert "no place is named" in verb("snapshot", "list", status=10).stderr
    verb("snapshot", tmp_path / "disk")
    listed = verb("snapshot", tmp_path / "disk", "--list").stdout
    assert "5 files" in listed
    assert verb("snapshot", "list", tmp_path / "disk").stdout == listed
    assert verb("snapshot", tmp_path / "disk", "list").stdout == listed
    assert not (folder / "list").exists()


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("branch create wip", "branch NAME"),
        ("branch delete wip", "branch --remove"),
        ("branch switch wip", "switch NAME"),
        ("catalog add Props", "catalog --add"),
        ("jobs cancel 3", "jobs --cancel"),
        ("lock release wall.png", "unlock ASSETS"),
        ("merge abort", "merge --abort"),
        ("recovery keep now", "recovery --keep"),
        ("remote add disk /media/disk", "remote --add"),
        ("remote rm disk", "remote --remove"),
        ("set save big width:>=4096", "set NAME QUERY"),
        ("set remove big", "set --remove"),
        ("snapshot make disk", "snapshot PLACE"),
        ("snapshot forget disk", "snapshot --forget"),
        ("snapshot disk forget", "snapshot --forget"),
        ("tag add wood wall.png", "tag --add"),
        ("add remote disk /media/disk", "remote --add"),
        ("remove tag wood", "tag --remove"),
        ("rm branch wip", "branch --remove"),
        ("create snapshot disk", "snapshot PLACE"),
        ("list snapshots", "snapshot --list"),
        ("list versions", "log"),
        ("ls tags", "tag"),
        ("ls models", "models list"),
        ("snapshots", "snapshot --list"),
        ("branches", "branch"),
        ("status", "diff"),
        ("rm wall.png", "remove ASSETS"),
        ("checkout wip", "switch NAME"),
        ("fsck", "verify"),
    ],
)
def test_what_changes_something_is_answered_with_how_it_is_written(
    folder: Path, verb: Verb, typed: str, written: str
) -> None:
    before = sorted(folder.iterdir())
    told = verb(*typed.split(), status=2).stderr
    assert f"'audobon {written}'" in told
    assert sorted(folder.iterdir()) == before


def test_what_is_really_called_so_is_named_after_two_dashes(
    folder: Path, verb: Verb, data: Callable[..., dict[str, Any]]
) -> None:
    verb("commit", "-m", "first")
    verb("branch", "--", "list")
    assert "list" in [one["name"] for one in data("branch", "list")["branches"]]
    (folder / "list").write_text("a file of that name")
    verb("add", "list", "--no-worker")
    assert "list" in verb("lock", "list").stdout
    assert [one["path"] for one in data("lock", "list")["locks"]] == ["MyAssets/list"]


def test_commands_below_a_verb_are_found_by_other_words(verb: Verb) -> None:
    assert "It is written 'list' here." in verb("models", "ls", status=2).stderr
    assert "It is written 'remove' here." in verb("models", "uninstall", "x", status=2).stderr
    assert "It is written 'runs' here." in verb("vertex", "list", status=2).stderr
    assert "--help lists" in verb("models", "qqqq", status=2).stderr


def test_every_word_that_is_answered_with_is_there() -> None:
    for verb, names in meant._OPTIONS.items():
        assert {f"--{name}" for name in names} <= options(verb)
    for verb, option in meant._LISTS.items():
        assert not option or option in options(verb)
    for told in (*meant._INSTEAD.values(), *meant._VERBS.values()):
        for text in f"audobon {told}".split("'"):
            if match := re.search(r"audobon ([a-z]+)((?: --[a-z]+)*)", text):
                assert match[1] in VERBS or match[1] == "VERB", told
                assert set(match[2].split()) <= options(match[1])


def commands() -> Iterator[tuple[str, str]]:
    """What messages and pages tell people to type, each with the file that tells it."""
    root = Path(__file__).parents[3]
    files = [*root.glob("sdk/audobon/**/*.py"), *root.glob("addons/**/*.py")]
    for file in [*files, *root.glob("docs/*.md")]:
        if file.name != "meant.py":
            mark = "`" if file.suffix == ".md" else "'"
            for match in re.finditer(rf"{mark}(audobon [a-z][^{mark}\n]*){mark}", file.read_text()):
                yield str(file.relative_to(root)), match[1]


def test_what_people_are_told_to_type_is_there() -> None:
    wrong = []
    for file, told in commands():
        words = told.replace("[", " ").replace("]", " ").split()[1:]
        if words[0] in ("status", "remote") and file == "docs/cli.md":
            continue  # what is written otherwise here
        group = cli.get_command(click.Context(cli), words[0])
        known = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", told))
        if isinstance(group, click.Group) and len(words) > 1 and words[1].islower():
            group = group.get_command(click.Context(group), words[1])
            if isinstance(group, click.Group) and len(words) > 2:
                group = group.get_command(click.Context(group), words[2])
        params = [] if group is None else group.params
        there = {each for one in params for each in (*one.opts, *one.secondary_opts)}
        turned = meant.meant(words[0], words[1:])[1]
        if group is None or turned or not known <= {*there, "--help", "--no"}:
            wrong.append((file, told))
    assert not wrong
