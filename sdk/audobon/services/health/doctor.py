"""Look at every part of a library and of the machine, and say what is off and how to get it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable, Iterator

from attrs import evolve

from audobon.errors import AudobonError, Corrupt, MissingExtra, NotFound, Unavailable, Unsupported
from audobon.model.asset import HEADER_ERROR
from audobon.model.health import Check, Health
from audobon.services.core.access import close_to_others, open_to_others
from audobon.services.core.audit import Audit
from audobon.services.core.stores import Stores
from audobon.services.places.referred import lacking
from audobon.services.versioning.contents import store_again
from audobon.services.versioning.opening import rebuild_catalog
from audobon.storage.catalog import Catalog
from audobon.storage.sqlite import need_ciphers
from audobon.system.volumes import is_network, sync_program

__all__ = ["Check", "Health", "doctor"]

_LOW_SPACE = 1 << 30
# A gigabyte: less than one large scene and its new chunks.

_NAMED = 3
# As many as one reads in a line; their assets have the reason as an attribute.

_FAILED = 1000
# Looked at one by one, in some milliseconds; where there are more, somebody should look anyway.


def doctor(stores: Stores, *, repair: bool) -> Health:
    """See ``Library.doctor``. Every check runs, whatever the others find."""
    if repair:
        stores.need_writable("be repaired")
    checks = [
        *_guarded("python", lambda: [_python()]),
        *_guarded("place", lambda: list(_place(stores))),
        *_guarded("encryption", lambda: list(_encryption(stores))),
        *_guarded("access", lambda: [_access(stores, repair=repair)]),
        *_guarded("catalog", lambda: [_catalog(stores, repair=repair)]),
        *_guarded("headers", lambda: [_headers(stores)]),
        *_guarded("search index", lambda: [_index(stores, repair=repair)]),
        *_guarded("history", lambda: [_history(stores)]),
        *_guarded("audit log", lambda: [_audit(stores)]),
        *_guarded("chunk store", lambda: [_chunks(stores, repair=repair)]),
        *_guarded("worker", lambda: list(_worker(stores))),
        *_guarded("sandbox", lambda: [_sandbox(stores)]),
        *_guarded("jobs", lambda: [_jobs(stores)]),
        *_guarded("models", lambda: [_models(stores)]),
        *_extras(),
    ]
    return Health(tuple(checks))


def _guarded(name: str, look: Callable[[], list[Check]]) -> list[Check]:
    try:
        return look()
    except AudobonError as error:
        return [Check(name, "problem", str(error), error.hint)]


def _python() -> Check:
    return Check(
        "python", "ok", f"{platform.python_version()} on {platform.system()} ({sys.executable})"
    )


def _place(stores: Stores) -> Iterator[Check]:
    place = stores.place
    yield Check("place", "ok", f"{place.state}" + (f" ({place.outside})" if place.outside else ""))
    program = sync_program(place.state)
    if program is not None:
        yield Check(
            "place",
            "warning",
            f"{program} synchronises this folder and can tear the store apart",
            "exclude .audobon there, or move the library",
        )
    if is_network(place.state):
        yield Check(
            "place", "warning", "the state lies on a network share, where SQLite's WAL fails"
        )
    free = shutil.disk_usage(place.state).free
    state = "warning" if free < _LOW_SPACE else "ok"
    yield Check("disk", state, f"{free / (1 << 30):.1f} GB free")


def _encryption(stores: Stores) -> Iterator[Check]:
    """Nothing of a library in clear, but for what keeps it from being encrypted.

    What its owner's disk is like is not asked.
    """
    if stores.place.keys is None:
        try:
            need_ciphers()
        except MissingExtra as error:
            yield Check("encryption", "off", error.message, error.hint)
        return
    from audobon.services.places.clearscan import lying_in_clear

    found = lying_in_clear(stores)
    if not found:
        yield Check("encryption", "ok", "is encrypted; nothing of its state was found in clear")
        return
    shown = ", ".join(found[:5]) + (" and more" if len(found) > 5 else "")
    yield Check(
        "encryption",
        "problem",
        f"is encrypted, and {len(found)} files of its state lie in clear: {shown}",
        "see what wrote them, then delete them: whoever has the disk can read them",
    )


def _access(stores: Stores, *, repair: bool) -> Check:
    look = close_to_others if repair else open_to_others
    left = look(stores.place)
    if not left:
        return Check("access", "ok", "only this user can look into its state, data and caches")
    told = f"others on this machine can look into {', '.join(map(str, left))}"
    hint = "this disk keeps no modes" if repair else "'audobon doctor --repair' closes them"
    return Check("access", "warning", told, hint)


def _catalog(stores: Stores, *, repair: bool) -> Check:
    problems = stores.catalog.check(full=True)
    if not problems:
        away = stores.catalog.count_away()
        more = f", and {away} whose files are only at a remote" if away else ""
        return Check("catalog", "ok", f"{stores.catalog.count()} assets{more}")
    broken = Check(
        "catalog",
        "problem",
        f"{len(problems)} problems: {problems[0]}",
        "'audobon doctor --repair' builds it again from the history",
    )
    if not repair:
        return broken
    stores.catalog.close()
    aside = rebuild_catalog(stores.place, stores.author)
    stores.catalog = Catalog.open(stores.place.catalog, key=stores.place.key)
    stores.reopen_index()
    return Check(
        "catalog",
        "warning",
        f"was built again from the history ({stores.catalog.count()} assets); "
        f"the damaged one is kept as {aside}",
        "run 'audobon add' on your folders to find what was not committed",
    )


def _headers(stores: Stores) -> Check:
    """Files that are kept as they were saved, though nothing can be told of them."""
    found = stores.catalog.unread()
    if not found:
        return Check("headers", "ok", "every file's header could be read")
    shown = "; ".join(str(asset.attributes[HEADER_ERROR]) for asset in found[:_NAMED])
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Check(
        "headers",
        "warning",
        f"of {len(found)} {'file' if len(found) == 1 else 'files'} the header cannot be read; "
        f"they are kept as they were saved: {shown}{more}",
        "save them again, or see 'audobon log PATH' and restore one that was sound",
    )


def _index(stores: Stores, *, repair: bool) -> Check:
    problems = stores.index.check()
    if problems and repair:
        stores.index.rebuild()
        return Check("search index", "ok", "was built again")
    if problems:
        return Check(
            "search index",
            "problem",
            f"{len(problems)} problems: {problems[0]}",
            "'audobon doctor --repair' builds it again",
        )
    return Check("search index", "ok", "sound")


def _history(stores: Stores) -> Check:
    if not stores.place.history.exists():
        return Check("history", "ok", "no version yet")
    problems = stores.history.check()
    if problems:
        return Check("history", "problem", f"{len(problems)} problems: {problems[0]}")
    head = stores.history.head()
    if head is None:
        return Check("history", "ok", "no version yet")
    return Check("history", "ok", f"branch {stores.history.current_branch()} at {head[:10]}")


def _audit(stores: Stores) -> Check:
    try:
        report = Audit(stores).verify()
    except Unavailable as error:  # what is missing is a finding of its own
        return Check("audit log", "off", f"not compared with versions: {error}", error.hint)
    if report.ok:
        text = f"{report.entries} entries follow each other, {report.anchors} versions agree"
        return Check("audit log", "ok", text)
    # No repair: what would make it look whole again is what it is there to find.
    return Check(
        "audit log",
        "warning",
        f"{len(report.problems)} problems: {report.problems[0].message}",
        "'audobon audit verify' lists them; docs/audit.md tells what each means",
    )


def _chunks(stores: Stores, *, repair: bool) -> Check:
    healed = _heal(stores) if repair else ""
    stats = stores.chunks.stats()
    if healed:
        return Check("chunk store", "warning", healed)
    return Check(
        "chunk store",
        "ok",
        f"{stats.files} files in {stats.packs} packs; 'audobon verify' reads every byte",
    )


def _heal(stores: Stores) -> str:
    """Set damaged packs aside and store again what still lies on disk; what was done, or empty."""
    chunks = stores.chunks
    try:
        report = chunks.verify()
    except Corrupt:
        chunks.rebuild_index()
        report = chunks.verify()
    # The index goes last: it knows what is in a pack whose own list cannot be read.
    damaged = {problem.pack for problem in report.problems if problem.pack}
    lost: set[str] = set()
    for pack in damaged:
        with contextlib.suppress(NotFound):  # it is gone altogether
            lost.update(chunks.quarantine(pack))
    chunks.rebuild_index()
    if stores.place.history.exists():
        lost.update(lacking(stores))
    # What a remote has is not lost, but what lies here need not be fetched from there.
    known = {digest for problem in report.problems for digest in problem.files}
    lost.update(digest for digest in known if stores.catalog.by_digest(digest))
    if not damaged and not lost:
        return ""
    store_again(stores, lost)
    left = chunks.missing(lost)
    return (
        f"{len(damaged)} damaged packs were set aside; {len(lost) - len(left)} of {len(lost)} "
        f"damaged files were stored again from disk, {len(left)} cannot be rebuilt"
    )


def _worker(stores: Stores) -> Iterator[Check]:
    from audobon.work.interpreter import find_interpreter
    from audobon.work.limits import active_protections

    yield Check("worker", "ok", f"runs {find_interpreter(stores.interpreter).path}")
    protections = active_protections()
    yield Check(
        "limits",
        "ok" if protections else "warning",
        ", ".join(protections) or "no limits can be set for workers on this system",
    )


def _sandbox(stores: Stores) -> Check:
    """As a worker tells it that was started just now, not as this process thinks."""
    if sys.platform != "linux":
        told = f"{platform.system()} has none that a program can use by itself"
        return Check("sandbox", "off", told)
    executor = stores.executor
    executor.wait_ready()
    sealed = executor.sealed
    if not sealed.active and not sealed.lacking:
        return Check(
            "sandbox", "off", "is switched off", "take 'sandbox' out of 'off' in library.toml"
        )
    text = "; ".join((", ".join(sealed.active), *sealed.lacking)).strip("; ")
    return Check(
        "sandbox",
        "off" if sealed.lacking else "ok",
        text,
        "docs/workers.md tells what a kernel needs" if sealed.lacking else "",
    )


def _jobs(stores: Stores) -> Check:
    counts = stores.jobs.counts()
    text = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()) if count)
    failed = stores.jobs.list(state="failed", limit=_FAILED) if counts.get("failed") else ()
    # A picture of a text was asked for: there is none, and nothing is wrong.
    wrong = [job for job in failed if job.error is None or job.error[0] != Unsupported.code]
    state = "warning" if wrong or len(failed) == _FAILED else "ok"
    return Check(
        "jobs",
        state,
        text or "none",
        "'audobon jobs --state failed' says why" if state == "warning" else "",
    )


def _models(stores: Stores) -> Check:
    from audobon.models.registry import Models

    known = Models(interpreter=stores.interpreter).list()
    there = [item for item in known if item.installed]
    if there:
        return Check("models", "ok", f"{len(there)} of {len(known)} components are installed")
    return Check(
        "models",
        "off",
        "no component is installed, so no pipeline with a network runs",
        "'audobon models install NAME' gets one",
    )


def _extras() -> Iterator[Check]:
    wanted = {
        "images": ("OpenImageIO", "previews of pictures"),
        "ai": ("openvino", "local models"),
        "gcp": ("google.cloud.storage", "buckets"),
    }
    for extra, (module, purpose) in wanted.items():
        try:
            there = importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            there = False
        check = Check(f"extra {extra}", "ok", f"installed ({purpose})")
        yield (
            check
            if there
            else evolve(
                check,
                state="off",
                message=f"not installed: no {purpose}",
                hint=f"pip install 'audobon[{extra}]'",
            )
        )
    try:
        yield Check("audobon", "ok", importlib.metadata.version("audobon"))
    except importlib.metadata.PackageNotFoundError:
        yield Check("audobon", "ok", "runs from a folder that is not installed")
