"""The demo's steps: each is one use of the public surface, told and shown."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from audobon.demo import asking, computed, later
from audobon.demo.page import Card, Page
from audobon.demo.samples import gather, layer_study, make_files, paint_study
from audobon.errors import AudobonError, Conflict
from audobon.library import Library
from audobon.model.asset import Asset
from audobon.pages import diffpage
from audobon.pages.diffstyle import STYLE

__all__ = ["run_demo"]

Tell = Callable[[str], None]

_MARK = ".audobon-demo"
_SHOWN = 6  # one row of the page
_PATIENCE_S, _LOOK_S = 20.0, 0.05
# A preview takes under a second; on a busy machine the page had better wait than lack it.


def run_demo(out: Path, places: Sequence[Path], *, tell: Tell) -> Path:
    """Do the main job on real files below ``out`` and write the page; its path.

    ``out`` is emptied first if an earlier demo made it; Conflict when it holds
    anything else. ``tell`` gets a line for each step.
    """
    folder = _fresh(out) / "MyAssets"
    page = Page(
        "Audobon, on real files",
        "A folder of photos, textures, paintings, a scene, meshes and a sound becomes a library: "
        "found by words, colours, meaning and likeness, shown in pictures, with a history that "
        "plain git reads. "
        "Not one byte of the folder is changed by adding it.",
    )
    sources = [*gather(folder, places), *make_files(folder)]
    tell(f"{len(sources)} files gathered in {folder}")
    with Library.create(folder, "Demo") as lib:
        for step in (_add, _previews, _search):
            step(lib, page, tell)
        asking.asked(lib, page, tell, _card)
        for step in (_edit, _versions, _changes, _move):
            step(lib, page, tell)
        later.branches(lib, page, tell)
        computed.local_ai(lib, page, tell, _card)
        _health(lib, page, tell)
        _sources(page, sources)
    target = out / "index.html"
    page.write(target)
    return target


def _fresh(out: Path) -> Path:
    if out.exists() and any(out.iterdir()):
        if not (out / _MARK).exists():
            raise Conflict(
                f"{out} is not empty and no demo made it",
                subject=str(out),
                hint="name an empty folder",
            )
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / _MARK).touch()
    return out


def _card(lib: Library, asset: Asset, *lines: str) -> Card:
    """The asset's preview, or the reason why there is none."""
    try:
        data = lib.preview(asset)
        until = time.monotonic() + _PATIENCE_S
        while data is None and time.monotonic() < until:
            lib.work()  # unless the background worker has taken it already
            time.sleep(_LOOK_S)
            data = lib.preview(asset)
    except AudobonError as error:
        return Card(asset.name, lines, None, error.message)
    return Card(asset.name, lines, data, "its worker is not done yet")


def _add(lib: Library, page: Page, tell: Tell) -> None:
    report = lib.add([lib.path])
    tell(f"added {len(report.added)}, failed {len(report.failed)}")
    page.step(
        "Add in place",
        "The files stay where they are. A file that is damaged is named with the reason, and the "
        "rest is added.",
        'lib = audobon.Library.create("MyAssets", "Demo")\nreport = lib.add(["MyAssets"])',
    )
    page.table(
        [(asset.path, asset.kind, _facts(asset)) for asset in report.added],
        head=("file", "kind", "what its header says"),
    )
    for path, error in report.failed:
        page.verdict(f"{Path(path).name}: {error}", good=False)
    again = lib.add([lib.path])
    page.verdict(f"Added again: {len(again.unchanged)} unchanged, none of them opened.", good=True)


def _facts(asset: Asset) -> str:
    parts = [f"{asset.width} x {asset.height}"] if asset.width else []
    for name in ("bit_depth", "layers", "objects", "triangles", "duration", "blender_version"):
        if name in asset.attributes:
            parts.append(f"{name.replace('_', ' ')} {asset.attributes[name]}")
    return ", ".join(parts)


def _kind(asset: Asset) -> str:
    return asset.kind if asset.format == asset.kind else f"{asset.kind}, {asset.format}"


def _size(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1e6:,.1f} MB"


def _previews(lib: Library, page: Page, tell: Tell) -> None:
    done = lib.work()
    tell(f"previews: jobs done {done.done}, failed {done.failed}")
    page.step(
        "Previews",
        "Made in worker processes with limits, so that a hostile file ends one of them and no "
        "more; cached by content, so that none is ever stale.",
        "lib.work()\nlib.preview(asset)",
    )
    page.cards([_card(lib, asset, _kind(asset)) for asset in lib.assets()])


def _search(lib: Library, page: Page, tell: Tell) -> None:
    page.step(
        "Search",
        "Words as people name files, fields, numbers, and a typing error that is forgiven.",
    )
    for query in (
        "brick wall",
        "meadow OR gravel",
        "kind:document",
        "kind:image width:>=256 -photos",
        "astronuat",
        "ext:exr forest",
    ):
        found = lib.search(query, facets=["kind"])
        tell(f"search {query!r}: {found.total}")
        count = f"{found.total} found" + (f", {_SHOWN} shown" if found.total > _SHOWN else "")
        page.output(f'lib.search("{query}")   # {count}')
        for note in found.notes:
            page.verdict(note, good=True)
        page.cards(
            [
                _card(lib, hit.asset, "found by " + ", ".join(hit.why) if hit.why else "")
                for hit in found.hits[:_SHOWN]
            ]
        )


