"""Names of versions: branches, tags, hashes and the steps ``~n`` and ``^n``."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from audobon.errors import Corrupt, Invalid, NotFound

if TYPE_CHECKING:
    import pygit2

__all__ = ["branch_name", "full_ref", "references", "resolve", "tip"]

_STEPS = re.compile(r"(?:~[0-9]*|\^[0-9]*)*\Z")
_HASH = re.compile(r"[0-9a-f]{4,40}", re.IGNORECASE)
_MAX_DIGITS = 9  # more versions than any history holds, and safely an int
_HEADS = "refs/heads/"
_LOOK_IN = (_HEADS, "refs/tags/", "", "refs/", "refs/remotes/")


def full_ref(branch: str) -> str:
    """``refs/heads/<branch>``; Invalid for a name that git refuses."""
    import pygit2

    ref = branch if branch.startswith("refs/") else _HEADS + branch
    if not pygit2.reference_is_valid_name(ref) or branch.startswith("-") or branch == "HEAD":
        raise Invalid(
            f"{branch!r} is not a branch name; letters, digits, dashes and slashes are allowed",
            subject=branch,
        )
    return ref


def branch_name(ref: str) -> str:
    """The short name of a branch's ref."""
    return ref.removeprefix(_HEADS)


def references(repository: pygit2.Repository, prefix: str) -> dict[str, str]:
    """Full name to commit id of every ref below ``prefix`` that names a commit."""
    found = {}
    for raw in repository.raw_listall_references():
        name = raw.decode("utf-8", "replace")
        if name.startswith(prefix):
            with contextlib.suppress(Corrupt):  # one damaged ref must not hide the others
                if (commit := tip(repository, name)) is not None:
                    found[name] = commit
    return dict(sorted(found.items()))


def tip(repository: pygit2.Repository, ref: str) -> str | None:
    """The commit a full ref name leads to, None when there is no such ref or it names a file.

    Corrupt when the ref or its commit is damaged: that must never look like
    an empty history.
    """
    import pygit2

    try:
        found = repository.lookup_reference(ref)
        if isinstance(found.target, str):  # HEAD; its branch may not be there yet
            found = repository.lookup_reference(found.target)
    except KeyError:
        return None
    except (ValueError, pygit2.GitError) as exc:
        raise Corrupt(f"the ref {ref} is damaged: {exc}", subject=ref) from exc
    try:
        return str(found.peel(pygit2.Commit).id)
    except ValueError:
        return None  # a tag on a tree or blob is no version
    except (KeyError, pygit2.GitError) as exc:
        raise Corrupt(f"the version that {ref} names is missing: {exc}", subject=ref) from exc


def resolve(repository: pygit2.Repository, revision: str) -> str:
    """The full commit id that ``revision`` names; NotFound otherwise."""
    step = _STEPS.search(revision)
    base = revision[: step.start()] if step else revision
    commit = _base(repository, base)
    for kind, count in re.findall(r"([~^])([0-9]*)", revision[len(base) :]):
        number = int(count[:_MAX_DIGITS]) if count else 1
        commit = _step(repository, commit, kind, number) if commit else None
    if commit is None:
        raise _unknown(repository, revision)
    return commit


def _base(repository: pygit2.Repository, base: str) -> str | None:
    import pygit2

    if base in ("HEAD", "@"):
        return tip(repository, "HEAD")
    if not base or not base.isprintable():
        return None
    for prefix in _LOOK_IN:
        ref = prefix + base
        # A bare name like `config` must not be looked up as a file of the repository.
        if ref.startswith("refs/") and pygit2.reference_is_valid_name(ref):
            commit = tip(repository, ref)
            if commit is not None:
                return commit
    return _hash(repository, base.lower()) if _HASH.fullmatch(base) else None


def _hash(repository: pygit2.Repository, text: str) -> str | None:
    import pygit2

    try:
        return str(repository[text].peel(pygit2.Commit).id)
    except KeyError:
        return None
    except (ValueError, pygit2.GitError):
        # Several objects begin like this; versions go before trees and blobs.
        found = {commit for commit in _all_commits(repository) if commit.startswith(text)}
    if len(found) > 1:
        raise NotFound(
            f"{text!r} is the beginning of {len(found)} versions",
            subject=text,
            hint="give more digits: " + ", ".join(sorted(found)[:3]),
        )
    return found.pop() if found else None


def _all_commits(repository: pygit2.Repository) -> set[str]:
    from pygit2.enums import SortMode

    walker = repository.walk(None, SortMode.NONE)
    for commit in references(repository, "refs/").values():
        walker.push(commit)
    return {str(commit.id) for commit in walker}


def _step(repository: pygit2.Repository, commit: str, kind: str, number: int) -> str | None:
    import pygit2

    if kind == "^":
        if number == 0:
            return commit
        parents = _parents(repository, commit)
        return str(parents[number - 1]) if number <= len(parents) else None
    for _ in range(number):
        parents = _parents(repository, commit)
        if not parents:
            return None
        commit = str(parents[0])
    return commit if isinstance(repository[commit], pygit2.Commit) else None


def _parents(repository: pygit2.Repository, commit: str) -> list[pygit2.Oid]:
    import pygit2

    found = repository[commit]
    return found.parent_ids if isinstance(found, pygit2.Commit) else []


def _unknown(repository: pygit2.Repository, revision: str) -> NotFound:
    import difflib

    names = [
        name.removeprefix(_HEADS).removeprefix("refs/tags/")
        for name in references(repository, "refs/")
    ]
    near = difflib.get_close_matches(revision, names, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "the log lists the versions there are"
    if not names:
        hint = "nothing has been committed yet"
    return NotFound(f"{revision!r} names no version", subject=revision, hint=hint)
