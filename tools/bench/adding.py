"""Cases about files that come in or stay as they are: pictures with previews, a large rescan."""

from __future__ import annotations

import shutil
from typing import Any

from bench.measure import Sample, interleaved, median_ratio, medians, tree_size
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.versions import SEED

__all__ = ["ingest", "rescan"]


def ingest(run: Run) -> Result:
    """Add pictures and make their previews, against decoding and shrinking them alone."""
    source = run.place.folder / "pictures"
    run.say(f"making {run.scale.pictures} pictures")
    words: dict[str, Any] = {"count": run.scale.pictures, "seed": SEED}
    drive(run.place, "make_corpus", kind="pictures", path=source, **words)

    def ours(number: int) -> Sample:
        run.say(f"ingest {number + 1}: audobon")
        library = run.place.folder / "library"
        shutil.rmtree(library, ignore_errors=True)
        return drive(run.place, "ingest", library=library, source=source)[0]

    def alone(number: int) -> Sample:
        run.say(f"ingest {number + 1}: decoding alone")
        return drive(run.place, "decode", source=source)[0]

    samples = interleaved(min(3, run.scale.rounds), {"audobon": ours, "alone": alone})
    ratio = median_ratio(samples["audobon"], samples["alone"])
    each = 1000 / run.scale.pictures
    rows = []
    for key, name in (("audobon", "audobon: add and all previews"), ("alone", "decode and shrink")):
        taken = medians(samples[key])
        rows.append(Row(name, (taken.cpu_s, taken.cpu_s * each, taken.wall_s, taken.peak_mb)))
    size = tree_size(source) / 1e6
    return Result(
        "ingest",
        ("CPU s", "CPU ms a picture", "wall s", "peak MB"),
        tuple(rows),
        (Goal("CPU, to decoding and shrinking alone", ratio, 1.3),),
        (
            f"{run.scale.pictures} PNG files of 128 to 512 pixels, {size:.0f} MB; all processes "
            "count, with their start",
            "beyond decoding, Audobon reads headers, takes two digests, writes each preview as a "
            "JPEG file and an asset with its facts",
        ),
    )


def rescan(run: Run) -> Result:
    """Add a folder again in which nothing has changed."""
    source = run.place.folder / "notes"
    library = run.place.folder / "library"
    run.say(f"making {run.scale.tiny_files} files")
    words: dict[str, Any] = {"count": run.scale.tiny_files, "seed": SEED}
    drive(run.place, "make_corpus", kind="text_files", path=source, **words)
    run.say("adding them")
    first, _ = drive(run.place, "create", library=library, source=source)
    samples = interleaved(
        run.scale.rounds,
        {"audobon": lambda _: drive(run.place, "rescan", library=library, source=source)[0]},
    )["audobon"]
    taken = medians(samples)
    return Result(
        "rescan",
        ("CPU s", "wall s", "peak MB"),
        (
            Row("first add", (first.cpu_s, first.wall_s, first.peak_mb)),
            Row("unchanged", (taken.cpu_s, taken.wall_s, taken.peak_mb)),
        ),
        (Goal("CPU of a rescan", taken.cpu_s, 5.0, "s", strict=True),),
        (f"{run.scale.tiny_files} files in folders of a hundred; Python's start counts",),
    )