def _edit(lib: Library, page: Page, tell: Tell) -> None:
    textures = [hit.asset for hit in lib.search("path:textures kind:image").hits]
    lib.tags.add("surface")
    lib.tags.add("outdoor", parent="surface")
    lib.edit(textures, add_tags=["outdoor"], rating=4, catalog="Materials/Ground")
    after = lib.search("tag:surface rating:>=4 in:Materials").total
    lib.undo()
    undone = lib.search("tag:surface").total
    lib.redo()
    tell(f"{after} textures tagged, {undone} after undo, {lib.search('tag:surface').total} redone")
    page.step(
        "Tags, ratings, catalogs, and undo",
        "One edit of many assets is one step back, also after a restart. A search for the parent "
        "tag finds its children.",
        'lib.edit(textures, add_tags=["outdoor"], rating=4, catalog="Materials/Ground")\n'
        "lib.undo()\nlib.redo()",
    )
    page.table(
        [
            ("tag:surface rating:>=4 in:Materials, after the edit", str(after)),
            ("tag:surface, after undo", str(undone)),
            ("tag:surface, after redo", str(lib.search("tag:surface").total)),
        ],
        head=("query", "found"),
    )


def _versions(lib: Library, page: Page, tell: Tell) -> None:
    chosen = lib.get("paintings/sunset_study.png")
    path = Path(chosen.file)
    before, original = _card(lib, chosen, "first version"), path.read_bytes()
    first = lib.commit("Everything as it came")
    paint_study(path, sun=0.52)  # the artist's own program saves the file anew
    layers = Path(lib.get("paintings/sunset_layers.ora").file)
    layer_study(layers, sun=132, opacity=0.8, notes=True)
    lib.add([path, layers])
    second = lib.commit("The sun sinks")
    lib.work()
    tell(f"versions {first.id[:10]} and {second.id[:10]}")
    page.step(
        "Edit, commit, diff, restore",
        "A version is a commit of a real git repository; the bytes lie once, deduplicated. "
        "Restoring gives back the same bytes.",
        'lib.commit("Everything as it came")\n# ... the picture is painted further and saved ...\n'
        'lib.commit("The sun sinks")\nlib.diff("HEAD~1")\n'
        f'lib.restore("{chosen.path}", "HEAD~1")',
    )
    after = _card(lib, lib.get(chosen.id), "second version")
    diff = lib.diff("HEAD~1")
    page.output("\n".join(f"{entry.status}  {entry.path}" for entry in diff.entries))
    lib.restore(chosen.id, "HEAD~1")
    lib.work()
    exact = path.read_bytes() == original
    restored = _card(lib, lib.get(chosen.id), "restored from HEAD~1")
    page.cards([before, after, restored], wide=True)
    told = "The restored file is the first one, bit for bit."
    page.verdict(told if exact else "The restored file differs from the first one.", good=exact)
    if shutil.which("git"):
        command = ["git", "-C", str(lib.state_path / "history.git")]
        asked = ["log", "--oneline", "--name-status", "--", chosen.root]
        shown = subprocess.run([*command, *asked], capture_output=True, text=True, check=False)
        page.output(f"$ git -C .audobon/history.git {' '.join(asked)}\n{shown.stdout}")


def _changes(lib: Library, page: Page, tell: Tell) -> None:
    """What changed, to be seen: a part of the page that ``audobon diff --html`` writes."""
    found = list(lib.diff_details("HEAD~1"))
    tell(f"compared {len(found)} changed assets")
    page.step(
        "See what changed",
        "Pictures are compared pixel by pixel and paintings layer by layer, in worker processes. "
        "The same is a page of its own with audobon diff HEAD~1 HEAD --html changes.html.",
        'for details in lib.diff_details("HEAD~1"):\n'
        "    print(details.picture.changed, details.parts)",
    )
    for number, details in enumerate(found, start=1):
        page.part(diffpage.asset(number, details), STYLE if number == 1 else "")


def _move(lib: Library, page: Page, tell: Tell) -> None:
    moved = next(hit.asset for hit in lib.search("path:textures kind:image").hits)
    target = lib.path / "archive" / "old" / ("renamed_" + moved.name)
    target.parent.mkdir(parents=True)
    Path(moved.file).rename(target)
    report = lib.add([lib.path])
    tell(f"moved {len(report.moved)}")
    now = lib.get(moved.id)
    page.step(
        "Move and rename outside",
        "A file that was moved by any program is found again with its tags, rating and history.",
        "lib.add([lib.path])   # report.moved",
    )
    lines = (f"was {moved.path}", f"is {now.path}", f"still tagged {', '.join(now.tags)}")
    page.cards([_card(lib, now, *lines)], wide=True)


def _health(lib: Library, page: Page, tell: Tell) -> None:
    result, stats = lib.verify(), lib.stats()
    tell(f"verified {result.chunks} chunks, {len(result.problems)} problems")
    page.step(
        "Verify",
        "Every stored byte is read and checked against its digest.",
        "lib.verify()\nlib.stats()",
    )
    page.table(
        [
            ("assets", str(stats.assets)),
            ("versions", str(stats.versions)),
            ("stored files", f"{stats.stored_files}, {_size(stats.stored_raw)}"),
            ("on disk", _size(stats.stored_bytes)),
            ("previews", f"{stats.previews}, {_size(stats.preview_bytes)}"),
        ],
    )
    sound = f"All {result.chunks} chunks of {result.versions} versions are as they were stored."
    page.verdict("; ".join(result.problems) or sound, good=result.ok)


def _sources(page: Page, sources: Sequence[tuple[str, str]]) -> None:
    page.aside("Where the files are from", "Copies; the packages' own files are untouched.")
    page.table(sources, head=("file", "source"))
