"""Names of versions: branches, tags, hashes and the steps ``~n`` and ``^n``."""

from __future__ import annotations

import contextlib
import re

from audobon.errors import Conflict, Corrupt, Invalid, NotFound
from audobon.storage.history.commits import peel
from audobon.storage.history.store import Store

__all__ = ["branch_name", "full_ref", "references", "resolve", "tip"]

_STEPS = re.compile(r"(?:~[0-9]*|\^[0-9]*)*\Z")
_HASH = re.compile(r"[0-9a-f]{4,40}", re.IGNORECASE)
_MAX_DIGITS = 9  # more versions than any history holds, and safely an int
_HEADS = "refs/heads/"
_LOOK_IN = (_HEADS, "refs/tags/", "", "refs/", "refs/remotes/")


def full_ref(branch: str) -> str:
    """``refs/heads/<branch>``; Invalid for a name that git refuses."""
    from audobon.storage.history.door import valid_name

    ref = branch if branch.startswith("refs/") else _HEADS + branch
    if not valid_name(ref) or branch.startswith("-") or branch == "HEAD":
        raise Invalid(
            f"{branch!r} is not a branch name; letters, digits, dashes and slashes are allowed",
            subject=branch,
        )
    return ref


def branch_name(ref: str) -> str:
    """The short name of a branch's ref."""
    return ref.removeprefix(_HEADS)


def references(store: Store, prefix: str) -> dict[str, str]:
    """Full name to commit id of every ref below ``prefix`` that names a commit."""
    found = {}
    for name in store.refs.names():
        if name.startswith(prefix) and name.isprintable():  # not one that is no UTF-8
            with contextlib.suppress(Corrupt):  # one damaged ref must not hide the others
                if (commit := tip(store, name)) is not None:
                    found[name] = commit
    return dict(sorted(found.items()))


def tip(store: Store, ref: str) -> str | None:
    """The commit a full ref name leads to, None when there is no such ref or it names a file.

    Corrupt when the ref or its commit is damaged: that must never look like
    an empty history.
    """
    target = store.refs.target(ref)
    if target is None:
        return None
    try:
        return peel(store.objects, target)  # a tag on a tree or blob is no version
    except Corrupt as exc:
        what = f"the version that {ref} names is missing: {exc.message}"
        raise Corrupt(what, subject=ref) from exc


def resolve(store: Store, revision: str) -> str:
    """The full commit id that ``revision`` names; NotFound otherwise."""
    step = _STEPS.search(revision)
    base = revision[: step.start()] if step else revision
    commit = _base(store, base)
    for kind, count in re.findall(r"([~^])([0-9]*)", revision[len(base) :]):
        number = int(count[:_MAX_DIGITS]) if count else 1
        commit = _step(store, commit, kind, number) if commit else None
    if commit is None:
        raise _unknown(store, revision)
    return commit


def _base(store: Store, base: str) -> str | None:
    from audobon.storage.history.door import valid_name

    if base in ("HEAD", "@"):
        return tip(store, "HEAD")
    if not base or not base.isprintable():
        return None
    for prefix in _LOOK_IN:
        ref = prefix + base
        # A bare name like `config` must not be looked up as a file of the store.
        if ref.startswith("refs/") and valid_name(ref):
            commit = tip(store, ref)
            if commit is not None:
                return commit
    return _hash(store, base.lower()) if _HASH.fullmatch(base) else None


def _hash(store: Store, text: str) -> str | None:
    try:
        oid = store.objects.expand(text)
        return None if oid is None else peel(store.objects, oid)
    except Conflict:
        # Several objects begin like this; versions go before trees and blobs.
        found = {commit for commit in _all_commits(store) if commit.startswith(text)}
    if len(found) > 1:
        raise NotFound(
            f"{text!r} is the beginning of {len(found)} versions",
            subject=text,
            hint="give more digits: " + ", ".join(sorted(found)[:3]),
        )
    return found.pop() if found else None


def _all_commits(store: Store) -> set[str]:
    tips = references(store, "refs/").values()
    return {commit.id for commit in store.graph.walk(tips)}


def _step(store: Store, commit: str, kind: str, number: int) -> str | None:
    if kind == "^":
        if number == 0:
            return commit
        parents = store.graph.commit(commit).parents
        return parents[number - 1] if number <= len(parents) else None
    for _ in range(number):
        parents = store.graph.commit(commit).parents
        if not parents:
            return None
        commit = parents[0]
    return commit


def _unknown(store: Store, revision: str) -> NotFound:
    import difflib

    names = [
        name.removeprefix(_HEADS).removeprefix("refs/tags/") for name in references(store, "refs/")
    ]
    near = difflib.get_close_matches(revision, names, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "the log lists the versions there are"
    if not names:
        hint = "nothing has been committed yet"
    return NotFound(f"{revision!r} names no version", subject=revision, hint=hint)
