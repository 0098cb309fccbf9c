"""Cases about files that come in or stay as they are: pictures with previews, a large rescan."""

from __future__ import annotations

from typing import Any

from bench.measure import Failed, Sample, interleaved, median_ratio, medians, tree_size
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.versions import SEED

__all__ = ["ingest", "rescan"]


_EDGES = {256: 10, 512: 10, 1024: 40}
"""Pixels of pictures that are also measured by themselves, as the share of decoding grows with
them, and which part of the number of mixed ones they are: large ones take long to make."""


def ingest(run: Run) -> Result:
    """Add pictures and make their previews, against decoding and shrinking them alone."""
    count = run.scale.pictures
    samples, size = _ingest(run, "mixed", count, min(3, run.scale.rounds), edge=0)
    rows = _ingest_rows(f"{count} of 128 to 512 pixels", samples, count)
    for edge, part in _EDGES.items():
        few = max(2, count // part)
        single, _ = _ingest(run, f"edge-{edge}", few, 1, edge=edge)
        rows += _ingest_rows(f"{few} of {edge} pixels", single, few)
    ratio = median_ratio(samples["audobon"], samples["alone"])
    return Result(
        "ingest",
        ("CPU s", "CPU ms a picture", "wall s", "peak MB", "CPU to decoding"),
        tuple(rows),
        (Goal("CPU, to decoding and shrinking alone", ratio, 1.3),),
        (
            f"the {count} PNG files have {size:.0f} MB; all processes count, with their start",
            "beyond decoding, Audobon reads headers, takes digests, keeps each preview as a JPEG "
            "and writes an asset with its facts, and makes the search index",
        ),
    )


def _ingest(
    run: Run, name: str, count: int, rounds: int, *, edge: int
) -> tuple[dict[str, list[Sample]], float]:
    """Samples of one set of pictures, and the MB that it has."""
    source = run.place.folder / name
    run.say(f"making {count} pictures")
    words: dict[str, Any] = {"count": count, "seed": SEED, "edge": edge}
    drive(run.place, "make_corpus", kind="pictures", path=source, **words)

    def ours(number: int) -> Sample:
        run.say(f"ingest {name} {number + 1}: audobon")
        # A folder of its own each time: on ext4, a file made within seconds of deleting
        # thousands costs a millisecond, as the kernel then looks for an inode not used lately.
        library = run.place.folder / f"library-{name}-{number}"
        taken, _ = drive(run.place, "ingest", library=library, source=source)
        _, seen = drive(run.place, "previewed", library=library)
        if seen["previews"] != count:
            raise Failed(f"{seen['previews']} of {count} pictures have a preview")
        return taken

    def alone(number: int) -> Sample:
        run.say(f"ingest {name} {number + 1}: decoding alone")
        return drive(run.place, "decode", source=source)[0]

    samples = interleaved(rounds, {"audobon": ours, "alone": alone})
    return samples, tree_size(source) / 1e6


def _ingest_rows(name: str, samples: dict[str, list[Sample]], count: int) -> list[Row]:
    rows = []
    for key, what in (("audobon", "add and preview"), ("alone", "decode and shrink alone")):
        taken = medians(samples[key])
        ratio = median_ratio(samples[key], samples["alone"])
        each = taken.cpu_s * 1000 / count
        rows.append(Row(f"{name}: {what}", (taken.cpu_s, each, taken.wall_s, taken.peak_mb, ratio)))
    return rows


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
